"""One client may make so many requests a minute, and others do not suffer for it."""

import pytest

from imgcdn.errors import RateLimitedError
from imgcdn.web import pace
from imgcdn.web.pace import Pace


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(pace, "monotonic", lambda: now[0])
    return now


def taken(limit, client="192.0.2.1", tries=1000):
    """Count the requests that are let in one after another."""
    for number in range(tries):
        try:
            limit.check({"client": (client, 1234)})
        except RateLimitedError:
            return number
    return tries


def test_a_minutes_worth_may_come_at_once_and_then_as_fast_as_it_refills(clock):
    limit = Pace(30)
    assert taken(limit) == 30
    clock[0] += 1.9
    assert taken(limit) == 0
    clock[0] += 0.2
    assert taken(limit) == 1
    clock[0] += 3600
    assert taken(limit) == 30, "no more than a minute's worth is saved up"


def test_a_refusal_says_when_to_come_again_and_then_there_is_room(clock):
    limit = Pace(7)
    taken(limit)
    with pytest.raises(RateLimitedError, match="at most 7 requests a minute") as caught:
        limit.check({"client": ("192.0.2.1", 1)})
    assert caught.value.retry_after_s == 9
    clock[0] += caught.value.retry_after_s
    assert taken(limit) == 1


def test_each_client_has_a_bucket_of_its_own_and_a_network_of_ipv6_is_one_client(clock):
    limit = Pace(5)
    assert taken(limit, "192.0.2.1") == 5
    assert taken(limit, "192.0.2.2") == 5
    assert taken(limit, "2001:db8:0:1::1") == 5
    assert taken(limit, "2001:db8:0:1:ffff::2") == 0
    assert taken(limit, "2001:db8:0:2::1") == 5
    assert taken(limit, "::ffff:192.0.2.1") == 0, "the same address, as a socket for both kinds tells it"


def test_0_is_no_limit_and_who_has_no_address_is_not_counted(clock):
    assert taken(Pace(0)) == 1000
    limit = Pace(1)
    for _ in range(3):
        limit.check({"client": None})


def test_a_crowd_of_clients_does_not_fill_the_memory(clock, monkeypatch):
    monkeypatch.setattr(pace, "_MOST_CLIENTS", 10)
    limit = Pace(1)
    for number in range(100):
        assert taken(limit, f"192.0.2.{number}") == 1
    assert len(limit._full_at) == 10
