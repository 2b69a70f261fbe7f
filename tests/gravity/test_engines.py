"""The engines that look at pixels, on pictures whose subject is where the test put it."""

import math

import numpy as np
import pytest

from imgcdn.gravity import saliency
from imgcdn.model.analysis import Look
from imgcdn.model.media import Preview

ENGINES = {"attention": saliency.look, "entropy": saliency.look}


def picture_with_subject(width: int, height: int, x: float, y: float) -> Preview:
    """A calm grey picture with a busy, saturated, skin-coloured patch around (x, y), 0–1."""
    pixels = np.full((height, width, 3), 96, np.uint8)
    rng = np.random.default_rng(7)
    side = min(width, height) // 5
    left = min(max(int(x * width) - side // 2, 0), width - side)
    top = min(max(int(y * height) - side // 2, 0), height - side)
    patch = np.array([210, 150, 110]) + rng.integers(-60, 60, (side, side, 3))
    pixels[top : top + side, left : left + side] = np.clip(patch, 0, 255)
    return Preview(width, height, pixels.tobytes())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("x", "y"), [(0.2, 0.5), (0.8, 0.5)])
def test_a_square_window_about_the_answer_holds_a_subject_off_centre(engine: str, x: float, y: float) -> None:
    finding = ENGINES[engine](picture_with_subject(600, 300, x, y), Look(engine, 1.0))
    assert finding.point is not None
    # The window is half as wide as the picture; clamped into it, it must hold the subject's middle.
    left = min(max(finding.point.x - 0.25, 0.0), 0.5)
    assert left <= x <= left + 0.5


@pytest.mark.parametrize("engine", ENGINES)
def test_a_flat_picture_gets_an_answer_inside_the_picture(engine: str) -> None:
    finding = ENGINES[engine](Preview(320, 200, bytes(320 * 200 * 3)), Look(engine, 1.0))
    assert finding.point is not None
    assert 0 <= finding.point.x <= 1
    assert 0 <= finding.point.y <= 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (1, 300), (640, 3)])
def test_pictures_too_thin_to_judge_are_no_error(engine: str, width: int, height: int) -> None:
    finding = ENGINES[engine](Preview(width, height, bytes(width * height * 3)), Look(engine, 1.0))
    assert finding.is_available
    assert finding.point is None or not math.isnan(finding.point.x)
