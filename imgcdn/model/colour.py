"""A colour, for whatever is filled, drawn or written in one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Colour:
    """8-bit sRGB with alpha; 255 is opaque."""

    red: int
    green: int
    blue: int
    alpha: int = 255
