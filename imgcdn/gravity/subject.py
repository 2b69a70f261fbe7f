"""`subject` and `obj:<class>`: what an object model saw, weighed with everything that `auto` weighs.

What `auto` finds important counts for more on a thing, and an animal or a lone person counts as a whole, tail and all.
"""

from base64 import b64decode
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from imgcdn.gravity.choosing import (
    AWAY,
    CUT,
    EDGE,
    STEPS,
    WHOLE,
    best_quarter,
    cuts,
    densities,
    edge_cost,
    peaks,
    shares_kept,
)
from imgcdn.model.analysis import Candidate, ImportanceMap, ObjectMap, Thing
from imgcdn.model.geometry import Region

VERSION = "subject-2"
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
_MOST_WANTED = 10
"""Things that `obj:` keeps in the window at most, the heaviest."""

Grid = npt.NDArray[np.floating[Any]]

_SAME = {
    "people": "person", "human": "person", "pedestrian": "person", "plane": "aeroplane", "airplane": "aeroplane",
    "bike": "bicycle", "cycle": "bicycle", "motorcycle": "motorbike", "automobile": "car", "ship": "boat",
    "couch": "sofa", "television": "tv", "tvmonitor": "tv", "tv monitor": "tv", "monitor": "tv",
    "pottedplant": "plant", "potted plant": "plant", "houseplant": "plant", "diningtable": "table",
    "dining table": "table", "mobile phone": "cell phone", "phone": "cell phone", "smartphone": "cell phone",
    "men": "man", "women": "woman", "children": "child", "mice": "mouse", "geese": "goose", "wolves": "wolf",
}  # fmt: skip
"""Names for one thing, and plurals that no rule gives."""
_KINDS = {
    "person": ("man", "woman", "child", "boy", "girl", "baby", "rider"),
    "dog": ("puppy",),
    "cat": ("kitten",),
    "animal": (
        "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "puppy", "kitten",
        "goat", "pig", "rabbit", "lion", "tiger", "monkey", "fox", "wolf", "deer", "mouse", "goose", "duck", "chicken",
        "fish", "turtle", "butterfly", "insect",
    ),
    "vehicle": ("aeroplane", "bicycle", "boat", "bus", "car", "motorbike", "train", "truck", "van", "tram"),
    "scenery": (
        "bed", "bench", "chair", "desk", "sofa", "table", "toilet", "cabinet", "shelf", "curtain", "rug", "wall",
        "floor", "ceiling", "window", "door", "sky", "road", "street", "sidewalk", "pavement", "path", "grass", "field",
        "tree", "vegetation", "terrain", "earth", "ground", "mountain", "hill", "rock", "sand", "water", "sea", "river",
        "lake", "building", "house", "fence", "stairs",
    ),
}  # fmt: skip
"""What belongs to a wider name. Scenery is what a subject stands on or before, never the subject."""


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
    where = region or WHOLE
    shape = aspect / importance.aspect
    width = min(where.width, where.height * shape)
    height = min(where.height, width / shape)
    slides_down = where.height - height > where.width - width
    length = height if slides_down else width
    start, end = (where.y, where.y + where.height) if slides_down else (where.x, where.x + where.width)
    offsets = np.linspace(start, end - length, STEPS)
    causes = _weighed(importance, objects, things, faces, where)
    total = sum(causes.values(), np.zeros((importance.height, importance.width)))
    whole = float(total.sum()) or 1.0
    parts = {name: shares_kept(cause, offsets, length, slides_down) / whole for name, cause in causes.items()}
    kept = sum(parts.values(), np.zeros(STEPS))
    # What the costs were measured against is a smaller part now.
    rest = 1 - float((causes["things"] + causes["whole things"]).sum()) / whole
    auto = (total - causes["things"] - causes["whole things"]) / whole
    parts["cut faces"] = -CUT * _FACES_FIRST * rest * cuts(faces, where, offsets, length, slides_down)
    parts["edge"] = -EDGE * edge_cost(auto, offsets, length, slides_down, (start, end))
    can_slide = end - start - length > 1e-6
    away = np.full(STEPS, rest)
    away[STEPS // 2] = 0
    parts["away"] = -AWAY * away * can_slide
    scores = sum(parts.values(), np.zeros(STEPS))
    choices: list[Candidate] = []
    for at in peaks(scores, most if can_slide else 1):
        x, y = (where.x, float(offsets[at])) if slides_down else (float(offsets[at]), where.y)
        score = float(scores[at])
        window = Region(x, y, width, height, min(1.0, max(0.0, score)))
        named = {name: float(part[at]) for name, part in parts.items()}
        choices.append(Candidate(window, score, named, float(kept[at])))
    return tuple(choices)


def confidence(
    importance: ImportanceMap, objects: ObjectMap | None, things: tuple[Thing, ...], faces: tuple[Region, ...]
) -> float:
    """Return what the best window of half the width and height keeps of all importance, from 0 for the centre's own."""
    causes = _weighed(importance, objects, things, faces, WHOLE)
    total = sum(causes.values(), np.zeros((importance.height, importance.width)))
    alone = best_quarter(causes["centre"])
    return min(1.0, max(0.0, (best_quarter(total) - alone) / (1 - alone))) if alone < 1 else 0.0


def matching(things: Sequence[Thing], wanted: Sequence[str]) -> tuple[Region, ...]:
    """Return where the things of the wanted classes are, the heaviest first, at most ten.

    A class is named as the model names it, in the singular or plural, by another common name, or by a wider one such
    as animal. A narrower name than the model's finds the wider one: of a person it cannot say whether it is a woman.
    """
    found = [thing.region for thing in things if any(_matches(thing.label, name) for name in wanted)]
    return tuple(sorted(found, key=lambda region: -region.area * region.score)[:_MOST_WANTED])


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
        kinds = [_kind(label) for label in objects.labels]
        cells = np.frombuffer(b64decode(objects.cells), np.uint8).reshape(objects.height, objects.width)
        down = ((np.arange(tall) + 0.5) * objects.height / tall).astype(int)
        across = ((np.arange(wide) + 0.5) * objects.width / wide).astype(int)
        cells = cells[np.ix_(down, across)]
        for kind in set(kinds) - {"scenery"}:
            covered[kind] = np.isin(cells, [n + 1 for n, other in enumerate(kinds) if other == kind]).astype(np.float32)
        return covered
    x, y = (np.arange(wide) + 0.5) / wide, ((np.arange(tall) + 0.5) / tall)[:, None]
    for thing in things:
        kind, box = _kind(thing.label), thing.region
        if kind != "scenery":
            # A thing fills about the ellipse in its box.
            far = ((x - box.centre.x) / box.width) ** 2 + ((y - box.centre.y) / box.height) ** 2
            seen = np.where(far <= 0.25, np.float32(box.score), np.float32(0))
            covered[kind] = np.maximum(covered[kind], seen) if kind in covered else seen
    return covered


def _kind(label: str) -> str:
    """Sort a class into animal, person, vehicle, scenery or object."""
    for name in _names(label):
        if name == "person" or name in _KINDS["person"]:
            return "person"
        for kind in ("animal", "vehicle", "scenery"):
            if name == kind or name in _KINDS[kind]:
                return kind
    return "object"


def _matches(label: str, wanted: str) -> bool:
    found, names = _names(label), _names(wanted)
    if found & names:
        return True
    wider = {kind for kind, narrower in _KINDS.items() if names & set(narrower)} & {"person", "dog", "cat"}
    return bool(found & wider) or any(found & set(_KINDS.get(name, ())) for name in names - {"scenery"})


def _names(label: str) -> set[str]:
    """Return what a class may be called in the singular, each by its commonest name."""
    name = " ".join(label.lower().replace("_", " ").replace("-", " ").split())
    forms = {name}
    if name.endswith("s"):
        forms.add(name[:-1])
    if name.endswith("es"):
        forms.add(name[:-2])
    if name.endswith("ies"):
        forms.add(name[:-3] + "y")
    return {_SAME.get(form, form) for form in forms}
