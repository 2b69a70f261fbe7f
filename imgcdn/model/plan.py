"""What will be done to a picture, in whole pixels, with nothing left to decide."""

from dataclasses import dataclass

from imgcdn.model.geometry import Box, Size
from imgcdn.model.media import Format
from imgcdn.model.spec import Colour, Strip


@dataclass(frozen=True, slots=True)
class Output:
    """How the pixels are written.

    `effort` is the encoder's own scale; `background` replaces alpha where the format has none.
    """

    format: Format
    quality: int
    effort: int
    is_lossless: bool
    is_progressive: bool
    strip: Strip
    background: Colour


@dataclass(frozen=True, slots=True)
class Canvas:
    """A larger picture that the resized one is laid on, its top left corner at (left, top)."""

    size: Size
    left: int
    top: int
    colour: Colour


@dataclass(frozen=True, slots=True)
class TransformPlan:
    """Load shrunk, extract, resize, turn upright, rotate, mirror, lay on the canvas, encode: in this order.

    `window` is in upright source pixels and for people; `stored_window` is the same box as the file holds it.
    `resized` is the upright size before the quarter turns of `rotate`; `angle` (degrees clockwise, not a multiple of
    90) is done last, on a canvas of `rotated` with `angle_colour` in the corners. `backdrop`, if any, goes behind
    transparency. `frames` is how many are written.
    """

    orientation: int
    window: Box
    stored_window: Box
    shrink: int
    resized: Size
    backdrop: Colour | None
    rotate_quarters: int
    flip: bool
    flop: bool
    canvas: Canvas | None
    angle: float
    angle_colour: Colour
    rotated: Size | None
    frames: int
    output: Output

    @property
    def size(self) -> Size:
        """The size of the finished picture (of one frame)."""
        if self.rotated is not None:
            return self.rotated
        if self.canvas is not None:
            return self.canvas.size
        return self.resized.turned() if self.rotate_quarters % 2 else self.resized
