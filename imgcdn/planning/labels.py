"""Where the labels of a drawing go: beside what they name, off faces and off each other, and never over the edge."""

from collections.abc import Iterable

from imgcdn.model.drawing import Label, Rectangle
from imgcdn.model.geometry import Box, Point, Size
from imgcdn.model.lettering import text_width
from imgcdn.model.spec import Colour

_HEIGHTS = ((14, 480), (11, 200), (7, 0))
"""Heights of letters in px, and the shortest side of a drawing from which each is used."""
_PADDING = 0.4
"""What a plate shows around its text, in heights of a letter."""
_MOST = 0.4
"""The share of the drawing's height that a caption may cover."""
_WINDOW = 0.1
"""What a caption inside the window is worse than one outside, where 1 is one that hides a face."""
_ROOMY = 10
"""A label is written inside what is so many times its size."""
_APART = " · "
_GROUND = Colour(16, 16, 20, 215)
_PALE = Colour(255, 255, 255)
_DARK = Colour(12, 12, 16)


class Sheet:
    """A drawing's free places; every label that is placed takes one."""

    def __init__(self, size: Size, window: Box, faces: Iterable[Box], focus: Point | None) -> None:
        self._size = size
        self._window = window
        self._faces = list(faces)
        self._focus = focus
        self._labels: list[Label] = []
        short = min(size.width, size.height)
        self._heights = [height for height, least in _HEIGHTS if short >= least]

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(self._labels)

    def caption(self, parts: tuple[str, ...]) -> None:
        """Write the parts in the corner where they hide least; the last ones are left out until all fit."""
        for height in self._heights:
            for count in range(len(parts), 0, -1):
                lines = self._lines(parts[:count], height)
                if lines:
                    self._take_corner(lines, height)
                    return

    def name(self, outline: Rectangle, text: str) -> None:
        """Label an outline from outside, or from inside when there is no room; not at all when there is none either."""
        box = outline.box
        for height in self._heights:
            wide, high = _plate(text, height)
            if wide > box.width and height != self._heights[-1]:
                continue  # a small face has a small label
            places = [
                (box.left, box.top - high),
                (box.left, box.bottom),
                (box.right, box.top),
                (box.left - wide, box.top),
                (box.right - wide, box.top - high),
                (box.right - wide, box.bottom),
            ]
            if box.width > 2 * wide and box.height > 3 * high:
                places.append((box.left, box.top))
            if self._place(outline, text, height, places):
                return

    def name_inside(self, outline: Rectangle, text: str) -> None:
        """Label an outline in one of its corners when one is free, from outside when it is small."""
        box = outline.box
        height = self._heights[0]
        wide, high = _plate(text, height)
        if wide > box.width or high > box.height or wide * high * _ROOMY > box.width * box.height:
            self.name(outline, text)
            return
        across, down = (box.left, box.right - wide), (box.top, box.bottom - high)
        self._place(outline, text, height, [(x, y) for y in down for x in across])

    def _lines(self, parts: tuple[str, ...], height: int) -> list[str]:
        """Break a caption between its parts; no lines when it does not fit."""
        lines: list[str] = []
        for part in parts:
            longer = f"{lines[-1]}{_APART}{part}" if lines else part
            if lines and _plate(longer, height)[0] <= self._size.width:
                lines[-1] = longer
            else:
                lines.append(part)
        wide = max(_plate(line, height)[0] for line in lines)
        high = len(lines) * _plate("", height)[1]
        return lines if wide <= self._size.width and high <= self._size.height * _MOST else []

    def _take_corner(self, lines: list[str], height: int) -> None:
        wide = max(_plate(line, height)[0] for line in lines)
        high = _plate("", height)[1]
        far_x, far_y = self._size.width - wide, self._size.height - high * len(lines)
        corners = [Box(x, y, wide, high * len(lines)) for x, y in ((0, far_y), (0, 0), (far_x, far_y), (far_x, 0))]
        best = min(corners, key=self._hidden)
        for index, line in enumerate(lines):
            box = Box(best.left, best.top + index * high, wide, high)
            self._labels.append(Label(box, line, height, _GROUND, _PALE))

    def _hidden(self, box: Box) -> float:
        """Return how much of faces, of the focus and of the window a box would hide."""
        hidden = sum(_common(box, face) / (face.width * face.height) for face in self._faces)
        hidden += _WINDOW * _common(box, self._window) / (box.width * box.height)
        if self._focus is None:
            return hidden
        room = 2 * self._heights[0]
        around = Box(int(self._focus.x) - room, int(self._focus.y) - room, 2 * room, 2 * room)
        return hidden + _common(box, around) / (around.width * around.height)

    def _place(self, outline: Rectangle, text: str, height: int, places: list[tuple[int, int]]) -> bool:
        wide, high = _plate(text, height)
        boxes = [Box(x, y, wide, high) for x, y in places]
        free = [box for box in boxes if self._is_free(box)]
        others = [face for face in self._faces if face != outline.box]
        if not free:
            return False
        best = min(free, key=lambda box: sum(_common(box, face) for face in others))
        self._labels.append(Label(best, text, height, outline.colour, _DARK))
        return True

    def _is_free(self, box: Box) -> bool:
        is_inside = box.left >= 0 and box.top >= 0 and box.right <= self._size.width and box.bottom <= self._size.height
        return is_inside and not any(_common(box, label.box) for label in self._labels)


def _plate(text: str, height: int) -> tuple[int, int]:
    """Return the width and height of the plate under a line of text."""
    padding = round(height * _PADDING)
    return text_width(text, height) + 2 * padding, height + 2 * padding


def _common(one: Box, other: Box) -> int:
    """Return how many pixels two boxes share."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    return wide * high if wide > 0 and high > 0 else 0
