"""From l_ to a mark, a blended picture or a text of the native spec: one of each, laid where the component says."""

import binascii
from base64 import b64decode
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from imgcdn.dialects.cloudinary import arguments, gravities, step
from imgcdn.dialects.cloudinary.component import Component
from imgcdn.dialects.cloudinary.draft import Draft, Rank
from imgcdn.dialects.cloudinary.row import bad, irreducible
from imgcdn.dialects.cloudinary.rows.effects import LAYER_MODES
from imgcdn.dialects.readers import UnreadableError
from imgcdn.model.colour import Colour
from imgcdn.model.overlays import BlendMode, LayerFit, Tile
from imgcdn.model.spec import COMPASS

_FITS = {
    "scale": LayerFit.SCALE,
    "fit": LayerFit.CLIP,
    "limit": LayerFit.MAX,
    "fill": LayerFit.CROP,
    "lfill": LayerFit.CROP,
    "thumb": LayerFit.CROP,
    "pad": LayerFit.FILL,
    "lpad": LayerFit.FILL,
}
_MOST_LETTERS, _MOST_PATH = 500, 1024
_LARGEST_TEXT = 1000
_LEAD = 1.2
"""The height of a line, in multiples of the letters' size, that line spacing is added to."""
_NEVER = ("r", "b", "ar", "dpr", "f", "q", "t")
_FULL = 100.0
_MIDDLE = "center"


def ends(components: Sequence[Component], start: int) -> int:
    """Return the index behind the last component of the layer that begins at `start`."""
    for index in range(start + 1, len(components)):
        if components[index].has("l", "u"):
            break
        if "layer_apply" in components[index].flags:
            return index + 1
    return start + 1


def apply(draft: Draft, components: Sequence[Component], mount: str) -> None:
    """Lay a picture or a text over the draft. Raises 400 errors where that cannot be done."""
    first, last = components[0], components[-1]
    draft.come_to(Rank.LAYER, first.text)
    for one in components:
        if any(one.has(key) for key in _NEVER):
            raise bad(one.text, f"layers without any of {', '.join(f'{key}_' for key in _NEVER)}")
    said = _joined(components)
    kind, _, rest = said["l"].partition(":")
    if kind == "text":
        _write(draft, rest, said, first)
    else:
        _lay(draft, picture(said["l"], mount), said, components)
    _ = last


def picture(name: str, mount: str) -> str:
    """Return the path or the URL of the picture that l_ names. Raises InvalidParameterError."""
    kind, _, rest = name.partition(":")
    if kind == "fetch":
        return _remote(rest, name)
    return f"/{mount}/{_public_id(rest if kind == 'image' else name)}"


def _joined(components: Sequence[Component]) -> dict[str, str]:
    """Return what the components of a layer say; none may be said twice, for they would act one after the other."""
    said: dict[str, str] = {}
    for one in components:
        for key, value in one.pairs:
            if key in said and key not in {"fl", "e"}:
                raise irreducible(one.text, f"{key}_ is said of this layer before")
            said[key] = f"{said[key]}.{value}" if key in said else value
    return said


def _public_id(name: str) -> str:
    path = name.replace(":", "/").strip("/")
    if not path or len(path) > _MOST_PATH or not path.isprintable():
        raise bad(f"l_{name}", "the public id of a picture, with : for /")
    return path


def _remote(encoded: str, name: str) -> str:
    try:
        bare = encoded.rstrip("=")
        url = b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise bad(f"l_{name}", "the base64url of a whole URL behind fetch:") from None
    if not url.lower().startswith(("http://", "https://")) or len(url) > _MOST_PATH or not url.isprintable():
        raise bad(f"l_{name}", "the base64url of a whole URL behind fetch:")
    return url


def _lay(draft: Draft, path: str, said: dict[str, str], components: Sequence[Component]) -> None:
    mode = next((one for one in said.get("e", "").split(".") if one), None)
    if mode is not None and mode not in LAYER_MODES:
        raise bad(f"e_{mode}", f"one of {', '.join(LAYER_MODES)} on a layer")
    is_blend = mode is not None
    group = "blend" if is_blend else "mark"
    if f"{group}.picture" in draft.fields or f"{group}.layer" in draft.fields:
        raise irreducible(components[0].text, "one layer like it lies there already")
    flags = {flag for one in components for flag in one.flags}
    placed = components[-1]
    sized = next((one for one in components if one.has("w", "h")), placed)
    width, height = _sides(sized, relative="relative" in flags)
    opacity = _opacity(said)
    both = width is not None and height is not None
    fields: dict[str, Any] = {"width": width, "height": height, "pad": 0, "position": _place(placed)}
    fields["fit"] = _FITS.get(said.get("c", "scale"), LayerFit.CLIP) if both else LayerFit.CLIP
    fields |= _insets(placed)
    if is_blend:
        if said.get("a") or "tiled" in flags:
            raise bad(components[0].text, "layers with a mode without a_ and fl_tiled")
        fields |= {"layer": path, "mode": BlendMode(mode), "alpha": opacity}
        fields |= {} if width or height else {"size": "own"}
    else:
        fields |= {"picture": path, "opacity": opacity / _FULL, "scale": 0.0, "rotation": _angle(said)}
        if "tiled" in flags:
            fields["tile"] = Tile.GRID
    draft.fields |= {f"{group}.{name}": value for name, value in fields.items() if value is not None}


def _sides(component: Component, *, relative: bool) -> tuple[Any, Any]:
    """Return the sides of a layer: in pixels, or in shares of the picture where that is said."""
    sides = (step.side(component, "w"), step.side(component, "h"))
    for key, length in zip("wh", sides, strict=True):
        if isinstance(length, float) and not relative:
            raise bad(f"{key}_{component.get(key)}", "pixels, or fl_relative: a layer's own size is not known")
        if isinstance(length, float) and length > 1:
            raise bad(f"{key}_{component.get(key)}", "at most 1.0: layers never leave the picture")
    return sides


def _place(component: Component) -> str:
    said = component.get("g")
    if said is None:
        return _MIDDLE
    found = gravities.read(said)[0]
    if found not in COMPASS:
        raise bad(f"g_{said}", "a side on a layer: layers are not laid on faces")
    return found


def _insets(component: Component) -> dict[str, int]:
    found: dict[str, int] = {}
    for key in "xy":
        length = step.offset(component, key)
        if isinstance(length, float):
            raise bad(f"{key}_{component.get(key)}", "whole pixels on a layer")
        if length:
            found[f"inset_{key}"] = length
    return found


def _opacity(said: dict[str, str]) -> float:
    try:
        return arguments.number(said.get("o", "100"), 0, 100)
    except UnreadableError:
        raise bad(f"o_{said['o']}", "a number from 0 to 100") from None


def _angle(said: dict[str, str]) -> float:
    try:
        return arguments.number(said.get("a", "0"), -3600, 3600) % 360
    except UnreadableError:
        raise bad(f"a_{said['a']}", "degrees on a layer") from None


def _write(draft: Draft, rest: str, said: dict[str, str], first: Component) -> None:
    """Set a text. Its letters are encoded twice where they are commas or slashes."""
    if "caption.text" in draft.fields:
        raise irreducible(first.text, "a text lies there already")
    if said.get("a", "0") != "0" or any(one not in {"", "fit", "limit"} for one in (said.get("c", ""),)):
        raise bad(first.text, "a text without a_, and with no other mode than c_fit")
    style, _, letters = rest.partition(":")
    text = unquote(letters)
    if not text.strip() or len(text) > _MOST_LETTERS or any(not (one.isprintable() or one == "\n") for one in text):
        raise bad(f"l_text:{rest}", f"font_size:text with at most {_MOST_LETTERS} letters")
    fields = _styled(style)
    placed = first if not said.get("fl") else _last(first, said)
    fields |= {"text": text, "pad": 0, "position": _place(placed), **_insets(placed)}
    if "w" in said:
        width, _ = _sides(Component("", (("w", said["w"]),)), relative="relative" in said.get("fl", ""))
        fields["width"] = width
    ink = _ink(said.get("co", "black"))
    alpha = round(ink.alpha * _opacity(said) / _FULL)
    fields["colour"] = Colour(ink.red, ink.green, ink.blue, alpha)
    if "bo" in said:
        try:
            fields["outline"], fields["outline_colour"] = arguments.border(said["bo"])
        except UnreadableError:
            raise bad(f"bo_{said['bo']}", "5px_solid_red") from None
        fields["outline"] = min(fields["outline"], 50)
    draft.fields |= {f"caption.{name}": value for name, value in fields.items()}


def _last(first: Component, said: dict[str, str]) -> Component:
    """Return what places a text: a side and offsets, wherever they are said."""
    return Component(first.text, tuple((key, said[key]) for key in ("g", "x", "y") if key in said))


def _ink(text: str) -> Colour:
    try:
        return arguments.colour(text)
    except UnreadableError:
        raise bad(f"co_{text}", "a name, rgb:RRGGBB or rgb:RRGGBBAA") from None


def _styled(style: str) -> dict[str, Any]:
    """Read Arial_40_bold_italic: the family goes to the nearest that every server has."""
    words = style.split("_")
    at = next((index for index, word in enumerate(words) if index and word.replace(".", "", 1).isdigit()), None)
    if at is None or not words[0]:
        raise bad(f"l_text:{style}", "a font and its size, such as Arial_40")
    try:
        size = arguments.number(words[at], 1, _LARGEST_TEXT)
    except UnreadableError:
        raise bad(f"l_text:{style}", f"a size from 1 to {_LARGEST_TEXT}") from None
    family, rest = " ".join(words[:at]).lower(), words[at + 1 :]
    fields: dict[str, Any] = {"size": size, "weight": 700 if "bold" in rest else 400, "is_italic": "italic" in rest}
    if any(part in family for part in ("mono", "courier", "consol")):
        fields["font"] = "monospace"
    elif "sans" not in family and any(part in family for part in ("serif", "times", "georgia", "garamond", "playfair")):
        fields["font"] = "serif"
    if "line" in rest[:-2] and rest[rest.index("line") + 1] == "spacing":
        try:
            spacing = arguments.number(rest[rest.index("line") + 2], -_LARGEST_TEXT, _LARGEST_TEXT)
        except UnreadableError:
            raise bad(f"l_text:{style}", "pixels behind line_spacing_") from None
        fields["lead"] = min(4.0, max(0.5, 1 + spacing / (size * _LEAD)))
    return fields
