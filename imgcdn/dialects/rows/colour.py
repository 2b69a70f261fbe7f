"""Colours changed pixel by pixel; transparency and geometry stay as they are."""

from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Parameter

_PERCENT = readers.number(0, 200)
_SHIFT = readers.number(-100, 100)

ROWS = (
    Parameter(
        "bri",
        "adjust.brightness",
        _PERCENT,
        "100",
        "brightness in per cent, as CSS' `brightness()`: 0 is black, 200 twice as bright",
        "w=400&bri=120",
    ),
    Parameter(
        "con",
        "adjust.contrast",
        _PERCENT,
        "100",
        "contrast about mid grey in per cent, as CSS' `contrast()`: 0 is all grey, 200 twice the contrast",
        "w=400&con=120",
    ),
    Parameter(
        "sat",
        "adjust.saturation",
        _PERCENT,
        "100",
        "saturation in per cent, as CSS' `saturate()`: 0 has no colour, 200 twice as much",
        "w=400&sat=150",
    ),
    Parameter(
        "hue",
        "adjust.hue",
        readers.number(0, 360, "degrees"),
        "0",
        "turns every colour around the colour wheel, as CSS' `hue-rotate()`",
        "w=400&hue=180",
    ),
    Parameter(
        "gam",
        "adjust.gamma",
        readers.number(0.1, 10),
        "1",
        "gamma: each level to the power of 1/`gam`; above 1 the middle becomes lighter, black and white stay",
        "w=400&gam=1.5",
    ),
    Parameter(
        "exposure",
        "adjust.exposure",
        _SHIFT,
        "0",
        "more or less light, as if exposed longer: 50 is one stop, twice the light; -50 half of it",
        "w=400&exposure=30",
    ),
    Parameter(
        "vib",
        "adjust.vibrance",
        _SHIFT,
        "0",
        "vibrance: more or less colour where there is little; what is saturated or warm, such as skin, changes least",
        "w=400&vib=60",
        ("vibrance",),
    ),
    Parameter(
        "high",
        "adjust.highlights",
        _SHIFT,
        "0",
        "highlights: below 0 bright parts become darker and show more detail, above 0 lighter; white stays white",
        "w=400&high=-60",
        ("highlights",),
    ),
    Parameter(
        "shad",
        "adjust.shadows",
        _SHIFT,
        "0",
        "shadows: above 0 dark parts become lighter and show more detail, below 0 darker; black stays black",
        "w=400&shad=60",
        ("shadows",),
    ),
    Parameter(
        "invert", "adjust.is_inverted", readers.boolean(), "false", "the negative of the picture", "w=400&invert=1"
    ),
)
