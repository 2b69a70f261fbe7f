"""Turning and mirroring, and what shows where no picture is."""

from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Parameter

ROWS = (
    Parameter(
        "rotate",
        "rotate",
        readers.number(-360, 360, "degrees clockwise"),
        "0",
        "turns the finished crop; `w` and `h` name the answer for right angles, "
        "other angles grow it and fill with `bg`",
        "w=400&rotate=12",
        ("rot",),
    ),
    Parameter(
        "straighten",
        "is_straightened",
        readers.boolean(),
        "false",
        "zooms in on what `rotate` turns, so that it fills a frame that does not turn with it: no corner is empty, and "
        "`w` and `h` name the answer",
        "w=400&rotate=12&straighten=1",
    ),
    Parameter("flip", "flip", readers.boolean(), "false", "mirrors top to bottom", "w=400&flip=1"),
    Parameter("flop", "flop", readers.boolean(), "false", "mirrors left to right", "w=400&flop=1"),
    Parameter(
        "orient",
        "orientation",
        readers.integer(0, 8),
        "from EXIF",
        "takes this EXIF orientation instead of the source's own; 0 leaves the pixels as stored",
        "w=400&orient=6",
    ),
    Parameter(
        "bg",
        "background",
        readers.colour(),
        "transparent, white where the format has no alpha",
        "background behind transparency, letterboxes and turned corners",
        "w=400&h=400&fit=contain&bg=1e3a8a",
    ),
)
