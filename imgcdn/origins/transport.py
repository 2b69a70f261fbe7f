"""Connects to the address that was checked and to no other, so that DNS cannot change in between."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Generator, Iterable, Sequence
from contextlib import contextmanager
from functools import cache
from ipaddress import ip_address
from typing import cast

import httpcore
import httpx

from imgcdn.origins.addresses import IPAddress, literal
from imgcdn.origins.guard import Guard, Resolve, resolve_host

# Below the 5 s after which some servers hang up, so that a request seldom meets a closing connection.
_KEEPALIVE_S = 4.0

_SAME: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.TimeoutException: httpx.TimeoutException,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.NetworkError: httpx.NetworkError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.ProtocolError: httpx.ProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.ProxyError: httpx.ProxyError,
    OSError: httpx.NetworkError,  # TLS failing in the middle of a body comes through as it is
}


class PinnedTransport(httpx.AsyncBaseTransport):
    """Sends requests over connections that passed `guard`; SNI and Host stay the name. No proxies."""

    def __init__(self, guard: Guard, *, max_connections: int, resolve: Resolve = resolve_host) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_make_ssl_context(),
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=_KEEPALIVE_S,
            network_backend=PinnedBackend(guard, resolve),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its answer, the body still to be read. Raises the errors of httpx."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        with _translated():
            response = await self._pool.handle_async_request(
                httpcore.Request(request.method, url, headers=request.headers.raw, extensions=request.extensions)
            )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response),
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a host once, checks every address, and connects to one of those addresses."""

    def __init__(
        self,
        guard: Guard,
        resolve: Resolve = resolve_host,
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._guard = guard
        self._resolve = resolve
        # The cast: httpcore declares a stand-in of the same name for when anyio is missing.
        self._inner = inner or cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect within `timeout` seconds, resolving included; raises PrivateAddressError beforehand."""
        clock = asyncio.get_running_loop().time
        ends = None if timeout is None else clock() + timeout
        checked = await self._addresses(host, port, timeout)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for index, ip in enumerate(checked):
            # An equal share for each address left: one that is silent must not use up the others' time.
            share = None if ends is None else max(0.0, ends - clock()) / (len(checked) - index)
            try:
                return await self._inner.connect_tcp(str(ip), port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - the signature is httpcore's
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - the signature is httpcore's
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: a socket file has no address to check."""
        raise httpcore.ConnectError("sources are not fetched over Unix sockets")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, port: int, timeout_s: float | None) -> Sequence[IPAddress]:
        ip = literal(host)
        if ip is not None:
            found = [ip]
        else:
            try:
                async with asyncio.timeout(timeout_s):
                    found = [ip_address(text) for text in await self._resolve(host, port)]
            except TimeoutError as error:
                raise httpcore.ConnectTimeout("resolving the name took too long") from error
            except (OSError, ValueError) as error:  # ValueError: the resolver could not encode the name
                raise httpcore.ConnectError("the name cannot be resolved") from error
        for each in found:
            self._guard.check_address(host, port, each)
        return found


@cache
def _make_ssl_context() -> ssl.SSLContext:
    """Trust the certificates of SSL_CERT_FILE or SSL_CERT_DIR if set, else certifi's; loaded once for all origins."""
    return httpx.create_ssl_context()


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _translated():
            async for chunk in self._response.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        with _translated():
            await self._response.aclose()


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except Exception as error:
        same = next((_SAME[kind] for kind in type(error).__mro__ if kind in _SAME), None)
        if same is None:
            raise
        raise same(str(error)) from error
