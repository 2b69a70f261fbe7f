"""How large the answer is, which part of the source it shows, and which way up."""

from imgcdn.dialects.cloudinary.row import Group, Row, refused
from imgcdn.dialects.imgix.row import Status

SAME, NEAR, NOT = Status.SAME, Status.APPROXIMATE, Status.UNSUPPORTED
_SIDES = ("width", "height", "fit", "may_enlarge")
_LENGTH = "whole pixels, or with a decimal point a share: 0.5, 1.0"
_ONE_SIDE = "with one side the other follows from the picture"
_TILED = "with x_ and y_, or a gravity of the compass, exactly there"
_GRAVITY = "the crop is where our gravities find it"
_ADD_ON = "needs an add-on of Cloudinary"

SIZE = (
    Row("w", _LENGTH + ", or auto", ("width",), SAME, "`auto` is the client hint Width; iw, ih and sums are refused"),
    Row("h", _LENGTH, ("height",), SAME, "an answer is at most 8192 px a side: it is scaled down"),
    Row("ar", "a ratio such as 16:9 or 1.5", ("aspect",), SAME, "gives the missing side, or crops without scaling"),
    Row("dpr", "a number from 0.1 to 10, or auto", ("dpr",), SAME, "`auto` is the client hint DPR; multiplies all px"),
    Row("x", "pixels or a share, of either sign", ("cut.x", "mark.inset_x"), SAME, "with c_crop, g_xy_center, layers"),
    Row("y", "pixels or a share, of either sign", ("cut.y", "mark.inset_y"), SAME, "with c_crop, g_xy_center, layers"),
    Row("z", "a number from 0.1 to 10", ("face_pad",), NEAR, "with c_thumb, and c_crop on faces"),
)
MODES = (
    Row("c_scale", "–", _SIDES, SAME, "the default; both sides stretch, " + _ONE_SIDE),
    Row("c_fit", "–", _SIDES, SAME, "enlarges"),
    Row("c_limit", "–", _SIDES, SAME, "never enlarges"),
    Row("c_mfit", "–", (*_SIDES, "cut.may_shrink"), SAME, "never makes smaller"),
    Row("c_fill", "–", (*_SIDES, "gravity"), SAME, "enlarges; " + _ONE_SIDE),
    Row("c_lfill", "–", (*_SIDES, "gravity", "cut.is_clipped"), SAME, "never enlarges: what is too large is cropped"),
    Row("c_fill_pad", "–", (*_SIDES, "gravity"), NEAR, "as c_fill: nothing is padded"),
    Row("c_auto", "–", (*_SIDES, "gravity"), NEAR, "as c_fill with g_auto"),
    Row("c_auto_pad", "–", (*_SIDES, "gravity"), NEAR, "as c_fill with g_auto: nothing is padded"),
    Row("c_crop", "–", ("rect", "cut.width", "cut.height", "gravity"), SAME, f"{_TILED}; else {_GRAVITY}"),
    Row(
        "c_thumb", "–", (*_SIDES, "gravity", "face_pad", "face_else"), NEAR, "on faces as large as z_ says; " + _GRAVITY
    ),
    Row(
        "c_pad",
        "–",
        (*_SIDES, "cut.position"),
        SAME,
        "enlarges; transparent where the format allows, unless b_ is said",
    ),
    Row("c_lpad", "–", (*_SIDES, "cut.position"), SAME, "never enlarges the picture"),
    Row("c_mpad", "–", (*_SIDES, "cut.may_shrink"), SAME, "scales nothing; the answer is no smaller than the picture"),
    *refused({"c_imagga_crop": _ADD_ON, "c_imagga_scale": _ADD_ON}),
)
TURNS = (
    Row(
        "a",
        "degrees clockwise, hflip, vflip, ignore, exif; several with dots",
        ("rotate", "flip", "flop", "orientation"),
        SAME,
        "other than right angles they grow the answer, as there",
    ),
    *refused(dict.fromkeys(("a_auto_right", "a_auto_left"), "turns by the shape of the source")),
)
GROUPS = (Group("Size", SIZE), Group("Crop modes", MODES), Group("Turning", TURNS))
