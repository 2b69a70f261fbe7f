"""Frames and pages are chosen by arithmetic: which are read, which are written, in which order and for how long."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn import errors
from imgcdn.model.geometry import Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.playing import Play, Playback, Span
from imgcdn.model.spec import Spec
from imgcdn.planning import negotiate, planner, playing
from imgcdn.planning.settings import Encoding, Limits


def film(frames=10, **more):
    return SourceInfo("gifload", Size(40, 30), 1, frames, False, False, 8, False, False, **more)


def reel(form=Format.WEBP, **said):
    return playing.reel(Spec(play=Play(**said)), film(), form)


def shown(found):
    """The frames of the source that are written, counted from 1, in their order."""
    places = range(found.frames) if found.playback is None or found.playback.order is None else found.playback.order
    return [found.page + place + 1 for place in places]


def test_an_animation_that_nothing_is_said_of_stays_as_it_is():
    assert reel() == playing.Reel(0, 10, None)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"frames": Span(3, 3)}, [3]),
        ({"frames": Span(3, 6)}, [3, 4, 5, 6]),
        ({"frames": Span(8)}, [8, 9, 10]),
        ({"frames": Span(8, 500)}, [8, 9, 10]),
        ({"interval": 4}, [1, 5, 9]),
        ({"interval": 100}, [1]),
        ({"skip": 3}, [2, 3, 5, 6, 8, 9]),
        ({"interval": 3, "skip": 2}, [4, 10]),
        ({"frames": Span(2, 8), "interval": 2}, [2, 4, 6, 8]),
        ({"is_reversed": True}, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ({"interval": 4, "is_reversed": True}, [9, 5, 1]),
        ({"is_animated": False}, [1]),
        ({"is_animated": False, "is_reversed": True}, [10]),
        ({"is_animated": False, "frames": Span(4, 7)}, [4]),
    ],
)
def test_frames_are_chosen_by_range_then_interval_then_skip_then_turned_around(said, expected):
    assert shown(reel(**said)) == expected


@pytest.mark.parametrize("form", [Format.JPEG, Format.PNG, Format.AVIF, Format.BLURHASH])
def test_a_still_shows_the_first_of_the_frames_that_were_chosen(form):
    assert reel(form=form, is_reversed=True) == playing.Reel(9, 1, None)
    assert playing.reel(Spec(play=Play(frames=Span(4, 7))), film(), form) == playing.Reel(3, 1, None)


def test_no_more_is_read_than_from_the_first_to_the_last_frame_that_is_shown():
    found = playing.reel(Spec(play=Play(frames=Span(3, 8), interval=2)), film(), Format.GIF)
    assert found == playing.Reel(2, 3, Playback(reads=5, order=(0, 2, 4)))


def test_speed_and_loops_are_told_to_the_engine_only_where_they_are_said():
    assert reel(fps=12.5).playback == Playback(10, delay_ms=80)
    assert reel(loop=0).playback == Playback(10, loop=0)


@pytest.mark.parametrize(("frames", "many"), [(1, "1 frame, expected 1"), (4, "4 frames, expected 1 to 4")])
def test_a_frame_that_is_not_there_is_refused_with_how_many_there_are(frames, many):
    with pytest.raises(errors.InvalidParameterError, match=f"frame=7 cannot be used: the source has {many}$"):
        playing.reel(Spec(play=Play(frames=Span(7, 7))), film(frames), Format.WEBP)


def test_a_page_that_is_not_there_is_refused_with_how_many_there_are():
    with pytest.raises(
        errors.InvalidParameterError, match=r"page=4 cannot be used: the source has 3 pages, expected 1 to 3$"
    ):
        playing.reel(Spec(play=Play(page=4)), film(1, pages=3), Format.WEBP)


def test_a_still_takes_every_word_about_animation_without_a_change():
    said = Play(is_animated=True, loop=3, fps=5, interval=7, skip=2, is_reversed=True, frames=Span(1))
    assert playing.reel(Spec(play=said), film(1), Format.WEBP) == playing.Reel(0, 1, None)


def test_the_page_of_a_document_is_where_reading_starts():
    assert playing.reel(Spec(play=Play(page=3)), film(1, pages=3, page=2), Format.JPEG).page == 2


@pytest.mark.parametrize("said", [{"is_animated": False}, {"frames": Span(2, 2)}, {"interval": 50}])
def test_one_frame_is_negotiated_as_a_still(said):
    assert negotiate.choose(Spec(play=Play(**said)), "avif", film()) is Format.AVIF
    assert negotiate.choose(Spec(play=Play(**said)), "base", film()) is Format.JPEG


def test_frames_share_what_an_answer_may_hold():
    """Many small frames must not become many large ones."""
    limits = Limits(max_animation_pixels=1_000_000)
    spec = Spec(width=4000, may_enlarge=True)
    plan = planner.plan(spec, film(100), None, Format.WEBP, limits, Encoding())
    assert plan.size.pixels * plan.frames <= 1_000_000
    assert abs(plan.size.aspect - 4 / 3) < 0.05


said = st.builds(
    Play,
    is_animated=st.booleans(),
    frames=st.none() | st.builds(Span, st.integers(1, 30), st.none() | st.integers(30, 60)),
    interval=st.integers(1, 40),
    skip=st.none() | st.integers(2, 40),
    is_reversed=st.booleans(),
)


@settings(max_examples=200, deadline=None)
@given(said, st.integers(30, 60), st.sampled_from([Format.WEBP, Format.PNG]))
def test_whatever_is_said_at_least_one_frame_is_left_and_all_of_them_are_there(play, frames, form):
    found = shown(playing.reel(Spec(play=play), film(frames), form))
    assert len(set(found)) == len(found) >= 1
    assert min(found) >= 1
    assert max(found) <= frames
    assert found in (sorted(found), sorted(found, reverse=True))
