"""One GET of a target below a base URL, its bytes sent as they were found: signatures cover them."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

from imgcdn import __version__
from imgcdn.dialects.imgix import signing
from imgcdn.errors import SettingsError

_MOST_BYTES: Final = 64 * 2**20
_ODD: Final = re.compile(rb"[^\x21-\x7e]")
"""What cannot be part of a request's first line."""
_AGENT: Final = f"imgcdn-diff/{__version__}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came. `trouble` says why nothing did; `status` is 0 then. `media_type` is without parameters."""

    status: int = 0
    media_type: str = ""
    body: bytes = field(default=b"", repr=False)
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where pictures are asked for: a base URL, and the Host header where it is another name."""

    base: httpx.URL
    host: str | None = None

    @property
    def path(self) -> str:
        """The path below which targets are, without a slash at its end."""
        return self.base.raw_path.decode("ascii").rstrip("/")


def place(url: str, host: str | None = None) -> Place:
    """Understand a base URL. Raises SettingsError for what is none."""
    try:
        parts = urlsplit(url)
        base = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise SettingsError(f"{url!r} is no URL: expected such as https://example.imgix.net") from None
    if parts.scheme not in {"http", "https"} or not base.host or parts.query or parts.fragment:
        raise SettingsError(f"{url!r} cannot be used: expected http:// or https://, a host name, and at most a path")
    return Place(base, host)


class Visitor:
    """Asks a place for targets. `token` signs each of them anew; without one they go as they are."""

    def __init__(self, client: httpx.AsyncClient, accept: str, timeout_s: float, token: str | None) -> None:
        self._client = client
        self._accept = accept
        self._timeout_s = timeout_s
        self._token = token

    async def ask(self, place: Place, target: bytes) -> Answer:
        """Return the answer of a place, in which a redirect, an error and no answer at all are each an answer."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._ask(place, target)
        except TimeoutError:
            return Answer(trouble=f"no answer within {self._timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return Answer(trouble=f"{type(error).__name__}: {error}".rstrip(": "))

    async def _ask(self, place: Place, target: bytes) -> Answer:
        headers = {"accept": self._accept, "user-agent": _AGENT}
        extensions: dict[str, object] = {"target": self._wired(place, target)}
        if place.host is not None:
            headers["host"] = place.host
            extensions["sni_hostname"] = place.host.partition(":")[0]
        async with self._client.stream("GET", place.base, headers=headers, extensions=extensions) as answer:
            parts: list[bytes] = []
            size = 0
            async for part in answer.aiter_bytes():
                parts.append(part)
                size += len(part)
                if size > _MOST_BYTES:
                    return Answer(trouble=f"more than {_MOST_BYTES >> 20} MiB")
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Answer(answer.status_code, media_type, b"".join(parts))

    def _wired(self, place: Place, target: bytes) -> bytes:
        """Return a target below the place's path, signed if there is a token."""
        wired = _ODD.sub(lambda found: b"%%%02X" % found[0][0], target).decode("ascii")
        path, _, query = f"{place.path}{wired}".partition("?")
        if self._token is not None:
            rest = "&".join(part for part in query.split("&") if part and not signing.is_signed(part))
            signature = f"{signing.SIGNATURE}={signing.sign(self._token, path, rest)}"
            query = f"{rest}&{signature}" if rest else signature
        return (f"{path}?{query}" if query else path).encode("ascii")


def client(at_once: int, timeout_s: float) -> httpx.AsyncClient:
    """Open connections for so many targets at once, each asked of two places. Redirects are answers, too."""
    return httpx.AsyncClient(
        timeout=timeout_s,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=2 * at_once, max_keepalive_connections=2 * at_once),
    )
