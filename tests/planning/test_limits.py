from dataclasses import replace

import pytest

from imgcdn import errors
from imgcdn.model.geometry import Size
from imgcdn.model.media import SourceInfo
from imgcdn.planning import limits
from imgcdn.planning.settings import Limits

LIMITS = Limits(max_source_pixels=1_000_000, max_animation_pixels=2_000_000, max_frames=10)


def info(width: int, height: int, frames: int = 1) -> SourceInfo:
    return SourceInfo("gifload", Size(width, height), 1, frames, False, False, 8, False, False)


@pytest.mark.parametrize(
    ("width", "height", "frames"), [(1000, 1000, 1), (1_000_000, 1, 1), (1000, 200, 10), (1000, 1000, 2)]
)
def test_a_source_exactly_at_the_limits_is_taken(width, height, frames):
    limits.refuse(info(width, height, frames), LIMITS)


def test_a_still_beyond_the_limit_is_refused_with_its_size_and_the_limit():
    with pytest.raises(errors.TooManyPixelsError, match="1001x1000 px, expected at most 1000000 px") as caught:
        limits.refuse(info(1001, 1000), LIMITS)
    assert caught.value.status == 413


def test_an_animation_is_counted_in_pixels_of_all_its_frames():
    with pytest.raises(errors.TooManyPixelsError, match="1000x201 px in 10 frames, expected at most 2000000 px in all"):
        limits.refuse(info(1000, 201, 10), LIMITS)


def test_one_frame_of_an_animation_must_also_meet_the_limit_on_stills():
    with pytest.raises(errors.TooManyPixelsError, match=r"expected at most 1000000 px$"):
        limits.refuse(info(1100, 1000, 2), LIMITS.model_copy(update={"max_animation_pixels": 10_000_000}))


def test_too_many_frames_are_refused_however_small_they_are():
    with pytest.raises(errors.TooManyFramesError, match="11 frames, expected at most 10"):
        limits.refuse(info(1, 1, 11), LIMITS)


def test_a_canvas_that_the_file_declares_counts_when_it_is_larger_than_its_frame():
    with pytest.raises(errors.TooManyPixelsError, match="5000x5000"):
        limits.refuse(replace(info(1, 1), declared=Size(5000, 5000)), LIMITS)
    limits.refuse(replace(info(10, 10), declared=Size(1, 1)), LIMITS)
