"""The list of hosts that may be fetched from: exact names, and `*.example.com` for every name below one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import httpx

from imgcdn.errors import SettingsError
from imgcdn.origins.addresses import literal


def normalize(host: str) -> str:
    """Return a host as it is compared: lower case, without a trailing dot, an address in its short form."""
    ip = literal(host)
    return host.lower().removesuffix(".") if ip is None else str(ip)


@dataclass(frozen=True, slots=True)
class HostList:
    """Hosts by exact `names` and by `suffixes` (with a leading dot); `is_open` lets every host through."""

    names: frozenset[str]
    suffixes: tuple[str, ...]
    is_open: bool = False

    @classmethod
    def read(cls, entries: Iterable[str], *, may_be_open: bool = False) -> Self:
        """Read the setting `allow_hosts`; raises SettingsError for an entry that is no host."""
        names: set[str] = set()
        suffixes: list[str] = []
        is_open = False
        for entry in entries:
            if entry == "*":
                if not may_be_open:
                    raise SettingsError("allow_hosts has '*': an open proxy needs signed URLs; expected host names")
                is_open = True
            elif entry.startswith("*."):
                suffixes.append("." + _read_host(entry, entry[2:]))
            else:
                names.add(_read_host(entry, entry))
        return cls(frozenset(names), tuple(suffixes), is_open)

    def __contains__(self, host: str) -> bool:
        name = normalize(host)
        return self.is_open or name in self.names or name.endswith(self.suffixes)


def _read_host(entry: str, host: str) -> str:
    try:
        url = httpx.URL(f"http://[{host}]/" if ":" in host else f"http://{host}/")
    except (httpx.InvalidURL, UnicodeError):
        url = None
    bare = url is not None and url.raw_path == b"/" and not url.userinfo and url.port is None
    if url is None or not bare or not url.raw_host or b"*" in url.raw_host or b"%" in url.raw_host:
        raise SettingsError(
            f"allow_hosts has {entry!r}: expected a host such as 'images.example.com' or '*.example.com'"
        )
    return normalize(url.raw_host.decode("ascii"))
