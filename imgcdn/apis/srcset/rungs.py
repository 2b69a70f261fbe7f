"""Which sizes of a picture are offered: pure arithmetic over what its URL says and what planning found."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from imgcdn.model.geometry import Size
from imgcdn.model.spec import Bounds, Spec

_LADDER: Final = (320, 480, 640, 768, 1024, 1280, 1600, 1920, 2560)
"""Widths in px: from a small phone's to that of a large screen; finer steps save few bytes and cost the cache many."""
_DENSEST: Final = 2
"""A picture of a stated width is offered up to this many times as wide, for dense screens."""
_PLAIN: Final = 1280
"""The width in px that a browser without `srcset` gets of a picture without a stated width."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How sides go together: width/height, None where the height follows from the source."""

    ratio: Fraction | None

    def sides(self, width: int) -> dict[str, str]:
        """Return the parameters of a rung."""
        if self.ratio is None:
            return {"w": str(width)}
        return {"w": str(width), "h": str(max(1, round(width / self.ratio)))}


def shape_of(spec: Spec, size: Size, *, is_height_bound: bool) -> Shape:
    """Return the shape of all sizes. `size` is the answer's; `is_height_bound`: its height cannot be unsaid."""
    width, height = spec.width, spec.height
    if spec.bounds != Bounds():
        # They are of one size: at another they would give another shape.
        return Shape(Fraction(size.width, size.height))
    if isinstance(width, int) and isinstance(height, int):
        return Shape(Fraction(width, height))
    if spec.aspect is not None and (width is None or height is None):
        return Shape(spec.aspect)
    if (width is not None and height is not None) or is_height_bound:
        return Shape(Fraction(size.width, size.height))
    return Shape(None)


def widths(stated: int | None, most: int, ladder: tuple[int, ...]) -> tuple[int, ...]:
    """Return the widths to offer: none that enlarges what is kept of the source, `most` px wide.

    `stated` is the width that the URL says, `ladder` the widths that unsigned URLs may have, empty if any.
    """
    steps = ladder or _LADDER
    top = min(most, steps[-1] if stated is None else stated * _DENSEST)
    found = {step for step in steps if step <= top}
    if not ladder:
        found |= {side for side in (stated, top) if side is not None and side <= top}
        found -= {step for step in found if step in _LADDER and top * 0.9 < step < top and step != stated}
    return tuple(sorted(found)) or (steps[0] if ladder else max(1, top),)


def main_width(stated: int | None, offered: list[int]) -> int:
    """Return the width among those offered that stands for the picture itself."""
    wish = _PLAIN if stated is None else stated
    return min(offered, key=lambda width: (abs(width - wish), width))


def sizes(stated: int | None) -> str:
    """Return a `sizes` attribute: as wide as stated where there is room, else as wide as the window."""
    return "100vw" if stated is None else f"(min-width: {stated}px) {stated}px, 100vw"
