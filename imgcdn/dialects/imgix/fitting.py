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
_SQUARE, _SQUARES = 4, (Colour(0xD0, 0xD7, 0xDD), Colour(255, 255, 255))
_CLEAR = Colour(255, 255, 255, 0)
"""What is beside the picture where no colour is said: white in formats without alpha."""
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
    name, takes_faces = _said_fit(said)
    if takes_faces:
        yield from _faces(said, _FITS[name])
    else:
        yield "fit", _FITS[name]
        if _is_shaped(said):
            yield "aspect", said["ar"]
        if name in {"crop", "min"}:
            yield from _cropped(said, takes_more=name == "crop")
    if name == "clip":
        yield "may_enlarge", True
    if name == "clamp":
        yield "ground.extend", Extend.COPY


def _said_fit(said: Said) -> tuple[str, bool]:
    """Return the fit, that of a picture without faces where it is facearea, and whether it is."""
    name, *rest = said.get("fit", ("clip",))
    if name != "facearea":
        return name, False
    return next((other for other in rest if other != "facearea"), "fill"), True


def _is_shaped(said: Said) -> bool:
    """Whether `ar` counts: it gives way to two sides."""
    return "ar" in said and _said_fit(said) in {("crop", False), ("fill", False)} and not {"w", "h"} <= said.keys()


def _is_filled(said: Said) -> bool:
    return _said_fit(said)[0] in {"fill", "fillmax"}


def unused(said: Said) -> tuple[str, ...]:
    """Name what counts with another fit or crop alone."""
    name, takes_faces = _said_fit(said)
    chain = gravities(said.get("crop", ())) if name == "crop" and not takes_faces else ()
    counts = {
        "ar": _is_shaped(said),
        "crop": bool(chain),
        **dict.fromkeys(_BOUNDS, bool(chain)),
        **dict.fromkeys(("fp-x", "fp-y"), POINT in chain),
        "fp-z": chain[:1] == (POINT,),
        "facepad": takes_faces,
        "faceindex": takes_faces or "faces" in chain,
        **dict.fromkeys(("fill", "fill-color"), _is_filled(said)),
    }
    if said.get("fill") is Fill.BLUR:
        counts["fill-color"] = False
    return tuple(one for one, does in counts.items() if one in said and not does)


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
    """Yield what fills a letterbox, the colour behind all, and squares in its place."""
    is_filled = _is_filled(said)
    if is_filled:
        yield "ground.fill", said.get("fill")
    is_solid = is_filled and said.get("fill") is not Fill.BLUR
    colour = said.get("fill-color") if is_solid and "fill-color" in said else said.get("bg")
    has_room = is_filled or any(name.partition("-")[0] == "pad" and said[name] for name in said)
    yield "background", colour or (_CLEAR if has_room else None)
    if "transparency" in said:
        yield "ground.transparency", said["transparency"]
        yield "ground.grid_size", said.get("grid-size", _SQUARE)
        yield "ground.grid_colours", said.get("grid-colors", _SQUARES)
