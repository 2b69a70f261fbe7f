import pytest

from imgcdn import errors
from imgcdn.origins.hosts import HostList
from imgcdn.origins.http import ProxyOrigin

BODY = b"the team"


@pytest.fixture
async def make(settings, tmp_dir):
    made = []

    def build(*hosts, answers=(), **changes):
        left = list(answers)

        async def resolve(host, port):
            return left.pop(0) if left else ["127.0.0.1"]

        origin = ProxyOrigin(
            HostList.read(hosts), settings.model_copy(update=changes), lambda: tmp_dir, resolve=resolve
        )
        made.append(origin)
        return origin

    yield build
    for origin in made:
        await origin.aclose()


@pytest.mark.parametrize("slashes", ["//", "/"])
@pytest.mark.parametrize("host", ["cat.example", "a.b.cdn.example", "CAT.example.", "bücher.example"])
async def test_a_picture_on_a_listed_host_is_fetched_by_its_url(make, server, slashes, host):
    server.answer("/a%20b/%C3%BC.jpg?w=1&t=a%2Fb", BODY)
    origin = make("cat.example", "*.cdn.example", "bücher.example")
    fetched = await origin.get(f"http:{slashes}{host}:{server.port}/a b/ü.jpg?w=1&t=a%2Fb#part", None)
    assert fetched.size == len(BODY)


async def test_a_host_that_is_not_listed_is_forbidden_by_name(make, server):
    with pytest.raises(errors.SourceForbiddenError, match=r"'evil\.example'"):
        await make("cat.example").get(f"http://evil.example:{server.port}/a.jpg", None)
    assert server.requests == []


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("", errors.InvalidParameterError),
        ("a.jpg", errors.InvalidParameterError),
        ("/a.jpg", errors.InvalidParameterError),
        ("cat.example/a.jpg", errors.InvalidParameterError),
        ("http:cat.example/a.jpg", errors.InvalidParameterError),
        ("http:///cat.example/a.jpg", errors.InvalidParameterError),
        ("http://cat.example/\0", errors.InvalidParameterError),
        ("http://cat example/", errors.InvalidParameterError),
        ("http://cat.example/" + "a" * 9000, errors.InvalidParameterError),
        ("ftp://cat.example/a.jpg", errors.SourceForbiddenError),
        ("file:///etc/passwd", errors.SourceForbiddenError),
        ("http://cat.example@evil.example/", errors.SourceForbiddenError),
        ("http://evil.example/#cat.example", errors.SourceForbiddenError),
        ("http://evil.example?cat.example", errors.SourceForbiddenError),
        ("http://cat.example.evil.example/", errors.SourceForbiddenError),
        ("http://cat.example:22/", errors.SourceForbiddenError),
        ("http://2130706433/", errors.PrivateAddressError),
        ("http://0x7f.1/", errors.PrivateAddressError),
    ],
)
async def test_what_may_not_be_fetched_is_refused_before_anything_is_sent(make, server, path, error):
    with pytest.raises(errors.ImgcdnError) as caught:
        await make("cat.example").get(path, None)
    assert type(caught.value) is error
    assert server.requests == []


async def test_a_listed_private_address_is_refused_all_the_same(make, server):
    origin = make("127.0.0.1", allow_private=())
    with pytest.raises(errors.PrivateAddressError):
        await origin.get(f"{server.url}/a.jpg", None)


async def test_a_redirect_to_a_host_that_is_not_listed_is_forbidden(make, server):
    server.answer("/a", status=302, headers={"Location": f"http://evil.example:{server.port}/b"})
    with pytest.raises(errors.SourceForbiddenError, match=r"evil\.example"):
        await make("cat.example").get(f"http://cat.example:{server.port}/a", None)
    assert len(server.requests) == 1


async def test_a_redirect_to_a_listed_host_is_followed(make, server):
    server.answer("/a", status=302, headers={"Location": f"http://dog.example:{server.port}/b"})
    server.answer("/b", BODY)
    origin = make("cat.example", "dog.example")
    assert (await origin.get(f"http://cat.example:{server.port}/a", None)).size == len(BODY)


async def test_a_listed_name_that_turns_private_between_two_fetches_is_refused(make, server):
    async def close(request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na")

    server.scripts["/a"] = close
    origin = make("cat.example", answers=[["127.0.0.1"], ["10.0.0.1"]])
    url = f"http://cat.example:{server.port}/a"
    assert (await origin.get(url, None)).size == 1
    with pytest.raises(errors.PrivateAddressError):
        await origin.get(url, None)
