"""The parts of a delivery URL: cloud name, type, signature, components, version, public id and extension."""

import re
from dataclasses import dataclass
from functools import lru_cache

from imgcdn import errors
from imgcdn.dialects.cloudinary import table
from imgcdn.dialects.parameters import shown

TYPES = ("upload", "fetch", "private", "authenticated")
_SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--", re.ASCII)
_VERSION = re.compile(r"v\d{1,20}", re.ASCII)
_KEY = re.compile(r"\$[a-zA-Z]\w*|[a-z]{1,3}", re.ASCII)
_MOST_COMPONENTS = 30
_EXPECTED = "expected /image/upload/…, /image/fetch/…, /image/private/… or /image/authenticated/…"


@dataclass(frozen=True, slots=True)
class Address:
    """A delivery URL taken apart. `signed` is what its signature is made of: components and public id as they came.

    `source` is the public id with the extension that the URL has, or the whole URL of a fetched picture.
    """

    kind: str
    signature: str | None
    components: tuple[str, ...]
    version: str | None
    source: str
    signed: str

    @property
    def is_guarded(self) -> bool:
        """Whether pictures of this type go out to who has a signature only."""
        return self.kind in {"private", "authenticated"}


@lru_cache(maxsize=256)
def split(path: str) -> Address:
    """Take apart what stands behind a mount, percent-encoded or not. Raises NotFoundError for what is no such URL."""
    parts = path.split("/")
    kind, rest = _typed(parts, path)
    is_suffixed = kind == "suffixed"
    signature = rest.pop(0) if rest and _SIGNATURE.fullmatch(rest[0]) else None
    count = 0
    while count < len(rest) - 1 and (not rest[count] or _is_component(rest[count])):
        count += 1
    if count > _MOST_COMPONENTS:
        raise errors.InvalidParameterError(
            f"the URL has {count} components: expected at most {_MOST_COMPONENTS}", param="transformation"
        )
    components, rest = tuple(part for part in rest[:count] if part), rest[count:]
    version = rest.pop(0) if len(rest) > 1 and _VERSION.fullmatch(rest[0]) else None
    if is_suffixed and len(rest) > 1:
        # A suffix for search engines stands in place of the extension, which it carries.
        suffix = rest.pop()
        rest[-1] += suffix[suffix.rindex(".") :] if "." in suffix else ""
    source = "/".join(rest).lstrip("/")
    signed = "/".join((*components, source))
    found = None if signature is None else signature[3:-2]
    return Address("upload" if is_suffixed else kind, found, components, version, source, signed)


def with_signature(path: str, signature: str) -> str:
    """Return a path with this signature at its place. Raises NotFoundError for what is no delivery URL."""
    parts = path.split("/")
    _, rest = _typed(parts, path)
    front = parts[: len(parts) - len(rest)]
    if rest and _SIGNATURE.fullmatch(rest[0]):
        rest = rest[1:]
    return "/".join((*front, f"s--{signature}--", *rest))


def _typed(parts: list[str], path: str) -> tuple[str, list[str]]:
    """Return the type of delivery and the segments behind it; a cloud's name may stand before it."""
    for start in (0, 1):
        match parts[start : start + 2]:
            case ["image", kind] if kind in TYPES and len(parts) > start + 2:
                return kind, parts[start + 2 :]
            case ["iu", _]:
                return "upload", parts[start + 1 :]
            case ["images", _]:
                return "suffixed", parts[start + 1 :]
            case _:
                pass
    raise errors.NotFoundError(f"{shown(path)} is no delivery URL of a picture: {_EXPECTED}")


def _is_component(segment: str) -> bool:
    """Whether a segment is part of the transformation: each of its parts begins with a parameter that is known."""
    return all(_is_parameter(part) for part in segment.split(",") if part)


def _is_parameter(part: str) -> bool:
    key, underscore, value = part.partition("_")
    if not underscore or not value or not _KEY.fullmatch(key):
        return False
    return key.startswith("$") or key in table.KEYS
