import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.model.geometry import Box, Point, Region, Size, is_turned, stored_box, upright_box

SIDES = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}
"""EXIF 2.32, tag 0x0112: at which side of the upright picture the stored row 0 and column 0 lie."""


def upright(stored: np.ndarray, orientation: int) -> np.ndarray:
    """Every pixel put where the words of the standard say."""
    sides = SIDES[orientation]
    turned = stored.T if sides[0] in {"left", "right"} else stored
    if "right" in sides:
        turned = turned[:, ::-1]
    return turned[::-1] if "bottom" in sides else turned


def cut(pixels: np.ndarray, box: Box) -> np.ndarray:
    return pixels[box.top : box.bottom, box.left : box.right]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_stored_box_holds_the_pixels_of_the_upright_box_for_every_box_of_a_small_picture(orientation):
    stored = np.arange(5 * 3).reshape(3, 5)
    seen = upright(stored, orientation)
    height, width = seen.shape
    boxes = [
        Box(x, y, w, h)
        for x in range(width)
        for y in range(height)
        for w in range(1, width - x + 1)
        for h in range(1, height - y + 1)
    ]
    for box in boxes:
        kept = cut(stored, stored_box(box, orientation, Size(5, 3)))
        assert np.array_equal(upright(kept, orientation), cut(seen, box)), box


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 8), st.data())
def test_the_stored_box_lies_inside_the_stored_picture(width, height, orientation, data):
    stored = Size(width, height)
    size = stored.turned() if is_turned(orientation) else stored
    left, top = data.draw(st.integers(0, size.width - 1)), data.draw(st.integers(0, size.height - 1))
    box = Box(left, top, data.draw(st.integers(1, size.width - left)), data.draw(st.integers(1, size.height - top)))
    found = stored_box(box, orientation, stored)
    assert found.left >= 0
    assert found.top >= 0
    assert found.right <= width
    assert found.bottom <= height


@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_swap_exactly_for_orientations_whose_first_row_is_a_side(orientation):
    assert is_turned(orientation) == (SIDES[orientation][0] in {"left", "right"})


def test_a_box_ends_where_its_size_says():
    box = Box(3, 4, 10, 20)
    assert (box.right, box.bottom, box.size) == (13, 24, Size(10, 20))
    assert box.moved(-3, 6) == Box(0, 10, 10, 20)


def test_a_size_knows_its_pixels_and_its_aspect():
    assert Size(400, 300).pixels == 120_000
    assert Size(400, 300).aspect == 4 / 3
    assert Size(400, 300).turned() == Size(300, 400)


def test_the_centre_of_a_region_is_half_way_along_both_sides():
    region = Region(0.25, 0.5, 0.5, 0.25, 0.9)
    assert region.centre == Point(0.5, 0.625)
    assert region.area == 0.125


@pytest.mark.parametrize("orientation", range(1, 9))
@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(1, 50))
def test_a_box_turned_upright_is_the_one_that_was_stored(orientation, x, y, width, height):
    stored = Size(130, 110)
    box = Box(x, y, width, height)
    assert stored_box(upright_box(box, orientation, stored), orientation, stored) == box
