"""A transparent film that lines and letters are drawn on, in plain Python: libvips copies a whole picture for each
stroke, and a server may have no font installed.
"""

from functools import lru_cache
from itertools import pairwise
from math import hypot

import pyvips

from imgcdn.model.drawing import Cross, Dot, Label, Line, Rectangle
from imgcdn.model.geometry import Box, Size
from imgcdn.model.lettering import UNITS, Stroke, gap, letter_width, strokes
from imgcdn.model.spec import Colour

_EDGE = Colour(0, 0, 0, 150)
"""Around everything light, so that it shows on light ground too."""
_DASH = 5
"""Length of a dash, and of the room after it, in widths of the line."""
_CLEAR = 0.3
"""The share of a cross' arms that is left out around its dot."""


class Film:
    """Rows of RGBA; what is drawn later replaces what lies under it, and what lies outside is cut off."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._rows = bytearray(4 * size.pixels)

    def image(self) -> pyvips.Image:
        made = pyvips.Image.new_from_memory(self._rows, self._size.width, self._size.height, 4, "uchar")
        return made.copy(interpretation="srgb")

    def fill(self, box: Box, colour: Colour) -> None:
        left, right = max(0, box.left), min(box.right, self._size.width)
        if right <= left:
            return
        row = _bytes(colour) * (right - left)
        for y in range(max(0, box.top), min(box.bottom, self._size.height)):
            at = 4 * (y * self._size.width + left)
            self._rows[at : at + len(row)] = row

    def line(self, line: Line) -> None:
        self.fill(_grown(line.box, 1), Colour(0, 0, 0, line.colour.alpha // 3))
        self.fill(line.box, line.colour)

    def rectangle(self, outline: Rectangle) -> None:
        for colour, grown in ((_EDGE, 1), (outline.colour, 0)):
            for side in _sides(outline.box, outline.width_px):
                for part in _dashes(side, outline.width_px * _DASH) if outline.is_dashed else (side,):
                    self.fill(_grown(part, grown), colour)

    def dot(self, dot: Dot) -> None:
        self._disc(dot.x, dot.y, dot.radius_px + 1, _EDGE)
        self._disc(dot.x, dot.y, dot.radius_px, dot.colour)

    def cross(self, cross: Cross) -> None:
        x, y, wide = cross.x - cross.width_px // 2, cross.y - cross.width_px // 2, cross.width_px
        start = max(wide + 1, round(cross.arm_px * _CLEAR))
        long = max(1, cross.arm_px - start)
        arms = (
            Box(cross.x + start, y, long, wide),
            Box(cross.x - start - long + 1, y, long, wide),
            Box(x, cross.y + start, wide, long),
            Box(x, cross.y - start - long + 1, wide, long),
        )
        for colour, grown in ((_EDGE, 1), (cross.colour, 0)):
            for arm in arms:
                self.fill(_grown(arm, grown), colour)
        self.dot(Dot(cross.x, cross.y, max(1, wide - 1), cross.colour))

    def label(self, label: Label) -> None:
        self.fill(label.box, label.ground)
        padding = (label.box.height - label.height_px) // 2
        x, y = label.box.left + padding, label.box.top + padding
        for letter in label.text:
            width, coverage = _letter(letter, label.height_px)
            self._stamp(x, y, width, coverage, label.ink)
            x += width + gap(label.height_px)

    def _disc(self, x: int, y: int, radius: int, colour: Colour) -> None:
        side = 2 * radius + 1
        self._stamp(x - radius, y - radius, side, _disc(radius), colour)

    def _stamp(self, left: int, top: int, width: int, coverage: bytes, colour: Colour) -> None:
        """Mix a colour in, as much at each pixel as the coverage (0–255, rows of `width`) says."""
        ink = _bytes(colour)
        for index, share in enumerate(coverage):
            x, y = left + index % width, top + index // width
            if share == 0 or not (0 <= x < self._size.width and 0 <= y < self._size.height):
                continue
            at = 4 * (y * self._size.width + x)
            under = self._rows[at : at + 4]
            # On clear film the colour is the ink's own at once: only its opacity grows with the coverage.
            rgb = ink[:3] if under[3] == 0 else bytes(_mixed(a, b, share) for a, b in zip(under, ink[:3], strict=False))
            self._rows[at : at + 4] = rgb + bytes((_mixed(under[3], ink[3], share),))


def _bytes(colour: Colour) -> bytes:
    return bytes((colour.red, colour.green, colour.blue, colour.alpha))


def _mixed(under: int, ink: int, share: int) -> int:
    return (under * (255 - share) + ink * share + 127) // 255


def _grown(box: Box, by: int) -> Box:
    return Box(box.left - by, box.top - by, box.width + 2 * by, box.height + 2 * by)


def _sides(box: Box, width: int) -> tuple[Box, ...]:
    across, down = min(width, box.height), min(width, box.width)
    return (
        Box(box.left, box.top, box.width, across),
        Box(box.left, box.bottom - across, box.width, across),
        Box(box.left, box.top, down, box.height),
        Box(box.right - down, box.top, down, box.height),
    )


def _dashes(side: Box, length: int) -> list[Box]:
    if side.width >= side.height:
        starts = range(side.left, side.right, 2 * length)
        return [Box(x, side.top, min(length, side.right - x), side.height) for x in starts]
    starts = range(side.top, side.bottom, 2 * length)
    return [Box(side.left, y, side.width, min(length, side.bottom - y)) for y in starts]


@lru_cache(maxsize=512)
def _letter(letter: str, height: int) -> tuple[int, bytes]:
    """Return a letter's width in px and its coverage, smooth at its edges."""
    unit = height / UNITS
    width = letter_width(letter, height)
    return width, _coverage(strokes(letter), Size(width, height), unit, unit / 2)


@lru_cache(maxsize=64)
def _disc(radius: int) -> bytes:
    side = 2 * radius + 1
    return _coverage((((0, 0),),), Size(side, side), float(side), radius + 0.25)


def _coverage(lines: tuple[Stroke, ...], size: Size, unit: float, radius: float) -> bytes:
    """Return how much of each pixel lies within `radius` px of the lines, 0–255."""
    # A point alone is a segment too, from itself to itself.
    segments = [pair for line in lines for pair in pairwise(line[:1] + line)]
    placed = [tuple((unit * (x + 0.5), unit * (y + 0.5)) for x, y in segment) for segment in segments]
    return bytes(
        round(
            255 * max((min(1.0, max(0.0, radius + 0.5 - _away(x + 0.5, y + 0.5, *ends))) for ends in placed), default=0)
        )
        for y in range(size.height)
        for x in range(size.width)
    )


def _away(x: float, y: float, start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the distance of a point from a segment."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = along_x**2 + along_y**2
    at = min(1.0, max(0.0, ((x - start[0]) * along_x + (y - start[1]) * along_y) / length)) if length else 0.0
    return hypot(x - start[0] - at * along_x, y - start[1] - at * along_y)
