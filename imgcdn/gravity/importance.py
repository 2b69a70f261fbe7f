"""What matters in a picture, as a small map measured once: free-standing shapes, lettering, and detail."""

from base64 import b64encode
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvips

from imgcdn.gravity.choosing import MOST
from imgcdn.model.analysis import ImportanceMap
from imgcdn.model.media import Preview

SIDE = 256
"""Previews for this engine are at least this long, in px."""
_GRID = 64
"""Cells along the longest side of the map."""
_DETAIL_SIDE = 128
"""The size at which edges are measured, in px of the longest side."""
_LETTER_SIDE = 256
"""Lettering is looked for at 1x to 2x this size, in px of the longest side."""
_STROKES = (1, 2, 3)
"""Widths of the strokes of letters, in px at that size."""
_LETTERING = 0.29
"""What a line of lettering counts against a free-standing shape, each relative to the picture's mean."""
_LEVELS = 8
"""Thresholds for each colour axis."""
_PASSES = 3
"""Sweeps of the flood from the border; more find only what hides in spirals."""
_LEAST_NOISE = 3e-4
"""Variance (of Lab / 100) added before whitening: differences that nobody sees are not blown up."""

Grid = npt.NDArray[np.floating[Any]]
Bits = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]


def measure(preview: Preview) -> ImportanceMap:
    """Measure a preview. The map holds the pixels' part alone, so that better faces need no new one."""
    width, height = _cells(preview.width, preview.height, _GRID)
    rgb = _shrunk(preview, _DETAIL_SIDE).astype(np.float32) / np.float32(255)
    shapes = _relative(_blurred(_surrounded(_lab(_resized(rgb, width, height))), 1.0))
    # Green is nearly all of the light, and it is there already.
    relative = shapes + _LETTERING * _relative(lettering(_shrunk(preview, _LETTER_SIDE)[..., 1], width, height))
    light = _lab(_resized(rgb, *_cells(preview.width, preview.height, _DETAIL_SIDE)))[..., 0]
    detail = np.sqrt(_resized(_edges(light)[..., None], -(-width // 2), -(-height // 2))[..., 0])
    return ImportanceMap(
        width,
        height,
        preview.width / preview.height,
        _packed(np.sqrt(np.minimum(relative, MOST) / MOST)),
        _packed(np.clip(_standard(_blurred(detail, 0.5)) / 8 + 0.5, 0, 1)),
    )


def _cells(width: int, height: int, side: int) -> tuple[int, int]:
    longest = max(width, height)
    return max(1, round(side * width / longest)), max(1, round(side * height / longest))


def _packed(share: Grid) -> str:
    return b64encode(np.rint(share * 255).astype(np.uint8).tobytes()).decode()


def _relative(grid: Grid) -> Grid:
    mean = float(grid.mean())
    return grid / mean if mean > 1e-9 else grid


def _shrunk(preview: Preview, side: int) -> Bytes:
    """Return the preview averaged down to below twice `side`, the size that is looked at."""
    factor = max(preview.width, preview.height) // side
    pixels = np.frombuffer(preview.pixels, np.uint8)
    if factor < 2:
        return pixels.reshape(preview.height, preview.width, 3)
    image = pyvips.Image.new_from_memory(preview.pixels, preview.width, preview.height, 3, "uchar")
    # A side shorter than the factor is averaged to one pixel.
    image = image.shrink(min(factor, preview.width), min(factor, preview.height))
    return np.frombuffer(image.write_to_memory(), np.uint8).reshape(image.height, image.width, 3)


@cache
def _averaging(length: int, cells: int) -> Grid:
    """Return the matrix (cells, length) that averages a line of pixels over equal cells."""
    edges = np.linspace(0, length, cells + 1)
    left = np.maximum(edges[:-1, None], np.arange(length))
    right = np.minimum(edges[1:, None], np.arange(1, length + 1))
    return (np.clip(right - left, 0, None) * cells / length).astype(np.float32)


@cache
def _smoothing(length: int, sigma: float) -> Grid:
    """Return the matrix of a Gaussian blur of a line, renormalised at its ends."""
    at = np.arange(length)
    weights = np.exp(-0.5 * ((at[:, None] - at) / sigma) ** 2)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def _resized(image: Grid, width: int, height: int) -> Grid:
    """Average an image (rows, columns, channels) down, or spread it, over `width` x `height` cells."""
    rows, columns = _averaging(image.shape[0], height), _averaging(image.shape[1], width)
    return np.moveaxis(rows @ np.moveaxis(image, -1, 0) @ columns.T, 0, -1)


def _blurred(grid: Grid, sigma: float) -> Grid:
    return _smoothing(grid.shape[0], sigma) @ grid @ _smoothing(grid.shape[1], sigma).T


def _standard(grid: Grid) -> Grid:
    return (grid - grid.mean()) / (grid.std() + np.float32(1e-3))


_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)

_WHITE = np.array([0.9505, 1.0, 1.089], np.float32)


def _lab(rgb: Grid) -> Grid:
    """Return CIE Lab / 100 of sRGB 0-1."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ (_XYZ.T / _WHITE)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([1.16 * y - 0.16, 5 * (x - y), 2 * (y - z)], -1).astype(np.float32)


def _edges(light: Grid) -> Grid:
    rows = np.zeros_like(light)
    columns = np.zeros_like(light)
    rows[1:-1] = (light[2:] - light[:-2]) / 2
    columns[:, 1:-1] = (light[:, 2:] - light[:, :-2]) / 2
    return np.sqrt(rows * rows + columns * columns)


def lettering(light: Bytes, width: int, height: int) -> Grid:
    """Return how much each cell lies on a line of lettering: strokes that begin and end at one height.

    A stroke is an edge with its opposite beside it, so that single outlines, which are everywhere, do not count.
    """
    left, right = light[:, :-1], light[:, 1:]
    up, down = np.maximum(left, right) - left, np.maximum(left, right) - right
    strokes = np.zeros_like(up)
    for wide in _STROKES:
        here = strokes[:, :-wide]
        np.maximum(here, np.minimum(up[:, :-wide], down[:, wide:]), out=here)
        np.maximum(here, np.minimum(down[:, :-wide], up[:, wide:]), out=here)
    cells = _resized(strokes[..., None].astype(np.float32), width, height)[..., 0]
    lines = _smoothing(height, 0.7) @ cells @ _smoothing(width, 1.0).T
    ends = np.zeros_like(lines)
    ends[1:-1] = np.abs(lines[2:] - lines[:-2])
    return _blurred(ends, 0.8) ** 1.5


_THIRDS = np.array([[1, 1, 1], [1, 1, -2], [1.5, -1.5, 0]], np.float32)

_TURN = _THIRDS / np.linalg.norm(_THIRDS, axis=1, keepdims=True)

"""Three more colour axes between the whitened ones: more shapes stand out whole on one of six than on one of three."""


def _surrounded(lab: Grid) -> Grid:
    """Return how much each cell belongs to shapes that stand free of the border.

    Boolean map saliency (Zhang and Sclaroff, ICCV 2013): the picture is cut at many levels along its whitened colour
    axes; what the border's own regions do not reach stands out, small shapes more than large ones. All cuts are
    flooded at once, one bit each.
    """
    height, width = lab.shape[:2]
    flat = lab.reshape(-1, 3) - lab.mean((0, 1))
    variance, axes = np.linalg.eigh(flat.T @ flat / len(flat) + np.eye(3, dtype=np.float32) * _LEAST_NOISE)
    white = (flat @ axes) / np.sqrt(variance)
    colours = np.concatenate([white, white @ _TURN.T], 1)
    low, high = colours.min(0), colours.max(0)
    share = (colours - low) / np.maximum(high - low, 1e-6)
    level = np.clip(np.ceil(share * (_LEVELS + 1)) - 1, 0, _LEVELS).astype(np.int64)
    above = (1 << level) - 1
    # 16 bits a colour axis: above each threshold, and not above it. Three axes fill most of a 64-bit word.
    codes = (above | (~above & 0xFF) << 8).astype(np.uint64)
    codes = np.where(high - low > 0.03, codes, np.uint64(0))
    shifts = np.array([0, 16, 32], np.uint64)
    words = np.stack([(codes[:, k : k + 3] << shifts).sum(1, dtype=np.uint64) for k in (0, 3)], -1)
    shapes = words.reshape(height, width, 2)
    free = np.ascontiguousarray(shapes & ~_flooded(shapes))
    planes = free.view(np.uint8).reshape(-1, 16)
    found = np.zeros(len(planes))
    for k in (0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13):
        areas = np.bincount(planes[:, k], minlength=256) @ _BIT
        found += (_BIT @ (1 / np.sqrt(areas + 4)))[planes[:, k]]
    return found.reshape(height, width).astype(np.float32)


_BIT = (np.arange(256)[:, None] >> np.arange(8) & 1).astype(np.float64)


def _flooded(shapes: Bits) -> Bits:
    """Return which shapes' cells are reached from the border within the same shape."""
    reached = np.zeros_like(shapes)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        reached[edge] = shapes[edge]
    across = np.ascontiguousarray(shapes.swapaxes(0, 1))
    for _ in range(_PASSES):
        _sweep(reached, shapes)
        turned = np.ascontiguousarray(reached.swapaxes(0, 1))
        _sweep(turned, across)
        reached = np.ascontiguousarray(turned.swapaxes(0, 1))
    return reached


def _sweep(reached: Bits, shapes: Bits) -> None:
    last = len(shapes) - 1
    for here in range(1, last + 1):
        reached[here] |= reached[here - 1] & shapes[here]
    for here in range(last - 1, -1, -1):
        reached[here] |= reached[here + 1] & shapes[here]
