"""What other grammars than the native one say of the window and its box: sizes in source pixels, bounds, offsets."""

from dataclasses import dataclass

Length = int | float
"""An int counts pixels; a float is a share of the side."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How a window is cut out of the source without scaling, and how a box is bound to the source's size.

    `width` and `height` are the window's, in px or shares of the region; `x` and `y` move it inwards from the side that
    the gravity names, and to the right and down from the middle. `at` is the window's middle, in px or shares.
    A box that `is_clipped` never reaches beyond the region; without `may_shrink` nothing is scaled down.
    `position` names where on a larger canvas the picture lies.
    """

    width: Length | None = None
    height: Length | None = None
    x: int = 0
    y: int = 0
    at: tuple[Length, Length] | None = None
    may_shrink: bool = True
    is_clipped: bool = False
    position: str = "center"

    @property
    def is_window(self) -> bool:
        """Whether the window's size is said in the source's own pixels."""
        return self.width is not None or self.height is not None
