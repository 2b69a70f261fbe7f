"""Colours changed pixel by pixel, as a URL asks for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Adjust:
    """How colours are changed; the defaults change nothing.

    `brightness`, `contrast` and `saturation` are per cent; `hue` is in degrees; `gamma` is a power; the others go from
    -100 to 100 about 0.
    """

    exposure: float = 0.0
    gamma: float = 1.0
    shadows: float = 0.0
    highlights: float = 0.0
    vibrance: float = 0.0
    brightness: float = 100.0
    contrast: float = 100.0
    saturation: float = 100.0
    hue: float = 0.0
    is_inverted: bool = False
