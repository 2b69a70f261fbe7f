"""Effects on the resized picture, in the order of work; all lengths are px at `dpr=1`."""

from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Parameter

_STRENGTH = readers.number(0, 100)
_SHIFT = readers.number(-100, 100)

ROWS = (
    Parameter(
        "nr",
        "effects.noise",
        _SHIFT,
        "0",
        "noise reduction: fine detail lower than this is smoothed, what is higher counts as edges and stays; 20 is for "
        "slight noise; below 0 fine detail is doubled",
        "w=400&nr=60",
    ),
    Parameter(
        "nrs",
        "effects.noise_edges",
        _SHIFT,
        "0",
        "sharpness of the edges that `nr` finds, in per cent: above 0 more, below 0 less",
        "w=400&nr=60&nrs=60",
    ),
    Parameter(
        "sharp",
        "effects.sharpness",
        _STRENGTH,
        "0",
        "sharpens brightness at the finest detail (1 px); 50 doubles it",
        "w=400&sharp=60",
    ),
    Parameter(
        "usm",
        "effects.unsharp",
        _SHIFT,
        "0",
        "unsharp mask in per cent: adds what a picture blurred by `usmrad` lacks; below 0 takes it away",
        "w=400&usm=60",
    ),
    Parameter(
        "usmrad",
        "effects.unsharp_radius",
        readers.number(0, 500, "px"),
        "2.5",
        "radius of the unsharp mask (its sigma); `dpr` multiplies it",
        "w=400&usm=60&usmrad=8",
    ),
    Parameter(
        "sepia",
        "effects.sepia",
        _STRENGTH,
        "0",
        "the brown of old photographs in per cent, as CSS' `sepia()`",
        "w=400&sepia=80",
    ),
    Parameter(
        "monochrome",
        "effects.monochrome",
        readers.colour(),
        "–",
        "brightness alone, from black to this colour; the colour's alpha says how much of that",
        "w=400&monochrome=ff7a00",
        ("mono",),
    ),
    Parameter(
        "duotone",
        "effects.duotone",
        readers.two_colours(),
        "–",
        "brightness alone, from the first colour for black to the second for white",
        "w=400&duotone=000080,fa8072",
    ),
    Parameter(
        "duotone_alpha",
        "effects.duotone_alpha",
        _STRENGTH,
        "100",
        "how much of `duotone` there is, in per cent; the rest is the picture's own colours",
        "w=400&duotone=000080,fa8072&duotone_alpha=60",
    ),
    Parameter(
        "blur",
        "effects.blur",
        readers.number(0, 2000),
        "0",
        "Gaussian blur: 10 is a sigma of 1 px, 2000 one of 200 px; `dpr` multiplies it",
        "w=400&blur=60",
    ),
    Parameter(
        "px",
        "effects.pixelate",
        readers.number(0, 100, "px"),
        "0",
        "pixelates: side of the squares; `dpr` multiplies it",
        "w=400&px=12",
    ),
    Parameter(
        "htn",
        "effects.halftone",
        readers.number(0, 100, "px"),
        "0",
        "halftone: distance of printer's dots, whose size shows how dark the picture is; `dpr` multiplies it",
        "w=400&htn=8",
        ("halftone",),
    ),
)
