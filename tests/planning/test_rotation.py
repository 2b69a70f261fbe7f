from cmath import exp
from math import ceil, pi

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.model.geometry import Box, Size
from imgcdn.planning.rotation import rotated_size, straightened

sides = st.integers(1, 8192)


@settings(max_examples=300, deadline=None)
@given(sides, sides, st.floats(-360, 360))
def test_the_rotated_size_is_the_bounding_box_of_the_turned_corners(width, height, angle):
    corners = [complex(x, y) * exp(1j * angle * pi / 180) for x in (0, width) for y in (0, height)]
    across = max(c.real for c in corners) - min(c.real for c in corners)
    down = max(c.imag for c in corners) - min(c.imag for c in corners)
    found = rotated_size(Size(width, height), angle)
    assert across - 1e-5 <= found.width <= max(1, ceil(across))
    assert down - 1e-5 <= found.height <= max(1, ceil(down))


@pytest.mark.parametrize(("angle", "size"), [(0, (400, 300)), (90, (300, 400)), (180, (400, 300)), (-90, (300, 400))])
def test_right_angles_add_no_row_of_pixels(angle, size):
    assert rotated_size(Size(400, 300), angle) == Size(*size)


def test_a_square_at_45_degrees_grows_by_the_square_root_of_two():
    assert rotated_size(Size(100, 100), 45) == Size(142, 142)


def corners_inside(frame: Size, resized: Size, angle: float) -> bool:
    """Whether the frame's corners, turned back, lie in the resized picture about the same middle."""
    turned = [complex(x, y) * exp(-1j * angle * pi / 180) for x in (-1, 1) for y in (-frame.height / frame.width,)]
    turned = [corner * frame.width / 2 for corner in turned]
    return all(
        abs(corner.real) <= resized.width / 2 + 1e-6 and abs(corner.imag) <= resized.height / 2 + 1e-6
        for corner in turned
    )


windows = st.builds(Box, st.integers(0, 500), st.integers(0, 500), sides, sides)


@settings(max_examples=300, deadline=None)
@given(windows, sides, sides, st.floats(0, 359.9), st.booleans())
def test_what_is_straightened_covers_its_frame_from_the_middle_of_the_window(window, width, height, angle, may_enlarge):
    part, resized, frame = straightened(window, Size(width, height), angle, may_enlarge=may_enlarge)
    assert corners_inside(frame, resized, angle)
    assert window.left <= part.left
    assert part.right <= window.right
    assert window.top <= part.top
    assert part.bottom <= window.bottom
    assert abs((part.left - window.left) - (window.right - part.right)) <= 1
    assert abs((part.top - window.top) - (window.bottom - part.bottom)) <= 1
    if may_enlarge:
        assert frame == Size(width, height)
    else:
        assert frame.width <= width
        assert resized.width <= part.width + 1 or frame.width == 1
        assert resized.height <= part.height + 1 or frame.height == 1


@pytest.mark.parametrize(
    ("frame", "angle", "part", "resized"),
    [
        (Size(400, 225), 90, Box(546, 0, 506, 900), Size(225, 400)),
        (Size(400, 225), 270, Box(546, 0, 506, 900), Size(225, 400)),
        (Size(100, 100), 45, Box(350, 0, 900, 900), Size(142, 142)),
        (Size(400, 225), 0, Box(0, 0, 1600, 900), Size(400, 225)),
    ],
)
def test_as_much_of_the_window_is_kept_as_the_frame_can_show(frame, angle, part, resized):
    found = straightened(Box(0, 0, 1600, 900), frame, angle, may_enlarge=True)
    assert found[1:] == (resized, frame)
    assert (abs(found[0].left - part.left), abs(found[0].width - part.width)) <= (1, 1)
    assert found[0].height == part.height


def test_where_nothing_may_grow_the_frame_gets_smaller():
    part, resized, frame = straightened(Box(0, 0, 400, 300), Size(400, 300), 45, may_enlarge=False)
    assert frame == Size(242, 181)
    assert resized == Size(300, 300)
    assert part.size == Size(300, 300)
