import asyncio
import hashlib
import socket
import time
from pathlib import Path

import httpx
import pytest
from conftest import head

from imgcdn import errors
from imgcdn.model.reference import Fetched, Unchanged
from imgcdn.origins.download import Download
from imgcdn.origins.fetch import Fetcher
from imgcdn.origins.guard import Guard
from imgcdn.origins.hosts import HostList
from imgcdn.origins.http import WebOrigin, read_base

BODY = b"the team" * 1000


@pytest.fixture
async def make(server, settings, tmp_dir):
    """Makes origins that are closed at the end; whatever they did, no temporary file may be left by an error."""
    made = []

    def build(base="", *, resolve=None, hosts=None, **changes):
        base = base if "://" in base else server.url + base
        more = {} if resolve is None else {"resolve": resolve}
        origin = WebOrigin(read_base(base), settings.model_copy(update=changes), tmp_dir, hosts=hosts, **more)
        made.append(origin)
        return origin

    yield build
    for origin in made:
        await origin.aclose()


@pytest.fixture
def fails(tmp_dir):
    """Asserts that a fetch fails with an error of exactly this kind, and leaves no file."""

    async def check(origin, path, kind, sentence="."):
        with pytest.raises(errors.ImgcdnError, match=sentence) as caught:
            await origin.get(path, None)
        assert type(caught.value) is kind
        assert list(tmp_dir.iterdir()) == []
        return caught.value.detail

    return check


async def test_a_picture_is_fetched_with_its_digest_stamp_and_life(make, server, tmp_dir):
    server.answer(
        "/base/team.jpg",
        BODY,
        headers={
            "ETag": '"v1"',
            "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT",
            "Cache-Control": "max-age=90",
        },
    )
    fetched = await make("/base").get("team.jpg", None)
    assert [(each, each.read_bytes()) for each in tmp_dir.iterdir()] == [(Path(fetched.path), BODY)]
    assert fetched == Fetched(
        path=fetched.path,
        digest=hashlib.sha256(BODY).hexdigest(),
        size=len(BODY),
        stamp='{"etag": "\\"v1\\"", "last_modified": "Tue, 14 Nov 2023 22:13:20 GMT"}',
        modified=1_700_000_000.0,
        max_age_s=90,
        fresh_for_s=90,
        is_temporary=True,
    )


async def test_an_answer_that_says_nothing_lives_by_default(make, server):
    server.answer("/team.jpg", BODY)
    fetched = await make(default_fresh_s=77).get("team.jpg", None)
    assert (fetched.stamp, fetched.modified, fetched.max_age_s, fetched.fresh_for_s) == ("{}", None, None, 77)


async def test_a_life_is_clamped_but_told_as_it_was(make, server):
    server.answer("/team.jpg", BODY, headers={"Cache-Control": "no-store"})
    fetched = await make(min_fresh_s=5).get("team.jpg", None)
    assert (fetched.max_age_s, fetched.fresh_for_s) == (0, 5)


async def test_only_what_a_fetch_needs_is_sent(make, server, settings):
    server.answer("/team.jpg", BODY, headers={"Set-Cookie": "a=b; Path=/"})
    origin = make()
    for _ in range(2):
        await origin.get("team.jpg", None)
    for request in server.requests:
        assert request.method == "GET"
        assert request.headers == {
            "host": f"127.0.0.1:{server.port}",
            "user-agent": settings.user_agent,
            "accept": "image/*,*/*;q=0.1",
            "accept-encoding": "identity",
        }


async def test_no_proxy_is_taken_from_the_environment(make, server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answer("/team.jpg", BODY)
    assert (await make().get("team.jpg", None)).size == len(BODY)


async def test_a_known_picture_is_asked_for_conditionally_and_may_be_unchanged(make, server, remember):
    server.answer("/team.jpg", BODY, headers={"ETag": '"v1"', "Last-Modified": "then", "Cache-Control": "max-age=9"})
    origin = make()
    known = remember(await origin.get("team.jpg", None))
    server.answer("/team.jpg", status=304, headers={"Cache-Control": "max-age=30", "ETag": '"v2"'})
    unchanged = await origin.get("team.jpg", known)
    assert unchanged == Unchanged('{"etag": "\\"v2\\"", "last_modified": "then"}', 30, 30)
    assert server.requests[1].headers["if-none-match"] == '"v1"'
    assert server.requests[1].headers["if-modified-since"] == "then"


async def test_a_304_that_is_silent_keeps_the_life_that_was_known(make, server, remember):
    server.answer("/team.jpg", BODY, headers={"ETag": '"v1"', "Cache-Control": "max-age=9"})
    origin = make()
    known = remember(await origin.get("team.jpg", None))
    server.answer("/team.jpg", status=304)
    assert await origin.get("team.jpg", known) == Unchanged(known.stamp, 9, 9)


async def test_a_connection_is_used_again_after_a_304(make, server, remember):
    server.answer("/team.jpg", BODY, headers={"ETag": '"v1"'})
    origin = make()
    known = remember(await origin.get("team.jpg", None))
    server.answer("/team.jpg", status=304)
    for _ in range(3):
        await origin.get("team.jpg", known)
    assert len(server.tasks) == 1


async def test_a_known_picture_that_changed_is_fetched(make, server, remember):
    server.answer("/team.jpg", BODY, headers={"ETag": '"v1"'})
    origin = make()
    known = remember(await origin.get("team.jpg", None))
    server.answer("/team.jpg", b"new", headers={"ETag": '"v2"'})
    fetched = await origin.get("team.jpg", known)
    assert (fetched.digest, fetched.stamp) == (hashlib.sha256(b"new").hexdigest(), '{"etag": "\\"v2\\""}')


async def test_a_304_that_nobody_asked_for_is_an_error(make, server, remember):
    server.answer("/team.jpg", BODY)
    origin = make()
    fetched = await origin.get("team.jpg", None)
    server.answer("/team.jpg", status=304)
    with pytest.raises(errors.SourceError, match="304"):
        await origin.get("team.jpg", None)
    with pytest.raises(errors.SourceError):
        await origin.get("team.jpg", remember(fetched))
    assert "if-none-match" not in server.requests[-1].headers


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, errors.SourceForbiddenError),
        (403, errors.SourceForbiddenError),
        (404, errors.SourceNotFoundError),
        (410, errors.SourceGoneError),
        (204, errors.SourceError),
        (206, errors.SourceError),
        (300, errors.SourceError),
        (400, errors.SourceError),
        (429, errors.SourceError),
        (500, errors.SourceError),
        (503, errors.SourceError),
    ],
)
async def test_a_status_other_than_200_becomes_its_error(make, server, fails, status, kind):
    server.answer("/private-base/team.jpg", status=status, headers={} if status == 204 else {"X": "y"}, length=0)
    detail = await fails(make("/private-base"), "team.jpg", kind)
    assert str(status) in detail
    assert "127.0.0.1" in detail
    assert "private-base" not in detail


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("a b.jpg", "/base/a%20b.jpg"),
        ("Grüße/👋.jpg", "/base/Gr%C3%BC%C3%9Fe/%F0%9F%91%8B.jpg"),
        ("100%.jpg", "/base/100%25.jpg"),
        ("a%2Fb.jpg", "/base/a%252Fb.jpg"),
        ("%2e%2e/a.jpg", "/base/%252e%252e/a.jpg"),
        ("a?b=c#d.jpg", "/base/a%3Fb%3Dc%23d.jpg"),
        ("a+b&c;d.jpg", "/base/a%2Bb%26c%3Bd.jpg"),
        ("a\r\nHost: b", "/base/a%0D%0AHost%3A%20b"),
        ("a//b.jpg", "/base/a//b.jpg"),
        ("http://evil.com/a", "/base/http%3A//evil.com/a"),
        ("...", "/base/..."),
        ("..;/a", "/base/..%3B/a"),
        ("@evil.com", "/base/%40evil.com"),
    ],
)
async def test_a_name_is_encoded_segment_by_segment(make, server, path, target):
    server.answer(target, BODY)
    for base in ("/base", "/base/"):
        assert (await make(base).get(path, None)).size == len(BODY)


async def test_a_base_url_that_is_encoded_already_is_kept(make, server):
    server.answer("/a%20b%2Fc/team.jpg", BODY)
    assert (await make("/a%20b%2Fc/").get("team.jpg", None)).size == len(BODY)


@pytest.mark.parametrize("path", ["../a", "a/../../b", ".", "a/./b", "..\\a", "a\\..\\b", "/a", "//evil.com/a", "\\a"])
async def test_a_path_that_might_climb_is_refused_before_anything_is_sent(make, server, fails, path):
    await fails(make("/base"), path, errors.SourceForbiddenError)
    assert server.requests == []


@pytest.mark.parametrize("path", ["", "a\0b", "a\ud800", "x" * 5000])
async def test_a_path_that_is_none_is_refused_before_anything_is_sent(make, server, fails, path):
    await fails(make("/base"), path, errors.InvalidParameterError)
    assert server.requests == []


async def test_headers_that_do_not_come_time_out(make, server, fails):
    async def hang(request, writer):
        await asyncio.sleep(5)

    server.scripts["/team.jpg"] = hang
    await fails(make(read_timeout_s=0.1), "team.jpg", errors.SourceTimeoutError, "silent")


async def test_a_body_that_stops_times_out(make, server, fails):
    async def stop(request, writer):
        writer.write(head(200, {"Content-Length": "100"}) + b"half")
        await asyncio.sleep(5)

    server.scripts["/team.jpg"] = stop
    await fails(make(read_timeout_s=0.1), "team.jpg", errors.SourceTimeoutError, "silent")


async def drip(request, writer):
    writer.write(head(200, {"Content-Length": "100000"}))
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def test_a_body_that_drips_meets_the_total_deadline(make, server, fails):
    server.scripts["/team.jpg"] = drip
    start = time.monotonic()
    await fails(make(total_timeout_s=0.2), "team.jpg", errors.SourceTimeoutError, r"0\.2 s")
    assert time.monotonic() - start < 1


async def test_redirects_count_towards_the_total_deadline(make, server, fails):
    async def slow(request, writer):
        await asyncio.sleep(0.1)
        writer.write(head(302, {"Location": "/team.jpg", "Content-Length": "0"}))

    server.scripts["/team.jpg"] = slow
    await fails(make(total_timeout_s=0.25, max_redirects=20), "team.jpg", errors.SourceTimeoutError)


async def test_a_fetch_that_is_cancelled_leaves_nothing(make, server, tmp_dir, monkeypatch):
    server.scripts["/team.jpg"] = drip
    begun = asyncio.Event()
    monkeypatch.setattr(Download, "write", lambda download, chunk: begun.set())
    task = asyncio.create_task(make().get("team.jpg", None))
    await asyncio.wait_for(begun.wait(), 2)
    assert list(tmp_dir.iterdir()) != []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(tmp_dir.iterdir()) == []


async def test_an_endless_body_is_cut_off_at_the_limit(make, server, fails):
    async def endless(request, writer):
        writer.write(head(200, {}))
        while True:
            writer.write(b"." * 10_000)
            await writer.drain()

    server.scripts["/team.jpg"] = endless
    await fails(make(), "team.jpg", errors.SourceTooLargeError, "100000")


async def test_a_body_announced_above_the_limit_is_refused_before_it_is_read(make, server, fails):
    server.answer("/team.jpg", b"", length=100_001)
    await fails(make(), "team.jpg", errors.SourceTooLargeError)


async def test_a_body_at_the_limit_is_fetched(make, server):
    server.answer("/team.jpg", b"x" * 100_000)
    assert (await make().get("team.jpg", None)).size == 100_000


async def test_a_body_shorter_than_announced_is_an_error(make, server, fails):
    async def short(request, writer):
        writer.write(head(200, {"Content-Length": "100"}) + b"half")
        writer.close()

    server.scripts["/team.jpg"] = short
    await fails(make(), "team.jpg", errors.SourceError, "halfway")


async def test_a_chunked_body_that_breaks_off_is_an_error(make, server, fails):
    async def short(request, writer):
        writer.write(head(200, {"Transfer-Encoding": "chunked"}) + b"5\r\nhello\r\n5\r\nwo")
        writer.close()

    server.scripts["/team.jpg"] = short
    await fails(make(), "team.jpg", errors.SourceError)


async def test_chunked_and_unannounced_bodies_are_fetched(make, server):
    async def chunked(request, writer):
        writer.write(head(200, {"Transfer-Encoding": "chunked"}) + b"5\r\nhello\r\n0\r\n\r\n")

    async def unannounced(request, writer):
        writer.write(head(200, {}) + b"hello")
        writer.close()

    server.scripts |= {"/a": chunked, "/b": unannounced}
    assert (await make().get("a", None)).size == 5
    assert (await make().get("b", None)).size == 5


@pytest.mark.parametrize(
    "noise", [b"SSH-2.0-OpenSSH\r\n\r\n", b"", b"\0" * 50, b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
)
async def test_an_answer_that_is_not_http_is_an_error(make, server, fails, noise):
    async def talk(request, writer):
        writer.write(noise)
        writer.close()

    server.scripts["/team.jpg"] = talk
    await fails(make(), "team.jpg", errors.SourceError)


async def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(make, server):
    async def hang_up_later(request, writer):
        writer.write(head(200, {"Content-Length": "1"}) + b"a")
        await writer.drain()
        server.scripts["/b"] = refuse_once

    async def refuse_once(request, writer):
        server.answer("/b", b"b")
        writer.close()

    server.scripts["/a"] = hang_up_later
    origin = make()
    await origin.get("a", None)
    assert (await origin.get("b", None)).size == 1


async def test_a_compressed_body_is_refused(make, server, fails):
    server.answer("/team.jpg", b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    await fails(make(), "team.jpg", errors.SourceError, "gzip")


async def test_a_server_that_is_not_there_is_an_error(make, fails):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        await fails(make(base), "team.jpg", errors.SourceError, "connected")


async def test_a_name_that_is_not_there_is_an_error_and_a_slow_one_a_time_out(make, fails):
    async def unknown(host, port):
        raise socket.gaierror(-2, "unknown")

    async def slow(host, port):
        await asyncio.sleep(5)

    await fails(make("http://cat.example/", resolve=unknown), "a", errors.SourceError, "cat.example")
    slow_origin = make("http://cat.example/", resolve=slow, connect_timeout_s=0.05)
    await fails(slow_origin, "a", errors.SourceTimeoutError, "cat.example")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/new.jpg", "new.jpg", "{url}/new.jpg", "//127.0.0.1:{port}/new.jpg"])
async def test_a_redirect_is_followed(make, server, status, location):
    location = location.format(url=server.url, port=server.port)
    server.answer("/team.jpg", b"moved", status=status, headers={"Location": location})
    server.answer("/new.jpg", BODY)
    assert (await make().get("team.jpg", None)).digest == hashlib.sha256(BODY).hexdigest()


async def test_as_many_redirects_as_allowed_are_followed_and_no_more(make, server, fails):
    for step in range(4):
        server.answer(f"/{step}", status=302, headers={"Location": f"/{step + 1}"})
    server.answer("/4", BODY)
    await fails(make(), "0", errors.SourceError, "at most 3")
    assert (await make().get("1", None)).size == len(BODY)


async def test_a_loop_of_redirects_ends(make, server, fails):
    server.answer("/a", status=302, headers={"Location": "/a"})
    await fails(make(), "a", errors.SourceError, "too often")
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        (None, errors.SourceError),
        ("http://a b/", errors.SourceError),
        ("http://[", errors.SourceError),
        ("http://xn--zzzzzzz99.com/", errors.SourceError),
        ("file:///etc/passwd", errors.SourceForbiddenError),
        ("http://user:password@a.com/", errors.SourceForbiddenError),
        ("http://a.com:22/", errors.SourceForbiddenError),
        ("http://127.0.0.2/", errors.PrivateAddressError),
        ("http://169.254.169.254/latest/meta-data", errors.PrivateAddressError),
        ("http://[::1]/", errors.PrivateAddressError),
        ("http://[::ffff:127.0.0.1]/", errors.PrivateAddressError),
        ("http://2130706434/", errors.PrivateAddressError),
        ("http://127.2/", errors.PrivateAddressError),
        ("http://inside.example/", errors.PrivateAddressError),
    ],
)
async def test_a_redirect_to_where_nothing_may_be_fetched_is_refused(make, server, fails, location, kind):
    async def resolve(host, port):
        return ["10.0.0.7"]

    server.answer("/team.jpg", status=302, headers={} if location is None else {"Location": location})
    detail = await fails(make(resolve=resolve), "team.jpg", kind)
    assert "password@" not in detail
    assert len(server.requests) == 1


async def test_the_operators_own_private_address_needs_no_setting_but_a_redirect_from_it_does(make, server, fails):
    server.answer("/team.jpg", BODY)
    server.answer("/same", status=302, headers={"Location": f"{server.url}/team.jpg"})
    server.answer("/by-name", status=302, headers={"Location": f"http://cat.example:{server.port}/team.jpg"})
    server.answer("/other-port", status=302, headers={"Location": "http://127.0.0.1/team.jpg"})

    async def resolve(host, port):
        return ["127.0.0.1"]

    origin = make(allow_private=(), resolve=resolve)
    assert (await origin.get("team.jpg", None)).size == len(BODY)
    assert (await origin.get("same", None)).size == len(BODY)
    assert len(server.requests) == 3
    for path in ("by-name", "other-port"):
        with pytest.raises(errors.PrivateAddressError):
            await origin.get(path, None)


async def test_the_operators_own_port_needs_no_setting(make, server):
    server.answer("/team.jpg", BODY)
    assert (await make(allow_ports=(80, 443)).get("team.jpg", None)).size == len(BODY)


async def test_a_name_at_a_private_address_is_refused_unless_its_network_is_allowed(make, server, fails):
    async def resolve(host, port):
        return ["127.0.0.1"]

    base = f"http://minio.example:{server.port}/"
    server.answer("/team.jpg", BODY)
    assert (await make(base, resolve=resolve).get("team.jpg", None)).size == len(BODY)
    assert server.requests[0].headers["host"] == f"minio.example:{server.port}"
    with pytest.raises(errors.PrivateAddressError, match="allow_private"):
        await make(base, resolve=resolve, allow_private=()).get("team.jpg", None)


async def test_a_list_of_hosts_limits_where_redirects_lead(make, server, fails):
    async def resolve(host, port):
        return ["127.0.0.1"]

    origin = make(hosts=HostList.read(["good.example"]), resolve=resolve)
    server.answer("/new", BODY)
    server.answer("/good", status=302, headers={"Location": f"http://good.example:{server.port}/new"})
    server.answer("/bad", status=302, headers={"Location": f"http://bad.example:{server.port}/new"})
    await fails(origin, "bad", errors.SourceForbiddenError, r"bad\.example")
    assert (await origin.get("good", None)).size == len(BODY)


def fetcher(answers, settings, tmp_dir):
    """Fetches from answers by URL, so that there can be https without certificates."""
    transport = httpx.MockTransport(lambda request: answers[str(request.url)])
    return Fetcher(transport, Guard.build(settings), settings, tmp_dir)


async def test_https_may_not_fall_to_http(settings, tmp_dir):
    answers = {"https://a.com/": httpx.Response(302, headers={"Location": "http://a.com/"})}
    with pytest.raises(errors.SourceForbiddenError, match="https"):
        await fetcher(answers, settings, tmp_dir).fetch(httpx.URL("https://a.com/"), None)


async def test_http_may_rise_to_https(settings, tmp_dir):
    answers = {
        "http://a.com/": httpx.Response(302, headers={"Location": "https://a.com/"}),
        "https://a.com/": httpx.Response(200, stream=httpx.ByteStream(b"a")),
    }
    assert (await fetcher(answers, settings, tmp_dir).fetch(httpx.URL("http://a.com/"), None)).size == 1
