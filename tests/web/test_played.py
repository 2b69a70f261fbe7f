"""What `explain=1` says of frames, pages, gain maps and colour spaces is what the plan says."""

import pytest

from imgcdn.dialects import native
from imgcdn.model.geometry import Size
from imgcdn.model.media import SourceInfo
from imgcdn.planning import negotiate, planner
from imgcdn.planning.settings import Encoding, Limits
from imgcdn.web.played import played


def told(query, **facts):
    info = SourceInfo("gifload", Size(40, 30), 1, facts.pop("frames", 1), False, False, 8, False, False, **facts)
    spec = native.parse("t", "x", query).spec
    plan = planner.plan(spec, info, None, negotiate.choose(spec, "avif", info), Limits(), Encoding())
    return "; ".join(played(spec, plan, info))


@pytest.mark.parametrize(
    ("query", "facts", "sentences"),
    [
        ("w=20", {}, ""),
        ("w=20", {"frames": 10}, "10 of 10 frames are shown"),
        ("frame=3", {"frames": 10}, "frame 3 of 10 is shown; avif shows no animation"),
        ("format=gif&animated=0", {"frames": 10}, "frame 1 of 10 is shown"),
        (
            "interval=2&reverse=1&fps=5&loop=1",
            {"frames": 10},
            "5 of 10 frames are shown, backwards; each frame is shown for 200 ms; the animation runs once",
        ),
        ("loop=0", {"frames": 2}, "2 of 2 frames are shown; the animation runs for ever"),
        ("page=2", {"pages": 3, "page": 1}, "page 2 of 3 is shown"),
        ("format=uhdr", {}, "the source has no gain map, so a plain JPEG is written"),
        (
            "format=uhdr",
            {"has_gain_map": True},
            "the gain map is cut, resized and turned along; colours are the source's own, told by the profile in the file",
        ),
        ("cs=p3", {}, "colours are Display P3, told by the profile in the file"),
    ],
)
def test_sentences(query, facts, sentences):
    assert told(query, **facts) == sentences


def test_a_gain_map_that_is_lost_is_told():
    assert "which format=uhdr would keep" in told("w=20", has_gain_map=True)
    assert "makes the gain map false" in told("format=uhdr&blur=20", has_gain_map=True)
