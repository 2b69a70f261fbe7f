"""Which mount a URL belongs to: by host name first, else by the first path segment."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.signing import Signing
from imgcdn.model.spec import Ask, SourceRef, Spec

RESERVED = frozenset({"v1", "api", "ai", "-"})
"""First path segments that are never a mount."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A URL grammar: `parse` understands path and query behind a mount, `canonical` prints a spec as its one text."""

    parse: Callable[..., Ask]
    canonical: Callable[[Spec], str]


DIALECTS: Mapping[str, Dialect] = {"native": Dialect(native.parse, native.canonical)}


@dataclass(frozen=True, slots=True)
class Mount:
    """A name, the host names that it answers alone, how its URLs are read, and whether its paths are whole URLs.

    `is_signed` refuses URLs that no key of ours has signed. `tags` are those of all its pictures, for purges.
    """

    name: str
    dialect: str = "native"
    is_strict: bool = True
    hosts: tuple[str, ...] = ()
    is_proxy: bool = False
    is_signed: bool = False
    tags: tuple[str, ...] = ()


class Mounts:
    """Finds the mount of a URL and lets its dialect read the rest."""

    def __init__(self, mounts: Iterable[Mount], presets: Mapping[str, str], signing: Signing | None = None) -> None:
        self._by_name: dict[str, Mount] = {}
        self._by_host: dict[str, Mount] = {}
        self._presets = dict(presets)
        self._signing = signing
        for mount in mounts:
            self._by_name[mount.name] = mount
            if mount.is_signed and not (signing is not None and signing.has_keys):
                raise errors.SettingsError(
                    f"the mount {mount.name} takes signed URLs only, but there is no key: expected one in signing.keys"
                )
            for host in mount.hosts:
                taken = self._by_host.setdefault(host.lower(), mount)
                if taken is not mount:
                    raise errors.SettingsError(
                        f"mount.hosts = {host!r} is given to {taken.name} and {mount.name}: expected every host once"
                    )
        for name, query in self._presets.items():
            self._check_preset(name, query)

    @property
    def has_hosts(self) -> bool:
        """Whether the Host header takes part in choosing a mount."""
        return bool(self._by_host)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._by_name)

    @property
    def proxy(self) -> str | None:
        """The first mount whose paths are whole URLs, None when there is none."""
        return next((mount.name for mount in self._by_name.values() if mount.is_proxy), None)

    def url(self, ref: SourceRef) -> str:
        """Return the URL of a picture without its query: from the root, or from the host name that answers it."""
        mount = self._by_name[ref.mount]
        path = quote(ref.path, safe="" if mount.is_proxy else "/")
        return f"//{mount.hosts[0]}/{path}" if mount.hosts else f"/{quote(mount.name)}/{path}"

    def ask(self, host: str, raw_path: str, query: str, *, is_trusted: bool = False) -> Ask:
        """Understand a URL: `raw_path` percent-encoded as it came, `query` without its question mark.

        `is_trusted` takes it unsigned on any mount, for callers who may use the APIs; it counts as signed where
        visitors could ask for it only so, or carry a signature of any kind.
        """
        mount = self._by_host.get(host.lower().rpartition(":")[0] or host.lower()) or self._by_host.get(host.lower())
        rest = raw_path.removeprefix("/")
        if mount is None:
            first, slash, rest = rest.partition("/")
            name = native.decode_path(first)
            mount = None if name in RESERVED or not slash else self._by_name.get(name)
            if mount is None or mount.hosts:
                raise errors.NotFoundError(self._nothing_here(raw_path))
        path = native.decode_path(rest)
        is_signed = self._is_meant_signed(mount, query) if is_trusted else self._verify(mount, raw_path, query)
        parse = DIALECTS[mount.dialect].parse
        ask = parse(mount.name, path, query, self._presets, strict=mount.is_strict)
        if self._signing is not None:
            self._signing.check_time(ask.delivery.expires_at)
        if not is_signed and not mount.tags:
            return ask
        return replace(ask, delivery=replace(ask.delivery, is_signed=is_signed, tags=mount.tags))

    def _verify(self, mount: Mount, raw_path: str, query: str) -> bool:
        """Whether we signed this URL; raises where it must be signed, and where its signature is a bad one."""
        if self._signing is None or not self._is_meant_signed(mount, query):
            return False
        self._signing.verify(raw_path, query)
        return True

    def _is_meant_signed(self, mount: Mount, query: str) -> bool:
        signing = self._signing
        return signing is not None and mount.dialect == "native" and (mount.is_signed or signing.is_signed(query))

    def _nothing_here(self, raw_path: str) -> str:
        names = ", ".join(f"/{name}/…" for name, mount in self._by_name.items() if not mount.hosts)
        return f"there is nothing at {native.shown(raw_path)}: expected a path under {names or 'a configured mount'}"

    @staticmethod
    def _check_preset(name: str, query: str) -> None:
        if not native.PRESET_NAME.fullmatch(name):
            raise errors.SettingsError(
                f"presets.{name} cannot be used: expected a name of 1 to 32 of a–z, 0–9, _ and -"
            )
        try:
            native.parse("", f"x/p/{name}", "", {name: query})
        except errors.ImgcdnError as error:
            raise errors.SettingsError(f"preset {name} = {query!r} cannot be used: {error.detail}") from None
