"""Marks, blends and texts."""

from imgcdn.dialects.imgix import arguments
from imgcdn.dialects.imgix.row import Argument, Group, Row, Status, alone, nothing
from imgcdn.dialects.readers import UnreadableError
from imgcdn.model.colour import Colour
from imgcdn.model.overlays import BlendMode, LayerFit, LayerSize, TextFit, Tile

SAME, NEAR, NOT = Status.SAME, Status.APPROXIMATE, Status.UNSUPPORTED
_MOST_PATH, _MOST_LETTERS, _MOST_PAD, _LONGEST = 1024, 500, 1000, 8192
_FITS = {fit.value: fit for fit in LayerFit}
_MODES = {mode.value.replace("-", ""): mode for mode in BlendMode} | {
    "burn": BlendMode.COLOR_BURN,
    "dodge": BlendMode.COLOR_DODGE,
}
_PICTURE = arguments.text(_MOST_PATH)
_PIXELS = arguments.integer(0, _LONGEST)
_PAD = arguments.integer(0, _MOST_PAD)
_FONTS = "set by Pango, in the server's fonts"
_OTHER_MOUNT = "a path on the same mount, or an absolute URL where a proxy mount of `marks` may fetch it"


def _layer(text: str) -> Colour | str:
    try:
        return arguments.read_colour(text)
    except UnreadableError:
        found: str = _PICTURE.read(text)
        return found


def _mark(what: str, argument: Argument, field: str, *aliases: str, default: str = "", note: str = "") -> Row:
    return alone(
        f"mark-{what}", argument, f"mark.{field}", NEAR if note else SAME, note, (f"mark{what}", *aliases), default
    )


def _blend(what: str, argument: Argument, field: str, *aliases: str, default: str = "", note: str = "") -> Row:
    return alone(
        f"blend-{what}", argument, f"blend.{field}", NEAR if note else SAME, note, (f"blend{what}", *aliases), default
    )


def _text(what: str, argument: Argument, field: str, *aliases: str, default: str = "", note: str = "") -> Row:
    return alone(
        f"txt-{what}", argument, f"caption.{field}", NEAR if note else SAME, note, (f"txt{what}", *aliases), default
    )


MARKS = (
    Row("mark", _PICTURE, ("mark.picture",), SAME, _OTHER_MOUNT, ("m",)),
    Row("mark-base", _PICTURE, ("mark.picture",), SAME, "put before mark", ("mb", "markbase")),
    _mark("align", arguments.place(), "position", "ma", default="bottom,right"),
    _mark("w", arguments.length(), "width", "mw"),
    _mark("h", arguments.length(), "height", "mh"),
    _mark("scale", arguments.number(0, 100), "scale", "ms"),
    _mark("pad", _PAD, "pad", "mp", default="5"),
    Row("mark-alpha", arguments.number(0, 100), ("mark.opacity",), SAME, "", ("markalpha", "malph"), "100"),
    _mark("fit", arguments.one_of(_FITS), "fit", "mf", default="clip"),
    _mark("x", _PIXELS, "x", "mx"),
    _mark("y", _PIXELS, "y", "my"),
    alone(
        "mark-rot",
        arguments.turned_back(),
        "mark.rotation",
        SAME,
        "counter-clockwise; where it would leave the picture it gets smaller",
        ("markrot",),
        "0",
    ),
    _mark(
        "tile",
        arguments.one_of({"grid": Tile.GRID}),
        "tile",
        "mtile",
        note="begins at the upper left corner, wherever mark-align says",
    ),
)
BLENDS = (
    Row("blend", Argument("a colour, or the path of a picture", _layer), ("blend.layer",), SAME, _OTHER_MOUNT, ("b",)),
    Row(
        "blend-color",
        arguments.COLOUR,
        ("blend.layer",),
        SAME,
        "where blend is not said",
        ("blendcolor", "blend-clr", "blendclr"),
    ),
    Row("blend-mode", arguments.one_of(_MODES), ("blend.mode",), SAME, "", ("blendmode", "bm"), "overlay"),
    _blend("alpha", arguments.number(0, 100), "alpha", "balph", default="100"),
    _blend("w", arguments.length(), "width", "bw"),
    _blend("h", arguments.length(), "height", "bh"),
    Row(
        "blend-fit",
        arguments.one_of({**_FITS, "clamp": LayerFit.CLIP}),
        ("blend.fit",),
        SAME,
        "",
        ("blendfit", "bf"),
        "clip",
        differing={"clamp": "as clip"},
    ),
    Row("blend-size", arguments.one_of({"inherit": LayerSize.INHERIT}), ("blend.size",), SAME, "", ("blendsize", "bs")),
    Row("blend-align", arguments.place(), ("blend.position",), SAME, "", ("blendalign", "ba"), "top,left"),
    _blend("pad", _PAD, "pad", "bp", default="0"),
    _blend("x", _PIXELS, "x", "bx"),
    _blend("y", _PIXELS, "y", "by"),
    Row(
        "blend-crop",
        arguments.place(),
        ("blend.crop",),
        SAME,
        "with blend-fit=crop; no face is looked for: the next place of the list is kept",
        ("blendcrop", "bc"),
        differing={"faces": "the next place of the list, or the middle, is kept"},
    ),
)
TEXTS = (
    Row(
        "txt",
        arguments.text(_MOST_LETTERS),
        ("caption.text",),
        NEAR,
        f"{_FONTS}; broken into lines where it must be",
        ("t",),
    ),
    Row("txt-size", arguments.number(1, 1000), ("caption.size",), NEAR, f"in px; {_FONTS}", ("txtsize", "tsz"), "12"),
    Row(
        "txt-font",
        arguments.text(200),
        ("caption.font", "caption.weight", "caption.is_italic"),
        NEAR,
        "the server's own sans, serif or monospace; bold and italic are kept",
        ("txtfont", "tf"),
    ),
    _text("color", arguments.COLOUR, "colour", "txt-clr", "txtclr", "tc"),
    _text("align", arguments.place(), "position", "ta", default="bottom,left"),
    _text("fit", arguments.one_of({"max": TextFit.MAX}), "fit", note=_FONTS),
    _text("pad", _PAD, "pad", "tp", default="10"),
    _text("width", arguments.length(), "width", note="lines break where the server's fonts have them break"),
    _text("x", _PIXELS, "x"),
    _text("y", _PIXELS, "y"),
    _text("shad", arguments.number(0, 10), "shadow", "tsh", default="0", note="how soft it is, imgix does not say"),
    _text("line", arguments.integer(0, 50), "outline", "tl", default="0"),
    _text(
        "line-color", arguments.COLOUR, "outline_colour", "txtlinecolor", "txt-line-clr", "txtlineclr", default="fff"
    ),
    nothing("txt-clip", NOT, "a text that is too long gets smaller", ("txtclip", "tcl")),
    nothing("txt-lig", NOT, "ligatures are those of the font", ("txtlig",)),
    nothing("txt-lead", NOT, "lines have the font's own distance", ("txtlead",)),
    nothing("txt-track", NOT, "letters have the font's own distance", ("txttrack", "tt")),
)
GROUPS = (Group("Marks", MARKS), Group("Blending", BLENDS), Group("Text", TEXTS))
