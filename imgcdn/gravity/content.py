"""The best window by the smartcrop algorithm, for any shape and any part of the picture, without its pixels.

Windows are scored as Jonas Wagner's smartcrop.js scores them: detail, skin and saturation count, faces and what stands
out boost them, and each counts more near the window's thirds and less at its edges.
"""

from base64 import b64decode
from typing import Any

import numpy as np
import numpy.typing as npt

from imgcdn.gravity import sliding
from imgcdn.gravity.choosing import MOST, cuts
from imgcdn.gravity.sliding import WHOLE, Slide
from imgcdn.model.analysis import Candidate, ContentMap, ImportanceMap
from imgcdn.model.geometry import Region

VERSION = "content-2"
"""Raised whenever the same picture may give another map or another window than before."""

# The algorithm's own figures.
_DETAIL = 0.2
_SKIN = 1.8
_SKIN_BIAS = 0.01
_SATURATION = 0.3
_SATURATION_BIAS = 0.2
_EDGE_RADIUS = 0.4
_EDGE = -20.0
_THIRDS = 1.2
_NEAR = 1.41
"""What counts in the window's middle, less the distance from it."""

# What labelled pictures ask for instead of its other figures.
_CONTENT = 50.0
"""What detail, skin and saturation weigh against the boosts, whose mean is about one."""
_SALIENCY = 1.0
_FACE = 40.0
_GROUND = 0.8
"""What any place weighs: where hardly anything is to be seen, hardly anything speaks against the centre."""
_GROWN = 0.2
"""Faces are boosted with this share of their size around them."""
_PLACED = 0.05
"""What thirds and edges weigh against the content being kept at all. The algorithm's own 2 drops whole subjects."""
_CUT = 0.2
"""What cutting the largest face costs, as a share of all that counts."""
_AWAY = 0.007
"""What leaving the centre costs: for less than this it is not worth the risk."""
_FAR = 0.15
"""What the window farthest from the centre would cost besides, were it as thin as a line."""
OFFSETS = 129
"""Windows tried; odd, so that the centre is one of them."""
_PLACES = 256
"""Distances from a window's middle for which the algorithm's weights are worked out."""

Grid = npt.NDArray[np.floating[Any]]


def choose(
    content: ContentMap,
    importance: ImportanceMap | None,
    faces: tuple[Region, ...],
    aspect: float,
    region: Region | None = None,
    most: int = 1,
) -> tuple[Candidate, ...]:
    """Return the best windows of full size and of `aspect` (width / height in px) in the region, best first.

    Without an importance map, only content and faces speak.
    """
    slide = sliding.slide(aspect / content.aspect, region or WHOLE, OFFSETS)
    causes = _causes(content, importance, faces, slide.where)
    parts = _parts(causes, slide)
    kept = sum((parts[name] for name in causes), np.zeros(OFFSETS))
    parts["cut faces"] = -_CUT * cuts(faces, slide.where, slide.offsets, slide.length, slide.goes_down)
    away = np.linspace(-1, 1, OFFSETS) if slide.can_slide else np.zeros(OFFSETS)
    parts["away"] = -_AWAY * (away != 0) - _FAR * away**2 * slide.room
    return slide.best(parts, kept, most)


def _causes(
    content: ContentMap, importance: ImportanceMap | None, faces: tuple[Region, ...], where: Region
) -> dict[str, Grid]:
    """Return what each cell weighs by cause, nothing outside the region."""
    wide, tall = content.width, content.height
    detail, skin, saturation = (
        _squared(cells, wide, tall) for cells in (content.detail, content.skin, content.saturation)
    )
    causes = {
        "detail": _CONTENT * _DETAIL * detail,
        "skin": _CONTENT * _SKIN * skin * (detail + _SKIN_BIAS),
        "saturation": _CONTENT * _SATURATION * saturation * (detail + _SATURATION_BIAS),
        "saliency": _SALIENCY * _saliency(importance, wide, tall),
        "faces": _FACE * _boosted(faces, wide, tall),
        "ground": np.full((tall, wide), _GROUND),
    }
    inside = _box(where, wide, tall)
    return {name: cause * inside for name, cause in causes.items()}


def _squared(cells: str, wide: int, tall: int) -> Grid:
    """Maps hold square roots: most values are small."""
    return (np.frombuffer(b64decode(cells), np.uint8).reshape(tall, wide) / 255) ** 2


def _saliency(importance: ImportanceMap | None, wide: int, tall: int) -> Grid:
    """Return how much each cell stands out, against the picture's mean."""
    if importance is None:
        return np.zeros((tall, wide))
    fine = _squared(importance.saliency, importance.width, importance.height) * MOST
    return _averaging(importance.height, tall) @ fine @ _averaging(importance.width, wide).T


def _averaging(fine: int, cells: int) -> Grid:
    edges = np.linspace(0, 1, cells + 1)
    share = _covered(fine, edges[:-1, None], edges[1:, None])
    return share / share.sum(1, keepdims=True)


def _boosted(faces: tuple[Region, ...], wide: int, tall: int) -> Grid:
    """Return where faces are, by score and by height against the largest; small ones draw more for their size."""
    found = np.zeros((tall, wide))
    largest = max((face.height * face.score for face in faces), default=0.0) or 1.0
    for face in faces:
        beside, above = _GROWN * face.width, _GROWN * face.height
        grown = Region(face.x - beside, face.y - above, face.width + 2 * beside, face.height + 2 * above, face.score)
        weight = face.score * (face.height * face.score / largest) * (face.area / 0.01) ** -0.25
        found = np.maximum(found, weight * _box(grown, wide, tall))
    return found


def _box(box: Region, wide: int, tall: int) -> Grid:
    """Return which share of each cell lies in a box."""
    down = _covered(tall, np.array(box.y), np.array(box.y + box.height))
    return down[:, None] * _covered(wide, np.array(box.x), np.array(box.x + box.width))


def _covered(cells: int, low: Grid, high: Grid) -> Grid:
    """Return which share of each of the cells of a line of length 1 lies between two points."""
    edges = np.linspace(0, 1, cells + 1)
    return np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None) * cells


def _parts(causes: dict[str, Grid], slide: Slide) -> dict[str, Grid]:
    """Return what each window keeps of all by cause, and what it wins and loses by where in it that lies."""
    along = {name: cause if slide.goes_down else cause.T for name, cause in causes.items()}
    total = sum(along.values(), np.zeros_like(next(iter(along.values()))))
    whole = float(total.sum())
    where = slide.where
    start, side = (where.x, where.width) if slide.goes_down else (where.y, where.height)
    inside, far = _placed(len(total), slide.offsets[:, None], slide.length)
    _, across = _placed(total.shape[1], np.array(start), side)
    parts = {name: inside @ cause.sum(1) / whole for name, cause in along.items()}
    place = np.rint(far * (_PLACES - 1)).astype(np.intp)
    cells = np.arange(len(total))
    for name, table in zip(("thirds", "edge"), _weights(np.linspace(0, 1, _PLACES)[:, None], across), strict=True):
        weighed = table @ total.T
        parts[name] = _PLACED * (weighed[place, cells] * inside).sum(1) / whole
    return parts


def _placed(cells: int, start: Grid, length: float) -> tuple[Grid, Grid]:
    """Return the share of each cell inside, and that share's distance from the middle: 1 is at the window's edge."""
    edges = np.linspace(0, 1, cells + 1)
    middle = (np.maximum(edges[:-1], start) + np.minimum(edges[1:], start + length)) / 2
    return _covered(cells, start, start + length), np.clip(np.abs(2 * (middle - start) / length - 1), 0, 1)


def _weights(along: Grid, across: Grid) -> tuple[Grid, Grid]:
    """Return smartcrop.js's weights of places by their distances from the middle: near it and its thirds, at edges."""
    beyond = 1 - _EDGE_RADIUS
    edge = _EDGE * (np.maximum(along - beyond, 0) ** 2 + np.maximum(across - beyond, 0) ** 2)
    near = _NEAR - np.hypot(along, across)
    thirds = _THIRDS * (_third(along) + _third(across))
    return near + np.maximum(near + edge + 0.5, 0) * thirds, edge


def _third(far: Grid) -> Grid:
    return np.maximum(1 - 64 * (far - 1 / 3) ** 2, 0)
