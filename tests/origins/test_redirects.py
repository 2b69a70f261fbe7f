import hashlib

import httpx
import pytest

from imgcdn import errors
from imgcdn.origins.fetch import Fetcher
from imgcdn.origins.guard import Guard
from imgcdn.origins.hosts import HostList

BODY = b"the team" * 1000


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/new.jpg", "new.jpg", "{url}/new.jpg", "//127.0.0.1:{port}/new.jpg"])
async def test_a_redirect_is_followed(make_web, server, status, location):
    location = location.format(url=server.url, port=server.port)
    server.answer("/team.jpg", b"moved", status=status, headers={"Location": location})
    server.answer("/new.jpg", BODY)
    assert (await make_web().get("team.jpg", None)).digest == hashlib.sha256(BODY).hexdigest()


async def test_as_many_redirects_as_allowed_are_followed_and_no_more(make_web, server, fails):
    for step in range(4):
        server.answer(f"/{step}", status=302, headers={"Location": f"/{step + 1}"})
    server.answer("/4", BODY)
    await fails(make_web(), "0", errors.SourceError, "at most 3")
    assert (await make_web().get("1", None)).size == len(BODY)


async def test_a_loop_of_redirects_ends(make_web, server, fails):
    server.answer("/a", status=302, headers={"Location": "/a"})
    await fails(make_web(), "a", errors.SourceError, "too often")
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
async def test_a_redirect_to_where_nothing_may_be_fetched_is_refused(make_web, server, fails, location, kind):
    async def resolve(host, port):
        return ["10.0.0.7"]

    server.answer("/team.jpg", status=302, headers={} if location is None else {"Location": location})
    detail = await fails(make_web(resolve=resolve), "team.jpg", kind)
    assert "password@" not in detail
    assert len(server.requests) == 1


async def test_the_operators_own_private_address_needs_no_setting_but_a_redirect_from_it_does(make_web, server, fails):
    server.answer("/team.jpg", BODY)
    server.answer("/same", status=302, headers={"Location": f"{server.url}/team.jpg"})
    server.answer("/by-name", status=302, headers={"Location": f"http://cat.example:{server.port}/team.jpg"})
    server.answer("/other-port", status=302, headers={"Location": "http://127.0.0.1/team.jpg"})

    async def resolve(host, port):
        return ["127.0.0.1"]

    origin = make_web(allow_private=(), resolve=resolve)
    assert (await origin.get("team.jpg", None)).size == len(BODY)
    assert (await origin.get("same", None)).size == len(BODY)
    assert len(server.requests) == 3
    for path in ("by-name", "other-port"):
        with pytest.raises(errors.PrivateAddressError):
            await origin.get(path, None)


async def test_the_operators_own_port_needs_no_setting(make_web, server):
    server.answer("/team.jpg", BODY)
    assert (await make_web(allow_ports=(80, 443)).get("team.jpg", None)).size == len(BODY)


async def test_a_name_at_a_private_address_is_refused_unless_its_network_is_allowed(make_web, server, fails):
    async def resolve(host, port):
        return ["127.0.0.1"]

    base = f"http://minio.example:{server.port}/"
    server.answer("/team.jpg", BODY)
    assert (await make_web(base, resolve=resolve).get("team.jpg", None)).size == len(BODY)
    assert server.requests[0].headers["host"] == f"minio.example:{server.port}"
    with pytest.raises(errors.PrivateAddressError, match="allow_private"):
        await make_web(base, resolve=resolve, allow_private=()).get("team.jpg", None)


async def test_a_list_of_hosts_limits_where_redirects_lead(make_web, server, fails):
    async def resolve(host, port):
        return ["127.0.0.1"]

    origin = make_web(hosts=HostList.read(["good.example"]), resolve=resolve)
    server.answer("/new", BODY)
    server.answer("/good", status=302, headers={"Location": f"http://good.example:{server.port}/new"})
    server.answer("/bad", status=302, headers={"Location": f"http://bad.example:{server.port}/new"})
    await fails(origin, "bad", errors.SourceForbiddenError, r"bad\.example")
    assert (await origin.get("good", None)).size == len(BODY)


def fetcher(answers, settings, tmp_dir):
    """Fetches from answers by URL, so that there can be https without certificates."""
    transport = httpx.MockTransport(lambda request: answers[str(request.url)])
    return Fetcher(transport, Guard.build(settings), settings, lambda: tmp_dir)


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
