"""What is set for all fronts is shared out among them."""

import pytest

from imgcdn.fronts.share import share
from imgcdn.settings import Settings


def shares(fronts, workers, queue=64):
    settings = Settings.model_validate({"server": {"fronts": fronts}, "render": {"workers": workers, "queue": queue}})
    return [share(settings, number) for number in range(1, fronts + 1)]


@pytest.mark.parametrize(
    ("fronts", "workers", "expected"),
    [(2, 8, [4, 4]), (3, 8, [3, 3, 2]), (4, 2, [1, 1, 1, 1]), (1, 5, [5])],
)
def test_all_workers_are_shared_out_and_each_front_has_one_at_least(fronts, workers, expected):
    assert [one.render.workers for one in shares(fronts, workers)] == expected


def test_every_front_has_an_analysis_worker_of_its_own():
    assert [one.analysis.workers for one in shares(3, 3)] == [1, 1, 1]


@pytest.mark.parametrize(("queue", "each"), [(64, 32), (5, 3), (1, 1), (0, 0)])
def test_room_to_wait_is_shared_out_too(queue, each):
    assert [one.render.queue for one in shares(2, 2, queue)] == [each, each]


def test_nothing_else_changes():
    (one, _) = shares(2, 2)
    whole = Settings.model_validate({"server": {"fronts": 2}, "render": {"workers": 2, "queue": 64}})
    assert one.model_copy(update={"render": whole.render, "analysis": whole.analysis}) == whole
