import asyncio
import socket

import httpcore
import httpx
import pytest

from imgcdn import errors
from imgcdn.origins.guard import Guard
from imgcdn.origins.settings import FetchSettings
from imgcdn.origins.transport import PinnedBackend, PinnedTransport

PUBLIC, OTHER, PRIVATE = "93.184.216.34", "2606:4700::1111", "10.0.0.1"


class Recorder(httpcore.AsyncNetworkBackend):
    """Connects to nothing, and remembers where to it was asked to."""

    def __init__(self, failing=(), silent=()):
        self.hosts = []
        self.shares = []
        self._failing, self._silent = failing, silent

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # noqa: ASYNC109
        self.hosts.append(host)
        self.shares.append(timeout)
        if host in self._failing:
            raise httpcore.ConnectError("refused")
        if host in self._silent:
            await asyncio.sleep(timeout)
            raise httpcore.ConnectTimeout("silent")
        return httpcore.AsyncMockStream([])


def resolver(*answers):
    """Answers a new list of addresses each time it is asked, the last one for ever."""
    left = list(answers)

    async def resolve(host, port):
        resolve.asked += 1
        return left.pop(0) if len(left) > 1 else left[0]

    resolve.asked = 0
    return resolve


def backend(resolve, inner, **settings):
    return PinnedBackend(Guard.build(FetchSettings(**settings)), resolve, inner)


async def test_a_name_is_resolved_once_and_connected_to_at_the_checked_address():
    resolve, inner = resolver([PUBLIC], [PRIVATE]), Recorder()
    await backend(resolve, inner).connect_tcp("rebind.example", 80, 1.0)
    assert (resolve.asked, inner.hosts) == (1, [PUBLIC])


async def test_a_name_that_turned_private_is_refused_when_it_is_connected_to_again():
    resolve, inner = resolver([PUBLIC], [PRIVATE]), Recorder()
    pinned = backend(resolve, inner)
    await pinned.connect_tcp("rebind.example", 80, 1.0)
    with pytest.raises(errors.PrivateAddressError):
        await pinned.connect_tcp("rebind.example", 80, 1.0)
    assert inner.hosts == [PUBLIC]


@pytest.mark.parametrize(
    "answer", [[PUBLIC, PRIVATE], [PRIVATE, PUBLIC], [PUBLIC, OTHER, "::1"], [PUBLIC, "fe80::1%2"]]
)
async def test_one_bad_address_among_several_refuses_the_host_before_anything_is_connected(answer):
    inner = Recorder()
    with pytest.raises(errors.PrivateAddressError):
        await backend(resolver(answer), inner).connect_tcp("mixed.example", 80, 1.0)
    assert inner.hosts == []


async def test_a_literal_address_is_checked_without_asking_the_resolver():
    resolve, inner = resolver([PUBLIC]), Recorder()
    with pytest.raises(errors.PrivateAddressError):
        await backend(resolve, inner).connect_tcp(PRIVATE, 80, 1.0)
    await backend(resolve, inner).connect_tcp(PUBLIC, 80, 1.0)
    assert (resolve.asked, inner.hosts) == (0, [PUBLIC])


async def test_the_next_address_is_tried_when_one_refuses():
    inner = Recorder(failing=(OTHER,))
    await backend(resolver([OTHER, PUBLIC]), inner).connect_tcp("two.example", 80, 1.0)
    assert inner.hosts == [OTHER, PUBLIC]


async def test_a_silent_address_leaves_time_for_the_next():
    inner = Recorder(silent=(OTHER,))
    await backend(resolver([OTHER, PUBLIC]), inner).connect_tcp("two.example", 80, 0.2)
    assert inner.hosts == [OTHER, PUBLIC]
    assert inner.shares[0] == pytest.approx(0.1, abs=0.02)
    assert inner.shares[1] == pytest.approx(0.1, abs=0.05)


async def test_the_last_failure_counts_when_no_address_answers():
    inner = Recorder(failing=(OTHER, PUBLIC))
    with pytest.raises(httpcore.ConnectError):
        await backend(resolver([OTHER, PUBLIC]), inner).connect_tcp("two.example", 80, 1.0)


async def test_a_name_without_addresses_cannot_be_connected_to():
    with pytest.raises(httpcore.ConnectError):
        await backend(resolver([]), Recorder()).connect_tcp("none.example", 80, 1.0)


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long"), OSError("down")])
async def test_a_name_that_cannot_be_resolved_cannot_be_connected_to(error):
    async def resolve(host, port):
        raise error

    with pytest.raises(httpcore.ConnectError):
        await backend(resolve, Recorder()).connect_tcp("none.example", 80, 1.0)


async def test_resolving_counts_towards_the_time_to_connect():
    async def resolve(host, port):
        await asyncio.sleep(5)

    with pytest.raises(httpcore.ConnectTimeout):
        await backend(resolve, Recorder()).connect_tcp("slow.example", 80, 0.05)


async def test_a_unix_socket_is_refused():
    with pytest.raises(httpcore.ConnectError):
        await backend(resolver([PUBLIC]), Recorder()).connect_unix_socket("/run/docker.sock")


def transport(server, **more):
    settings = FetchSettings(allow_private=("127.0.0.1/32",), allow_ports=(server.port,))
    return PinnedTransport(Guard.build(settings), max_connections=2, **more)


async def test_host_stays_the_name_while_the_connection_goes_to_the_address(server):
    server.answer("/a", b"hello")
    sender = transport(server, resolve=resolver(["127.0.0.1"]))
    response = await sender.handle_async_request(httpx.Request("GET", f"http://cat.example:{server.port}/a"))
    assert await response.aread() == b"hello"
    assert server.requests[0].headers["host"] == f"cat.example:{server.port}"
    await sender.aclose()


async def test_sni_stays_the_name(server):
    hello = asyncio.get_running_loop().create_future()

    async def listen(reader, writer):
        hello.set_result(await reader.read(4096))
        writer.close()

    listener = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    sender = transport(server, resolve=resolver(["127.0.0.1"]))
    with pytest.raises(httpx.ConnectError):
        await sender.handle_async_request(httpx.Request("GET", f"https://cat.example:{port}/a"))
    assert b"cat.example" in await hello
    listener.close()
    await sender.aclose()


async def test_a_refused_connection_is_httpx_own_error(server):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        sender = transport(server)
        with pytest.raises(httpx.ConnectError):
            await sender.handle_async_request(httpx.Request("GET", f"http://127.0.0.1:{port}/"))
        await sender.aclose()
