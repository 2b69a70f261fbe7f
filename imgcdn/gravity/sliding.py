"""Windows of one size that slide along a region: what every engine with a map chooses among, and how the best are told.

An engine says what each place of the window is worth, by cause; the windows are the same for all.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from imgcdn.model.analysis import Candidate
from imgcdn.model.geometry import Region

WHOLE = Region(0.0, 0.0, 1.0, 1.0, 1.0)
_LEAST_ROOM = 1e-6
"""A share of the picture's side so small that no window slides over it."""
_APART = 0.2
"""Other candidates lie at least this share of the way from a better one."""

Grid = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Slide:
    """Windows of the largest size that fits a region, at `offsets` along the side of it that is longer than theirs."""

    where: Region
    width: float
    height: float
    goes_down: bool
    start: float
    end: float
    offsets: Grid

    @property
    def length(self) -> float:
        """The windows' side along which they slide."""
        return self.height if self.goes_down else self.width

    @property
    def can_slide(self) -> bool:
        return self.end - self.start - self.length > _LEAST_ROOM

    @property
    def room(self) -> float:
        """The share of the region's side that a window leaves free; nothing when it is none worth sliding over."""
        side = self.where.height if self.goes_down else self.where.width
        return 1 - self.length / side if self.can_slide else 0.0

    def window(self, at: int, score: float) -> Region:
        """Return one of the windows."""
        offset = float(self.offsets[at])
        x, y = (self.where.x, offset) if self.goes_down else (offset, self.where.y)
        return Region(x, y, self.width, self.height, min(1.0, max(0.0, score)))

    def best(self, parts: dict[str, Grid], kept: Grid, most: int) -> tuple[Candidate, ...]:
        """Return the best windows, best first: `parts` are what each is worth by cause, `kept` what it keeps of all."""
        scores = sum(parts.values(), np.zeros(len(self.offsets)))
        choices: list[Candidate] = []
        for at in peaks(scores, most if self.can_slide else 1):
            score = float(scores[at])
            named = {name: float(part[at]) for name, part in parts.items()}
            choices.append(Candidate(self.window(at, score), score, named, float(kept[at])))
        return tuple(choices)


def slide(shape: float, where: Region, steps: int) -> Slide:
    """Return `steps` windows in a region; `shape` is their width / height, each as a share of the picture's."""
    width = min(where.width, where.height * shape)
    height = min(where.height, width / shape)
    goes_down = where.height - height > where.width - width
    start, end = (where.y, where.y + where.height) if goes_down else (where.x, where.x + where.width)
    offsets = np.linspace(start, end - (height if goes_down else width), steps)
    return Slide(where, width, height, goes_down, start, end, offsets)


def peaks(scores: Grid, most: int) -> list[int]:
    """Return the best offset and the next best that lie apart from it; of equals, the one nearest the centre."""
    order = np.lexsort((np.abs(np.arange(len(scores)) - len(scores) // 2), -scores.round(9)))
    found: list[int] = []
    for at in order.tolist():
        if all(abs(at - other) >= _APART * len(scores) for other in found):
            found.append(at)
            if len(found) == most:
                break
    return found
