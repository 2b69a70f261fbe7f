"""How small a picture is written: what a URL may ask for, and what is left to be found when the pixels are known."""

from dataclasses import dataclass
from enum import StrEnum


class Auto(StrEnum):
    """Ways to leave the quality to the server: by what the picture shows, or the least that looks alike enough."""

    CONTENT = "auto"
    BEST = "auto:best"
    GOOD = "auto:good"
    ECO = "auto:eco"


class Chroma(StrEnum):
    """How finely colours are kept: as finely as brightness, or at half its resolution."""

    FULL = "444"
    HALF = "420"


class Content(StrEnum):
    """What a picture shows, as far as it decides how well it compresses."""

    FLAT = "flat"
    DRAWN = "drawn"
    MIXED = "mixed"
    PHOTO = "photo"
    DETAILED = "detailed"

    @property
    def is_graphic(self) -> bool:
        """Whether it has fine coloured edges, which suffer most from colours at half resolution."""
        return self in {Content.FLAT, Content.DRAWN}


@dataclass(frozen=True, slots=True)
class Coding:
    """What a URL says of the file besides its format and quality.

    `colours` is the most that a palette of PNG or GIF may have, `dither` 0–100, `dpi` the density told to printers.
    """

    max_bytes: int | None = None
    chroma: Chroma | None = None
    colours: int | None = None
    dither: float = 100.0
    dpi: int | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """A quality that depends on the pixels.

    `by_content`, if any, is the quality for each kind of content, in their order; `likeness` the similarity (0-1) that
    must be reached with as few bytes as can be, at qualities from `least` to `most`, tried at `effort`. Then `off` is
    taken away, but nothing below `off_ends`. `max_bytes` wins over all that, down to the quality `floor`.
    """

    by_content: tuple[int, ...] | None
    likeness: float | None
    least: int
    most: int
    effort: int
    off: int
    off_ends: int
    max_bytes: int | None
    floor: int

    def of(self, content: Content) -> int | None:
        return None if self.by_content is None else self.by_content[tuple(Content).index(content)]

    def lowered(self, quality: int) -> int:
        return min(quality, max(self.off_ends, quality - self.off))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What came of a search: the quality written, and what it was found by. `is_over` tells of more than max_bytes.

    `colours` is the most that a palette may have where fewer colours, or a palette at all, make it small enough.
    """

    quality: int
    content: Content | None = None
    likeness: float | None = None
    colours: int | None = None
    is_over: bool = False

    def field(self) -> str:
        """Write it as the X-Imgcdn-Quality field: a structured item with parameters (RFC 9651)."""
        text = str(self.quality)
        if self.content is not None:
            text += f";content={self.content.value}"
        if self.likeness is not None:
            text += f";likeness={self.likeness:.4f}"
        if self.colours is not None:
            text += f";colours={self.colours}"
        return text + (";over" if self.is_over else "")
