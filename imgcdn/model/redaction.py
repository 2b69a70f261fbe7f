"""Faces made unrecognisable: what a URL asks for, and what is done where."""

from dataclasses import dataclass

from imgcdn.model.geometry import Box


@dataclass(frozen=True, slots=True)
class Redaction:
    """How strongly faces are blurred or turned into coarse squares, 0–100 each; at 0 nothing is done."""

    blur: float = 0.0
    pixel: float = 0.0

    @property
    def hides_faces(self) -> bool:
        return self.blur > 0 or self.pixel > 0


@dataclass(frozen=True, slots=True)
class Patch:
    """An ellipse that hides what it covers; `box` is around it, in px of the resized picture, and may reach beyond it.

    `block` is the side of the squares, 0 for none; `sigma` the blur's, 0 for none; both in px.
    """

    box: Box
    block: int
    sigma: float
