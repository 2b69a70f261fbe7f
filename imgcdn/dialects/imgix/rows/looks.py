"""Colours, effects, and what is at the edges of a picture and behind it."""

from imgcdn.dialects.imgix import arguments
from imgcdn.dialects.imgix.row import Argument, Group, Row, Status, alone, nothing, switch
from imgcdn.dialects.readers import UnreadableError
from imgcdn.model.edges import Mask
from imgcdn.model.ground import Fill, Transparency

SAME, NEAR, NOT = Status.SAME, Status.APPROXIMATE, Status.UNSUPPORTED
_CURVE = "imgix does not publish its curve; 0 changes nothing, and the direction is the same"
_GAMMA_DOUBLES = 50
"""What doubles the power: imgix' range of -100 to 100 is one of 1/4 to 4."""
_SHIFT = arguments.number(-100, 100)
_STRENGTH = arguments.number(0, 100)
_MOST_PAD, _MOST_BLUR, _MOST_RADIUS = 1000, 2000, 500
_CLEAR = "transparent white: white in formats without alpha"
_FILLING = f"with fit=fill and fillmax, and fill=solid; {_CLEAR}"
_PADDING = "part of w and h; it shows bg, or is transparent, white in formats without alpha"
_BORDER = Argument("width", lambda text: arguments.read_border(text)[0])


def _gamma(text: str) -> float:
    found: float = _SHIFT.read(text)
    return round(2 ** (found / _GAMMA_DOUBLES), 6)


def _mask(text: str) -> Mask:
    try:
        return Mask(text.strip().lower())
    except ValueError:
        raise UnreadableError from None


def _pad(side: str) -> Row:
    return alone(f"pad-{side}", arguments.integer(0, _MOST_PAD), f"edges.pad_{side}", SAME)


def _border(side: str) -> Row:
    return Row(
        f"border-{side}",
        _BORDER,
        (f"edges.border_{side}",),
        SAME,
        "with border, in place of its width; it has one colour all around",
    )


ADJUST = (
    alone("bri", arguments.percent(), "adjust.brightness", NEAR, _CURVE, default="0"),
    alone("con", arguments.percent(), "adjust.contrast", NEAR, _CURVE, default="0"),
    alone("sat", arguments.percent(), "adjust.saturation", NEAR, f"{_CURVE}; -100 is grey", default="0"),
    alone("exp", _SHIFT, "adjust.exposure", NEAR, _CURVE, default="0"),
    alone("gam", Argument(_SHIFT.expects, _gamma), "adjust.gamma", NEAR, _CURVE, default="0"),
    alone("vib", _SHIFT, "adjust.vibrance", NEAR, _CURVE, default="0"),
    alone("high", arguments.number(-100, 0), "adjust.highlights", NEAR, _CURVE, default="0"),
    alone("shad", _STRENGTH, "adjust.shadows", NEAR, _CURVE, default="0"),
    alone("hue", arguments.number(0, 360), "adjust.hue", NEAR, "in degrees, by CSS' matrix", default="0"),
    alone("invert", switch(), "adjust.is_inverted", SAME, aliases=("inv",)),
    alone("sharp", _STRENGTH, "effects.sharpness", NEAR, _CURVE, default="0"),
    alone("usm", _SHIFT, "effects.unsharp", NEAR, _CURVE, default="0"),
    alone("usmrad", arguments.number(0, _MOST_RADIUS), "effects.unsharp_radius", NEAR, _CURVE, default="2.5"),
    Row("nr", _SHIFT, ("effects.noise",), NEAR, _CURVE, default="20"),
    Row("nrs", _SHIFT, ("effects.noise_edges",), NEAR, _CURVE, default="20"),
)
STYLE = (
    alone("blur", arguments.number(0, _MOST_BLUR), "effects.blur", NEAR, "a tenth of it is the sigma, in px"),
    alone("monochrome", arguments.COLOUR, "effects.monochrome", NEAR, "brightness by Rec. 709", ("mono",)),
    alone("sepia", _STRENGTH, "effects.sepia", NEAR, "by CSS' matrix"),
    alone("px", _STRENGTH, "effects.pixelate", SAME),
    alone(
        "duotone",
        Argument("two colours, for dark and light", arguments.read_two_colours),
        "effects.duotone",
        NEAR,
        "brightness by Rec. 709",
    ),
    alone("duotone-alpha", _STRENGTH, "effects.duotone_alpha", SAME, default="100"),
    alone("htn", _STRENGTH, "effects.halftone", NEAR, "the distance of round dots in px"),
)
GROUND = (
    Row("bg", arguments.COLOUR, ("background",), SAME, _CLEAR, default="0fff"),
    Row(
        "fill",
        arguments.one_of({"solid": Fill.SOLID, "blur": Fill.BLUR}),
        ("ground.fill",),
        SAME,
        "with fit=fill and fillmax; gen and gradient are not supported, and bg is shown",
        default="solid",
    ),
    Row("fill-color", arguments.COLOUR, ("background",), SAME, _FILLING, ("fillcolor",), "0fff"),
    alone("pad", arguments.integer(0, _MOST_PAD), "edges.pad", SAME, _PADDING, default="0"),
    *(_pad(side) for side in ("left", "top", "right", "bottom")),
    Row(
        "transparency",
        arguments.one_of({"grid": Transparency.GRID}),
        ("ground.transparency", "ground.grid_size", "ground.grid_colours"),
        SAME,
        "the answer has no transparency then",
    ),
    Row(
        "grid-colors",
        Argument("one or two colours", arguments.read_squares),
        ("ground.grid_colours",),
        SAME,
        "with transparency",
        default="D0D7DD,FFFFFF",
    ),
    Row("grid-size", arguments.positive(_MOST_PAD), ("ground.grid_size",), SAME, "with transparency", default="4"),
    nothing("fill-gradient*", NOT, "gradients are not drawn"),
    nothing("fill-gen*", NOT, "nothing is generated"),
    nothing("bg-remove*", NOT, "backgrounds are not removed"),
    nothing("bg-replace*", NOT, "backgrounds are not replaced"),
    nothing("object-removal*", NOT, "nothing is generated"),
    nothing("upscale*", NOT, "nothing is generated"),
)
EDGES = (
    Row(
        "mask",
        Argument("ellipse or corners", _mask),
        ("edges.mask",),
        SAME,
        "the URL of a picture as mask is not supported",
    ),
    Row("corner-radius", arguments.corners(), ("edges.radius",), SAME, "with mask=corners"),
    alone(
        "mask-bg", arguments.COLOUR, "edges.mask_background", SAME, "transparent where the format allows", ("maskbg",)
    ),
    Row(
        "border",
        Argument("width,colour", arguments.read_border),
        ("edges.border", "edges.border_colour"),
        SAME,
        "part of w and h, as pad is; at most 400 px",
    ),
    Row("border-radius", arguments.corners(), ("edges.radius",), SAME, "of the outer corners, with border"),
    Row("border-radius-inner", arguments.corners(), ("edges.radius_inner",), SAME, "with border", default="0"),
    *(_border(side) for side in ("left", "top", "right", "bottom")),
)
GROUPS = (
    Group("Adjust", ADJUST),
    Group("Style", STYLE),
    Group("Ground and padding", GROUND),
    Group("Mask and border", EDGES),
)
