"""`auto`: a map of what matters, measured once, and the best window over it for any shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.gravity import choosing, importance
from imgcdn.gravity.resolver import ChainResolver
from imgcdn.model.analysis import Finding, ImportanceMap, Look
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.media import Preview
from imgcdn.model.spec import Spec

FLAT = Preview(640, 320, bytes([90, 110, 130]) * (640 * 320))


def disc(width: int, height: int, x: float, y: float, radius: float = 0.12) -> Preview:
    """A red disc on a calm ground; the radius is a share of the shorter side."""
    down, across = np.mgrid[0:height, 0:width]
    pixels = np.full((height, width, 3), (90, 110, 130), np.uint8)
    far = np.hypot(across - x * width, down - y * height) < radius * min(width, height)
    pixels[far] = (220, 40, 30)
    return Preview(width, height, pixels.tobytes())


def window(found: ImportanceMap, aspect: float, *faces: Region) -> Region:
    return choosing.choose(found, faces, aspect)[0].window


@pytest.mark.parametrize("x", [0.15, 0.5, 0.85])
def test_a_square_window_holds_a_disc_wherever_it_stands(x: float) -> None:
    chosen = window(importance.measure(disc(640, 320, x, 0.5)), 1.0)
    assert chosen.x <= x - 0.06
    assert x + 0.06 <= chosen.x + chosen.width


@pytest.mark.parametrize("y", [0.15, 0.5, 0.85])
def test_a_wide_window_of_a_tall_picture_holds_a_disc_wherever_it_stands(y: float) -> None:
    chosen = window(importance.measure(disc(320, 640, 0.5, y)), 16 / 9)
    assert chosen.y <= y - 0.06
    assert y + 0.06 <= chosen.y + chosen.height


@pytest.mark.parametrize("aspect", [0.5, 1.0, 16 / 9])
def test_a_picture_without_a_subject_keeps_the_centre_and_no_confidence(aspect: float) -> None:
    found = importance.measure(FLAT)
    chosen = window(found, aspect)
    assert chosen.centre.x == pytest.approx(0.5, abs=0.01)
    assert chosen.centre.y == pytest.approx(0.5, abs=0.01)
    assert choosing.confidence(found, ()) < 0.1


def test_a_disc_is_found_with_confidence_and_noise_is_not() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (320, 640, 3), np.uint8)
    assert choosing.confidence(importance.measure(disc(640, 320, 0.3, 0.5)), ()) > 0.5
    assert choosing.confidence(importance.measure(Preview(640, 320, noise.tobytes())), ()) < 0.3


def test_a_face_is_kept_whole_although_nothing_else_stands_there() -> None:
    face = Region(0.05, 0.3, 0.1, 0.25, 0.9)
    chosen = window(importance.measure(FLAT), 1.0, face)
    assert chosen.x <= face.x
    assert face.x + face.width <= chosen.x + chosen.width


def test_of_two_faces_that_do_not_fit_together_the_surer_one_is_kept() -> None:
    left, right = Region(0.05, 0.3, 0.1, 0.25, 0.95), Region(0.85, 0.3, 0.1, 0.25, 0.3)
    chosen = window(importance.measure(FLAT), 0.5, left, right)
    assert chosen.x <= left.x
    assert left.x + left.width <= chosen.x + chosen.width


def test_the_score_of_a_window_is_the_sum_of_its_parts_and_the_best_comes_first() -> None:
    candidates = choosing.choose(importance.measure(disc(640, 320, 0.2, 0.5)), (), 1.0, most=3)
    assert len(candidates) > 1
    assert all(one.score == pytest.approx(sum(one.parts.values())) for one in candidates)
    assert [one.score for one in candidates] == sorted((one.score for one in candidates), reverse=True)


def test_a_map_is_small_enough_to_be_kept_for_ever() -> None:
    found = importance.measure(disc(640, 640, 0.2, 0.5))
    assert len(found.saliency) + len(found.detail) < 8000


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 300), (300, 1), (640, 32), (7, 5)])
def test_pictures_too_thin_to_judge_are_no_error(width: int, height: int) -> None:
    found = importance.measure(Preview(width, height, bytes(width * height * 3)))
    chosen = window(found, 1.0)
    assert 0 <= chosen.x <= 1
    assert 0 <= chosen.y <= 1


share = st.floats(0.02, 0.4)
boxes = st.builds(Region, st.floats(0, 0.6), st.floats(0, 0.6), share, share, st.floats(0.05, 1))
regions = st.none() | st.builds(
    Region, st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0.1, 0.5), st.floats(0.1, 0.5), st.just(1.0)
)
MAP = importance.measure(disc(640, 400, 0.7, 0.4))


@settings(deadline=None, max_examples=150)
@given(st.lists(boxes, max_size=6).map(tuple), st.floats(0.1, 10), regions)
def test_a_window_lies_in_its_region_and_has_the_shape_asked_for(faces, aspect, region) -> None:
    where = region or Region(0.0, 0.0, 1.0, 1.0, 1.0)
    for one in choosing.choose(MAP, faces, aspect, region, 3):
        chosen = one.window
        assert where.x - 1e-6 <= chosen.x
        assert chosen.x + chosen.width <= where.x + where.width + 1e-6
        assert where.y - 1e-6 <= chosen.y
        assert chosen.y + chosen.height <= where.y + where.height + 1e-6
        assert chosen.width * MAP.aspect / chosen.height == pytest.approx(aspect, rel=1e-6)
        assert chosen.width == pytest.approx(where.width) or chosen.height == pytest.approx(where.height)


# in the chain


class Eyes:
    """Answers looks from a script."""

    def __init__(self, **findings: Finding) -> None:
        self.findings = findings
        self.asked: list[Look] = []

    async def __call__(self, look: Look) -> Finding:
        self.asked.append(look)
        return self.findings.get(look.engine, Finding(look.engine))


UPRIGHT = Size(2000, 1000)
LEFT = importance.measure(disc(640, 320, 0.15, 0.5))


async def focus_of(eyes: Eyes, region: Box | None = None, aspect: float = 1.0):
    return await ChainResolver().focus(Spec(), region or Box(0, 0, 2000, 1000), UPRIGHT, aspect, eyes)


async def test_auto_decides_by_the_map_with_a_confidence_and_says_which_windows_it_weighed() -> None:
    focus = await focus_of(Eyes(auto=Finding("auto", importance=LEFT)))
    assert (focus.engine, focus.is_final) == ("auto", True)
    assert focus.point.x < 0.3
    assert focus.confidence is not None
    assert focus.confidence > 0.5
    assert focus.candidates[0].window.centre == focus.point


async def test_the_map_is_one_for_all_shapes_and_regions() -> None:
    eyes = Eyes(auto=Finding("auto", importance=LEFT))
    await focus_of(eyes)
    await focus_of(eyes, Box(0, 0, 1000, 500), 16 / 9)
    assert {look for look in eyes.asked if look.engine == "auto"} == {Look("auto")}


async def test_a_window_chosen_in_a_region_lies_in_it() -> None:
    focus = await focus_of(Eyes(auto=Finding("auto", importance=LEFT)), Box(1000, 0, 1000, 1000), 0.5)
    assert focus.candidates[0].window.x >= 0.5


async def test_without_face_models_auto_still_answers_for_good() -> None:
    missing = Finding("face", is_available=False, is_installed=False, why="mediapipe is not installed")
    assert (await focus_of(Eyes(face=missing, auto=Finding("auto", importance=LEFT)))).is_final


async def test_a_face_engine_that_just_failed_makes_the_answer_short_lived() -> None:
    failed = Finding("face", is_available=False, why="it crashed")
    assert not (await focus_of(Eyes(face=failed, auto=Finding("auto", importance=LEFT)))).is_final


async def test_when_nobody_could_measure_attention_decides() -> None:
    failed = Finding("auto", is_available=False, why="it crashed")
    focus = await focus_of(Eyes(auto=failed, attention=Finding("attention", point=Point(0.9, 0.5))))
    assert (focus.engine, focus.is_final) == ("attention", False)


@pytest.mark.parametrize(
    ("width", "height", "x", "y"), [(2000, 100, 0.69, 0.5), (100, 2000, 0.5, 0.3), (640, 320, 0.2, 0.5)]
)
def test_the_focal_point_lies_on_the_subject_also_in_a_panorama(width: int, height: int, x: float, y: float) -> None:
    point = choosing.focal_point(importance.measure(disc(width, height, x, y, 0.4)), ())
    assert (point.x * width, point.y * height) == pytest.approx((x * width, y * height), abs=0.4 * min(width, height))
