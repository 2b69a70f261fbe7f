"""Effects, edges, quality and format: what of a component is neither its size nor a layer."""

from collections.abc import Mapping, Sequence
from typing import Any

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.cloudinary import arguments, component, step
from imgcdn.dialects.cloudinary.component import Component
from imgcdn.dialects.cloudinary.draft import Draft, Rank, Shape
from imgcdn.dialects.cloudinary.row import bad, irreducible
from imgcdn.dialects.cloudinary.rows.output import FORMATS, QUALITIES
from imgcdn.dialects.parameters import shown
from imgcdn.dialects.readers import UnreadableError
from imgcdn.model.colour import Colour
from imgcdn.model.edges import Corners, Mask
from imgcdn.model.ground import Extend, Fill
from imgcdn.model.media import ColourSpace, Format
from imgcdn.model.overlays import BlendMode
from imgcdn.model.playing import Span
from imgcdn.model.quality import Auto, Chroma
from imgcdn.model.spec import Strip

_WHITE, _BLACK = Colour(255, 255, 255), Colour(0, 0, 0)
_SPACES = {
    "srgb": ColourSpace.SRGB,
    "tinysrgb": ColourSpace.SRGB,
    "no_cmyk": ColourSpace.SRGB,
    "copy": ColourSpace.ORIGIN,
    "keep_cmyk": ColourSpace.ORIGIN,
}
_CHROMAS = {"420": Chroma.HALF, "444": Chroma.FULL}
_MOST_PAGES = 100_000
_NAME = 200


def trim(draft: Draft, one: Component) -> None:
    """Take a border off the source: nothing may come before that."""
    if not any(value.partition(":")[0] == "trim" for key, value in one.pairs if key == "e"):
        return
    if draft.shape is not Shape.SOURCE and (draft.shape is not Shape.WINDOW or "rect" not in draft.fields):
        raise irreducible(one.text, "e_trim takes the border off the source: put it first")
    draft.come_to(Rank.SIZE if "rect" in draft.fields else Rank.TRIM, one.text)


def effects(draft: Draft, one: Component) -> None:
    """Do what follows from e_ alone."""
    for said, (name, value) in component.settings(one, "e"):
        if name.startswith(("effects.", "adjust.", "redaction.")):
            # What has an own colour or pixels keeps them here, and would not there.
            if draft.done in {Rank.WASH, Rank.LAYER, Rank.BORDER} or (draft.done > Rank.TURN and name in _BLURS):
                raise irreducible(one.text, f"{draft.doing} stands before it: put {said} first")
            draft.come_to(max(draft.done, Rank.EFFECT), one.text)
        draft.fields[name] = value


def washes(draft: Draft, one: Component) -> None:
    """Lay one colour over the picture: e_colorize, and o_ as the ground that shows through."""
    for key, value in one.pairs:
        word, _, level = value.partition(":")
        if key == "e" and word == "colorize":
            _wash(draft, one, _colour(one, "co", _BLACK), _percent(level or "100", value))
        elif key == "e" and word in {"multiply", "screen", "overlay"}:
            raise bad(f"e_{value}", "it on a picture layer")
    if one.has("o"):
        back = draft.fields.get("background") or _colour(one, "b", _WHITE)
        _wash(draft, one, back, 100 - _percent(one.get("o") or "", f"o_{one.get('o')}"))


_BLURS = frozenset({"effects.blur", "effects.pixelate"})


def _wash(draft: Draft, one: Component, ink: Colour, alpha: float) -> None:
    draft.come_to(Rank.WASH, one.text)
    if "blend.layer" in draft.fields:
        raise irreducible(one.text, "one colour lies over the picture already")
    draft.fields |= {"blend.layer": ink, "blend.alpha": alpha, "blend.mode": BlendMode.NORMAL}


def _percent(text: str, said: str) -> float:
    try:
        return arguments.number(text, 0, 100)
    except UnreadableError:
        raise bad(said, "a number from 0 to 100") from None


def _colour(one: Component, key: str, default: Colour) -> Colour:
    text = one.get(key)
    if text is None:
        return default
    try:
        return arguments.colour(text)
    except UnreadableError:
        raise bad(f"{key}_{text}", "a name, rgb:RRGGBB or rgb:RRGGBBAA") from None


def edges(draft: Draft, one: Component) -> None:
    """Do what is done at the edges and behind them: border, corners, ground."""
    if one.has("b"):
        _ground(draft, one)
    if one.has("bo"):
        draft.come_to(Rank.BORDER, one.text)
        _border(draft, one)
    if one.has("r"):
        draft.come_to(Rank.RADIUS, one.text)
        _round(draft, one.get("r") or "")


def _round(draft: Draft, said: str) -> None:
    """Round the corners; `max` makes the whole picture an ellipse."""
    draft.fields.pop("edges.radius", None)
    draft.fields.pop("edges.mask", None)
    if said == "max":
        draft.fields["edges.mask"] = Mask.ELLIPSE
        return
    try:
        radii: Corners = arguments.radii(said)
    except UnreadableError:
        raise bad(f"r_{said}", "px, max, or two to four of them with colons") from None
    draft.fields["edges.radius"] = radii


def _ground(draft: Draft, one: Component) -> None:
    word = (one.get("b") or "").partition(":")[0]
    if word == "auto":
        draft.fields["ground.extend"] = Extend.COPY
    elif word == "blurred":
        draft.fields["ground.fill"] = Fill.BLUR
    else:
        draft.fields["background"] = _colour(one, "b", _WHITE)


def _border(draft: Draft, one: Component) -> None:
    """Lay a border around the picture, which grows by it."""
    try:
        width, ink = arguments.border(one.get("bo") or "")
    except UnreadableError:
        raise bad(f"bo_{one.get('bo')}", "a width and a colour such as 5px_solid_red") from None
    if "edges.border" in draft.fields:
        raise irreducible(one.text, f"{draft.doing} has a border already")
    draft.fields |= {"edges.border": width, "edges.border_colour": ink}
    for side in ("width", "height"):
        length = draft.fields.get(side)
        if isinstance(length, float):
            raise irreducible(one.text, "the border grows a size that is a share of the source: say it in pixels")
        if length is not None:
            draft.fields[side] = length + 2 * width
    if draft.size is not None:
        draft.size = (draft.size[0] + 2 * width, draft.size[1] + 2 * width)


def finished(draft: Draft, components: Sequence[Component]) -> dict[str, Any]:
    """Return the fields with what of all components counts once: ratio of pixels, format, quality, flags."""
    fields = draft.fields
    if (fields.get("edges.radius") or fields.get("edges.mask")) and isinstance(fields.get("background"), Colour):
        fields["edges.mask_background"] = fields["background"]
    for one in components:
        for _, (name, value) in component.settings(one, "fl"):
            fields[name] = value
        if "getinfo" in one.flags:
            fields["format"] = Format.JSON
        if one.has("dpr") and not (one.get("c") == "crop" and one.has("w", "h")) and not one.has("l"):
            fields["dpr"] = step.ratio_of_pixels(one)
        _quality(fields, one)
        _format(fields, one)
        _rest(fields, one)
    if fields.get("strip") is Strip.NONE and fields.get("colour_space") is ColourSpace.SRGB:
        fields.pop("colour_space")
    return fields


def _format(fields: dict[str, Any], one: Component) -> None:
    word = (one.get("f") or "").partition(":")[0]
    if word == "auto":
        fields["is_negotiated"] = True
    elif word:
        if word not in FORMATS:
            raise bad(f"f_{one.get('f')}", f"auto, or one of {', '.join(FORMATS)}")
        fields["format"] = FORMATS[word]


def _quality(fields: dict[str, Any], one: Component) -> None:
    said = one.get("q")
    if said is None:
        return
    words = said.split(":")
    if words[-1] in _CHROMAS:
        fields["coding.chroma"] = _CHROMAS[words.pop()]
    match words:
        case ["auto"]:
            fields["quality"] = Auto.CONTENT
        case ["auto", word] if word in QUALITIES:
            fields["quality"] = QUALITIES[word]
        case ["jpegmini" | "jpegmini_best", *_]:
            fields["quality"] = Auto.GOOD
        case [word] | [word, "qmax_100"]:
            try:
                fields["quality"] = max(1, round(arguments.number(word, 0, 100)))
            except UnreadableError:
                raise bad(f"q_{said}", _QUALITY) from None
        case _:
            raise bad(f"q_{said}", _QUALITY)


_QUALITY = "1 to 100, or auto with best, good, eco or low, and 420 or 444 behind it"


def _rest(fields: dict[str, Any], one: Component) -> None:
    for key, low, high in (("dn", 1, 65_535), ("pg", 1, _MOST_PAGES), ("dl", 1, 100_000), ("fps", 0.1, 60)):
        said = one.get(key)
        if said is None:
            continue
        try:
            found = arguments.number(said, low, high)
            number = found if key in {"dl", "fps"} else arguments.whole(said, 1, int(high))
        except UnreadableError:
            raise bad(f"{key}_{said}", f"a number from {low} to {high}") from None
        match key:
            case "dn":
                fields["coding.dpi"] = number
            case "pg":
                fields["play.page"] = number
                if number == 1:
                    fields["play.frames"] = Span(1, 1)
            case "dl":
                fields["play.fps"] = min(60.0, max(0.1, 1000 / found))
            case _:
                fields["play.fps"] = found
    space = one.get("cs")
    if space is not None:
        if space not in _SPACES:
            raise bad(f"cs_{space}", f"one of {', '.join(_SPACES)}")
        fields["colour_space"] = _SPACES[space]


def preset(components: Sequence[Component], presets: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that presets set, which t_ names. Raises PresetNotFoundError."""
    found: dict[str, Any] = {}
    for name in (name for one in components for name in one.all("t")):
        query = presets.get(name)
        if query is None:
            known = ", ".join(sorted(presets)) or "none, for there are no presets"
            raise errors.PresetNotFoundError(f"t_{shown(name)} is not known: expected one of {known}", param="t")
        found |= native.fields_of(query)
    return found


def download(components: Sequence[Component]) -> str | None:
    """Return the name to save under, "" for the picture's own, None to show it."""
    for one in components:
        for flag in one.all("fl"):
            word, _, name = flag.partition(":")
            if word == "attachment":
                if len(name) > _NAME or "/" in name or "\\" in name or not name.isprintable():
                    raise bad(f"fl_{flag}", f"a file name of at most {_NAME} letters")
                return name
    return None
