"""How large the answer is, which part of the source it shows, and which way up."""

from imgcdn.dialects.imgix import arguments
from imgcdn.dialects.imgix.row import Argument, Group, Row, Status, alone, nothing, switch
from imgcdn.model.geometry import Point
from imgcdn.model.trimming import Trim

SAME, NEAR, NOT = Status.SAME, Status.APPROXIMATE, Status.UNSUPPORTED
FITS = ("clip", "max", "crop", "min", "fill", "fillmax", "scale", "clamp", "facearea")
CROPS = ("top", "bottom", "left", "right", "center", "faces", "entropy", "edges", "focalpoint", "auto")
_TURNS = {"90": 6, "180": 3, "270": 8}
_FLIPS = {"h": (False, True), "v": (True, False), "hv": (True, True), "vh": (True, True)}
_MOST_PIXELS = (
    "an answer is at most 8192 px a side, and 40 megapixels unless `limits` says otherwise: it is scaled down"
)
_PIXELS = "1 is 1 px, as are all numbers without a point; those with one are shares up to 1.0"
_SHAPE = (
    "with fit=crop or fill, and not more than one of w and h; without both crop keeps as much of the source as has "
    "that shape, and fill adds to the whole of it what is missing"
)
_DETECTOR = "another face detector finds other boxes: they may be a few per cent larger or smaller"
_BOUND = "with fit=crop, for the side that follows from the other one, or from the source"


def _bound(name: str, alias: str, field: str) -> Row:
    return Row(name, arguments.positive(8192), (field,), SAME, _BOUND, (alias,))


def _orientation(text: str) -> int:
    found = _TURNS.get(text.strip())
    return int(arguments.integer(0, 8).read(text)) if found is None else found


def _share(name: str) -> Row:
    return Row(name, arguments.number(0, 1), ("focal_point",), SAME, "with crop=focalpoint", default="0.5")


_MOST_FACES = 1000
SIZE = (
    Row("w", arguments.length(), ("width",), SAME, f"{_PIXELS}; {_MOST_PIXELS}", ("width",)),
    Row("h", arguments.length(), ("height",), SAME, f"{_PIXELS}; {_MOST_PIXELS}", ("height",)),
    Row(
        "fit",
        arguments.list_of(*FITS),
        ("fit", "may_enlarge", "ground.extend", "face_pad", "face_else", "gravity", "background"),
        SAME,
        "a list such as facearea,clip names what is done where there is no face; fill without one",
        ("f",),
        "clip",
        differing={"facearea": _DETECTOR},
    ),
    Row(
        "crop",
        arguments.list_of(*CROPS),
        ("gravity", "focal_point"),
        SAME,
        "with fit=crop; a list is tried from left to right, and where nothing is found the middle is kept",
        default="center",
        differing={
            "faces": f"{_DETECTOR}; where not all fit, as many as fit are kept",
            "entropy": "the entropy of libvips, which may find another place",
            "auto": "another idea of what matters most in a picture",
        },
    ),
    Row("ar", arguments.ratio(), ("aspect",), SAME, _SHAPE),
    alone("rect", arguments.rect(), "rect", SAME, "what lies beyond an edge is cut"),
    alone(
        "dpr",
        arguments.ratio_of_pixels(5),
        "dpr",
        SAME,
        "multiplies lengths of effects, padding and text, too",
        default="1",
    ),
    _bound("max-w", "max-width", "bounds.most_width"),
    _bound("max-h", "max-height", "bounds.most_height"),
    _bound("min-w", "min-width", "bounds.least_width"),
    _bound("min-h", "min-height", "bounds.least_height"),
)
FOCUS = (
    _share("fp-x"),
    _share("fp-y"),
    Row("fp-z", arguments.number(1, 100), ("zoom",), SAME, "where crop begins with focalpoint", default="1"),
    Row(
        "fp-debug",
        switch(),
        ("delivery.debug",),
        NEAR,
        "draws the crop and its focus over the whole source, where the settings allow it (`http.allow_debug`)",
    ),
    Row("facepad", arguments.number(1, 10), ("face_pad",), NEAR, _DETECTOR, default="1"),
    Row("faceindex", arguments.positive(_MOST_FACES), ("face_index",), NEAR, "faces are counted by size"),
    Row("faces", switch(), ("listing.has_faces",), SAME, f"with fm=json: boxes, mouth and eyes; {_DETECTOR}"),
    alone("face-blur", arguments.number(0, 100), "redaction.blur", NEAR, "every face, at strengths of its own size"),
    alone("face-pixel", arguments.number(0, 100), "redaction.pixel", NEAR, "every face, at strengths of its own size"),
    nothing("lp-blur", NOT, "number plates are not looked for"),
)
TURNS = (
    Row("flip", arguments.one_of(_FLIPS), ("flip", "flop"), SAME),
    alone("orient", Argument("0 to 8 as in EXIF, or 90, 180, 270", _orientation), "orientation", SAME, aliases=("or",)),
    Row(
        "rot",
        arguments.number(0, 360),
        ("rotate", "is_straightened"),
        SAME,
        "counter-clockwise; the answer keeps its size, and the picture is zoomed until it fills that",
        default="0",
    ),
    Row(
        "rot-type",
        arguments.one_of({"straighten": True, "pivot": False}),
        ("is_straightened",),
        SAME,
        "with rot",
        default="straighten",
        differing={"pivot": "the answer grows until it holds all of the picture, whose corners show bg"},
    ),
)
TRIM = (
    alone(
        "trim",
        arguments.one_of({mode.value: mode for mode in Trim}),
        "trim.mode",
        NEAR,
        "the border is found by other sums of pixels, a few may be left or lost",
    ),
    alone("trim-color", arguments.COLOUR, "trim.colour", SAME, aliases=("trimcolor",)),
    Row("trim-tol", arguments.integer(0, 255), ("trim.tolerance",), NEAR, "of 255", ("trimtol",), "0"),
    alone("trim-md", arguments.number(0, 255), "trim.mean", SAME, aliases=("trimmd",), default="11"),
    alone("trim-sd", arguments.number(0, 255), "trim.deviation", SAME, aliases=("trimsd",), default="10"),
    Row("trim-alpha", arguments.integer(0, 255), ("trim.tolerance",), NEAR, "of 255, with trim=alpha"),
    alone("trim-pad", arguments.integer(0, 1000), "trim.pad", SAME, aliases=("trimpad",), default="0"),
)
GROUPS = (Group("Size", SIZE), Group("Focal point and faces", FOCUS), Group("Turning", TURNS), Group("Trim", TRIM))
MIDDLE = Point(0.5, 0.5)
