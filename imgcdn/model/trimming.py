"""What counts as a border that is trimmed away."""

from dataclasses import dataclass
from enum import StrEnum

from imgcdn.model.colour import Colour

VERSION = "1"
"""Raised whenever another border may be found in the same picture."""


class Trim(StrEnum):
    """How a border is told from the picture."""

    AUTO = "auto"
    COLOR = "color"
    ALPHA = "alpha"
    COLOR_UNLESS_ALPHA = "colorunlessalpha"


@dataclass(frozen=True, slots=True)
class Trimming:
    """Which border is taken off, and how much of it stays.

    `tolerance` is how far (0–255) a border's pixel may be from its colour, or from transparent; `colour` is the
    border's, None for that of the top left pixel. For `auto` a line belongs to the border when its pixels vary by no
    more than `deviation` (standard deviation) and differ by no more than `mean` from the outermost line.
    `pad` px of the source stay around what is left.
    """

    mode: Trim | None = None
    tolerance: int = 10
    pad: int = 0
    colour: Colour | None = None
    mean: float = 11.0
    deviation: float = 10.0
