"""explain tells what was done to colours and for effect, as the plan has it."""

import pytest

from imgcdn.dialects import native
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Point, Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits
from imgcdn.web.treated import treated

INFO = SourceInfo("jpegload", Size(400, 300), 1, 1, False, False, 8, False, False)


def told(query: str) -> list[str]:
    spec = native.parse("img", "a.jpg", query).spec
    plan = planner.plan(spec, INFO, Focus(Point(0.5, 0.5), "fp"), Format.JPEG, Limits(), Encoding())
    return list(treated(spec, plan))


def test_nothing_is_told_where_nothing_was_asked():
    assert told("w=100") == []


def test_changes_of_colour_are_told():
    assert told("bri=120&hue=20") == ["colours are changed pixel by pixel; alpha stays as it is"]


def test_effects_are_told_in_the_order_of_work_with_their_lengths():
    (sentence,) = told("w=200&dpr=2&htn=5&px=4&blur=30&duotone=000,fff&mono=f00&sepia=50&usm=50&sharp=50&nr=10")
    assert sentence == (
        "effects, in the order of work: noise reduction (detail up to about 3 of 255 levels counts as noise), "
        "sharpening (the finest detail of brightness times 2), "
        "unsharp mask (what a blur of 5 px takes away, times 1.5), sepia, monochrome, duotone, "
        "blur (a Gaussian with a sigma of 6 px), squares of 8 px, halftone dots 10 px apart"
    )


@pytest.mark.parametrize(
    ("query", "word"), [("hue=360", "colours"), ("blur=1", "effects"), ("w=100&px=2&dpr=0.5", "effects")]
)
def test_what_comes_to_nothing_is_told_too(query, word):
    (sentence,) = told(query)
    assert word in sentence
    assert "none is" in sentence
