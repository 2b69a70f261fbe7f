"""Assembles every room's settings from a TOML file, the environment and flags.

A flag wins over the environment, and the environment over the file.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from imgcdn.apis.jobs.settings import JobSettings
from imgcdn.apis.settings import ApiSettings
from imgcdn.cache.settings import CacheSettings
from imgcdn.dialects.mounts import RESERVED, TOKENED, Mount
from imgcdn.dialects.settings import SigningSettings
from imgcdn.engine.settings import TextSettings
from imgcdn.errors import SettingsError
from imgcdn.gravity.settings import GravitySettings
from imgcdn.origins.settings import FetchSettings
from imgcdn.planning.lending import Lending
from imgcdn.planning.settings import Encoding, Freshness, HintSettings, Ladder, Limits
from imgcdn.planning.tagging import Tagging
from imgcdn.records.settings import DataSettings
from imgcdn.web.settings import HttpSettings
from imgcdn.web.watch import AccessLog
from imgcdn.workers.settings import PoolSettings

UPLOADS = "files"
"""The origin of a mount that serves what was uploaded, and the name of that mount where the settings have none."""


class ServerSettings(BaseModel):
    """Where the server listens, what it logs, and how it ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="address to listen on; 0.0.0.0 is every one of the machine")
    port: int = Field(default=8000, ge=0, le=65_535, description="port to listen on; 0 takes a free one")
    fronts: int = Field(
        default=1,
        ge=1,
        le=64,
        description="front processes that share the port and the folders; for many cores, as one fills a core with "
        "some ten thousand hits a second",
    )
    log: Literal["debug", "info", "warning", "error"] = Field(default="info", description="how much is logged")
    access_log: AccessLog = Field(
        default="misses",
        description="which requests get a line in the log: off; misses, all but hits of the cache; or all, which "
        "makes hits several times slower",
    )
    grace_s: float = Field(default=20, ge=0, description="seconds that work under way may take when the server stops")
    drain_s: float = Field(
        default=0,
        ge=0,
        description="seconds for which a server that stops still listens, with /-/ready at 503: longer than a load "
        "balancer takes to see it",
    )


def _check_tokens(tokens: object) -> tuple[object, ...]:
    """Refuse what are no tokens. Not as a ValueError: pydantic would show the secret as its input."""
    given = tuple(cast("list[object]", tokens)) if isinstance(tokens, list | tuple) else (None,)
    if not all(isinstance(token, SecretStr) or (isinstance(token, str) and token) for token in given):
        raise SettingsError("mount.tokens cannot be used: expected a list of texts that are not empty")
    return given


class MountSettings(BaseModel):
    """One place that pictures are served from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9._~-]{1,64}$", description="the first path segment, unless hosts is given")
    origin: str = Field(
        description='a folder, an http(s) base URL, "proxy" with allow_hosts, or "files" for what is uploaded; '
        "without a mount of uploads there is one named files"
    )
    dialect: Literal["native", "imgix", "cloudinary"] = Field(
        default="native", description="how URLs are read: native, or as imgix or Cloudinary reads them"
    )
    strict: bool | None = Field(
        default=None,
        description="refuse unknown parameters; false ignores and lists them; without it true, but for imgix false",
    )
    hosts: tuple[str, ...] = Field(
        default=(), description="host names that are served by this mount alone, at their root"
    )
    allow_hosts: tuple[str, ...] = Field(
        default=(),
        description='hosts that a proxy may fetch from, such as "*.example.com"; "*" is every host, where `signed`',
    )
    tags: tuple[Annotated[str, Field(pattern=r"^[\w.:/-]{1,128}$")], ...] = Field(
        default=(), description="tags of all its pictures, by which imgcdn and CDNs purge them"
    )
    signed: bool = Field(
        default=False,
        description="refuse URLs that no key of signing.keys (with imgix and Cloudinary: no token) has signed",
    )
    tokens: Annotated[tuple[SecretStr, ...], BeforeValidator(_check_tokens)] = Field(
        default=(),
        description="the tokens (Cloudinary: API secrets) that clients of imgix or Cloudinary sign with; several while "
        "they are changed. A proxy of imgix takes signed URLs only",
    )
    marks: tuple[str, ...] | None = Field(
        default=None,
        description="mounts whose pictures may be laid over those of this one (`watermark`, `blend`); without it, this "
        "mount and all that are neither proxies nor signed, those too where the URL is signed",
    )


def _cache() -> CacheSettings:
    return CacheSettings()


def _data() -> DataSettings:
    return DataSettings()


def _gravity() -> GravitySettings:
    return GravitySettings()


class Settings(BaseSettings):
    """All settings. Each section is the record of the room that uses it."""

    model_config = SettingsConfigDict(
        env_prefix="IMGCDN_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        nested_model_default_partial_update=True,
    )

    server: ServerSettings = ServerSettings()
    mount: tuple[MountSettings, ...] = ()
    presets: dict[str, str] = Field(default_factory=dict)
    render: PoolSettings = PoolSettings()
    analysis: PoolSettings = PoolSettings(workers=1)
    cache: CacheSettings = Field(default_factory=_cache)
    data: DataSettings = Field(default_factory=_data)
    fetch: FetchSettings = FetchSettings()
    gravity: GravitySettings = Field(default_factory=_gravity)
    limits: Limits = Limits()
    encoding: Encoding = Encoding()
    text: TextSettings = TextSettings()
    freshness: Freshness = Freshness()
    hints: HintSettings = HintSettings()
    ladder: Ladder = Ladder()
    signing: SigningSettings = SigningSettings()
    http: HttpSettings = HttpSettings()
    api: ApiSettings = ApiSettings()
    jobs: JobSettings = JobSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        _ = settings_cls, dotenv_settings, file_secret_settings
        return init_settings, env_settings


def load(config: Path | None, flags: Mapping[str, Any]) -> Settings:
    """Read the settings. `flags` is nested like the file; raises SettingsError that names what cannot be used."""
    written = {} if config is None else _read(config)
    try:
        # The environment must win over the file, so it is read first, alone, and laid over it.
        from_environment = Settings().model_dump(exclude_unset=True)
        merged = _over(_over(written, from_environment), flags)
        settings = Settings.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(f"{where} = {first.get('input')!r} cannot be used: {first['msg']}") from None
    _check_mounts(settings)
    return settings


def with_uploads(settings: Settings) -> Settings:
    """Return settings in which a mount serves uploads, unless its name stands for something else."""
    mounts = settings.mount
    if any(UPLOADS in {mount.origin, mount.name} for mount in mounts):
        return settings
    return settings.model_copy(update={"mount": (*mounts, MountSettings(name=UPLOADS, origin=UPLOADS))})


def mounts_of(settings: Settings) -> tuple[Mount, ...]:
    """Return the mounts as URLs know them."""
    return tuple(
        Mount(
            name=mount.name,
            dialect=mount.dialect,
            is_strict=mount.dialect != "imgix" if mount.strict is None else mount.strict,
            hosts=mount.hosts,
            is_proxy=mount.origin == "proxy",
            is_signed=is_signed(mount, settings),
            tags=mount.tags,
            is_files=mount.origin == UPLOADS,
            tokens=tuple(token.get_secret_value() for token in mount.tokens),
        )
        for mount in settings.mount
    )


def is_signed(mount: MountSettings, settings: Settings) -> bool:
    """Whether a mount takes signed URLs only: imgix signs every URL of a web proxy."""
    return mount.signed or settings.signing.required or (mount.dialect == "imgix" and mount.origin == "proxy")


def lending_of(settings: Settings, tagging: Tagging) -> Lending:
    """Return whose pictures may lie over those of which mount."""
    return Lending(
        proxies=frozenset(m.name for m in settings.mount if m.origin == "proxy"),
        guarded=frozenset(m.name for m in settings.mount if is_signed(m, settings)),
        lenders={m.name: frozenset(m.marks) for m in settings.mount if m.marks is not None},
        tagging=tagging,
    )


def _read(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings file {config} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {config} is not TOML: {error}") from None


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _over(merged[key], cast("Mapping[str, Any]", value))
        else:
            merged[key] = value
    return merged


def _check_mounts(settings: Settings) -> None:
    names: set[str] = set()
    for mount in settings.mount:
        if mount.name in RESERVED:
            raise SettingsError(
                f"mount.name = {mount.name!r} cannot be used: {', '.join(sorted(RESERVED))} are reserved"
            )
        if mount.name in names:
            raise SettingsError(f"mount.name = {mount.name!r} is there twice: expected every name once")
        names.add(mount.name)
        if mount.tokens and mount.dialect not in TOKENED:
            raise SettingsError(
                f'mount.tokens of {mount.name} cannot be used: expected dialect = "imgix" or "cloudinary"'
            )
    for mount in settings.mount:
        for lender in mount.marks or ():
            if lender not in names:
                raise SettingsError(
                    f"mount.marks = {lender!r} of {mount.name} cannot be used: "
                    f"expected one of {', '.join(sorted(names))}"
                )
        open_ones = {m.name for m in settings.mount if m.origin == "proxy" and "*" in m.allow_hosts}
        if open_ones.intersection(mount.marks or ()) and not is_signed(mount, settings):
            raise SettingsError(
                f"mount.marks of {mount.name} names a proxy that fetches from every host, which needs signed URLs: "
                f"expected signed = true for {mount.name}, or other mounts"
            )


_EXAMPLE_MOUNTS = """\
# [[mount]]
# name = "img"
# origin = "/srv/photos"

# [[mount]]
# name = "shop"
# origin = "https://shop.example.com/media"

# [[mount]]
# name = "remote"
# origin = "proxy"
# allow_hosts = ["images.example.com", "*.example.org"]

# [[mount]]
# name = "files"
# origin = "files"

# [presets]
# avatar = "w=96&h=96&gravity=face&face_preset=head-shoulders"
"""


def example_toml() -> str:
    """Print every setting with its default and its meaning, as a TOML file of comments and values."""
    lines = [
        "# Settings of imgcdn. Everything is optional; the values are the defaults.",
        "# The same can be set in the environment: [render] workers is IMGCDN_RENDER__WORKERS.",
        "# This file is generated: imgcdn config > imgcdn.example.toml",
        "",
    ]
    lines += ["# Mounts: where pictures come from.", *_described(MountSettings), "", _EXAMPLE_MOUNTS]
    for name, field in Settings.model_fields.items():
        record = field.annotation
        if isinstance(record, type) and issubclass(record, BaseModel):
            default = field.get_default(call_default_factory=True, validated_data={})
            about = (record.__doc__ or "").strip().splitlines()[0]
            lines += [f"# {about}", f"[{name}]", *_values(record, default), ""]
    return "\n".join(lines)


def _described(record: type[BaseModel]) -> Iterator[str]:
    for name, field in record.model_fields.items():
        yield f"#   {name}: {field.description}"


def _values(record: type[BaseModel], default: Any) -> Iterator[str]:
    for name, field in record.model_fields.items():
        value = getattr(default, name)
        yield f"# {field.description}"
        if value is None:
            example = "0" if field.annotation == int | None else '"…"'
            yield f"# {name} = {example}"
        elif isinstance(value, Path):
            # Depends on who runs the server, so it is shown, not set.
            home = str(Path.home())
            text = str(value)
            yield f'# {name} = "{"~" + text[len(home) :] if text.startswith(home) else text}"'
        else:
            yield f"{name} = {_toml(value)}"


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() if abs(value) >= 100_000:
            return f"{value:_}"
        case int() | float():
            return str(value)
        case dict():
            return "{}"
        case tuple():
            return f"[{', '.join(_toml(part) for part in cast('tuple[object, ...]', value))}]"
        case _:
            return f'"{value}"'
