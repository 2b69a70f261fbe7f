"""explain tells how the quality is found, and what it is once that is known."""

import pytest

from imgcdn.dialects import native
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Point, Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits
from imgcdn.web.coded import coded, quality_of

INFO = SourceInfo("jpegload", Size(400, 300), 1, 1, False, False, 8, False, False)


def planned(query: str, form: Format = Format.JPEG) -> TransformPlan:
    spec = native.parse("img", "a.jpg", query).spec
    return planner.plan(spec, INFO, Focus(Point(0.5, 0.5), "fp"), form, Limits(), Encoding())


def test_a_quality_that_the_url_says_needs_no_words():
    assert list(coded(planned("q=70"), None)) == []
    assert quality_of(planned("q=70"), None) == 70


def test_a_quality_by_content_is_told_with_every_kind():
    assert list(coded(planned("q=auto"), None)) == [
        (
            "the quality goes by what the finished picture shows: flat graphics 92, illustrations and screenshots 88, "
            "graphics with photos 82, photos 76, photos full of detail 72"
        ),
        "the quality is decided from the pixels; not known before it is rendered",
    ]
    assert quality_of(planned("q=auto"), None) is None


@pytest.mark.parametrize(("mode", "likeness"), [("best", 0.979), ("good", 0.957), ("eco", 0.915)])
def test_a_search_is_told_with_its_target_and_with_what_it_found(mode, likeness):
    looked, found = coded(planned(f"q=auto:{mode}"), "81;content=photo;likeness=0.9571")
    assert f"{likeness} like the picture" in looked
    assert found.endswith("found for the file that is kept: 81;content=photo;likeness=0.9571")
    assert quality_of(planned(f"q=auto:{mode}"), "81;content=photo") == 81


def test_a_limit_of_bytes_is_told_with_its_floor():
    first, _ = coded(planned("max_bytes=9000"), None)
    assert first == (
        "where the file is larger than max_bytes=9000, the quality goes down as far as it must, to no less than 20"
    )


def test_a_palette_is_told():
    assert list(coded(planned("colorquant=16", Format.PNG), None)) == ["the file has a palette of at most 16 colours"]
