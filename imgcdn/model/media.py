"""Formats, sources and finished pictures."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Literal

from imgcdn.model.geometry import Size, is_turned
from imgcdn.model.terms import Terms


class Format(StrEnum):
    """What an answer is written as; the value is its name in URLs. Some tell of a picture in place of showing it.

    Ultra HDR is a JPEG with a gain map: it has its own name, for a JPEG is written without.
    """

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    GIF = "gif"
    JXL = "jxl"
    UHDR = "uhdr"
    JSON = "json"
    IMGIX_JSON = "imgix-json"
    BLURHASH = "blurhash"
    THUMBHASH = "thumbhash"
    PALETTE_JSON = "palette-json"
    PALETTE_CSS = "palette-css"

    @property
    def media_type(self) -> str:
        return _TOLD_AS[self][0] if self in _TOLD_AS else _UNUSUAL.get(self, f"image/{self.value}")

    @property
    def extension(self) -> str:
        if self in _TOLD_AS:
            return _TOLD_AS[self][1]
        return "jpg" if self in {Format.JPEG, Format.UHDR} else self.value

    @property
    def is_picture(self) -> bool:
        """Whether it shows the picture; the others are words and numbers about it."""
        return self not in _TOLD_AS

    @property
    def is_palette(self) -> bool:
        return self in {Format.PALETTE_JSON, Format.PALETTE_CSS}

    @property
    def keeps_alpha(self) -> bool:
        return self not in {Format.JPEG, Format.UHDR, Format.BLURHASH, Format.PALETTE_JSON, Format.PALETTE_CSS}

    @property
    def keeps_animation(self) -> bool:
        return self in {Format.GIF, Format.WEBP}

    @property
    def keeps_profile(self) -> bool:
        """Whether colours beyond sRGB can be told in it."""
        return self.is_picture and self is not Format.GIF


_TOLD_AS = {
    Format.JSON: ("application/json", "json"),
    Format.IMGIX_JSON: ("application/json", "json"),
    Format.BLURHASH: ("text/plain;charset=us-ascii", "txt"),
    Format.THUMBHASH: ("text/plain;charset=us-ascii", "txt"),
    Format.PALETTE_JSON: ("application/json", "json"),
    Format.PALETTE_CSS: ("text/css;charset=us-ascii", "css"),
}
"""Media type and extension of what is no picture."""
_UNUSUAL = {Format.UHDR: "image/jpeg"}
_FORMATS = {"heifload": "avif", "uhdrload": "jpeg"}
"""What loaders read that are called otherwise."""


class ColourSpace(StrEnum):
    """The colour space that a picture is written in."""

    SRGB = "srgb"
    P3 = "p3"
    ORIGIN = "origin"


Bucket = Literal["avif", "webp", "base"]
"""What an `Accept` header is reduced to before it touches a cache key."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Facts from a source's header, read without decoding a pixel.

    `stored` is the size of one frame as the file holds it; `orientation` is EXIF 1–8. `declared` is the size that the
    header claims, where the decoder takes another. `page` is the page of a document that all this is about, from 0, and
    `pages` how many it has. A JPEG that `has_gain_map` is an Ultra HDR picture.
    `bands` counts its channels, that of transparency too.
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
    pages: int = 1
    page: int = 0
    has_gain_map: bool = False
    bands: int = 3

    @property
    def format(self) -> str:
        """What the file is, by its usual name: an Ultra HDR picture is a JPEG."""
        return _FORMATS.get(self.loader, self.loader.removesuffix("load"))

    @property
    def is_vector(self) -> bool:
        """Whether it is drawn, as sharp as it is asked for, and `stored` is only what it suggests."""
        return self.loader in {"svgload", "pdfload"}

    @property
    def upright(self) -> Size:
        return self.stored.turned() if is_turned(self.orientation) else self.stored


@dataclass(frozen=True, slots=True)
class Source:
    """Source bytes on disk, ready for a worker: SHA-256 of the bytes (hex), path, and what the origin said of them.

    `modified` is a Unix time in seconds; `max_age_s` the life that the origin allows, None when it says nothing, and
    `terms` what else it says of keeping.
    """

    digest: str
    path: str
    size: int
    modified: float | None
    max_age_s: int | None
    terms: Terms | None = None

    @property
    def browser_life_s(self) -> int | None:
        """The life that the origin allows in browsers, None when it says nothing."""
        own_s = None if self.terms is None else self.terms.browser_s
        return self.max_age_s if own_s is None else own_s


def entity_tag(body: bytes) -> str:
    """Return what names these bytes in an ETag: the first half of their SHA-256, in hexadecimal digits."""
    return sha256(body).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Rendition:
    """Finished bytes and what an answer must say of them.

    `focus` is the X-Imgcdn-Focus field, `quality` the X-Imgcdn-Quality field, or empty; `tags` are those of all URLs
    that were answered with it.
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
    quality: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A small upright picture for analysers: `pixels` is rows of 8-bit sRGB triples."""

    width: int
    height: int
    pixels: bytes
