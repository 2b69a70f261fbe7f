"""Which mount a URL belongs to: by host name first, else by the first path segment."""

import re
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from imgcdn import errors
from imgcdn.dialects import native, signing
from imgcdn.dialects.cloudinary import parsing as cloudinary_parsing
from imgcdn.dialects.cloudinary import signing as cloudinary_signing
from imgcdn.dialects.cloudinary import telling
from imgcdn.dialects.cloudinary.gravities import Sees, sees_people
from imgcdn.dialects.imgix import naming as imgix_naming
from imgcdn.dialects.imgix import parsing as imgix_parsing
from imgcdn.dialects.imgix import signing as imgix_signing
from imgcdn.dialects.imgix.spelling import IMGIX
from imgcdn.dialects.presets import Presets
from imgcdn.dialects.signing import EXPIRY, Signing
from imgcdn.dialects.spelling import NATIVE, Spelling
from imgcdn.model.geometry import Box
from imgcdn.model.spec import Ask, SourceRef, Spec
from imgcdn.planning.tagging import Tagging

TOKENED = frozenset({"imgix", "cloudinary"})
"""The dialects whose URLs are signed with a mount's own tokens, not with the keys of the settings."""
RESERVED = frozenset({"v1", "api", "ai", "-"})
"""First path segments that are never a mount."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A URL grammar: `parse` understands path and query behind a mount, `canonical` prints a spec as its one text.

    `is_signed` tells whether a query carries a signature, `expiry` names the parameter after which a URL holds no more,
    `expired` is the error then. `statuses` are those that the grammar's users know in place of ours, by error code.
    `spelling` is how we write URLs in it, None where we only read them. `error_header` is where the grammar's users
    look for what went wrong, `example` a URL behind a mount that shows what it can. `names` are what it calls native
    parameters, `quotes` finds what of a path an error is about, of a mount's name and the decoded path behind it.
    `asks_about_mount` hands `parse` what kind of mount it is, and what can be found on its pictures.
    """

    parse: Callable[..., Ask]
    canonical: Callable[[Spec], str]
    is_signed: Callable[[str], bool]
    expiry: str = EXPIRY
    expired: type[errors.UrlExpiredError] = errors.UrlExpiredError
    statuses: Mapping[str, int] = field(default_factory=dict[str, int])
    spelling: Spelling | None = None
    error_header: str | None = None
    example: str = "{path}?w=400&h=300&gravity=face"
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    quotes: Callable[[str, str, errors.ImgcdnError], errors.ImgcdnError] | None = None
    asks_about_mount: bool = False

    def told(self, error: errors.ImgcdnError) -> errors.ImgcdnError:
        """Return an error with its parameter by the name that the grammar's users know."""
        name = self.names.get(error.param or "")
        if error.param is None or name is None:
            return error
        found = copy(error)
        found.param = name
        found.detail = re.sub(rf"(^|\s){re.escape(error.param)}(?=[=:])", rf"\g<1>{name}", error.detail)
        return found


DIALECTS: Mapping[str, Dialect] = {
    "native": Dialect(native.parse, native.canonical, signing.is_signed, spelling=NATIVE),
    "imgix": Dialect(
        imgix_parsing.parse,
        native.canonical,
        imgix_signing.is_signed,
        "expires",
        errors.LinkExpiredError,
        {errors.CorruptImageError.code: 421, errors.UnsupportedSourceFormatError.code: 422},
        IMGIX,
        example="{path}?w=400&h=300&fit=crop&crop=faces",
        names=imgix_naming.NAMES,
    ),
    "cloudinary": Dialect(
        cloudinary_parsing.parse,
        native.canonical,
        # Its signatures are in the path.
        lambda query: False,  # noqa: ARG005
        statuses={errors.BadSignatureError.code: 401, errors.PresetNotFoundError.code: 400},
        error_header="x-cld-error",
        quotes=telling.told,
        asks_about_mount=True,
        example="image/upload/c_fill,g_face,w_400,h_300/{path}",
    ),
}


@dataclass(frozen=True, slots=True)
class Mount:
    """A name, the host names that it answers alone, how its URLs are read, and whether its paths are whole URLs.

    `is_signed` refuses URLs that no key of ours has signed. `tags` are those of all its pictures, for purges.
    `is_files` says that its paths are ids of uploads, and each of them a tag. `tokens` are those that the clients of
    imgix and Cloudinary sign with: any of them verifies, and without one nothing does.
    """

    name: str
    dialect: str = "native"
    is_strict: bool = True
    hosts: tuple[str, ...] = ()
    is_proxy: bool = False
    is_signed: bool = False
    tags: tuple[str, ...] = ()
    is_files: bool = False
    tokens: tuple[str, ...] = field(default=(), repr=False)


class Mounts:
    """Finds the mount of a URL and lets its dialect read the rest."""

    def __init__(
        self,
        mounts: Iterable[Mount],
        presets: Mapping[str, str],
        signing: Signing | None = None,
        sees: Sees = sees_people,
    ) -> None:
        """Raise SettingsError for mounts that cannot be together. `sees` tells what can be found by its name."""
        self._by_name: dict[str, Mount] = {}
        self._by_host: dict[str, Mount] = {}
        self._presets = presets if isinstance(presets, Presets) else Presets(presets)
        self._signing = signing
        self._sees = sees
        for mount in mounts:
            self._by_name[mount.name] = mount
            has_keys = mount.tokens if mount.dialect in TOKENED else signing is not None and signing.has_keys
            if mount.is_signed and not has_keys:
                where = "mount.tokens" if mount.dialect in TOKENED else "signing.keys"
                raise errors.SettingsError(
                    f"the mount {mount.name} takes signed URLs only, but there is no key: expected one in {where}"
                )
            for host in mount.hosts:
                taken = self._by_host.setdefault(host.lower(), mount)
                if taken is not mount:
                    raise errors.SettingsError(
                        f"mount.hosts = {host!r} is given to {taken.name} and {mount.name}: expected every host once"
                    )
        self.tagging = Tagging({name: mount.tags for name, mount in self._by_name.items()}, frozenset(self.of_files))

    @property
    def presets(self) -> Presets:
        """Those that URLs may name."""
        return self._presets

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

    @property
    def files(self) -> str | None:
        """The first mount that serves uploads, None when there is none."""
        return next(iter(self.of_files), None)

    @property
    def of_files(self) -> tuple[str, ...]:
        """Every mount that serves uploads."""
        return tuple(mount.name for mount in self._by_name.values() if mount.is_files)

    @property
    def proxies(self) -> tuple[str, ...]:
        """Every mount whose paths are whole URLs, and whose parameters are native."""
        return tuple(mount.name for mount in self._by_name.values() if mount.is_proxy and mount.dialect == "native")

    def require_native(self, name: str, param: str) -> None:
        """Raise InvalidParameterError for a mount that reads other parameters than those that we write."""
        dialect = self._by_name[name].dialect
        if dialect != "native":
            raise errors.InvalidParameterError(
                f"{param} is of the mount {name}, whose URLs are read as {dialect} reads them: expected a native mount",
                param=param,
            )

    def has_host(self, host: str) -> bool:
        """Whether a mount answers at the root of this host, which may have a port."""
        return self._of_host(host) is not None

    def _of_host(self, host: str) -> Mount | None:
        return self._by_host.get(host.lower().rpartition(":")[0] or host.lower()) or self._by_host.get(host.lower())

    def needs_signature(self, name: str) -> bool:
        """Whether a mount refuses URLs that are not signed."""
        return self._by_name[name].is_signed

    def spelling(self, host: str, raw_path: str, param: str) -> Spelling:
        """Return how URLs beside this one are written. Raises what `ask` does, and where we only read them."""
        mount, _ = self._found(host, raw_path)
        found = DIALECTS[mount.dialect].spelling
        if found is None:
            raise errors.InvalidParameterError(
                f"{param} is of the mount {mount.name}, whose URLs are read as {mount.dialect} reads them, but never "
                "written: expected another mount",
                param=param,
            )
        return found

    def signs(self, name: str) -> bool:
        """Whether URLs that we write for a mount are signed: it demands it, or has tokens that prove who wrote them."""
        mount = self._by_name[name]
        return mount.is_signed or bool(mount.tokens)

    def sign(
        self, name: str, path: str, query: str, *, expires_at: int | None = None, key_id: str | None = None
    ) -> str:
        """Return `path?query`, signed as the mount's dialect signs: with its first token, or a key of the settings.

        Raises InvalidParameterError where it has none, or where the dialect has no such thing as a time or a key's id.
        """
        mount = self._by_name[name]
        if mount.dialect in TOKENED:
            return self._signed_with_token(mount, path, query, expires_at, key_id)
        if self._signing is None:
            raise errors.InvalidParameterError(
                f"URLs of the mount {name} cannot be signed: expected a key in signing.keys", param="url"
            )
        return self._signing.sign(path, query, expires_at=expires_at, key_id=key_id)

    def _signed_with_token(
        self, mount: Mount, path: str, query: str, expires_at: int | None, key_id: str | None
    ) -> str:
        name = mount.name
        if not mount.tokens:
            raise errors.InvalidParameterError(
                f"URLs of the mount {name} cannot be signed: expected mount.tokens, with which {mount.dialect} signs",
                param="url",
            )
        if key_id is not None:
            raise errors.InvalidParameterError(
                f"kid={native.shown(key_id)} is for native URLs: those of the mount {name} are signed as "
                f"{mount.dialect} signs, with the first of its tokens",
                param="kid",
            )
        if mount.dialect == "imgix":
            return imgix_signing.signed(mount.tokens[0], path, query, expires_at)
        if expires_at is not None:
            raise errors.InvalidParameterError(
                f"URLs of the mount {name} cannot end: Cloudinary's signatures hold for ever", param="exp"
            )
        rest = path.removeprefix("/") if mount.hosts else path.removeprefix("/").partition("/")[2]
        front = path[: len(path) - len(rest)]
        return f"{front}{cloudinary_signing.signed(mount.tokens[0], rest)}{'?' if query else ''}{query}"

    def name_at(self, host: str, raw_path: str) -> str | None:
        """Return the name of the mount that a URL belongs to, None where none answers."""
        try:
            mount, _ = self._found(host, raw_path)
        except errors.ImgcdnError:
            return None
        return mount.name

    def dialect(self, host: str, raw_path: str) -> Dialect | None:
        """Return the grammar of a URL, whether or not that can be understood; None where no mount answers."""
        try:
            mount, _ = self._found(host, raw_path)
        except errors.ImgcdnError:
            return None
        return DIALECTS[mount.dialect]

    def url(self, ref: SourceRef) -> str:
        """Return the URL of a picture without its query: from the root, or from the host name that answers it."""
        return self._url(ref)

    def cropped_url(self, ref: SourceRef, part: Box) -> str:
        """Return the URL of a part of a picture, in px of the upright source."""
        if self._by_name[ref.mount].dialect == "cloudinary":
            return self._url(ref, f"c_crop,h_{part.height},w_{part.width},x_{part.left},y_{part.top}/")
        return f"{self._url(ref)}?rect={part.left},{part.top},{part.width},{part.height}"

    def preset_url(self, ref: SourceRef, preset: str) -> str:
        """Return the URL of what a preset makes of a picture. Raises InvalidParameterError where URLs name none."""
        dialect, name = self._by_name[ref.mount].dialect, quote(preset, safe="")
        if dialect == "imgix":
            raise errors.InvalidParameterError(
                f"presets are not for the mount {ref.mount}, whose URLs are read as imgix reads them: expected urls",
                param="presets",
            )
        return self._url(ref, f"t_{name}/") if dialect == "cloudinary" else f"{self._url(ref)}?preset={name}"

    def _url(self, ref: SourceRef, components: str = "") -> str:
        mount = self._by_name[ref.mount]
        path = quote(ref.path, safe="" if mount.is_proxy else "/")
        if mount.dialect == "cloudinary":
            kind = "fetch" if mount.is_proxy else "upload"
            # A version tells folders from components, as in the URLs of Cloudinary's clients.
            version = "v1/" if "/" in ref.path and not mount.is_proxy else ""
            path = f"image/{kind}/{components}{version}{path}"
        return f"//{mount.hosts[0]}/{path}" if mount.hosts else f"/{quote(mount.name)}/{path}"

    def ask(self, host: str, raw_path: str, query: str, *, is_trusted: bool = False, is_timeless: bool = False) -> Ask:
        """Understand a URL: `raw_path` percent-encoded as it came, `query` without its question mark.

        `is_trusted` takes it unsigned on any mount, for callers who may use the APIs; it counts as signed where
        visitors could ask for it only so, or carry a signature of any kind. `is_timeless` takes it after its time, too,
        for those who forget what was rendered.
        """
        mount, rest = self._found(host, raw_path)
        # Before anything of the URL is read: what was tampered with is told nothing else.
        is_meant_signed = self._is_meant_signed(mount, rest, query)
        if is_meant_signed and not is_trusted:
            self._verify(mount, raw_path, rest, query)
        path = native.decode_path(rest)
        dialect = DIALECTS[mount.dialect]
        about = {"is_proxy": mount.is_proxy, "sees": self._sees} if dialect.asks_about_mount else {}
        ask = dialect.parse(mount.name, path, query, self._presets, strict=mount.is_strict, **about)
        if self._signing is not None and not is_timeless:
            self._signing.check_time(ask.delivery.expires_at, dialect.expiry, dialect.expired)
        tags = self.tagging.of(ask.source)
        if not is_meant_signed and not tags:
            return ask
        return replace(ask, delivery=replace(ask.delivery, is_signed=is_meant_signed, tags=tags))

    def told(self, host: str, raw_path: str, error: errors.ImgcdnError) -> errors.ImgcdnError:
        """Return an error in the words of the URL that it came of."""
        try:
            mount, rest = self._found(host, raw_path)
            path = native.decode_path(rest)
        except errors.ImgcdnError:
            return error
        dialect = DIALECTS[mount.dialect]
        return dialect.told(error) if dialect.quotes is None else dialect.quotes(mount.name, path, error)

    def _found(self, host: str, raw_path: str) -> tuple[Mount, str]:
        """Return the mount of a URL, and the path behind it. Raises NotFoundError."""
        mount = self._of_host(host)
        rest = raw_path.removeprefix("/")
        if mount is not None:
            return mount, rest
        first, slash, rest = rest.partition("/")
        name = native.decode_path(first)
        mount = None if name in RESERVED or not slash else self._by_name.get(name)
        if mount is None or mount.hosts:
            raise errors.NotFoundError(self._nothing_here(raw_path))
        return mount, rest

    def _verify(self, mount: Mount, raw_path: str, rest: str, query: str) -> None:
        """Raise where a signature is missing or a bad one."""
        if mount.dialect == "imgix":
            imgix_signing.verify(mount.tokens, raw_path, query)
        elif mount.dialect == "cloudinary":
            cloudinary_signing.verify(mount.tokens, rest)
        elif self._signing is not None:
            self._signing.verify(raw_path, query)

    def _is_meant_signed(self, mount: Mount, rest: str, query: str) -> bool:
        """Whether a URL must be signed, or is, well or badly, where somebody could tell."""
        verifies = bool(mount.tokens) if mount.dialect in TOKENED else self._signing is not None
        if mount.dialect == "cloudinary":
            has_one = cloudinary_signing.signature(rest) is not None
            return cloudinary_signing.needs_signature(rest) or (verifies and (mount.is_signed or has_one))
        return verifies and (mount.is_signed or DIALECTS[mount.dialect].is_signed(query))

    def _nothing_here(self, raw_path: str) -> str:
        names = ", ".join(f"/{name}/…" for name, mount in self._by_name.items() if not mount.hosts)
        return f"there is nothing at {native.shown(raw_path)}: expected a path under {names or 'a configured mount'}"
