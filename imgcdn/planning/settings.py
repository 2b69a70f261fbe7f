"""What planning may be told: limits on sources and outputs, and how each format is encoded by default."""

import re
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from imgcdn.model.media import Format

_GIF_PIXELS = 10_000_000
"""Largest GIF that is no animation of that size: a second for every two million of them or so."""


class Limits(BaseModel):
    """What is refused, before a pixel is decoded where the header tells it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_source_pixels: int = Field(default=50_000_000, ge=1, description="largest still source, in pixels")
    max_animation_pixels: int = Field(
        default=100_000_000, ge=1, description="largest animated source, in pixels of all frames together"
    )
    max_frames: int = Field(default=256, ge=1, description="most frames of an animated source")
    max_side: int = Field(default=8192, ge=1, le=65_535, description="longest side of an answer, in pixels")
    max_pixels: int = Field(default=40_000_000, ge=1, description="largest answer, in pixels")
    allow_svg: bool = Field(
        default=False, description="whether SVG is drawn; nothing that it refers to is read, and it never leaves as SVG"
    )

    def for_answer(self, output_format: Format, frames: int, source_pixels: int) -> "Limits":
        """Return the limits on one frame of an answer that has so many: all together are held in memory, and encoded.

        An animation may be as large as its source (`source_pixels` of all frames); finding a GIF's colours is slow.
        """
        most = min(self.max_pixels, _GIF_PIXELS) if output_format is Format.GIF else self.max_pixels
        if frames > 1:
            most = min(max(most, source_pixels), self.max_animation_pixels)
        most = max(1, most // frames)
        return self if most >= self.max_pixels else self.model_copy(update={"max_pixels": most})


class Freshness(BaseModel):
    """What may be served of a web source whose life is over, and how long its failures are believed. In seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stale_s: float = Field(
        default=86_400, ge=0, description="a source this long over its life is still served while it is asked for anew"
    )
    stale_if_error_s: float = Field(
        default=7 * 86_400, ge=0, description="a source this long over its life is served while its origin fails"
    )
    gone_grace_s: float = Field(
        default=60, ge=0, description="a source that its origin has no longer is served this long all the same"
    )
    not_found_s: float = Field(default=60, ge=0, description="how long it is believed that there is no such source")
    failed_s: float = Field(default=5, ge=0, description="how long an origin that failed is not asked for it again")


class Encoding(BaseModel):
    """How pictures are written when the URL does not say. Raising an effort makes smaller files, more slowly."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jpeg_quality: int = Field(default=80, ge=1, le=100, description="quality of JPEG")
    webp_quality: int = Field(default=80, ge=1, le=100, description="quality of WebP")
    avif_quality: int = Field(default=60, ge=1, le=100, description="quality of AVIF")
    png_effort: int = Field(default=6, ge=1, le=9, description="zlib level of PNG")
    webp_effort: int = Field(
        default=2, ge=0, le=6, description="effort of WebP; 4 saves about 7 % and costs 1.7 times the time"
    )
    avif_effort: int = Field(
        default=4, ge=0, le=9, description="effort of AVIF that is written in the background; about 10 times that of 1"
    )
    avif_wait_effort: int = Field(
        default=1, ge=0, le=9, description="effort of AVIF that a visitor waits for: format=avif, or avif = wait"
    )
    gif_effort: int = Field(default=5, ge=1, le=10, description="effort of GIF")
    shrink: Literal["full", "safe"] = Field(
        default="full",
        description="how far a JPEG is shrunk while it is decoded: `full` is fastest, "
        "`safe` keeps a factor of two in hand against moiré on fine patterns",
    )
    avif: Literal["upgrade", "wait", "never"] = Field(
        default="upgrade",
        description="AVIF for browsers whose Accept names it: `upgrade` answers the first visitor with WebP and writes "
        "the AVIF meanwhile, `wait` makes the first visitor wait, `never` offers none",
    )

    @property
    def offers_avif(self) -> bool:
        return self.avif != "never"


def _ascending(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sorted(set(values)))


_Widths = Annotated[tuple[Annotated[int, Field(ge=1, le=65_535)], ...], AfterValidator(_ascending)]
_Dprs = Annotated[tuple[Annotated[float, Field(ge=0.1, le=5)], ...], AfterValidator(_ascending)]


class HintSettings(BaseModel):
    """What browsers may tell of themselves where a URL says `ch=`: rounded up to a few values, for caches to hit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    widths: _Widths = Field(
        default=(160, 240, 320, 480, 640, 800, 960, 1200, 1600, 2000, 2400, 3200),
        min_length=1,
        description="widths in device pixels that a Width hint is rounded up to; the largest caps it",
    )
    dprs: _Dprs = Field(
        default=(1.0, 1.5, 2.0, 3.0),
        min_length=1,
        description="device pixel ratios that a DPR hint is rounded up to; the largest caps it",
    )


_RATIO = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)(?:[:/](\d{1,4}(?:\.\d{1,4})?))?", re.ASCII)


def _ratio(text: str) -> Fraction:
    found = _RATIO.fullmatch(text)
    width, height = found.groups() if found else ("0", None)
    sides = Fraction(width), Fraction(height or "1")
    if 0 in sides:
        raise ValueError("expected a ratio such as 16:9, 3/2 or 1.5")
    return sides[0] / sides[1]


def _ratios(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        _ratio(text)
    return texts


class Ladder(BaseModel):
    """What may be asked for without a signature; empty lists leave everything free."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow_widths: _Widths = Field(
        default=(), description="widths in device pixels that unsigned URLs may ask for; empty allows all"
    )
    allow_ratios: Annotated[tuple[str, ...], AfterValidator(_ratios)] = Field(
        default=(), description='aspect ratios that unsigned URLs may ask for, such as "16:9"; empty allows all'
    )
    snap: Literal["up", "off"] = Field(
        default="up",
        description="what becomes of other sizes: `up` takes the next width (the nearest ratio), `off` refuses them",
    )

    @property
    def ratios(self) -> tuple[Fraction, ...]:
        """The allowed ratios as width/height."""
        return tuple(_ratio(text) for text in self.allow_ratios)
