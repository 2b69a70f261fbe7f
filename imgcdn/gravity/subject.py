"""`subject` and `obj:<class>`: what an object model saw, weighed with everything that `auto` weighs.

What `auto` finds important counts for more on a thing, and an animal or a lone person counts as a whole, tail and all.
"""

from base64 import b64decode
from typing import Any

import numpy as np
import numpy.typing as npt

from imgcdn.gravity import naming, sliding
from imgcdn.gravity.choosing import AWAY, CUT, EDGE, STEPS, best_quarter, cuts, densities, edge_cost, shares_kept
from imgcdn.gravity.sliding import WHOLE
from imgcdn.model.analysis import Candidate, ImportanceMap, ObjectMap, Thing
from imgcdn.model.geometry import Region

VERSION = "subject-3"
"""Raised whenever the same map and things may give another window than before."""
_ON_THINGS = 1.0
"""How much more counts what `auto` finds important, where a thing is."""
_ON_VEHICLES = 0.25
"""Of that, for vehicles: many are only parked there."""
_EVENLY = 2.0
"""How much an animal or a lone person counts, spread evenly over all of it, against what `auto` finds there."""
_FACE = 0.4
"""Faces of this score make a company."""
_COMPANY = -5
"""A person among n faces counts as a whole n to this power as much: viewers look from face to face."""
_FACES_FIRST = 1.25
"""How much more it costs than with `auto` to cut a face for the sake of a thing."""

Grid = npt.NDArray[np.floating[Any]]


def choose(
    importance: ImportanceMap,
    objects: ObjectMap | None,
    things: tuple[Thing, ...],
    faces: tuple[Region, ...],
    aspect: float,
    region: Region | None = None,
    most: int = 1,
) -> tuple[Candidate, ...]:
    """Return the best windows of full size and of `aspect` (width / height in px) in the region, best first.

    Without a map the things' boxes stand for it; without either the windows are those of `auto`.
    """
    slide = sliding.slide(aspect / importance.aspect, region or WHOLE, STEPS)
    offsets, length, goes_down = slide.offsets, slide.length, slide.goes_down
    causes = _weighed(importance, objects, things, faces, slide.where)
    total = sum(causes.values(), np.zeros((importance.height, importance.width)))
    whole = float(total.sum()) or 1.0
    parts = {name: shares_kept(cause, offsets, length, goes_down) / whole for name, cause in causes.items()}
    kept = sum(parts.values(), np.zeros(STEPS))
    # What the costs were measured against is a smaller part now.
    rest = 1 - float((causes["things"] + causes["whole things"]).sum()) / whole
    auto = (total - causes["things"] - causes["whole things"]) / whole
    parts["cut faces"] = -CUT * _FACES_FIRST * rest * cuts(faces, slide.where, offsets, length, goes_down)
    parts["edge"] = -EDGE * edge_cost(auto, offsets, length, goes_down, (slide.start, slide.end))
    away = np.full(STEPS, rest)
    away[STEPS // 2] = 0
    parts["away"] = -AWAY * away * slide.can_slide
    return slide.best(parts, kept, most)


def confidence(
    importance: ImportanceMap, objects: ObjectMap | None, things: tuple[Thing, ...], faces: tuple[Region, ...]
) -> float:
    """Return what the best window of half the width and height keeps of all importance, from 0 for the centre's own."""
    causes = _weighed(importance, objects, things, faces, WHOLE)
    total = sum(causes.values(), np.zeros((importance.height, importance.width)))
    alone = best_quarter(causes["centre"])
    return min(1.0, max(0.0, (best_quarter(total) - alone) / (1 - alone))) if alone < 1 else 0.0


def _weighed(
    importance: ImportanceMap,
    objects: ObjectMap | None,
    things: tuple[Thing, ...],
    faces: tuple[Region, ...],
    where: Region,
) -> dict[str, Grid]:
    """Return the density of importance by cause: what `auto` finds, and what the things add to it."""
    causes, detail = densities(importance, faces, where)
    auto = sum((cause * detail for cause in causes.values()), np.zeros_like(detail))
    inside = causes["centre"] > 0
    company = max(1, sum(face.score >= _FACE for face in faces))
    on_things = np.zeros_like(auto)
    evenly = np.zeros_like(auto)
    for kind, covered in _covered(objects, things, importance.width, importance.height).items():
        on_things += auto * covered * (_ON_THINGS * (_ON_VEHICLES if kind == "vehicle" else 1))
        if kind in {"animal", "person"}:
            share = covered * inside
            weight = _EVENLY * (float(company) ** _COMPANY if kind == "person" else 1)
            evenly += share * (weight * float((auto * share).sum()) / max(float(share.sum()), 1e-9))
    told = sum(causes.values(), np.zeros_like(auto))
    return causes | {"detail": auto - told, "things": on_things, "whole things": evenly}


def _covered(objects: ObjectMap | None, things: tuple[Thing, ...], wide: int, tall: int) -> dict[str, Grid]:
    """Return by kind which cells of a map of that size things cover, scenery left out."""
    covered: dict[str, Grid] = {}
    if objects is not None:
        kinds = [naming.kind(label) for label in objects.labels]
        cells = np.frombuffer(b64decode(objects.cells), np.uint8).reshape(objects.height, objects.width)
        down = ((np.arange(tall) + 0.5) * objects.height / tall).astype(int)
        across = ((np.arange(wide) + 0.5) * objects.width / wide).astype(int)
        cells = cells[np.ix_(down, across)]
        for kind in set(kinds) - {"scenery"}:
            covered[kind] = np.isin(cells, [n + 1 for n, other in enumerate(kinds) if other == kind]).astype(np.float32)
        return covered
    x, y = (np.arange(wide) + 0.5) / wide, ((np.arange(tall) + 0.5) / tall)[:, None]
    for thing in things:
        kind, box = naming.kind(thing.label), thing.region
        if kind != "scenery":
            # A thing fills about the ellipse in its box.
            far = ((x - box.centre.x) / box.width) ** 2 + ((y - box.centre.y) / box.height) ** 2
            seen = np.where(far <= 0.25, np.float32(box.score), np.float32(0))
            covered[kind] = np.maximum(covered[kind], seen) if kind in covered else seen
    return covered
