"""Effects: what is done to a picture for its look, besides its colours one by one."""

from dataclasses import dataclass

from imgcdn.model.colour import Colour

Duotone = tuple[Colour, Colour]
"""What black becomes, and what white becomes."""


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects that a URL asks for; the defaults change nothing. Lengths are px at `dpr=1`, strengths per cent."""

    noise: float = 0.0
    noise_edges: float = 0.0
    sharpness: float = 0.0
    unsharp: float = 0.0
    unsharp_radius: float = 2.5
    sepia: float = 0.0
    monochrome: Colour | None = None
    duotone: Duotone | None = None
    duotone_alpha: float = 100.0
    blur: float = 0.0
    pixelate: float = 0.0
    halftone: float = 0.0


@dataclass(frozen=True, slots=True)
class Grain:
    """What detail is multiplied by: by `low` where its height is up to about `levels` of 255, by `high` above that."""

    levels: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class EffectsPlan:
    """The effects that will be done, in the order of these fields; what is 0 or None is left out.

    Strengths are factors (1 for 100 %); sigmas, the side of a block and the distance of dots are in px of the finished
    picture.
    """

    grain: Grain | None = None
    sharpness: float = 0.0
    unsharp: float = 0.0
    unsharp_sigma: float = 0.0
    sepia: float = 0.0
    monochrome: Colour | None = None
    duotone: Duotone | None = None
    duotone_share: float = 0.0
    blur_sigma: float = 0.0
    block: int = 0
    dots: int = 0
