import math
from dataclasses import replace

from imgcdn.model.reference import AHEAD_S, Reference

SEEN = Reference(
    digest="d" * 64,
    size=10,
    path=None,
    stamp="",
    modified=None,
    max_age_s=3600,
    fresh_until=1000.0 + 3600,
    seen_at=1000.0,
)


def test_what_was_seen_before_now_is_believed_as_it_is():
    for now in (1000.0, 2000.0, 1e9):
        assert SEEN.believed(now) is SEEN


def test_a_clock_that_is_set_right_by_a_little_changes_nothing():
    assert SEEN.believed(1000.0 - AHEAD_S) is SEEN


def test_what_was_seen_in_the_future_is_stale_from_now_on():
    found = SEEN.believed(500.0)
    assert found.fresh_until == 500.0
    assert found.seen_at == 500.0
    assert replace(found, fresh_until=SEEN.fresh_until, seen_at=SEEN.seen_at) == SEEN


def test_what_was_stale_before_the_clock_went_back_is_not_made_fresher():
    assert replace(SEEN, fresh_until=100.0).believed(500.0).fresh_until == 100.0


def test_what_is_gone_since_the_future_is_gone_since_now():
    assert replace(SEEN, gone_at=1000.0).believed(500.0).gone_at == 500.0
    assert replace(SEEN, gone_at=400.0).believed(500.0).gone_at == 400.0


def test_a_record_that_does_not_say_when_it_was_seen_is_believed():
    old = replace(SEEN, seen_at=0.0, fresh_until=math.inf)
    assert old.believed(1.0) is old
