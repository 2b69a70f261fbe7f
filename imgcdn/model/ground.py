"""What shows where no picture is."""

from dataclasses import dataclass
from enum import StrEnum


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
    """What shows in a letterbox, and behind transparency, in place of a colour."""

    fill: Fill = Fill.SOLID
    extend: Extend | None = None
    transparency: Transparency | None = None
