"""What will be laid over a picture, in whole pixels of it."""

from dataclasses import dataclass

from imgcdn.model.colour import Colour
from imgcdn.model.geometry import Box, Point, Size
from imgcdn.model.overlays import BlendMode


@dataclass(frozen=True, slots=True)
class Layer:
    """The picture of this `index` among those that are handed over with the plan, laid into `box`.

    `param` names it in the URL. `stored_window` is what is used of it, as its file holds it; `resized` is its upright
    size, `turned` the one once it is turned by `angle` degrees clockwise. With a `gap` it is repeated over the whole of
    `box`, so many pixels apart.
    """

    index: int
    param: str
    orientation: int
    stored_window: Box
    shrink: int
    resized: Size
    turned: Size
    angle: float
    box: Box
    opacity: float
    mode: BlendMode
    gap: int | None = None


@dataclass(frozen=True, slots=True)
class Wash:
    """One colour over `box`."""

    colour: Colour
    box: Box
    opacity: float
    mode: BlendMode


@dataclass(frozen=True, slots=True)
class Lettering:
    """A text that is set as large as `size_px` where it fits into `area`, else as large as fits.

    Only setting it tells how large it becomes, so `place` (0–1 on each axis) says where in the area what is left lies.
    `fills` sets it in one line as wide as the area. `shadow` is 0–1.
    """

    text: str
    family: str
    size_px: float
    weight: int
    is_italic: bool
    colour: Colour
    area: Box
    place: Point
    fills: bool
    lead: float
    shadow: float
    outline_px: int
    outline_colour: Colour


@dataclass(frozen=True, slots=True)
class Overlays:
    """Everything that is laid over a picture, in this order: layers one after the other, then the text."""

    layers: tuple[Layer | Wash, ...] = ()
    lettering: Lettering | None = None
