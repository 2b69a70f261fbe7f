"""How much of each pixel lies inside a rounded box or an ellipse: masks with smooth edges, made once for a picture.

In plain Python, row by row: only the pixels that an edge runs through are worked out, which takes less time than
libvips needs to set up the operations for all of them.
"""

from collections.abc import Iterator
from functools import cache
from math import ceil, floor, hypot, sqrt

import pyvips

from imgcdn.model.edges import Corners
from imgcdn.model.geometry import Size

_FULL = 255
_SIDE = 96
"""Px of the squircle's side: its edge is a slope, which stretching keeps smooth."""
_SOFT = 0.4
"""The part of 0–1 over which the squircle fades out; a face lies within the rest."""


def rounded(size: Size, radii: Corners) -> pyvips.Image:
    """Return a mask (one band, 0–255) of a box with round corners: top left, top right, bottom right, bottom left."""
    arcs = {radius: list(_arc(radius)) for radius in set(radii)}
    top_left, top_right, bottom_right, bottom_left = (arcs[radius] for radius in radii)
    full = b"\xff" * size.width
    above = [_row(left, right, full) for left, right in _pairs(top_left, top_right)]
    below = [_row(left, right, full) for left, right in _pairs(bottom_left, bottom_right)]
    between = full * (size.height - len(above) - len(below))
    return _image(b"".join((*above, between, *reversed(below))), size)


def ellipse(size: Size) -> pyvips.Image:
    """Return a mask (one band, 0–255) of the ellipse that touches all four sides."""
    upper = [left + left[::-1][size.width % 2 :] for left in _quarter(size)]
    lower = upper[::-1][size.height % 2 :]
    return _image(b"".join((*upper, *lower)), size)


@cache
def squircle() -> pyvips.Image:
    """Return a small mask of |x|⁴ + |y|⁴ ≤ 1, to be stretched: it fills its box better than an ellipse.

    It fades out over the outermost part, so that an edge is not seen.
    """
    away = (pyvips.Image.xyz(_SIDE, _SIDE) + 0.5) * (2 / _SIDE) - 1
    squares = away * away
    fourth = squares * squares
    return ((1 - fourth[0] - fourth[1]) * (_FULL / _SOFT) + 0.5).cast("uchar").copy_memory()


def _image(rows: bytes, size: Size) -> pyvips.Image:
    return pyvips.Image.new_from_memory(rows, size.width, size.height, 1, "uchar")


def _pairs(left: list[bytes], right: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Return the rows of two corners, with nothing where one of them has ended."""
    for y in range(max(len(left), len(right))):
        yield left[y] if y < len(left) else b"", right[y] if y < len(right) else b""


def _row(left: bytes, right: bytes, full: bytes) -> bytes:
    return left + full[len(left) + len(right) :] + right[::-1]


def _arc(radius: int) -> Iterator[bytes]:
    """Return the rows of the top left corner of a disc."""
    for y in range(radius):
        down = radius - y - 0.5
        start = max(0, floor(radius - _half(radius + 0.5, down)))
        end = min(radius, ceil(radius - _half(radius - 0.5, down)))
        edge = bytes(_covered(hypot(radius - x - 0.5, down) - radius) for x in range(start, end))
        yield bytes(start) + edge + b"\xff" * (radius - end)


def _half(radius: float, away: float) -> float:
    """Return half the length of a circle's chord at this distance from its centre."""
    return sqrt(max(0.0, radius * radius - away * away))


def _quarter(size: Size) -> Iterator[bytes]:
    """Return the rows of the top left quarter of an ellipse, the middle row and column of odd sides included."""
    a, b, columns = size.width / 2, size.height / 2, (size.width + 1) // 2
    for y in range((size.height + 1) // 2):
        down = b - y - 0.5
        start = max(0, floor(a - _half(b + 0.5, down) * (a + 0.5) / (b + 0.5)) - 1)
        end = columns if b <= 1 else min(columns, ceil(a - _half(b - 0.5, down) * (a - 0.5) / (b - 0.5)) + 1)
        edge = bytes(_covered(_beyond(a - x - 0.5, down, a, b)) for x in range(start, end))
        yield bytes(start) + edge + b"\xff" * (columns - end)


def _beyond(x: float, y: float, a: float, b: float) -> float:
    """Return how far a point is outside of an ellipse, in px: to first order, its excess over the slope there."""
    value, slope = hypot(x / a, y / b), hypot(x / a**2, y / b**2)
    return (value - 1) * value / slope if slope else -min(a, b)


def _covered(distance: float) -> int:
    """Turn the distance of a pixel's centre from an edge (negative inside) into the share of it that is inside."""
    return min(_FULL, max(0, round(_FULL * (0.5 - distance))))
