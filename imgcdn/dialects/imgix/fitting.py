"""From fit, crop, ar and the face parameters to the fit, gravity and bounds of the native spec."""

from collections.abc import Iterator, Mapping
from typing import Any

from imgcdn.dialects.imgix.rows.shape import MIDDLE
from imgcdn.model.colour import Colour
from imgcdn.model.geometry import Point
from imgcdn.model.ground import Extend, Fill
from imgcdn.model.spec import POINT, Fit

Said = Mapping[str, Any]
Setting = tuple[str, Any]
_WHITE = Colour(255, 255, 255)
_SQUARE, _SQUARES = 4, (Colour(0xD0, 0xD7, 0xDD), _WHITE)
_FITS = {
    "clip": Fit.INSIDE,
    "max": Fit.INSIDE,
    "crop": Fit.COVER,
    "min": Fit.COVER_DOWN,
    "fill": Fit.CONTAIN,
    "fillmax": Fit.CONTAIN_DOWN,
    "scale": Fit.FILL,
    "clamp": Fit.CONTAIN,
}
_ENGINES = {"faces": "faces", "entropy": "entropy", "edges": "edges", "auto": "auto", "focalpoint": POINT}
_BOUNDS = {
    "max-w": "bounds.most_width",
    "max-h": "bounds.most_height",
    "min-w": "bounds.least_width",
    "min-h": "bounds.least_height",
}


def fit(said: Said) -> Iterator[Setting]:
    """Yield the box, and how the picture meets it."""
    yield from ((side, said[name]) for name, side in (("w", "width"), ("h", "height")) if name in said)
    name, *rest = said.get("fit", ("clip",))
    if name == "facearea":
        name = next((other for other in rest if other != "facearea"), "fill")
        yield from _faces(said, _FITS[name])
    else:
        yield "fit", _FITS[name]
        if name in {"crop", "min"}:
            yield from _cropped(said, takes_more=name == "crop")
    if name == "clip":
        yield "may_enlarge", True
    if name == "clamp":
        yield "ground.extend", Extend.COPY


def unused(said: Said) -> tuple[str, ...]:
    """Name what counts with fit=crop alone, where that is not said."""
    if said.get("fit", ("clip",))[0] == "crop":
        return () if ("w" in said) != ("h" in said) else tuple(name for name in ("ar",) if name in said)
    return tuple(name for name in ("ar", "crop", *_BOUNDS, "fp-x", "fp-y", "fp-z") if name in said)


def _faces(said: Said, otherwise: Fit) -> Iterator[Setting]:
    yield "fit", Fit.COVER
    yield "face_else", otherwise
    yield "gravity", ("faces", "center")
    yield "face_pad", said.get("facepad", 1.0)
    yield "face_index", said.get("faceindex")


def _cropped(said: Said, *, takes_more: bool) -> Iterator[Setting]:
    if not takes_more:
        yield "gravity", ("center",)
        return
    yield from ((field, said[name]) for name, field in _BOUNDS.items() if name in said)
    if "ar" in said and ("w" in said) != ("h" in said):
        yield "aspect", said["ar"]
    chain = gravities(said.get("crop", ()))
    if POINT in chain:
        yield "focal_point", Point(said.get("fp-x", MIDDLE.x), said.get("fp-y", MIDDLE.y))
    if chain[0] == POINT:
        yield "zoom", said.get("fp-z", 1.0)
    else:
        yield "gravity", chain
        if "faces" in chain:
            yield "face_index", said.get("faceindex")


def gravities(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the native gravities of a crop list, in order; sides make one place, where the first of them stands."""
    row = next((word for word in words if word in {"top", "bottom"}), "")
    column = next((word for word in words if word in {"left", "right"}), "")
    place = {"top": "north", "bottom": "south"}.get(row, "") + {"left": "west", "right": "east"}.get(column, "")
    chain: list[str] = []
    for word in words:
        name = _ENGINES.get(word, place or "center")
        if name not in chain:
            chain.append(name)
    # The list ends in the middle, where a native one of a single engine would go on to others.
    return tuple(chain) if chain and chain[-1] not in _ENGINES.values() else (*chain, "center")


def ground(said: Said) -> Iterator[Setting]:
    """Yield the colour behind all, white where there is room beside the picture, and squares in its place."""
    fills = said.get("fill") is not Fill.BLUR
    names = said.get("fit", ("clip",))
    has_room = names[0] in {"fill", "fillmax"} or (names[0] == "facearea" and (len(names) < 2 or names[1] == "fill"))
    has_room = has_room or any(name.partition("-")[0] == "pad" and said[name] for name in said)
    colour = said.get("fill-color") if fills and "fill-color" in said else said.get("bg")
    yield "background", colour or (_WHITE if has_room else None)
    if "transparency" in said:
        yield "ground.transparency", said["transparency"]
        yield "ground.grid_size", said.get("grid-size", _SQUARE)
        yield "ground.grid_colours", said.get("grid-colors", _SQUARES)
