"""Decides what may be fetched, from the text of a URL to the address connected to, in one place for all."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Self

import httpx

from imgcdn import errors
from imgcdn.origins import addresses
from imgcdn.origins.addresses import IPAddress, literal
from imgcdn.origins.hosts import HostList, normalize
from imgcdn.origins.settings import FetchSettings, Network

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL_LENGTH = 8192

_URL = re.compile(r"(?:https?)://(?P<authority>[^/?#\\]+)(?:[/?#].*)?", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"(?:[^\[\]:@]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# What resolvers and browsers read as an IPv4 address (WHATWG URL: "ends in a number").
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Guard:
    """What one origin may fetch.

    `hosts` is None when every public host may be. `own` is the host and port of the origin's own URL, written
    by its operator: that port is allowed for it, and so is that address if it is written as one.
    """

    allow: tuple[Network, ...]
    ports: frozenset[int]
    hosts: HostList | None = None
    own: tuple[str, int] | None = None

    @classmethod
    def build(cls, settings: FetchSettings, *, hosts: HostList | None = None, own: httpx.URL | None = None) -> Self:
        """Make the guard of an origin; `own` is its base URL, if it has one."""
        place = None if own is None else (host_of(own), port_of(own))
        return cls(settings.private_networks, frozenset(settings.allow_ports), hosts, place)

    def check_url(self, url: httpx.URL) -> None:
        """Raise SourceForbiddenError or PrivateAddressError unless a URL from `parse_url` may be fetched.

        A name's addresses are checked when it is resolved, by the transport.
        """
        host, port = host_of(url), port_of(url)
        is_own = (host, port) == self.own
        if self.hosts is not None and host not in self.hosts and (self.own is None or host != self.own[0]):
            raise errors.SourceForbiddenError(f"The host {host!r} is not among those that may be fetched from")
        if port not in self.ports and not is_own:
            raise errors.SourceForbiddenError(
                f"Port {port} of {host!r} may not be fetched from; expected one of {sorted(self.ports)}"
            )
        ip = literal(host)
        if ip is not None:
            self.check_address(host, port, ip)

    def check_address(self, host: str, port: int, ip: IPAddress) -> None:
        """Raise PrivateAddressError unless `ip`, to which `host` leads, may be connected to at `port`."""
        # The exception is for the address as the operator wrote it: a name that leads there gets none.
        if self.own == (normalize(host), port) and literal(host) is not None:
            return
        addresses.check_address(ip, self.allow, host)


def host_of(url: httpx.URL) -> str:
    """Return the host of a URL in ASCII, in the spelling in which hosts are compared."""
    return normalize(url.raw_host.decode("ascii"))


def port_of(url: httpx.URL) -> int:
    """Return the port of an http or https URL, written or implied."""
    return url.port if url.port is not None else DEFAULT_PORTS[url.scheme]


def parse_url(text: str) -> httpx.URL:
    """Parse an absolute http or https URL without credentials; the dot after a full host name is dropped.

    Raises ValueError with a public sentence for text that is none, SourceForbiddenError for other schemes and
    for credentials, PrivateAddressError for a number in disguise (`2130706433`, `0x7f.1`, `127.1`).
    """
    if len(text) > MAX_URL_LENGTH:
        raise ValueError(f"it has {len(text)} characters; expected {MAX_URL_LENGTH} at most")
    scheme, colon, _ = text.partition(":")
    if colon and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) and scheme.lower() not in DEFAULT_PORTS:
        raise errors.SourceForbiddenError(f"The scheme {scheme[:20]!r} is not fetched; expected http or https")
    match = _URL.fullmatch(text)
    if match is None:
        raise ValueError("expected http:// or https:// and a host")
    authority: str = match["authority"]
    if "@" in authority:
        raise errors.SourceForbiddenError("A URL with a user name or password is not fetched; expected none")
    if _HOST.fullmatch(authority) is None:
        raise ValueError("expected a host name, or an address, and a port of digits if any")
    _refuse_number(authority if authority.startswith("[") else authority.partition(":")[0])
    try:
        url = httpx.URL(text)
        _ = url.host  # decodes IDNA, as sending will, and fails for labels that only look encoded
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ValueError("its host or one of its characters cannot be used in a URL") from error
    return _check_place(url)


def _check_place(url: httpx.URL) -> httpx.URL:
    """Check the place as it will be connected to: IDNA can turn what was no number into one."""
    host = url.raw_host.decode("ascii")
    if url.port is not None and url.port > 65_535:
        raise ValueError(f"port {url.port} does not exist")
    if ":" in host:
        if literal(host) is None:
            raise ValueError("its host is no IPv6 address")
        return url
    _refuse_number(host)
    name = host.removesuffix(".")
    if len(name) > 253 or _NAME.fullmatch(name) is None:
        raise ValueError(f"{host[:100]!r} is no host name")
    return url if name == host else url.copy_with(host=name)


def _refuse_number(host: str) -> None:
    if _NUMBER.fullmatch(host) and literal(host) is None:
        raise errors.PrivateAddressError(
            f"The host {host[:100]!r} is a number in another notation; "
            "expected a name, or an IPv4 address written as four decimal numbers"
        )


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, in the system's order. Raises OSError when there is none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
