"""The crop window from a focal point, against native.md §4 worked out in fractions."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.model.geometry import Box, Point, Size
from imgcdn.planning import crop

quick = settings(max_examples=300, deadline=None)
sides = st.integers(1, 10_000)
sizes = st.builds(Size, sides, sides)
shares = st.floats(0, 1)
points = st.builds(Point, shares, shares)
ratios = st.fractions(Fraction(1, 100), 100, max_denominator=8192)
zooms = st.floats(1, 100)


@st.composite
def regions(draw: st.DrawFn) -> Box:
    size = draw(sizes)
    return Box(draw(st.integers(0, 5000)), draw(st.integers(0, 5000)), size.width, size.height)


def slow_size(region: Size, ratio: Fraction, zoom: float) -> tuple[Fraction, Fraction]:
    height = min(Fraction(region.height), region.width / ratio)
    return height * ratio / Fraction(zoom), height / Fraction(zoom)


def slow_offset(share: float, side: int, length: int) -> Fraction:
    return min(max(Fraction(share) * side - Fraction(length, 2), Fraction(0)), Fraction(side - length))


def window(point: Point, ratio: Fraction | None, zoom: float, region: Box) -> Box:
    size = crop.window_size(region.size, None if ratio is None else float(ratio), zoom)
    return crop.around(point, size, region)


def is_inside(box: Box, region: Box) -> bool:
    return (
        box.left >= region.left and box.top >= region.top and box.right <= region.right and box.bottom <= region.bottom
    )


@quick
@given(sizes, ratios, zooms)
def test_the_window_has_the_size_of_the_formula_to_the_rounding_of_a_pixel(region, ratio, zoom):
    found = crop.window_size(region, float(ratio), zoom)
    width, height = slow_size(region, ratio, zoom)
    # An exact half may go either way; everything else has one nearest pixel.
    tolerance = Fraction(1, 2) + Fraction(1, 10**6)
    assert abs(found.width - max(width, 1)) <= tolerance
    assert abs(found.height - max(height, 1)) <= tolerance


@quick
@given(points, ratios, zooms, regions())
def test_the_window_stands_where_the_formula_says_to_a_pixel(point, ratio, zoom, region):
    found = window(point, ratio, zoom, region)
    assert abs(found.left - region.left - slow_offset(point.x, region.width, found.width)) <= Fraction(1, 2) + Fraction(
        1, 10**6
    )
    assert abs(found.top - region.top - slow_offset(point.y, region.height, found.height)) <= Fraction(1, 2) + Fraction(
        1, 10**6
    )


@quick
@given(st.builds(Point, st.floats(-2, 3), st.floats(-2, 3)), st.none() | ratios, zooms, regions())
def test_the_window_lies_inside_the_region_wherever_the_point_is(point, ratio, zoom, region):
    found = window(point, ratio, zoom, region)
    assert is_inside(found, region)
    assert found.width >= 1
    assert found.height >= 1


@quick
@given(sizes, ratios)
def test_without_zoom_the_window_is_as_large_as_its_shape_allows(region, ratio):
    found = crop.window_size(region, float(ratio), 1.0)
    assert found.width == region.width or found.height == region.height


@quick
@given(st.integers(1, 16), st.integers(1, 16), st.integers(1, 400), st.integers(1, 400), points, sizes, zooms)
def test_all_sizes_of_one_aspect_show_the_same_part_of_the_picture(w, h, k, m, point, size, zoom):
    region = Box(0, 0, size.width, size.height)
    one = crop.around(point, crop.window_size(size, Size(w * k, h * k).aspect, zoom), region)
    other = crop.around(point, crop.window_size(size, Size(w * m, h * m).aspect, zoom), region)
    assert abs((one.left + one.right) - (other.left + other.right)) <= 2
    assert abs((one.top + one.bottom) - (other.top + other.bottom)) <= 2


@quick
@given(regions(), ratios, zooms)
def test_corner_points_give_windows_flush_with_the_corner(region, ratio, zoom):
    first, last = window(Point(0, 0), ratio, zoom, region), window(Point(1, 1), ratio, zoom, region)
    assert (first.left, first.top) == (region.left, region.top)
    assert (last.right, last.bottom) == (region.right, region.bottom)


@quick
@given(regions(), points, ratios, st.floats(1, 10))
def test_a_point_is_in_its_window(region, point, ratio, zoom):
    found = window(point, ratio, zoom, region)
    assert found.left - 0.5 <= region.left + point.x * region.width <= found.right + 0.5
    assert found.top - 0.5 <= region.top + point.y * region.height <= found.bottom + 0.5


@pytest.mark.parametrize(
    ("size", "ratio", "zoom", "point", "expected"),
    [
        (Size(3200, 2133), Fraction(1), 1, Point(0.5, 0.5), Box(534, 0, 2133, 2133)),
        (Size(3200, 2133), Fraction(1), 1, Point(0.0, 0.5), Box(0, 0, 2133, 2133)),
        (Size(3200, 2133), Fraction(1), 1, Point(1.0, 0.5), Box(1067, 0, 2133, 2133)),
        (Size(3200, 1800), Fraction(16, 9), 2, Point(0.5, 0.5), Box(800, 450, 1600, 900)),
        (Size(3200, 1800), Fraction(16, 9), 2, Point(1.0, 0.0), Box(1600, 0, 1600, 900)),
        (Size(1, 1), Fraction(1), 1, Point(0.5, 0.5), Box(0, 0, 1, 1)),
        (Size(1, 1), Fraction(16, 9), 100, Point(1.0, 1.0), Box(0, 0, 1, 1)),
        (Size(1000, 10), Fraction(1), 1, Point(0.5, 0.5), Box(495, 0, 10, 10)),
        (Size(1000, 10), Fraction(1, 100), 1, Point(0.5, 0.5), Box(500, 0, 1, 10)),
        (Size(10, 1000), Fraction(100), 1, Point(0.5, 0.5), Box(0, 500, 10, 1)),
        (Size(10, 1000), Fraction(1), 1, Point(0.5, 1.0), Box(0, 990, 10, 10)),
    ],
)
def test_known_windows(size, ratio, zoom, point, expected):
    assert window(point, ratio, zoom, Box(0, 0, size.width, size.height)) == expected


def test_without_an_aspect_the_window_keeps_the_regions_own():
    assert crop.window_size(Size(300, 200), None, 1.0) == Size(300, 200)
    assert crop.window_size(Size(300, 200), None, 2.0) == Size(150, 100)


def test_a_window_larger_than_the_region_is_cut_to_it():
    assert crop.clamped(Box(-5, 40, 400, 10), Box(10, 20, 30, 25)) == Box(10, 35, 30, 10)
