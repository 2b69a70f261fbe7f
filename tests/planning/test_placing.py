"""Where a whole source lies in the picture that is made of it."""

import pytest

from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Box, Point, Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.spec import Fit, Spec
from imgcdn.planning import planner
from imgcdn.planning.placing import place
from imgcdn.planning.settings import Encoding, Limits


def info(width: int, height: int) -> SourceInfo:
    return SourceInfo("jpegload", Size(width, height), 1, 1, False, False, 8, False, False)


def placed(source: Size, spec: Spec, point: Point | None = None) -> Box:
    focus = None if point is None else Focus(point, "fp")
    plan = planner.plan(spec, info(source.width, source.height), focus, Format.JPEG, Limits(), Encoding())
    return place(plan, source)


def test_what_is_cropped_lies_at_negative_places() -> None:
    square = Spec(width=600, height=600, fit=Fit.COVER)
    assert placed(Size(900, 600), square, Point(0.5, 0.5)) == Box(-150, 0, 900, 600)
    assert placed(Size(900, 600), square, Point(0, 0.5)) == Box(0, 0, 900, 600)
    assert placed(Size(1800, 1200), square, Point(1, 0.5)) == Box(-300, 0, 900, 600)
    assert placed(Size(600, 900), Spec(width=300, height=300, fit=Fit.COVER), Point(0.5, 1)) == Box(0, -150, 300, 450)


def test_what_does_not_reach_an_edge_lies_at_positive_places() -> None:
    letterboxed = Spec(width=600, height=600, fit=Fit.CONTAIN)
    assert placed(Size(900, 600), letterboxed) == Box(0, 100, 600, 400)
    assert placed(Size(600, 1200), letterboxed) == Box(150, 0, 300, 600)


@pytest.mark.parametrize("width", [1, 37, 600, 1301])
def test_a_source_of_the_same_shape_lies_at_the_origin(width: int) -> None:
    assert placed(Size(width * 3, width * 2), Spec(width=600, height=400, fit=Fit.COVER)) == Box(0, 0, 600, 400)
