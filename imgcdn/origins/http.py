"""Sources from web servers: below one base URL, or anywhere on an allow-list."""

import re
from urllib.parse import quote

import httpx

from imgcdn.errors import ImgcdnError, InvalidParameterError, SettingsError, SourceForbiddenError
from imgcdn.model.reference import Fetched, Reference, Unchanged
from imgcdn.origins import paths
from imgcdn.origins.fetch import Fetcher, FindFolder
from imgcdn.origins.guard import Guard, Resolve, parse_url, resolve_host
from imgcdn.origins.hosts import HostList
from imgcdn.origins.settings import FetchSettings
from imgcdn.origins.transport import PinnedTransport

# Clients and proxies on the way collapse the double slash.
_ABSOLUTE = re.compile(r"(?P<scheme>https?):/{1,2}(?P<rest>[^/].*)", re.IGNORECASE | re.DOTALL)


class WebOrigin:
    """The pictures below one base URL, which may lie at a private address if it is written as that address.

    `hosts` limits where redirects may lead besides the base URL's own host; None means to any public host.
    """

    def __init__(
        self,
        base: httpx.URL,
        settings: FetchSettings,
        tmp_dir: FindFolder,
        *,
        hosts: HostList | None = None,
        resolve: Resolve = resolve_host,
    ) -> None:
        self._base = base
        self._prefix = base.raw_path.rstrip(b"/") + b"/"
        self._fetcher = _fetcher(Guard.build(settings, hosts=hosts, own=base), settings, tmp_dir, resolve)

    async def get(self, path: str, known: Reference | None) -> Fetched | Unchanged:
        """Fetch the picture at `path`, decoded and relative to the base; raises like `Fetcher.fetch`."""
        encoded = "/".join(quote(segment, safe="") for segment in paths.split(path))
        url = self._base.copy_with(raw_path=self._prefix + encoded.encode("ascii"))
        if not url.raw_path.startswith(self._prefix):  # httpx resolves dots too; there are none left
            raise SourceForbiddenError(f"The path {paths.show(path)} leads out of its origin")
        return await self._fetcher.fetch(url, known)

    @property
    def is_remote(self) -> bool:
        return True

    def holds(self, known: Reference) -> bool:  # noqa: ARG002 - the port's signature
        """Say no: only asking tells."""
        return False

    def glance(self, path: str, known: Reference) -> Unchanged | None:  # noqa: ARG002 - the port's signature
        """Say nothing: only asking tells."""
        return None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._fetcher.aclose()


class ProxyOrigin:
    """Pictures by their whole URL, on the hosts of an allow-list, none of which may have a private one."""

    def __init__(
        self, hosts: HostList, settings: FetchSettings, tmp_dir: FindFolder, *, resolve: Resolve = resolve_host
    ) -> None:
        self._guard = Guard.build(settings, hosts=hosts)
        self._fetcher = _fetcher(self._guard, settings, tmp_dir, resolve)

    async def get(self, path: str, known: Reference | None) -> Fetched | Unchanged:
        """Fetch the picture whose URL is `path`; raises like `Fetcher.fetch`, or InvalidParameterError."""
        return await self._fetcher.fetch(self.check(path), known)

    def check(self, path: str) -> httpx.URL:
        """Return the URL that `path` is, if it may be fetched; raises InvalidParameterError and the guard's errors."""
        paths.check_text(path)
        match = _ABSOLUTE.fullmatch(path)
        try:
            url = parse_url(path if match is None else f"{match['scheme']}://{match['rest']}")
        except ValueError as error:
            raise InvalidParameterError(f"The path {paths.show(path)} is no URL: {error}", param="path") from error
        self._guard.check_url(url)
        return url

    @property
    def is_remote(self) -> bool:
        return True

    def holds(self, known: Reference) -> bool:  # noqa: ARG002 - the port's signature
        """Say no: only asking tells."""
        return False

    def glance(self, path: str, known: Reference) -> Unchanged | None:  # noqa: ARG002 - the port's signature
        """Say nothing: only asking tells."""
        return None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._fetcher.aclose()


def read_base(text: str) -> httpx.URL:
    """Read the base URL of an origin from the settings; raises SettingsError for one that cannot be used."""
    try:
        url = parse_url(text)
    except (ValueError, ImgcdnError) as error:
        raise SettingsError(f"The origin {_without_secret(text)} is no URL to fetch from: {error}") from error
    if url.query or "?" in text or "#" in text:
        raise SettingsError(f"The origin {_without_secret(text)} has a query or a fragment; expected neither")
    return url


def _without_secret(text: str) -> str:
    return paths.show(re.sub(r"//[^/]*@", "//…@", text.partition("?")[0].partition("#")[0]))


def _fetcher(guard: Guard, settings: FetchSettings, tmp_dir: FindFolder, resolve: Resolve) -> Fetcher:
    transport = PinnedTransport(guard, max_connections=settings.max_connections, resolve=resolve)
    return Fetcher(transport, guard, settings, tmp_dir)
