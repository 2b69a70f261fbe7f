"""What shows where no picture is."""

from dataclasses import dataclass
from enum import StrEnum

from imgcdn.model.colour import Colour

GREYS = (Colour(255, 255, 255), Colour(204, 204, 204))
"""The colours of a chequered ground, where nothing is said."""


class Fill(StrEnum):
    """What a letterbox is filled with."""

    SOLID = "solid"
    BLUR = "blur"


class Extend(StrEnum):
    """How the picture itself goes on in a letterbox."""

    COPY = "copy"


class Transparency(StrEnum):
    """What is put behind all that stays transparent."""

    GRID = "grid"


@dataclass(frozen=True, slots=True)
class Ground:
    """What shows in a letterbox, and behind transparency, in place of a colour.

    `grid_size` is the side of a square in px, multiplied by `dpr`; of its colours the first is at the upper left.
    """

    fill: Fill = Fill.SOLID
    extend: Extend | None = None
    transparency: Transparency | None = None
    grid_size: int = 8
    grid_colours: tuple[Colour, Colour] = GREYS
