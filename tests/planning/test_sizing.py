from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.model.geometry import Size
from imgcdn.model.spec import Fit, Spec
from imgcdn.planning import sizing
from imgcdn.planning.rotation import rotated_size
from imgcdn.planning.settings import Limits

quick = settings(max_examples=200, deadline=None)
LIMITS = Limits()
REGION = Size(1600, 900)
sides = st.integers(1, 100_000)
limits = st.builds(Limits, max_side=st.integers(1, 9000), max_pixels=st.integers(1, 10**8))


@quick
@given(sides, sides, limits)
def test_a_capped_size_meets_the_limits_and_never_grows(width, height, limit):
    found = sizing.capped(Size(width, height), limit)
    assert 1 <= found.width <= min(width, limit.max_side)
    assert 1 <= found.height <= min(height, limit.max_side)
    assert found.pixels <= limit.max_pixels


@quick
@given(sides, sides)
def test_a_capped_size_keeps_its_aspect_to_a_pixel_and_is_as_large_as_may_be(width, height):
    found = sizing.capped(Size(width, height), LIMITS)
    scale = min(1, 8192 / max(width, height), (40_000_000 / (width * height)) ** 0.5)
    assert found.width == pytest.approx(max(1, width * scale), abs=1)
    assert found.height == pytest.approx(max(1, height * scale), abs=1)


@quick
@given(st.integers(1, 8192), st.integers(1, 4800))
def test_a_size_within_the_limits_is_left_alone(width, height):
    assert sizing.capped(Size(width, height), LIMITS) == Size(width, height)


@quick
@given(st.integers(1, 8192), st.integers(1, 4800), st.floats(0, 360, exclude_max=True))
def test_a_canvas_made_turnable_meets_the_limits_once_it_is_turned(width, height, angle):
    canvas = Size(width, height)
    picture, made = sizing.turnable(Size(max(1, width // 2), height), canvas, angle, LIMITS)
    turned = rotated_size(made, angle)
    assert max(turned.width, turned.height) <= LIMITS.max_side
    assert turned.pixels <= LIMITS.max_pixels
    assert picture.width <= made.width
    assert picture.height <= made.height
    if max(rotated_size(canvas, angle).width, rotated_size(canvas, angle).height) <= 6000:
        assert made == canvas


@pytest.mark.parametrize(
    ("spec", "fit"),
    [
        (Spec(), Fit.INSIDE),
        (Spec(width=100), Fit.INSIDE),
        (Spec(width=100, height=100), Fit.COVER),
        (Spec(width=100, aspect=Fraction(1)), Fit.COVER),
        (Spec(aspect=Fraction(1)), Fit.COVER),
        (Spec(width=100, height=100, fit=Fit.OUTSIDE), Fit.OUTSIDE),
    ],
)
def test_a_whole_box_or_a_ratio_covers_and_anything_less_lies_inside(spec, fit):
    assert sizing.frame(spec, REGION, LIMITS).fit is fit


@pytest.mark.parametrize(
    ("fit", "grows"),
    [
        (Fit.COVER, True),
        (Fit.CONTAIN, True),
        (Fit.FILL, True),
        (Fit.OUTSIDE, True),
        (Fit.INSIDE, False),
        (Fit.COVER_DOWN, False),
        (Fit.CONTAIN_DOWN, False),
    ],
)
def test_each_fit_enlarges_or_not_and_the_url_may_say_otherwise_except_for_the_down_forms(fit, grows):
    def may(said):
        return sizing.frame(Spec(width=9, height=9, fit=fit, may_enlarge=said), REGION, LIMITS).may_enlarge

    assert may(None) is grows
    assert may(False) is False
    assert may(True) is (not fit.value.endswith("-down"))


@pytest.mark.parametrize("fit", [fit for fit in Fit if not fit.value.startswith("cover")])
def test_only_cover_crops(fit):
    assert sizing.frame(Spec(width=100, height=100, fit=fit), REGION, LIMITS).aspect is None
    assert sizing.frame(Spec(width=100, height=100, fit=Fit.COVER_DOWN), REGION, LIMITS).aspect == 1


def test_a_quarter_turn_swaps_the_box_in_the_sources_own_orientation():
    found = sizing.frame(Spec(width=400, height=300, rotate=90.0), REGION, LIMITS)
    assert (found.width, found.height, found.aspect) == (300, 400, 0.75)
    assert sizing.frame(Spec(aspect=Fraction(2), rotate=270.0), REGION, LIMITS).aspect == 0.5
    assert sizing.frame(Spec(width=400, height=300, rotate=180.0), REGION, LIMITS).aspect == 4 / 3


def test_shares_of_a_turned_picture_count_the_sides_as_they_are_seen():
    found = sizing.frame(Spec(width=0.5, rotate=90.0), REGION, LIMITS)
    assert (found.width, found.height) == (None, 450)


@pytest.mark.parametrize(("rotate", "turns"), [(0, 0), (90, 1), (-90, 3), (-270, 1), (-360, 0), (89.9, 0), (45, 0)])
def test_quarter_turns_are_counted_clockwise_and_only_for_right_angles(rotate, turns):
    assert sizing.quarter_turns(Spec(rotate=float(rotate))) == turns


def test_a_thin_window_keeps_its_length_when_enlarging_is_forbidden():
    frame = sizing.frame(Spec(width=91, height=7446, fit=Fit.COVER_DOWN), Size(90, 9000), LIMITS)
    assert sizing.resized(frame, Size(1, 90), LIMITS)[0] == Size(1, 90)


@pytest.mark.parametrize(
    ("region", "aspect", "box"),
    [
        (Size(600, 400), Fraction(1), Size(600, 600)),
        (Size(600, 400), Fraction(3), Size(1200, 400)),
        (Size(600, 400), Fraction(3, 2), Size(600, 400)),
        (Size(1, 1), Fraction(1, 100), Size(1, 100)),
    ],
)
def test_a_ratio_alone_letterboxes_the_picture_in_the_smallest_box_of_the_shape(region, aspect, box):
    made = sizing.frame(Spec(aspect=aspect, fit=Fit.CONTAIN), region, Limits())
    assert (made.width, made.height) == (box.width, box.height)
    assert sizing.resized(made, region, Limits()) == (region, box)
