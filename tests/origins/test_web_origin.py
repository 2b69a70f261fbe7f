import asyncio
import hashlib
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from imgcdn import errors
from imgcdn.model.reference import Fetched, Unchanged
from imgcdn.model.terms import Terms
from imgcdn.origins.download import Download

BODY = b"the team" * 1000


async def test_a_picture_is_fetched_with_its_digest_stamp_and_life(make_web, server, tmp_dir):
    server.answer(
        "/base/team.jpg",
        BODY,
        headers={
            "ETag": '"v1"',
            "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT",
            "Cache-Control": "max-age=90",
        },
    )
    fetched = await make_web("/base").get("team.jpg", None)
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


async def test_an_answer_that_says_nothing_lives_by_default(make_web, server):
    server.answer("/team.jpg", BODY)
    fetched = await make_web(default_fresh_s=77).get("team.jpg", None)
    assert (fetched.stamp, fetched.modified, fetched.max_age_s, fetched.fresh_for_s) == ("{}", None, None, 77)


async def test_a_life_is_clamped_but_told_as_it_was(make_web, server):
    server.answer("/team.jpg", BODY, headers={"Cache-Control": "no-store"})
    fetched = await make_web(min_fresh_s=5).get("team.jpg", None)
    assert (fetched.max_age_s, fetched.fresh_for_s) == (0, 5)


async def test_only_what_a_fetch_needs_is_sent(make_web, server, settings):
    server.answer("/team.jpg", BODY, headers={"Set-Cookie": "a=b; Path=/"})
    origin = make_web()
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


async def test_no_proxy_is_taken_from_the_environment(make_web, server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answer("/team.jpg", BODY)
    assert (await make_web().get("team.jpg", None)).size == len(BODY)


async def test_a_known_picture_is_asked_for_conditionally_and_may_be_unchanged(make_web, server, remember):
    server.answer("/team.jpg", BODY, headers={"ETag": '"v1"', "Last-Modified": "then", "Cache-Control": "max-age=9"})
    origin = make_web()
    known = remember(await origin.get("team.jpg", None))
    server.answer("/team.jpg", status=304, headers={"Cache-Control": "max-age=30", "ETag": '"v2"'})
    unchanged = await origin.get("team.jpg", known)
    assert unchanged == Unchanged('{"etag": "\\"v2\\"", "last_modified": "then"}', 30, 30)
    assert server.requests[1].headers["if-none-match"] == '"v1"'
    assert server.requests[1].headers["if-modified-since"] == "then"


async def test_a_304_that_is_silent_keeps_the_life_that_was_known(make_web, server, remember):
    server.answer("/team.jpg", BODY, headers={"ETag": '"v1"', "Cache-Control": "max-age=9"})
    origin = make_web()
    known = remember(await origin.get("team.jpg", None))
    server.answer("/team.jpg", status=304)
    assert await origin.get("team.jpg", known) == Unchanged(known.stamp, 9, 9)


async def test_a_304_that_is_silent_keeps_the_terms_that_were_known_and_another_sets_new_ones(
    make_web, server, remember
):
    server.answer("/team.jpg", BODY, headers={"ETag": '"v1"', "Cache-Control": "max-age=9, must-revalidate"})
    origin = make_web()
    fetched = await origin.get("team.jpg", None)
    strict = Terms(strict=True, revalidate_s=0, error_s=0)
    assert fetched.terms == strict
    known = replace(remember(fetched), terms=fetched.terms)
    server.answer("/team.jpg", status=304)
    assert (await origin.get("team.jpg", known)).terms == strict
    server.answer("/team.jpg", status=304, headers={"Cache-Control": "private, max-age=30"})
    assert (await origin.get("team.jpg", known)).terms == Terms(private=True, browser_s=30, revalidate_s=0, error_s=0)
    server.answer("/team.jpg", status=304, headers={"Cache-Control": "max-age=30"})
    assert (await origin.get("team.jpg", known)).terms is None


async def test_a_304_that_is_silent_gives_the_whole_life_anew_to_what_was_old_when_it_came(make_web, server, remember):
    server.answer("/team.jpg", BODY, headers={"ETag": '"v1"', "Cache-Control": "max-age=900", "Age": "800"})
    origin = make_web()
    fetched = await origin.get("team.jpg", None)
    assert fetched.max_age_s == 100
    server.answer("/team.jpg", status=304)
    first = await origin.get("team.jpg", remember(fetched))
    assert (first.max_age_s, first.fresh_for_s) == (900, 900)
    server.answer("/team.jpg", status=304, headers={"Age": "300"})
    second = await origin.get("team.jpg", replace(remember(fetched), stamp=first.stamp, max_age_s=first.max_age_s))
    assert second.max_age_s == 600
    server.answer("/team.jpg", status=304)
    third = await origin.get("team.jpg", replace(remember(fetched), stamp=second.stamp, max_age_s=second.max_age_s))
    assert third.max_age_s == 900


async def test_a_connection_is_used_again_after_a_304(make_web, server, remember):
    server.answer("/team.jpg", BODY, headers={"ETag": '"v1"'})
    origin = make_web()
    known = remember(await origin.get("team.jpg", None))
    server.answer("/team.jpg", status=304)
    for _ in range(3):
        await origin.get("team.jpg", known)
    assert len(server.tasks) == 1


async def test_a_known_picture_that_changed_is_fetched(make_web, server, remember):
    server.answer("/team.jpg", BODY, headers={"ETag": '"v1"'})
    origin = make_web()
    known = remember(await origin.get("team.jpg", None))
    server.answer("/team.jpg", b"new", headers={"ETag": '"v2"'})
    fetched = await origin.get("team.jpg", known)
    assert (fetched.digest, fetched.stamp) == (hashlib.sha256(b"new").hexdigest(), '{"etag": "\\"v2\\""}')


async def test_a_304_that_nobody_asked_for_is_an_error(make_web, server, remember):
    server.answer("/team.jpg", BODY)
    origin = make_web()
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
async def test_a_status_other_than_200_becomes_its_error(make_web, server, fails, status, kind):
    server.answer("/private-base/team.jpg", status=status, headers={} if status == 204 else {"X": "y"}, length=0)
    detail = await fails(make_web("/private-base"), "team.jpg", kind)
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
async def test_a_name_is_encoded_segment_by_segment(make_web, server, path, target):
    server.answer(target, BODY)
    for base in ("/base", "/base/"):
        assert (await make_web(base).get(path, None)).size == len(BODY)


async def test_a_base_url_that_is_encoded_already_is_kept(make_web, server):
    server.answer("/a%20b%2Fc/team.jpg", BODY)
    assert (await make_web("/a%20b%2Fc/").get("team.jpg", None)).size == len(BODY)


@pytest.mark.parametrize("path", ["../a", "a/../../b", ".", "a/./b", "..\\a", "a\\..\\b", "/a", "//evil.com/a", "\\a"])
async def test_a_path_that_might_climb_is_refused_before_anything_is_sent(make_web, server, fails, path):
    await fails(make_web("/base"), path, errors.SourceForbiddenError)
    assert server.requests == []


@pytest.mark.parametrize("path", ["", "a\0b", "a\ud800", "x" * 5000])
async def test_a_path_that_is_none_is_refused_before_anything_is_sent(make_web, server, fails, path):
    await fails(make_web("/base"), path, errors.InvalidParameterError)
    assert server.requests == []


async def test_headers_that_do_not_come_time_out(make_web, server, fails):
    async def hang(request, writer):
        await asyncio.sleep(5)

    server.scripts["/team.jpg"] = hang
    await fails(make_web(read_timeout_s=0.1), "team.jpg", errors.SourceTimeoutError, "silent")


async def test_a_body_that_stops_times_out(make_web, server, fails):
    async def stop(request, writer):
        writer.write(request.reply_head(200, {"Content-Length": "100"}) + b"half")
        await asyncio.sleep(5)

    server.scripts["/team.jpg"] = stop
    await fails(make_web(read_timeout_s=0.1), "team.jpg", errors.SourceTimeoutError, "silent")


async def drip(request, writer):
    writer.write(request.reply_head(200, {"Content-Length": "100000"}))
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def test_a_body_that_drips_meets_the_total_deadline(make_web, server, fails):
    server.scripts["/team.jpg"] = drip
    start = time.monotonic()
    await fails(make_web(total_timeout_s=0.2), "team.jpg", errors.SourceTimeoutError, r"0\.2 s")
    assert time.monotonic() - start < 1


async def test_redirects_count_towards_the_total_deadline(make_web, server, fails):
    async def slow(request, writer):
        await asyncio.sleep(0.1)
        writer.write(request.reply_head(302, {"Location": "/team.jpg", "Content-Length": "0"}))

    server.scripts["/team.jpg"] = slow
    await fails(make_web(total_timeout_s=0.25, max_redirects=20), "team.jpg", errors.SourceTimeoutError)


async def test_a_fetch_that_is_cancelled_leaves_nothing(make_web, server, tmp_dir, monkeypatch):
    server.scripts["/team.jpg"] = drip
    begun = asyncio.Event()
    monkeypatch.setattr(Download, "write", lambda download, chunk: begun.set())
    task = asyncio.create_task(make_web().get("team.jpg", None))
    await asyncio.wait_for(begun.wait(), 2)
    assert list(tmp_dir.iterdir()) != []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(tmp_dir.iterdir()) == []


async def test_an_endless_body_is_cut_off_at_the_limit(make_web, server, fails):
    async def endless(request, writer):
        writer.write(request.reply_head(200, {}))
        while True:
            writer.write(b"." * 10_000)
            await writer.drain()

    server.scripts["/team.jpg"] = endless
    await fails(make_web(), "team.jpg", errors.SourceTooLargeError, "100000")


async def test_a_body_announced_above_the_limit_is_refused_before_it_is_read(make_web, server, fails):
    server.answer("/team.jpg", b"", length=100_001)
    await fails(make_web(), "team.jpg", errors.SourceTooLargeError)


async def test_a_body_at_the_limit_is_fetched(make_web, server):
    server.answer("/team.jpg", b"x" * 100_000)
    assert (await make_web().get("team.jpg", None)).size == 100_000


async def test_a_body_shorter_than_announced_is_an_error(make_web, server, fails):
    async def short(request, writer):
        writer.write(request.reply_head(200, {"Content-Length": "100"}) + b"half")
        writer.close()

    server.scripts["/team.jpg"] = short
    await fails(make_web(), "team.jpg", errors.SourceError, "halfway")


async def test_a_chunked_body_that_breaks_off_is_an_error(make_web, server, fails):
    async def short(request, writer):
        writer.write(request.reply_head(200, {"Transfer-Encoding": "chunked"}) + b"5\r\nhello\r\n5\r\nwo")
        writer.close()

    server.scripts["/team.jpg"] = short
    await fails(make_web(), "team.jpg", errors.SourceError)


async def test_chunked_and_unannounced_bodies_are_fetched(make_web, server):
    async def chunked(request, writer):
        writer.write(request.reply_head(200, {"Transfer-Encoding": "chunked"}) + b"5\r\nhello\r\n0\r\n\r\n")

    async def unannounced(request, writer):
        writer.write(request.reply_head(200, {}) + b"hello")
        writer.close()

    server.scripts |= {"/a": chunked, "/b": unannounced}
    assert (await make_web().get("a", None)).size == 5
    assert (await make_web().get("b", None)).size == 5


@pytest.mark.parametrize(
    "noise", [b"SSH-2.0-OpenSSH\r\n\r\n", b"", b"\0" * 50, b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"]
)
async def test_an_answer_that_is_not_http_is_an_error(make_web, server, fails, noise):
    async def talk(request, writer):
        writer.write(noise)
        writer.close()

    server.scripts["/team.jpg"] = talk
    await fails(make_web(), "team.jpg", errors.SourceError)


async def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(make_web, server):
    async def hang_up_later(request, writer):
        writer.write(request.reply_head(200, {"Content-Length": "1"}) + b"a")
        await writer.drain()
        server.scripts["/b"] = refuse_once

    async def refuse_once(request, writer):
        server.answer("/b", b"b")
        writer.close()

    server.scripts["/a"] = hang_up_later
    origin = make_web()
    await origin.get("a", None)
    assert (await origin.get("b", None)).size == 1


async def test_a_compressed_body_is_refused(make_web, server, fails):
    server.answer("/team.jpg", b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    await fails(make_web(), "team.jpg", errors.SourceError, "gzip")


async def test_a_server_that_is_not_there_is_an_error(make_web, fails):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        await fails(make_web(base), "team.jpg", errors.SourceError, "connected")


async def test_a_name_that_is_not_there_is_an_error_and_a_slow_one_a_time_out(make_web, fails):
    async def unknown(host, port):
        raise socket.gaierror(-2, "unknown")

    async def slow(host, port):
        await asyncio.sleep(5)

    await fails(make_web("http://cat.example/", resolve=unknown), "a", errors.SourceError, "cat.example")
    slow_origin = make_web("http://cat.example/", resolve=slow, connect_timeout_s=0.05)
    await fails(slow_origin, "a", errors.SourceTimeoutError, "cat.example")
