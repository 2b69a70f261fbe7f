"""Where a face detector looks and what its sightings add up to: tiles, groups, cells and one score, without pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from imgcdn.model.geometry import Box

_CUT = 0.01
"""A sighting this near to a tile's inner edge, as a share of the tile, may be a part of a face …"""
_CUT_WORTH = 0.2
"""… and keeps this share of its score: another tile shows the face whole."""
_SAME = 0.3
"""Two boxes that overlap this much (intersection over union) are one face …"""
_INSIDE = 0.6
"""… and so are two of which the smaller lies inside the larger to this share."""
_SHAPES = 0.4
"""Sightings that overlap the best one this much shape the box."""
_SEEN = 0.3
"""A second look confirms a candidate whose box it meets at least this well."""
_UNSEEN = 0.03
"""The score of a look that sees nothing."""
_POINTS = 4
"""Eyes, nose and mouth: the points that are compared. The ears, which hair hides, are not."""
_WIDER, _HIGHER, _UP = 0.92, 1.15, -0.066
"""From BlazeFace's squares, eyebrows to chin, to the box from forehead to chin."""

# The score is a logistic sum: fitted on labelled photographs, checked on random halves of them, then rounded.
_FIRST, _SECOND, _LOOK, _STEADY, _BIAS = 1.1, 0.85, 0.9, 0.5, 0.57
_THIRD, _THIRD_BIAS = 0.32, 0.43
_OWN, _COMPANY, _ALONE = 1.05, 0.5, -0.75
_DOUBT = 2.0
"""Log-odds within which a candidate is worth the dearer third look."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a model saw: a box with its points in px, and the model's score, 0–1."""

    left: float
    top: float
    width: float
    height: float
    score: float
    points: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """Sightings that are one thing: their mean box, the best score and the second best, another tile's or model's."""

    box: Sighting
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of the picture, shown on a sheet at `size` px a side, mirrored or not."""

    left: int
    top: int
    side: int
    size: int
    is_mirrored: bool = False

    def back(self, sighting: Sighting, column: int, row: int) -> Sighting:
        """Bring a sighting on a sheet, in the cell at this column and row, back into the picture."""
        scale, x0, y0 = self.side / self.size, column * self.size, row * self.size

        def across(x: float) -> float:
            inside = (x - x0) * scale
            return self.left + (self.side - inside if self.is_mirrored else inside)

        points = tuple((across(x), self.top + (y - y0) * scale) for x, y in sighting.points)
        if self.is_mirrored and len(points) == 6:
            right, left, nose, mouth, right_ear, left_ear = points
            points = (left, right, nose, mouth, left_ear, right_ear)
        far = sighting.left + sighting.width if self.is_mirrored else sighting.left
        return Sighting(
            across(far),
            self.top + (sighting.top - y0) * scale,
            sighting.width * scale,
            sighting.height * scale,
            sighting.score,
            points,
        )


def tiles(width: int, height: int, share: float, overlap: float, least: int, most: int) -> list[Box]:
    """Cover a picture with overlapping squares whose side is `share` of its short side, but at least `least` px.

    They grow until there are no more than `most` of them.
    """
    side = max(least, round(min(width, height) * share))
    while True:
        lefts, tops = _starts(width, side, overlap), _starts(height, side, overlap)
        if len(lefts) * len(tops) <= most:
            return [Box(x, y, min(side, width), min(side, height)) for y in tops for x in lefts]
        side = math.ceil(side * 1.2)


def _starts(length: int, side: int, overlap: float) -> list[int]:
    if side >= length:
        return [0]
    steps = max(1, math.ceil((length - side) / (side * (1 - overlap)) - 1e-6))
    return [round(i * (length - side) / steps) for i in range(steps + 1)]


def placed(sighting: Sighting, tile: Box, width: int, height: int) -> Sighting:
    """Move a sighting from its tile into the picture; one that the tile's inner edge may have cut counts less."""
    edge = _CUT * tile.width
    is_cut = (
        (tile.left > 0 and sighting.left < edge)
        or (tile.top > 0 and sighting.top < edge)
        or (tile.right < width and sighting.left + sighting.width > tile.width - edge)
        or (tile.bottom < height and sighting.top + sighting.height > tile.height - edge)
    )
    return replace(
        sighting,
        left=sighting.left + tile.left,
        top=sighting.top + tile.top,
        score=sighting.score * (_CUT_WORTH if is_cut else 1.0),
        points=tuple((x + tile.left, y + tile.top) for x, y in sighting.points),
    )


def overlap(a: Sighting, b: Sighting) -> tuple[float, float]:
    """Return the intersection over the union, and over the smaller of two boxes."""
    width = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    height = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return 0.0, 0.0
    shared, one, other = width * height, a.width * a.height, b.width * b.height
    return shared / (one + other - shared), shared / min(one, other)


def is_same(a: Sighting, b: Sighting) -> bool:
    of_both, of_smaller = overlap(a, b)
    return of_both > _SAME or of_smaller > _INSIDE


def candidates(sightings: Sequence[Sighting], least: float, most: int) -> list[Cluster]:
    """Put sightings of one face together, best first; leave out what never reached `least`."""
    groups: list[list[Sighting]] = []
    for sighting in sorted(sightings, key=lambda s: -s.score):
        group = next((g for g in groups if is_same(sighting, g[0])), None)
        if group is not None:
            group.append(sighting)
        elif sighting.score >= least and len(groups) < most:
            groups.append([sighting])
    return [Cluster(fused(g), g[0].score, g[1].score if len(g) > 1 else 0.05) for g in groups]


def fused(group: Sequence[Sighting]) -> Sighting:
    """Average the boxes that agree with the first, by the square of their scores; the points are the first's."""
    agreeing = [s for s in group if overlap(s, group[0])[0] > _SHAPES] or [group[0]]
    weight = sum(s.score**2 for s in agreeing)

    def mean(values: Sequence[float]) -> float:
        return sum(v * s.score**2 for v, s in zip(values, agreeing, strict=True)) / weight

    return replace(
        group[0],
        left=mean([s.left for s in agreeing]),
        top=mean([s.top for s in agreeing]),
        width=mean([s.width for s in agreeing]),
        height=mean([s.height for s in agreeing]),
    )


def cell(candidate: Cluster, grown: float, size: int, *, is_mirrored: bool) -> Cell:
    """Frame a candidate in a square `grown` times its box."""
    box = candidate.box
    side = max(8, round(max(box.width, box.height) * grown))
    return Cell(
        round(box.left + box.width / 2 - side / 2),
        round(box.top + box.height / 2 - side / 2),
        side,
        size,
        is_mirrored,
    )


def seen(candidate: Cluster, sightings: Sequence[Sighting]) -> Sighting | None:
    """Pick the best sighting that confirms a candidate."""
    fits = [s for s in sightings if overlap(s, candidate.box)[0] > _SEEN]
    return max(fits, key=lambda s: s.score, default=None)


def odds(candidate: Cluster, looks: Sequence[Sighting | None]) -> float:
    """Weigh a candidate, as log-odds: what tiles and second looks saw, and whether the points held still."""
    second = sum(_logit(look.score if look else _UNSEEN) for look in looks) / len(looks)
    away = [_distance(candidate.box, look) for look in looks if look is not None]
    steady = -math.log(max(0.015, sum(away) / len(away) if away else 0.3) / 0.1)
    return (
        _FIRST * _logit(candidate.first)
        + _SECOND * _logit(candidate.second)
        + _LOOK * second
        + _STEADY * steady
        + _BIAS
    )


def is_doubtful(log_odds: float) -> bool:
    return abs(log_odds) < _DOUBT


def odds_after(log_odds: float, look: Sighting | None) -> float:
    """Add what the third look says."""
    return log_odds + _THIRD * _logit(look.score if look else _UNSEEN) + _THIRD_BIAS


def scores(log_odds: Sequence[float]) -> list[float]:
    """Turn the log-odds of a picture's candidates into scores: where one face is sure, a second is likelier."""
    found: list[float] = []
    for i, own in enumerate(log_odds):
        others = [v for j, v in enumerate(log_odds) if j != i]
        company = min(3.0, max([-2.0, *others]))
        found.append(1 / (1 + math.exp(-(_OWN * own + _COMPANY * company + _ALONE))))
    return found


def settled(candidate: Cluster, looks: Sequence[Sighting | None]) -> Sighting:
    """Give a candidate the box of a face, forehead to chin, and the mean of its points over all looks."""
    box = candidate.box
    views = [v.points for v in (box, *looks) if v is not None and len(v.points) == len(box.points)]
    points = tuple(
        (sum(p[0] for p in same) / len(same), sum(p[1] for p in same) / len(same)) for same in zip(*views, strict=True)
    )
    width, height = box.width * _WIDER, box.height * _HIGHER
    x, y = box.left + box.width / 2, box.top + box.height * (0.5 + _UP)
    return Sighting(x - width / 2, y - height / 2, width, height, candidate.first, points)


def turned_back(sighting: Sighting, quarter: int, width: int, height: int) -> Sighting:
    """Map what was seen after `quarter` left turns of a width×height picture back into that picture."""

    def place(x: float, y: float) -> Place:
        match quarter:
            case 1:
                return width - y, x
            case 2:
                return width - x, height - y
            case _:
                return y, height - x

    one = place(sighting.left, sighting.top)
    other = place(sighting.left + sighting.width, sighting.top + sighting.height)
    left, top = min(one[0], other[0]), min(one[1], other[1])
    return Sighting(
        left,
        top,
        abs(one[0] - other[0]),
        abs(one[1] - other[1]),
        sighting.score,
        tuple(place(x, y) for x, y in sighting.points),
    )


def _distance(box: Sighting, look: Sighting) -> float:
    pairs = list(zip(box.points[:_POINTS], look.points[:_POINTS], strict=False))
    return sum(math.dist(a, b) for a, b in pairs) / len(pairs) / box.height if pairs else 0.3


def _logit(score: float) -> float:
    clipped = min(0.98, max(0.02, score))
    return math.log(clipped / (1 - clipped))
