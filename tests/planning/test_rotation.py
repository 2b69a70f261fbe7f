from cmath import exp
from math import ceil, pi

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.model.geometry import Size
from imgcdn.planning.rotation import rotated_size

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
