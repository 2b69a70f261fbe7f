"""The edges of the finished picture: room around it, a border, round corners or an ellipse."""

from dataclasses import dataclass
from enum import StrEnum

from imgcdn.model.colour import Colour

Corners = tuple[int, int, int, int]
"""Top left, top right, bottom right, bottom left: clockwise."""
ROUND = 65_535
"""A radius that stands for 'as round as may be'."""


class Mask(StrEnum):
    """The shape that the picture is cut to."""

    ELLIPSE = "ellipse"
    CORNERS = "corners"


@dataclass(frozen=True, slots=True)
class Edges:
    """What goes around the picture, from the inside out; lengths in px, multiplied by `dpr`.

    A side's own padding and border stand in for `pad` and `border`. `radius_inner` is that of the border's inner
    corners, None where these follow from the outer ones. `mask_background` is what shows where the shape is cut away.
    """

    pad: int = 0
    pad_left: int | None = None
    pad_top: int | None = None
    pad_right: int | None = None
    pad_bottom: int | None = None
    border: int = 0
    border_left: int | None = None
    border_top: int | None = None
    border_right: int | None = None
    border_bottom: int | None = None
    border_colour: Colour = Colour(0, 0, 0)
    radius: Corners = (0, 0, 0, 0)
    radius_inner: Corners | None = None
    mask: Mask | None = None
    mask_background: Colour | None = None


@dataclass(frozen=True, slots=True)
class Margins:
    """Whole px on each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def turned(self) -> "Margins":
        """Swap what is taken across and down."""
        return Margins(self.top, self.left, self.bottom, self.right)

    def with_more(self, other: "Margins") -> "Margins":
        """Return both together."""
        return Margins(
            self.left + other.left, self.top + other.top, self.right + other.right, self.bottom + other.bottom
        )

    @property
    def across(self) -> int:
        return self.left + self.right

    @property
    def down(self) -> int:
        return self.top + self.bottom


NO_MARGINS = Margins()


@dataclass(frozen=True, slots=True)
class Edging:
    """What is done at the edges, in px: padding, then the border around that, then the outer shape.

    `radii` are those of the outer corners, `inner_radii` those where the border begins; `is_ellipse` stands in for
    both. `outside` is what shows beyond the shape.
    """

    padding: Margins
    padding_colour: Colour
    border: Margins
    border_colour: Colour
    radii: Corners
    inner_radii: Corners
    is_ellipse: bool
    outside: Colour

    @property
    def is_shaped(self) -> bool:
        return self.is_ellipse or any(self.radii)

    @property
    def margins(self) -> Margins:
        """What padding and border add on each side."""
        return self.padding.with_more(self.border)
