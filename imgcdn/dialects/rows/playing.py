"""Which frames and pages of a source are shown, and how an animation runs."""

from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Parameter

MOST_FRAMES = 100_000

ROWS = (
    Parameter(
        "frame",
        "play.frames",
        readers.span(MOST_FRAMES),
        "all",
        "frames of an animation, counted from 1: one frame is a still, `5-20`, `5-` and `-20` are shorter animations; "
        "a frame that is not there is refused",
        "w=400&frame=3",
    ),
    Parameter(
        "animated",
        "play.is_animated",
        readers.boolean(),
        "true",
        "off shows an animation as a still: its first frame",
        "w=400&animated=0",
    ),
    Parameter(
        "loop",
        "play.loop",
        readers.integer(0, 1000),
        "as in the source",
        "how often an animation runs, 0 for ever",
        "w=400&loop=1",
    ),
    Parameter(
        "fps",
        "play.fps",
        readers.number(0.1, 60, "frames a second,"),
        "as in the source",
        "speed of an animation: every frame is shown equally long; GIF counts in hundredths of a second",
        "w=400&fps=10",
    ),
    Parameter(
        "interval",
        "play.interval",
        readers.integer(1, MOST_FRAMES),
        "1",
        "keeps every n-th frame, from the first on, each for as long as it was shown",
        "w=400&interval=2",
    ),
    Parameter(
        "skip",
        "play.skip",
        readers.integer(2, MOST_FRAMES),
        "none",
        "leaves every n-th frame out, from the first on; comes after `interval`",
        "w=400&skip=3",
    ),
    Parameter(
        "reverse",
        "play.is_reversed",
        readers.boolean(),
        "false",
        "plays an animation backwards",
        "w=400&reverse=1",
    ),
    Parameter(
        "page",
        "play.page",
        readers.integer(1, MOST_FRAMES),
        "1",
        "page of a TIFF or PDF, counted from 1; a page that is not there is refused",
        "w=400&page=2",
    ),
)
