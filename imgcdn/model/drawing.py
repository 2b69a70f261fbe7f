"""What is drawn over a source to show how its crop was chosen, in whole pixels, with nothing left to decide."""

from dataclasses import dataclass

from imgcdn.model.geometry import Box, Size
from imgcdn.model.spec import Colour


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line across or down, filling its box."""

    box: Box
    colour: Colour


@dataclass(frozen=True, slots=True)
class Rectangle:
    """An outline of `width_px` just inside its box."""

    box: Box
    colour: Colour
    width_px: int
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle around the pixel (x, y)."""

    x: int
    y: int
    radius_px: int
    colour: Colour


@dataclass(frozen=True, slots=True)
class Cross:
    """Four arms around a dot at the pixel (x, y), with room between, so that what lies under it is seen."""

    x: int
    y: int
    arm_px: int
    width_px: int
    colour: Colour


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text, `height_px` high, on a plate that fills its box and shows as much left of it as above."""

    box: Box
    text: str
    height_px: int
    ground: Colour
    ink: Colour


@dataclass(frozen=True, slots=True)
class Heat:
    """A score map of `width` x `height` cells over the whole upright source: rows of bytes, 255 the best, as Base64."""

    width: int
    height: int
    cells: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that is drawn, in this order, over the upright and uncropped source resized to `size`.

    What lies outside of `window` is darkened. All boxes are in pixels of `size`.
    """

    size: Size
    orientation: int
    heat: Heat | None
    window: Box
    lines: tuple[Line, ...]
    rectangles: tuple[Rectangle, ...]
    dots: tuple[Dot, ...]
    crosses: tuple[Cross, ...]
    labels: tuple[Label, ...]
