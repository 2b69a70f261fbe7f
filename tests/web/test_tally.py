"""Counts are kept by few labels, and each duration falls under the bound that holds it."""

import itertools

import pytest

from imgcdn.web.tally import BOUNDS_S, STAGES, Spread, Tally


def test_a_duration_is_counted_under_the_smallest_bound_that_holds_it():
    spread = Spread()
    for seconds in (0.0, 0.001, 0.0011, 0.7, 30.0, 31.0, 1e9):
        spread.add(seconds)
    found = dict(zip((*BOUNDS_S, None), spread.counts, strict=True))
    assert {bound: count for bound, count in found.items() if count} == {0.001: 2, 0.0025: 1, 1.0: 1, 30.0: 1, None: 2}
    assert spread.total_s == pytest.approx(1e9 + 61.7021)


def test_a_made_up_method_is_no_series_of_its_own():
    tally = Tally()
    for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE", "BREW", "get", "X" * 1000):
        tally.requested(method, 405, 1)
    assert tally.requests == {("read", 405): 2, ("preflight", 405): 1, ("write", 405): 2, ("other", 405): 3}
    assert tally.sent_bytes == 8


def test_a_hit_of_the_cache_is_told_from_one_of_memory():
    tally = Tally()
    for way in ("hit", "stored", "collapsed", "passing"):
        tally.answered(way, 200)
    assert set(tally.answers) == set(itertools.product(("disk", "stored", "collapsed", "passing"), (200,)))


def test_a_render_is_counted_by_engine_and_stage():
    tally = Tally()
    tally.rendered("face", {"fetch": 2.0, "focus": 40.0, "unheard-of": 1.0}, is_final=True)
    tally.rendered("smart", {"fetch": 4.0}, is_final=False)
    tally.rendered("", {}, is_final=True)
    assert tally.focuses == {"face": 1, "smart": 1, "none": 1}
    assert tally.fallbacks == {"smart": 1}
    assert {stage: sum(spread.counts) for stage, spread in tally.stages.items()} == dict.fromkeys(STAGES, 0) | {
        "fetch": 2,
        "focus": 1,
    }
    assert tally.stages["fetch"].total_s == pytest.approx(0.006)
