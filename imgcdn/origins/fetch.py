"""One fetch from a web server: within its deadlines, its cap and its guard, or an error that says why not."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx

from imgcdn import errors
from imgcdn.model.reference import Fetched, Reference, Unchanged
from imgcdn.origins.download import Download
from imgcdn.origins.freshness import left_s, read_date, read_life_s, read_number, read_terms, read_whole_life_s
from imgcdn.origins.guard import Guard, host_of, parse_url
from imgcdn.origins.settings import FetchSettings
from imgcdn.origins.validators import Validators

FindFolder = Callable[[], Path]
"""Says where downloads are written now: the disk of the usual place may be full by then."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_COMPRESSIONS = frozenset({"gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd"})
_REFUSALS: dict[int, type[errors.ImgcdnError]] = {
    401: errors.SourceForbiddenError,
    403: errors.SourceForbiddenError,
    404: errors.SourceNotFoundError,
    410: errors.SourceGoneError,
}


class Fetcher:
    """Fetches whole pictures over `transport`, checking with `guard` wherever a redirect leads.

    There is no httpx client between: it would keep cookies, follow redirects and read the environment.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        guard: Guard,
        settings: FetchSettings,
        tmp_dir: FindFolder,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._transport = transport
        self._guard = guard
        self._settings = settings
        self._tmp_dir = tmp_dir
        self._clock = clock

    async def fetch(self, url: httpx.URL, known: Reference | None) -> Fetched | Unchanged:
        """Fetch what `url`, which the guard let pass, leads to, into a temporary file that is the caller's.

        Raises PrivateAddressError, SourceTooLargeError, SourceTimeoutError, SourceError or by its status.
        """
        total_s = self._settings.total_timeout_s
        # Outermost, so that no way out of here leaves the file behind: neither an error nor being cancelled.
        # Asked each time: the disk may be full by now.
        with Download(self._tmp_dir(), self._settings.max_bytes) as download:
            try:
                async with asyncio.timeout(total_s):
                    answer = await self._follow(url, known, download)
            except TimeoutError as error:
                raise errors.SourceTimeoutError(
                    f"{host_of(url)} did not deliver within {total_s:g} s, the most that a fetch may take"
                ) from error
            return (
                self._unchanged(answer, known)
                if known and answer.status_code == 304
                else self._fetched(answer, download)
            )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _follow(self, url: httpx.URL, known: Reference | None, download: Download) -> httpx.Response:
        validators = Validators() if known is None else Validators.read(known.stamp)
        here = url
        for _ in range(self._settings.max_redirects + 1):
            async with self._opened(here, validators) as response:
                if response.status_code == 304 and validators:
                    await response.aread()  # empty, but read to its end the connection can be used again
                    return response
                if response.status_code not in _REDIRECTS:
                    await self._take(here, response, download)
                    return response
                here = self._next(here, response)
        raise errors.SourceError(
            f"{host_of(url)} redirected too often; expected at most {self._settings.max_redirects} redirects"
        )

    @asynccontextmanager
    async def _opened(self, url: httpx.URL, validators: Validators) -> AsyncGenerator[httpx.Response]:
        with _translated(url):
            try:
                response = await self._transport.handle_async_request(self._request(url, validators))
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                # The server may have hung up just as a kept connection was used again. A GET may be repeated.
                response = await self._transport.handle_async_request(self._request(url, validators))
            try:
                yield response
            finally:
                with suppress(httpx.TransportError):  # what was wanted has been read by now, or has failed
                    await response.aclose()

    def _request(self, url: httpx.URL, validators: Validators) -> httpx.Request:
        connect_s, read_s = self._settings.connect_timeout_s, self._settings.read_timeout_s
        return httpx.Request(
            "GET",
            url,
            headers={
                "User-Agent": self._settings.user_agent,
                "Accept": "image/*,*/*;q=0.1",
                "Accept-Encoding": "identity",
                **validators.headers,
            },
            # Waiting for a free connection is bounded by the total deadline.
            extensions={"timeout": {"connect": connect_s, "read": read_s, "write": read_s, "pool": None}},
        )

    def _next(self, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        host = host_of(url)
        try:
            target = parse_url(str(url.join(response.headers["location"])))
        except (KeyError, ValueError, httpx.InvalidURL) as error:
            raise errors.SourceError(f"{host} redirected without saying where; expected a Location") from error
        if url.scheme == "https" and target.scheme != "https":
            raise errors.SourceForbiddenError(f"{host} redirected from https to {target.scheme}; expected https")
        self._guard.check_url(target)
        return target

    async def _take(self, url: httpx.URL, response: httpx.Response, download: Download) -> None:
        host, status = host_of(url), response.status_code
        if status != 200:
            raise _REFUSALS.get(status, errors.SourceError)(f"{host} answered with status {status}; expected 200")
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding in _COMPRESSIONS:
            raise errors.SourceError(f"{host} sent the picture compressed with {coding}; expected it as it is")
        download.check_size(read_number(response.headers.get("content-length")) or 0)
        download.start()
        async for chunk in response.aiter_raw():
            download.write(chunk)

    def _fetched(self, response: httpx.Response, download: Download) -> Fetched:
        now = self._clock()
        life_s, whole_s = read_life_s(response.headers, now), read_whole_life_s(response.headers, now)
        return Fetched(
            path=download.keep(),
            digest=download.digest,
            size=download.size,
            stamp=replace(Validators.of(response.headers), life_s=_unless(whole_s, life_s)).stamp,
            modified=read_date(response.headers.get("last-modified")),
            max_age_s=life_s,
            fresh_for_s=self._settings.clamp_fresh_s(life_s),
            is_temporary=True,
            terms=read_terms(response.headers, now),
        )

    def _unchanged(self, response: httpx.Response, known: Reference) -> Unchanged:
        now, validators = self._clock(), Validators.read(known.stamp)
        whole_s = read_whole_life_s(response.headers, now)
        if whole_s is None:  # what a 304 does not repeat still holds, from now on (RFC 9111 §4.3.4)
            whole_s = known.max_age_s if validators.life_s is None else validators.life_s
        life_s = None if whole_s is None else left_s(whole_s, response.headers, now)
        newer = replace(Validators.of(response.headers), life_s=_unless(whole_s, life_s))
        # A 304 without Cache-Control leaves the terms as they were, as it does the life (RFC 9111 §3.2).
        terms = read_terms(response.headers, now) if "cache-control" in response.headers else known.terms
        return Unchanged(validators.updated(newer).stamp, life_s, self._settings.clamp_fresh_s(life_s), terms)


def _unless(whole_s: int | None, life_s: int | None) -> int | None:
    """Return the whole life where what is left of it does not tell it."""
    return None if whole_s == life_s else whole_s


@contextmanager
def _translated(url: httpx.URL) -> Generator[None]:
    host = host_of(url)
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise errors.SourceTimeoutError(f"{host} could not be connected to in time") from error
    except httpx.TimeoutException as error:
        raise errors.SourceTimeoutError(f"{host} was silent for too long") from error
    except httpx.ConnectError as error:
        raise errors.SourceError(f"{host} could not be connected to") from error
    except httpx.ProtocolError as error:
        raise errors.SourceError(f"{host} did not answer in correct HTTP, or stopped halfway") from error
    except httpx.TransportError as error:
        raise errors.SourceError(f"The connection to {host} broke") from error
