"""Points, sizes, boxes and the eight EXIF orientations, in whole pixels or in 0–1 of a side; x before y."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a picture, 0–1 on each axis: (0, 0) is the top left corner."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Size:
    """Whole pixels, at least 1 a side."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def aspect(self) -> float:
        return self.width / self.height

    def turned(self) -> Self:
        return type(self)(self.height, self.width)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in whole pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)

    def moved(self, dx: int, dy: int) -> "Box":
        return Box(self.left + dx, self.top + dy, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Region:
    """A detected box with its score, 0–1 of the upright source on each axis.

    `landmarks` of a face: right eye, left eye, nose, mouth, right ear, left ear (its own right and left); else empty.
    """

    x: float
    y: float
    width: float
    height: float
    score: float
    landmarks: tuple[Point, ...] = ()

    @property
    def centre(self) -> Point:
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    @property
    def area(self) -> float:
        return self.width * self.height


def is_turned(orientation: int) -> bool:
    """Whether EXIF orientation 1–8 swaps width and height."""
    return orientation >= 5


def stored_box(box: Box, orientation: int, stored: Size) -> Box:
    """Where a box of the upright picture lies in the stored one (EXIF 2.32, tag 0x0112)."""
    x, y, w, h = box.left, box.top, box.width, box.height
    far_x, far_y = stored.width, stored.height
    match orientation:
        case 2:
            return Box(far_x - x - w, y, w, h)
        case 3:
            return Box(far_x - x - w, far_y - y - h, w, h)
        case 4:
            return Box(x, far_y - y - h, w, h)
        case 5:
            return Box(y, x, h, w)
        case 6:
            return Box(y, far_y - x - w, h, w)
        case 7:
            return Box(far_x - y - h, far_y - x - w, h, w)
        case 8:
            return Box(far_x - y - h, x, h, w)
        case _:
            return box


def upright_box(box: Box, orientation: int, stored: Size) -> Box:
    """Where a box of the stored picture lies in the upright one."""
    # Six and eight undo each other; every other orientation undoes itself, in the other picture's sides.
    upright = stored.turned() if is_turned(orientation) else stored
    return stored_box(box, {6: 8, 8: 6}.get(orientation, orientation), upright)


def stored_point(point: Point, orientation: int) -> Point:
    """Where a point of the upright picture lies in the stored one."""
    x, y = point.x, point.y
    match orientation:
        case 2:
            return Point(1 - x, y)
        case 3:
            return Point(1 - x, 1 - y)
        case 4:
            return Point(x, 1 - y)
        case 5:
            return Point(y, x)
        case 6:
            return Point(y, 1 - x)
        case 7:
            return Point(1 - y, 1 - x)
        case 8:
            return Point(1 - y, x)
        case _:
            return point


def upright_point(point: Point, orientation: int) -> Point:
    """Where a point of the stored picture lies in the upright one."""
    # Six and eight undo each other; every other orientation undoes itself.
    return stored_point(point, {6: 8, 8: 6}.get(orientation, orientation))
