"""What `explain=1` tells of trimmed borders, hidden faces and edges: a line each, and none where nothing was done."""

import pytest

from imgcdn.dialects import native
from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.seen import NOTHING, Seen
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits
from imgcdn.web.dressing import dressing
from imgcdn.web.reasons import reasons

INFO = SourceInfo("jpegload", Size(1000, 800), 1, 1, False, False, 8, False, False)
FACES = (Region(0.1, 0.1, 0.1, 0.1, 0.9), Region(0.8, 0.8, 0.1, 0.1, 0.9))


def told(query, seen=NOTHING):
    spec = native.parse("img", "a", query).spec
    plan = planner.plan(spec, INFO, None, Format.WEBP, Limits(), Encoding(), seen=seen)
    return [*reasons(spec, plan, None, INFO.upright, seen), *dressing(spec, plan, seen, INFO.upright)]


def test_nothing_done_is_nothing_told():
    assert told("w=400") == ["nothing is cut away: fit=inside keeps all of the picture"]


@pytest.mark.parametrize(
    ("query", "seen", "line"),
    [
        ("w=400&trim=color", Seen(Box(100, 50, 800, 600)), "trim=color leaves 800x600 of 1000x800 px, from 100, 50 on"),
        ("w=400&trim=1", Seen(Box(0, 0, 1000, 800)), "trim=auto found no border to take off"),
        ("w=400&face_blur=9", Seen(faces=FACES), "2 faces were found to be hidden"),
        ("w=400&face_blur=9", NOTHING, "0 faces were found to be hidden"),
        (
            "rect=0,0,500,400&face_pixel=9",
            Seen(faces=FACES),
            "2 faces were found to be hidden, 1 of them in the window",
        ),
        ("w=400&pad=10&border=5", NOTHING, "pad and border take 30 px across and 30 px down of the 400x326 px"),
        ("pad=10", NOTHING, "pad and border take 20 px across and 20 px down, which the answer is larger by"),
        ("w=400&mask=ellipse", NOTHING, "the picture is cut to an ellipse"),
        ("w=400&radius=9", NOTHING, "the corners are round: 9 px"),
        ("w=400&radius=1,2,3,4", NOTHING, "the corners are round: 1, 2, 3, 4 px"),
    ],
)
def test_each_thing_done_has_its_line(query, seen, line):
    assert told(query, seen)[1:] == [line]


def test_what_is_kept_is_what_trim_leaves():
    assert "what trim leaves" in told("w=400&trim=1", Seen(Box(100, 50, 800, 600)))[0]
