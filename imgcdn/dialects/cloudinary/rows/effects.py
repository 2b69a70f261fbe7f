"""Effects (`e_`): each reads what stands behind its colon, and says which native fields that sets."""

from collections.abc import Iterator

from imgcdn.dialects.cloudinary import arguments
from imgcdn.dialects.cloudinary.row import Group, Read, Row, Setting, refused
from imgcdn.dialects.imgix.row import Status
from imgcdn.dialects.readers import UnreadableError
from imgcdn.model.trimming import Trim

SAME, NEAR = Status.SAME, Status.APPROXIMATE
_CURVE = "Cloudinary does not publish its curve; the direction is the same"
_NOT_DRAWN, _NOT_GENERATED = "is not drawn here", "nothing is generated here"
_FULL = 255
_TEN_GRAINS = 10.0
_PIXELS = 20.0
"""The side of the squares where none is said: Cloudinary's own follows from the picture."""
_FACE_SQUARE = 5.0
_DEGREES = 1.8
"""Of hue, for each of the 100 steps to either side."""
_LIGHT, _VIBRANCE = 10.0, 15.0


def _level(field: str, low: float, high: float, default: float, *, by: float = 1.0, plus: float = 0.0) -> Read:
    """Read a number, and set a field to a multiple of it."""

    def read(text: str) -> Iterator[Setting]:
        yield field, plus + by * (arguments.number(text, low, high) if text else default)

    return read


def _share(field: str, most: float, default: float) -> Read:
    """Read a strength, and set a field of 0-100 to it."""

    def read(text: str) -> Iterator[Setting]:
        found = arguments.number(text, 0, most) if text else default
        yield field, min(100.0, found * 100.0 / most)

    return read


def _fixed(*settings: Setting) -> Read:
    def read(text: str) -> tuple[Setting, ...]:
        _ = text
        return settings

    return read


def _gamma(text: str) -> Iterator[Setting]:
    level = arguments.number(text, -50, 150) if text else 0.0
    yield "adjust.gamma", round(1 + level / 100, 4)


def _hue(text: str) -> Iterator[Setting]:
    yield "adjust.hue", (arguments.number(text, -100, 100) if text else 80.0) * _DEGREES % 360


def _trim(text: str) -> Iterator[Setting]:
    level, _, ink = text.partition(":")
    tolerance = arguments.number(level, 0, 100) if level else 10.0
    yield "trim.tolerance", round(tolerance * _FULL / 100)
    if ink:
        yield "trim.mode", Trim.COLOR
        yield "trim.colour", arguments.colour(ink)
    else:
        yield "trim.mode", Trim.COLOR_UNLESS_ALPHA


def _loop(text: str) -> Iterator[Setting]:
    yield "play.loop", arguments.whole(text, 0, 1000) + 1 if text else 0


def _improve(text: str) -> Iterator[Setting]:
    if len(text) > 40:
        raise UnreadableError(text)
    yield from (("adjust.shadows", _LIGHT), ("adjust.vibrance", _VIBRANCE))


def _row(name: str, expects: str, sets: tuple[str, ...], read: Read, note: str = _CURVE, status: Status = NEAR) -> Row:
    return Row(f"e_{name}", expects, sets, status, note, read)


_SIGNED = "– or a number from -100 to 100"
_STRENGTH = "– or a number from 1 to 2000"
EFFECTS = (
    _row("grayscale", "–", ("adjust.saturation",), _fixed(("adjust.saturation", 0.0)), "brightness by Rec. 709"),
    _row("sepia", "– or 1 to 100", ("effects.sepia",), _level("effects.sepia", 0, 100, 80), "by CSS' matrix"),
    _row("negate", "–", ("adjust.is_inverted",), _fixed(("adjust.is_inverted", True)), "", SAME),
    _row(
        "brightness",
        _SIGNED,
        ("adjust.brightness",),
        _level("adjust.brightness", -100, 100, 80, plus=100),
    ),
    _row(
        "brightness_hsb",
        _SIGNED,
        ("adjust.brightness",),
        _level("adjust.brightness", -100, 100, 80, plus=100),
        "as e_brightness",
    ),
    _row("contrast", _SIGNED, ("adjust.contrast",), _level("adjust.contrast", -100, 100, 0, plus=100)),
    _row("saturation", _SIGNED, ("adjust.saturation",), _level("adjust.saturation", -100, 100, 80, plus=100)),
    _row("vibrance", _SIGNED, ("adjust.vibrance",), _level("adjust.vibrance", -100, 100, 20)),
    _row("gamma", "– or a number from -50 to 150", ("adjust.gamma",), _gamma),
    _row("hue", _SIGNED, ("adjust.hue",), _hue, "by CSS' matrix; 100 is half a turn"),
    _row(
        "fill_light",
        "– or strength and bias",
        ("adjust.shadows",),
        _fixed(("adjust.shadows", 30.0)),
        "the same for all",
    ),
    _row("blur", _STRENGTH, ("effects.blur",), _level("effects.blur", 0, 2000, 100), "10 is a sigma of 1 px"),
    _row("blur_faces", _STRENGTH, ("redaction.blur",), _share("redaction.blur", 2000, 500), "by the size of each face"),
    _row(
        "pixelate",
        "– or px from 1 to 200",
        ("effects.pixelate",),
        _level("effects.pixelate", 0, 200, _PIXELS),
        "20 px where none is said",
    ),
    _row(
        "pixelate_faces",
        "– or px from 1 to 200",
        ("redaction.pixel",),
        _level("redaction.pixel", 0, 200, _FACE_SQUARE, by=0.25, plus=50),
        "by the size of each face, and never so that it can be known",
    ),
    _row("sharpen", _STRENGTH, ("effects.sharpness",), _level("effects.sharpness", 0, 2000, 100, by=0.05, plus=15)),
    _row("unsharp_mask", _STRENGTH, ("effects.unsharp",), _level("effects.unsharp", 0, 2000, 100, by=0.035, plus=30)),
    _row(
        "trim", "– or tolerance:colour", ("trim.mode", "trim.tolerance", "trim.colour"), _trim, "before anything else"
    ),
    _row(
        "improve", "– or mode and blend", ("adjust.shadows", "adjust.vibrance"), _improve, "the same for every picture"
    ),
    _row("enhance", "–", ("adjust.shadows", "adjust.vibrance"), _improve, "as e_improve"),
    _row(
        "auto_color", "– or a blend", ("adjust.vibrance",), _fixed(("adjust.vibrance", _VIBRANCE)), "the same for all"
    ),
    _row(
        "auto_brightness", "– or a blend", ("adjust.shadows",), _fixed(("adjust.shadows", _LIGHT)), "the same for all"
    ),
    _row("auto_contrast", "– or a blend", ("adjust.contrast",), _fixed(("adjust.contrast", 110.0)), "the same for all"),
    _row("loop", "– or how often", ("play.loop",), _loop, "", SAME),
    _row("reverse", "–", ("play.is_reversed",), _fixed(("play.is_reversed", True)), "", SAME),
    Row("e_colorize", "– or 0 to 100, with co_", ("blend.layer", "blend.alpha"), SAME, "black where co_ is not said"),
)
LAYER_MODES = ("multiply", "screen", "overlay")
LAYERED = tuple(Row(f"e_{name}", "–", ("blend.mode",), SAME, "on picture layers") for name in LAYER_MODES)
_UNDRAWN = (
    "art", "blackwhite", "cartoonify", "oil_paint", "vignette", "shadow", "dropshadow", "outline", "gradient_fade",
    "tint", "red", "green", "blue", "replace_color", "recolor", "make_transparent", "opacity_threshold", "distort",
    "shear", "displace", "mask", "mix", "ordered_dither", "simulate_colorblind", "assist_colorblind", "style_transfer",
    "blur_region", "pixelate_region", "redeye", "adv_redeye", "vectorize", "theme", "extract", "anti-removal",
    "swap_image",
)  # fmt: skip
_GENERATED = (
    "background_removal", "bgremoval", "gen_background_replace", "gen_fill", "gen_recolor", "gen_remove", "gen_replace",
    "gen_restore", "upscale", "viesus_correct", "zoompan",
)  # fmt: skip
_FILMED = ("accelerate", "boomerang", "deshake", "fade", "noise", "preview", "transition", "volume")
REFUSED = refused(
    {f"e_{name}": _NOT_DRAWN for name in _UNDRAWN}
    | {f"e_{name}": _NOT_GENERATED for name in _GENERATED}
    | {f"e_{name}": "is for films, which are not read" for name in _FILMED}
)
GROUPS = (Group("Effects", (*EFFECTS, *LAYERED, *REFUSED)),)
