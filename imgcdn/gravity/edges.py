"""Where a picture has the most edges, as a small map measured once, and the window that keeps the most of them.

Contrast does not count: an edge is one whether it is strong or hardly seen, so texture and lettering win over a
bright sky's rim.
"""

from base64 import b64decode, b64encode
from typing import Any

import numpy as np
import numpy.typing as npt

from imgcdn.gravity import sliding
from imgcdn.gravity.sliding import WHOLE
from imgcdn.model.analysis import Candidate, EdgeMap
from imgcdn.model.geometry import Region
from imgcdn.model.media import Preview

VERSION = "edges-1"
"""Raised whenever the same picture may give another map or another window than before."""
STEPS = 513
"""Offsets tried, several to a cell; odd, so that the centre is one of them."""
_SEEN_AT = 256
"""Edges are measured at 1x to 2x this size, in px of the longest side: noise is averaged away, outlines stay."""
_CELLS = 64
"""Cells along the longest side of the map."""
_LIGHT = (0.299, 0.587, 0.114)
"""Brightness of sRGB values (Rec. 601)."""
_FAINT, _CLEAR = 8.0, 32.0
"""Steps of brightness (of 255) from pixel to pixel: up to the first there is no edge, from the second on there is."""

Grid = npt.NDArray[np.floating[Any]]


def measure(preview: Preview) -> EdgeMap:
    """Measure a preview: which share of each cell is edge."""
    pixels = np.frombuffer(preview.pixels, np.uint8).reshape(preview.height, preview.width, 3)
    light = _shrunk(pixels @ np.array(_LIGHT, np.float32), max(1, max(preview.width, preview.height) // _SEEN_AT))
    edges = np.clip((_steepness(light) - _FAINT) / (_CLEAR - _FAINT), 0, 1)
    longest = max(preview.width, preview.height)
    width, height = (max(1, round(_CELLS * side / longest)) for side in (preview.width, preview.height))
    shares = _averaging(edges.shape[0], height) @ edges @ _averaging(edges.shape[1], width).T
    cells = b64encode(np.rint(shares * 255).astype(np.uint8).tobytes()).decode()
    return EdgeMap(width, height, preview.width / preview.height, cells)


def choose(found: EdgeMap, aspect: float, region: Region | None = None, most: int = 1) -> tuple[Candidate, ...]:
    """Return the windows of full size and of `aspect` (width / height in px) that keep most edges of the region.

    The best comes first; of equals it is the one nearest the centre. Without an edge there is none.
    """
    slide = sliding.slide(aspect / found.aspect, region or WHOLE, STEPS)
    density = np.frombuffer(b64decode(found.cells), np.uint8).reshape(found.height, found.width) / 255
    where = slide.where
    across = _covered(found.width, where.x, where.x + where.width)
    down = _covered(found.height, where.y, where.y + where.height)
    line = (density @ across) * down if slide.goes_down else (down @ density) * across
    # Prefix sums with straight lines between them are exact: within a cell the density is even.
    sums = np.concatenate([[0.0], np.cumsum(line)])
    if sums[-1] <= 0:
        return ()
    at = np.linspace(0, 1, len(sums))
    kept = (np.interp(slide.offsets + slide.length, at, sums) - np.interp(slide.offsets, at, sums)) / sums[-1]
    return slide.best({"edges": kept}, kept, most)


def _shrunk(light: Grid, factor: int) -> Grid:
    """Average squares of `factor` px; those at the far edges may be smaller."""
    for axis in (0, 1):
        side = light.shape[axis]
        starts = np.array(range(0, side, factor), np.intp)
        lengths = np.minimum(factor, side - starts)
        light = np.add.reduceat(light, starts, axis) / (lengths[:, None] if axis == 0 else lengths)
    return light


def _steepness(light: Grid) -> Grid:
    """Return the gradient's length by Sobel's operator, in steps from pixel to pixel; there is none at the border."""
    steep = np.zeros_like(light)
    if min(light.shape) < 3:
        return steep
    down = light[:-2] + 2 * light[1:-1] + light[2:]
    right = light[:, :-2] + 2 * light[:, 1:-1] + light[:, 2:]
    steep[1:-1, 1:-1] = np.hypot(down[:, 2:] - down[:, :-2], right[2:] - right[:-2]) / 8
    return steep


def _averaging(length: int, cells: int) -> Grid:
    """Return the matrix (cells, length) that averages a line of pixels over equal cells."""
    ends = np.linspace(0, length, cells + 1)
    left = np.maximum(ends[:-1, None], np.arange(length))
    right = np.minimum(ends[1:, None], np.arange(1, length + 1))
    return np.clip(right - left, 0, None) * cells / length


def _covered(cells: int, low: float, high: float) -> Grid:
    """Return which share of each of the cells of a line of length 1 lies between two points."""
    ends = np.linspace(0, 1, cells + 1)
    return np.clip(np.minimum(ends[1:], high) - np.maximum(ends[:-1], low), 0, None) * cells
