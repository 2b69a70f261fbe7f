"""Lettering in the importance map, and the cost of cutting faces."""

import numpy as np
import pytest

from imgcdn.gravity import choosing, importance
from imgcdn.model.geometry import Region
from imgcdn.model.media import Preview

WHOLE = Region(0.0, 0.0, 1.0, 1.0, 1.0)


def strokes(tops: list[int], left: int) -> Preview:
    """A calm ground with dark strokes of 2x14 px, 6 px apart, each from its own height."""
    pixels = np.full((240, 320, 3), 180, np.uint8)
    for i, top in enumerate(tops):
        pixels[top : top + 14, left + 6 * i : left + 6 * i + 2] = 30
    return Preview(320, 240, pixels.tobytes())


def lettering(preview: Preview) -> float:
    green = np.frombuffer(preview.pixels, np.uint8).reshape(preview.height, preview.width, 3)[..., 1]
    return float(importance.lettering(green, 64, 48).sum())


@pytest.mark.parametrize("left", [20, 240])
def test_a_line_of_lettering_is_kept_wherever_it_stands(left: int) -> None:
    chosen = choosing.choose(importance.measure(strokes([110] * 10, left)), (), 0.5)[0].window
    assert chosen.x * 320 <= left
    assert (chosen.x + chosen.width) * 320 >= left + 56


def test_strokes_in_a_line_count_more_than_the_same_strokes_in_disorder() -> None:
    tops = np.random.default_rng(1).integers(40, 180, 10).tolist()
    assert lettering(strokes([110] * 10, 60)) > 2 * lettering(strokes(tops, 60))


def test_an_edge_without_its_opposite_beside_it_is_no_stroke() -> None:
    pixels = np.full((240, 320, 3), 180, np.uint8)
    pixels[110:124, 100:220] = 30
    block = Preview(320, 240, pixels.tobytes())
    assert lettering(block) == 0


def test_a_second_cut_face_costs_less_than_the_first() -> None:
    offsets = np.array([0.45])
    one, other = Region(0.4, 0.1, 0.1, 0.1, 0.8), Region(0.4, 0.6, 0.1, 0.1, 0.8)
    alone = choosing.cuts((one,), WHOLE, offsets, 0.5, slides_down=False)[0]
    both = choosing.cuts((one, other), WHOLE, offsets, 0.5, slides_down=False)[0]
    assert alone == pytest.approx(0.8)
    assert both == pytest.approx(0.96)


@pytest.mark.parametrize("offset", [0.0, 0.6])
def test_a_face_that_is_whole_or_outside_costs_nothing(offset: float) -> None:
    face = Region(0.2, 0.1, 0.1, 0.1, 0.9)
    assert choosing.cuts((face,), WHOLE, np.array([offset]), 0.4, slides_down=False)[0] == 0
