"""One finding of what was found in several frames of an animation, so that one window serves all of them."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from statistics import fmean, median
from typing import Any

import numpy as np
import numpy.typing as npt

from imgcdn.model.analysis import ContentMap, EdgeMap, Finding, ImportanceMap, Thing
from imgcdn.model.geometry import Point, Region
from imgcdn.model.media import Preview

_ALIKE = 2.5
"""The most that one thing's height may differ between two frames, as a factor."""

Grid = npt.NDArray[np.floating[Any]]


def combine(findings: Sequence[Finding]) -> Finding:
    """Return one finding of those that one engine made of each frame, in the frames' order.

    Faces and things are followed from frame to frame, and hold every place where they were seen. Maps are averaged;
    of points it is the median on each axis.
    """
    first = findings[0]
    if len(findings) == 1:
        return first
    unable = next((finding for finding in findings if not finding.is_available), None)
    if unable is not None:
        return unable
    faces = _followed([finding.faces for finding in findings])
    confidences = [finding.confidence for finding in findings if finding.confidence is not None]
    return replace(
        next((finding for finding in findings if not finding.why), first),
        point=_middle([finding.point for finding in findings if finding.point is not None]),
        confidence=fmean(confidences) if confidences else None,
        faces=faces,
        importance=_importance([f.importance for f in findings if f.importance is not None]),
        content=_content([f.content for f in findings if f.content is not None]),
        edges=_edges([f.edges for f in findings if f.edges is not None]),
        things=_things([finding.things for finding in findings]),
        objects=first.objects,
    )


def everywhere(findings: Iterable[Finding]) -> Finding:
    """Return the faces of all frames, each as sure as at its best and wherever it was: none of them may be missed."""
    found: list[Finding] = []
    for finding in findings:
        if not finding.is_available:
            return finding
        found.append(finding)
    tracks = _tracks([finding.faces for finding in found])
    faces = tuple(sorted((track.whole(len(track.seen)) for track in tracks), key=lambda face: -face.score))
    return replace(found[0], faces=faces, why="" if faces else "no face")


def stacked(previews: Sequence[Preview]) -> Preview:
    """Lay frames of one size below each other, for what asks for the pixels of all: colours."""
    if len(previews) == 1:
        return previews[0]
    height = sum(preview.height for preview in previews)
    return Preview(previews[0].width, height, b"".join(preview.pixels for preview in previews))


@dataclass(slots=True)
class _Track:
    """One thing through the frames: where it was, frame by frame, and where it was last."""

    seen: list[Region]

    @property
    def last(self) -> Region:
        return self.seen[-1]

    def whole(self, frames: int) -> Region:
        """The box that holds every place, with the landmarks of its best sight.

        The score is the best one; down to half of it for what few frames show, so that a face that comes late still
        counts and one that flickers up in a single frame hardly does.
        """
        best = max(self.seen, key=lambda region: region.score)
        left, top = min(region.x for region in self.seen), min(region.y for region in self.seen)
        right = max(region.x + region.width for region in self.seen)
        bottom = max(region.y + region.height for region in self.seen)
        score = best.score * (1 + len(self.seen) / frames) / 2
        return Region(left, top, right - left, bottom - top, score, best.landmarks)


def _followed(frames: Sequence[Sequence[Region]]) -> tuple[Region, ...]:
    """Follow regions through the frames; return each thing once, best score first."""
    return tuple(sorted((track.whole(len(frames)) for track in _tracks(frames)), key=lambda region: -region.score))


def _tracks(frames: Sequence[Sequence[Region]]) -> list[_Track]:
    tracks: list[_Track] = []
    for regions in frames:
        pairs = sorted(
            (_distance(track.last, region), i, j)
            for (i, track), (j, region) in product(enumerate(tracks), enumerate(regions))
            if _is_near(track.last, region)
        )
        taken: set[int] = set()
        moved: set[int] = set()
        for _, i, j in pairs:
            if i not in taken and j not in moved:
                taken.add(i)
                moved.add(j)
                tracks[i].seen.append(regions[j])
        tracks += [_Track([region]) for j, region in enumerate(regions) if j not in moved]
    return tracks


def _is_near(one: Region, other: Region) -> bool:
    """Whether two boxes touch and are of a size: the same thing may have moved from one to the other."""
    if not 1 / _ALIKE <= one.height / other.height <= _ALIKE:
        return False
    across = abs(one.centre.x - other.centre.x) <= (one.width + other.width) / 2
    return across and abs(one.centre.y - other.centre.y) <= (one.height + other.height) / 2


def _distance(one: Region, other: Region) -> float:
    """How far two boxes' centres are from each other, in boxes."""
    x = (one.centre.x - other.centre.x) / (one.width + other.width)
    y = (one.centre.y - other.centre.y) / (one.height + other.height)
    return x * x + y * y


def _things(frames: Sequence[Sequence[Thing]]) -> tuple[Thing, ...]:
    labels = sorted({thing.label for things in frames for thing in things})
    found = [
        Thing(label, region)
        for label in labels
        for region in _followed([[thing.region for thing in things if thing.label == label] for things in frames])
    ]
    return tuple(sorted(found, key=lambda thing: -thing.region.score))


def _middle(points: Sequence[Point]) -> Point | None:
    if not points:
        return None
    return Point(median(point.x for point in points), median(point.y for point in points))


def _importance(maps: Sequence[ImportanceMap]) -> ImportanceMap | None:
    if not maps:
        return None
    detail = _packed(_rows([m.detail for m in maps]).mean(0))
    return replace(maps[0], saliency=_mean([m.saliency for m in maps]), detail=detail)


def _content(maps: Sequence[ContentMap]) -> ContentMap | None:
    if not maps:
        return None
    return replace(
        maps[0],
        detail=_mean([m.detail for m in maps]),
        skin=_mean([m.skin for m in maps]),
        saturation=_mean([m.saturation for m in maps]),
    )


def _edges(maps: Sequence[EdgeMap]) -> EdgeMap | None:
    if not maps:
        return None
    return replace(maps[0], cells=_packed(_rows([m.cells for m in maps]).mean(0)))


def _mean(layers: Sequence[str]) -> str:
    """Average layers that are kept as square roots: what is there in a few frames only must not fade twice."""
    return _packed(np.sqrt((_rows(layers) ** 2).mean(0)))


def _rows(layers: Sequence[str]) -> Grid:
    return np.stack([np.frombuffer(b64decode(layer), np.uint8) for layer in layers]).astype(np.float64)


def _packed(cells: Grid) -> str:
    return b64encode(np.rint(cells).astype(np.uint8).tobytes()).decode()
