"""From values that belong together to fields of the native spec: format, edges, marks, text, and the rest."""

from collections.abc import Iterator
from typing import Any

from imgcdn.dialects.imgix.fitting import Said, Setting
from imgcdn.dialects.imgix.rows.output import FORMATS
from imgcdn.model.colour import Colour
from imgcdn.model.edges import Mask
from imgcdn.model.media import ColourSpace, Format
from imgcdn.model.overlays import BlendMode, LayerFit, LayerSize
from imgcdn.model.spec import Debug
from imgcdn.model.trimming import Trim

COMPRESSED, _USUAL = 45, 75
"""The quality of auto=compress and of Save-Data, and imgix' own."""
_PALETTE = 256
_NOISE, _NOISE_EDGES = 20.0, 20.0
_MOST_BORDER, _MOST_RADIUS = 400, 8192
_SIDES = ("left", "top", "right", "bottom")
_LIGHT, _VIBRANCE = 10.0, 15.0
"""What auto=enhance adds to shadows and vibrance."""


def output(said: Said) -> Iterator[Setting]:
    """Yield format and quality."""
    auto: tuple[str, ...] = said.get("auto", ())
    form = said.get("fm")
    chosen: Format | None = said.get("palette") or (None if form is None else FORMATS[form])
    picks, packs = not {"format", "true"}.isdisjoint(auto), "compress" in auto
    # What is no picture is never another format.
    is_last_word = not (picks or packs) or (chosen is not None and not chosen.is_picture)
    yield "format" if is_last_word else "format_else", chosen
    yield "is_plain", packs and not is_last_word
    yield "is_negotiated", picks
    yield "quality", max(1, said["q"]) if "q" in said else COMPRESSED if packs else _USUAL
    yield "colour_space", said.get("cs", None if packs else ColourSpace.ORIGIN)
    yield "progressive", said.get("jpg-progressive", True)
    if "colorquant" in said:
        yield "coding.colours", said["colorquant"]
    elif form == "png8" or (picks and (packs or form is None)):
        yield "coding.colours", _PALETTE
    if "enhance" in auto:
        yield from (("adjust.shadows", _LIGHT), ("adjust.vibrance", _VIBRANCE))


def turns(said: Said) -> Iterator[Setting]:
    """Yield mirroring and rotation, which imgix counts against the clock, and by which the answer keeps its size."""
    flip, flop = said.get("flip", (False, False))
    angle = -said.get("rot", 0.0) % 360
    yield from (("flip", flip), ("flop", flop), ("rotate", angle))
    yield "is_straightened", angle % 180 != 0 and said.get("rot-type", True)


def trimming(said: Said) -> Iterator[Setting]:
    """Yield the tolerance: imgix' own is none."""
    mode = said.get("trim")
    if mode in {Trim.COLOR, Trim.ALPHA, Trim.COLOR_UNLESS_ALPHA}:
        yield "trim.tolerance", said.get("trim-alpha" if mode is Trim.ALPHA else "trim-tol", 0)


def noise(said: Said) -> Iterator[Setting]:
    """Yield noise reduction, both of whose strengths have a default where one is said."""
    if "nr" in said or "nrs" in said:
        yield "effects.noise", said.get("nr", _NOISE)
        yield "effects.noise_edges", said.get("nrs", _NOISE_EDGES)


def edges(said: Said) -> Iterator[Setting]:
    """Yield border, mask and corners."""
    if "border" in said:
        width, colour = said["border"]
        yield "edges.border", min(width, _MOST_BORDER)
        yield "edges.border_colour", colour
        for side in _SIDES:
            if f"border-{side}" in said:
                yield f"edges.border_{side}", min(said[f"border-{side}"], _MOST_BORDER)
        yield "edges.radius", _within(said.get("border-radius"))
        # The inner corners are not round unless that is said.
        if "border-radius" in said or "corner-radius" in said or "border-radius-inner" in said:
            yield "edges.radius_inner", _within(said.get("border-radius-inner", (0, 0, 0, 0)))
    mask = said.get("mask")
    yield "edges.mask", mask
    if mask is Mask.CORNERS and "corner-radius" in said:
        yield "edges.radius", _within(said["corner-radius"])


def _within(radii: tuple[int, int, int, int] | None) -> tuple[int, ...] | None:
    return None if radii is None else tuple(min(radius, _MOST_RADIUS) for radius in radii)


def layers(said: Said, mount: str) -> Iterator[Setting]:
    """Yield what is laid over the picture; paths are those of its own mount."""
    alpha = said.get("mark-alpha", 100.0)
    if "mark" in said and alpha > 0:
        yield "mark.picture", path_on(mount, said["mark"], said.get("mark-base", ""))
        yield "mark.opacity", alpha / 100
        yield "mark.scale", said.get("mark-scale", 0.0)
    layer: Colour | str | None = said.get("blend", said.get("blend-color"))
    if layer is not None:
        yield "blend.layer", layer if isinstance(layer, Colour) else path_on(mount, layer)
        yield "blend.mode", said.get("blend-mode", BlendMode.OVERLAY)
        yield "blend.fit", said.get("blend-fit", LayerFit.CLIP)
        is_colour = isinstance(layer, Colour)
        yield "blend.size", LayerSize.INHERIT if is_colour or "blend-size" in said else LayerSize.OWN
        yield "blend.position", said.get("blend-align", "northwest")
        yield "blend.crop", said.get("blend-crop", "center")


def path_on(mount: str, said: str, base: str = "") -> str:
    """Return the picture that a path or an absolute URL means, as the native dialect names it."""
    if base and not _is_url(said):
        said = f"{base.rstrip('/')}/{said.lstrip('/')}"
    if _is_url(said):
        return f"https:{said}" if said.startswith("//") else said
    return f"/{mount}/{said.lstrip('/')}"


def _is_url(text: str) -> bool:
    return text.lower().startswith(("http://", "https://", "//"))


def text(said: Said) -> Iterator[Setting]:
    """Yield the text and its font: the family is one that every server has."""
    if "txt" not in said:
        return
    yield "caption.text", said["txt"]
    yield "caption.size", said.get("txt-size", 12.0)
    words = [word.strip().lower() for word in said.get("txt-font", "").split(",")]
    family = words[0]
    if any(part in family for part in ("mono", "courier")):
        yield "caption.font", "monospace"
    elif "sans" not in family and any(part in family for part in ("serif", "times", "georgia")):
        yield "caption.font", "serif"
    styles = " ".join(words)
    yield "caption.weight", 700 if "bold" in styles else 400
    yield "caption.is_italic", "italic" in styles


_NEEDED = {
    "grid-size": "transparency",
    "grid-colors": "transparency",
    "rot-type": "rot",
    "corner-radius": "mask",
    "mask-bg": "mask",
    "usmrad": "usm",
    "duotone-alpha": "duotone",
    "colors": "palette",
    "prefix": "palette",
}
"""Parameters that count with another one alone …"""
_FAMILIES = frozenset({"border", "mark", "blend", "txt", "trim"})
"""… and those whose members, `mark-w`, count with their head alone."""
_OF_TRIM = {
    "trim-color": {Trim.COLOR, Trim.COLOR_UNLESS_ALPHA},
    "trim-tol": {Trim.COLOR, Trim.COLOR_UNLESS_ALPHA},
    "trim-md": {Trim.AUTO},
    "trim-sd": {Trim.AUTO},
    "trim-alpha": {Trim.ALPHA},
}


def unused(said: Said) -> tuple[str, ...]:
    """Name what has no effect for want of the parameter that it belongs to, or of the value that is meant."""
    return tuple(name for name in said if _is_idle(name, said))


def _is_idle(name: str, said: Said) -> bool:
    head, dash, _ = name.partition("-")
    if name == "blend-color":
        return "blend" in said
    if head == "blend" and dash:
        return said.keys().isdisjoint({"blend", "blend-color"})
    if name == "faces":
        return said.get("fm") != "json" or "palette" in said
    if name in _OF_TRIM:
        return said.get("trim") not in _OF_TRIM[name]
    needed = head if dash and head in _FAMILIES else _NEEDED.get(name)
    return needed is not None and needed not in said


def enhanced(fields: dict[str, Any], said: Said) -> None:
    """Let what the URL says of shadows and vibrance win over auto=enhance."""
    for name, field in (("shad", "adjust.shadows"), ("vib", "adjust.vibrance")):
        if name in said:
            fields[field] = said[name]


def delivery(said: Said) -> dict[str, Any]:
    """Return what of the answer is no pixel."""
    hints = said.get("ch", ())
    return {
        "download": said.get("dl"),
        "hints": hints,
        "saving_quality": COMPRESSED if hints else None,
        "expires_at": said.get("expires"),
        "is_explained": said.get("explain", False),
        "debug": Debug.CROP if said.get("fp-debug") else None,
    }
