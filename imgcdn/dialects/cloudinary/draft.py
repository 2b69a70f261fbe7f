"""What the components so far have come to, and whether the next one can still become part of the same plan."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from imgcdn.dialects.cloudinary.row import irreducible
from imgcdn.model.spec import Fit

_LENGTHS = ("effects.blur", "effects.pixelate", "effects.unsharp_radius")
"""Fields of effects that are measured in px of the answer."""
_FINE = ("effects.blur", "effects.pixelate", "effects.sharpness", "effects.unsharp")


class Shape(StrEnum):
    """What is known of the picture's size."""

    SOURCE = "source"
    WINDOW = "window"
    INSIDE = "inside"
    EXACT = "exact"
    BOUND = "bound"


class Rank(IntEnum):
    """The order of work, as it is fixed in every plan."""

    TRIM = 0
    SIZE = 1
    EFFECT = 2
    TURN = 3
    WASH = 4
    LAYER = 5
    BORDER = 6
    RADIUS = 7


@dataclass(slots=True)
class Draft:
    """Fields of the spec by their paths. Sizes are exact once both sides are `size`, in px before `dpr`.

    `done` is the last kind of work that was asked for, `doing` what asked for it. `quarters` and `mirrors` (down,
    across) are the turns so far, in the order of the plan: quarters clockwise, then mirrors.
    """

    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    shape: Shape = Shape.SOURCE
    size: tuple[int, int] | None = None
    done: Rank = Rank.TRIM
    doing: str = ""
    quarters: int = 0
    mirrors: tuple[bool, bool] = (False, False)
    is_solid: bool = False
    """Whether a colour was said for what is behind the picture."""

    def set(self, **fields: Any) -> None:
        self.fields.update(fields)

    def come_to(self, rank: Rank, said: str) -> None:
        """Go on to a kind of work. Raises ConflictingParametersError where what plans do later is done already."""
        if rank < self.done:
            raise irreducible(said, f"{self.doing} stands before it, and is done after it here")
        if rank > self.done:
            self.done, self.doing = rank, said

    def open_size(self, said: str) -> None:
        """Make sure that the picture may still be sized. Raises ConflictingParametersError."""
        if self.done in {Rank.LAYER, Rank.BORDER}:
            raise irreducible(said, f"{self.doing} stands before it, whose size would change with it")
        if "rotate" in self.fields and self.fields["rotate"] % 90:
            raise irreducible(said, f"{self.doing} stands before it, and its corners would be cropped")

    def rescale(self, width: int, height: int, said: str) -> None:
        """Make a picture of a known size another size, and all that is measured in its pixels along with it."""
        if self.size is None:
            raise irreducible(said, "the size before it depends on the source")
        factor = width / self.size[0]
        self.size = (width, height)
        self.fields["width"], self.fields["height"] = width, height
        for name in _LENGTHS:
            if name in self.fields:
                self.fields[name] *= factor
        for name in ("edges.pad_left", "edges.pad_top", "edges.pad_right", "edges.pad_bottom"):
            if name in self.fields:
                self.fields[name] = round(self.fields[name] * factor)
        if "edges.radius" in self.fields:
            radii = self.fields["edges.radius"]
            self.fields["edges.radius"] = tuple(round(one * factor) for one in radii)

    def refuse_lengths(self, said: str) -> None:
        """Raise ConflictingParametersError where something is measured in pixels of a size that is no more."""
        fine = [name for name in _FINE if self.fields.get(name)]
        radius = self.fields.get("edges.radius", ())
        if fine or any(radius):
            raise irreducible(said, f"{self.doing} stands before it, measured in pixels of another size: put it behind")

    def crops(self) -> bool:
        """Whether the shape of the answer is not that of the source."""
        return self.fields.get("fit") not in {None, Fit.INSIDE} or self.shape is Shape.WINDOW
