"""The best window over an importance map, for any shape and any part of the picture, without its pixels.

A window's score is the share of all importance that it keeps, by cause, less what it does badly.
"""

from base64 import b64decode
from typing import Any

import numpy as np
import numpy.typing as npt

from imgcdn.gravity import sliding
from imgcdn.gravity.sliding import WHOLE
from imgcdn.model.analysis import Candidate, ImportanceMap
from imgcdn.model.geometry import Point, Region

VERSION = "importance-2"
"""Raised whenever the same picture may give another map or another window than before."""
MOST = 16.0
"""A cell's saliency is kept up to this many times the picture's mean."""


# The model's weights, fitted by maximum likelihood to where masks and fixations lie, fixations counting three times.
_CENTRE_X = 0.73
_CENTRE_Y = 1.36
_DETAIL = 0.16
_SALIENCY = 16.5
_FACE = 390.0
_BODY = 14.5
CUT = 0.12
"""What it costs that some face is cut, as a share of all importance."""
_AROUND, _ABOVE, _BELOW = 0.15, 0.2, 0.1
"""What belongs to a face beyond its box, hair and chin, in widths and heights of it."""
_NOTICED = 0.1
"""Where less of a face than this share is left or missing, nobody notices; from there on it is cut."""
EDGE = 0.003
"""What an edge costs that runs through cells of mean importance: rather beside a shape than through it."""
AWAY = 0.005
"""What leaving the centre costs: for less than this it is not worth the risk."""
STEPS = 201
"""Offsets tried; odd, so that the centre is one of them."""

Grid = npt.NDArray[np.floating[Any]]


def choose(
    found: ImportanceMap, faces: tuple[Region, ...], aspect: float, region: Region | None = None, most: int = 1
) -> tuple[Candidate, ...]:
    """Return the best windows of full size and of `aspect` (width / height in px) in the region, best first."""
    slide = sliding.slide(aspect / found.aspect, region or WHOLE, STEPS)
    offsets, length, goes_down = slide.offsets, slide.length, slide.goes_down
    causes, detail = densities(found, faces, slide.where)
    total = sum((cause * detail for cause in causes.values()), np.zeros_like(detail))
    whole = float(total.sum()) or 1.0
    parts = {name: shares_kept(cause, offsets, length, goes_down) / whole for name, cause in causes.items()}
    kept = shares_kept(total, offsets, length, goes_down) / whole
    parts["detail"] = kept - sum(parts.values(), np.zeros(STEPS))
    parts["cut faces"] = -CUT * cuts(faces, slide.where, offsets, length, goes_down)
    parts["edge"] = -EDGE * edge_cost(total / whole, offsets, length, goes_down, (slide.start, slide.end))
    away = np.ones(STEPS)
    away[STEPS // 2] = 0
    parts["away"] = -AWAY * away * slide.can_slide
    return slide.best(parts, kept, most)


def heat(found: ImportanceMap, faces: tuple[Region, ...]) -> bytes:
    """Return the importance of each cell as rows of bytes, 255 the most important."""
    causes, detail = densities(found, faces, WHOLE)
    total = sum((cause * detail for cause in causes.values()), np.zeros_like(detail))
    return np.rint(np.sqrt(total / total.max()) * 255).astype(np.uint8).tobytes()


def densities(found: ImportanceMap, faces: tuple[Region, ...], where: Region) -> tuple[dict[str, Grid], Grid]:
    """Return the density of importance by cause, nothing outside the region, and the factor that detail adds to all."""
    wide, tall = found.width, found.height
    x = ((np.arange(wide, dtype=np.float32) + 0.5) / wide)[None, :]
    y = ((np.arange(tall, dtype=np.float32) + 0.5) / tall)[:, None]
    across = 2 * (x - where.x) / where.width - 1
    down = 2 * (y - where.y) / where.height - 1
    # Cells on the region's edge count by the share of them that lies inside.
    inside_x = np.clip((1 - np.abs(across)) * where.width * wide / 2 + 0.5, 0, 1)
    inside_y = np.clip((1 - np.abs(down)) * where.height * tall / 2 + 0.5, 0, 1)
    centre = (np.exp(-_CENTRE_X * across**2) * inside_x) * (np.exp(-_CENTRE_Y * down**2) * inside_y)
    saliency = np.frombuffer(b64decode(found.saliency), np.uint8).reshape(tall, wide).astype(np.float32) / 255
    half = np.frombuffer(b64decode(found.detail), np.uint8).reshape(-(-tall // 2), -(-wide // 2)).astype(np.float32)
    factor = np.exp(_DETAIL * 8 * (half / 255 - 0.5)).repeat(2, 0).repeat(2, 1)[:tall, :wide]
    face, body = _people(faces, x, y)
    causes: dict[str, Grid] = {
        "centre": centre,
        "saliency": centre * saliency**2 * (_SALIENCY * MOST),
        "faces": centre * face * _FACE,
        "people": centre * body * _BODY,
    }
    return causes, factor


def _people(faces: tuple[Region, ...], x: Grid, y: Grid) -> tuple[Grid, Grid]:
    """Return where faces and the bodies under them are, each weighted by its score and its size."""
    face = np.zeros((y.size, x.size), np.float32)
    body = np.zeros_like(face)
    for found, weight in zip(faces, _weights(faces), strict=True):
        from_x = (x - found.centre.x) / found.width
        from_y = (y - found.centre.y) / found.height
        # A small face draws more eyes for its size than a large one.
        height = weight * (found.area / 0.01) ** -0.25
        bell = np.exp(-0.5 * (from_x / 0.45) ** 2) * np.exp(-0.5 * (from_y / 0.5) ** 2)
        face = np.maximum(face, (height * bell).astype(np.float32))
        under = (np.abs(from_x) < 1.4) & (from_y > 0.3) & (from_y < 4.5)
        body = np.maximum(body, np.where(under, np.float32(found.score), np.float32(0)))
    return face, body


def _weights(faces: tuple[Region, ...]) -> list[float]:
    """Weigh each face by its height and its score against the largest that is sure."""
    sizes = [face.height * face.score for face in faces]
    return [(size / max(sizes)) ** 0.5 for size in sizes]


def _integral(grid: Grid, slides_down: bool) -> tuple[Grid, Grid]:
    line = grid.sum(1 if slides_down else 0, dtype=np.float64)
    return np.linspace(0, 1, len(line) + 1), np.concatenate([[0.0], np.cumsum(line)])


def shares_kept(grid: Grid, offsets: Grid, length: float, slides_down: bool) -> Grid:
    at, sums = _integral(grid, slides_down)
    return np.interp(offsets + length, at, sums) - np.interp(offsets, at, sums)


def edge_cost(share: Grid, offsets: Grid, length: float, slides_down: bool, span: tuple[float, float]) -> Grid:
    """Return how important what both edges run through is, against the mean; the picture's own edges cost nothing."""
    line: Grid = share.sum(1 if slides_down else 0, dtype=np.float64)
    at: Grid = (np.arange(len(line)) + 0.5) / len(line)
    near: Grid = np.interp(offsets, at, line)
    near[offsets <= span[0] + 0.005] = 0
    far: Grid = np.interp(offsets + length, at, line)
    far[offsets + length >= span[1] - 0.005] = 0
    return (near + far) * len(line)


def cuts(faces: tuple[Region, ...], where: Region, offsets: Grid, length: float, slides_down: bool) -> Grid:
    """Return how likely it is at each offset that some face is cut; in a crowd a second one makes it little worse."""
    none = np.ones(len(offsets))
    for face in faces:
        left, right = face.x - _AROUND * face.width, face.x + (1 + _AROUND) * face.width
        top, bottom = face.y - _ABOVE * face.height, face.y + (1 + _BELOW) * face.height
        low, high = (
            (max(top, where.y), min(bottom, where.y + where.height))
            if slides_down
            else (max(left, where.x), min(right, where.x + where.width))
        )
        if high <= low:
            continue
        inside = np.clip(np.minimum(offsets + length, high) - np.maximum(offsets, low), 0, None) / (high - low)
        none *= 1 - face.score * np.minimum(1, inside / _NOTICED) * np.minimum(1, (1 - inside) / _NOTICED)
    return 1 - none


def confidence(found: ImportanceMap, faces: tuple[Region, ...]) -> float:
    """Return what the best window of half the width and height keeps of all importance, from 0 for the centre's own.

    Where nothing stands out, the centre alone speaks; where all is busy, no such window keeps more than it would.
    """
    causes, detail = densities(found, faces, WHOLE)
    total = sum((cause * detail for cause in causes.values()), np.zeros_like(detail))
    alone = best_quarter(causes["centre"])
    return min(1.0, max(0.0, (best_quarter(total) - alone) / (1 - alone))) if alone < 1 else 0.0


def best_quarter(grid: Grid) -> float:
    return float(_quarters(grid).max())


def _quarters(grid: Grid) -> Grid:
    """Return the share of the grid's sum in each window of half its width and height."""
    sums = np.zeros((grid.shape[0] + 1, grid.shape[1] + 1))
    sums[1:, 1:] = grid.cumsum(0, dtype=np.float64).cumsum(1)
    tall, wide = (max(1, round(side / 2)) for side in grid.shape)
    kept = sums[tall:, wide:] - sums[:-tall, wide:] - sums[tall:, :-wide] + sums[:-tall, :-wide]
    return kept / sums[-1, -1]


def focal_point(found: ImportanceMap, faces: tuple[Region, ...]) -> Point:
    """Return where the importance lies in the window of half the width and height that keeps most of it.

    Not that window's middle: in a panorama a small subject is far from it.
    """
    causes, detail = densities(found, faces, WHOLE)
    total = sum((cause * detail for cause in causes.values()), np.zeros_like(detail))
    kept = _quarters(total)
    top, left = (int(at) for at in np.unravel_index(int(kept.argmax()), kept.shape))
    tall, wide = (side - places + 1 for side, places in zip(detail.shape, kept.shape, strict=True))
    part: Grid = total[top : top + tall, left : left + wide]
    return Point((left + _centre(part.sum(0))) / found.width, (top + _centre(part.sum(1))) / found.height)


def _centre(line: Grid) -> float:
    """Return the centre of gravity of a line of cells, each one long."""
    places: Grid = np.arange(len(line)) + 0.5
    return float(line @ places / line.sum())
