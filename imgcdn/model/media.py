"""Formats, sources and finished pictures."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from imgcdn.model.geometry import Size, is_turned


class Format(StrEnum):
    """A format that can be written; the value is its name in URLs."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    GIF = "gif"

    @property
    def media_type(self) -> str:
        return f"image/{self.value}"

    @property
    def extension(self) -> str:
        return "jpg" if self is Format.JPEG else self.value

    @property
    def keeps_alpha(self) -> bool:
        return self is not Format.JPEG

    @property
    def keeps_animation(self) -> bool:
        return self in {Format.GIF, Format.WEBP}


Bucket = Literal["avif", "webp", "base"]
"""What an `Accept` header is reduced to before it touches a cache key."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Facts from a source's header, read without decoding a pixel.

    `stored` is the size of one frame as the file holds it; `orientation` is EXIF 1–8. `declared` is the size that the
    header claims, where the decoder takes another.
    """

    loader: str
    stored: Size
    orientation: int
    frames: int
    has_alpha: bool
    has_profile: bool
    bits: int
    is_cmyk: bool
    is_progressive: bool
    declared: Size | None = None

    @property
    def upright(self) -> Size:
        return self.stored.turned() if is_turned(self.orientation) else self.stored


@dataclass(frozen=True, slots=True)
class Source:
    """Source bytes on disk, ready for a worker: SHA-256 of the bytes (hex), path, and what the origin said of them.

    `modified` is a Unix time in seconds; `max_age_s` the life that the origin allows, None when it says nothing.
    """

    digest: str
    path: str
    size: int
    modified: float | None
    max_age_s: int | None


@dataclass(frozen=True, slots=True)
class Rendition:
    """Finished bytes and what an answer must say of them.

    `focus` is the X-Imgcdn-Focus field, or empty; `tags` are those of all URLs that were answered with it.
    """

    body: bytes
    media_type: str
    width: int
    height: int
    etag: str
    source_digest: str
    focus: str = ""
    is_final: bool = True
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """A small upright picture for analysers: `pixels` is rows of 8-bit sRGB triples."""

    width: int
    height: int
    pixels: bytes
