import asyncio
import gc
import traceback

import pytest

from imgcdn import errors
from imgcdn.cache.flight import Flights


class Work:
    """A producer that counts its calls and goes on when told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls = 0
        self.ends = 0
        self.go = asyncio.Event()
        self.error = error

    async def __call__(self) -> str:
        self.calls += 1
        await self.go.wait()
        self.ends += 1
        if self.error is not None:
            raise self.error
        return "value"


@pytest.fixture
def flights() -> Flights:
    return Flights()


@pytest.fixture(autouse=True)
async def _nothing_is_complained_of():
    """Asyncio reports an exception that nobody retrieved to the loop's handler."""
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    yield
    gc.collect()
    await asyncio.sleep(0)
    assert not complaints


async def begun(*joins) -> list[asyncio.Task]:
    tasks = [asyncio.ensure_future(join) for join in joins]
    await asyncio.sleep(0.001)
    return tasks


async def test_200_joins_at_once_produce_once_and_one_of_them_leads(flights):
    work = Work()
    tasks = await begun(*(flights.join("k", work) for _ in range(200)))
    work.go.set()
    answers = await asyncio.gather(*tasks)
    assert work.calls == 1
    assert [value for value, _ in answers] == ["value"] * 200
    assert [was_follower for _, was_follower in answers] == [False] + [True] * 199


async def test_different_keys_are_produced_side_by_side(flights):
    works = [Work() for _ in range(3)]
    tasks = await begun(*(flights.join(("k", number), work) for number, work in enumerate(works)))
    assert len(flights) == 3
    for work in works:
        work.go.set()
    assert [was_follower for _, was_follower in await asyncio.gather(*tasks)] == [False] * 3


async def test_a_key_is_free_as_soon_as_its_work_is_done(flights):
    work = Work()
    work.go.set()
    for _ in range(3):
        assert await flights.join("k", work) == ("value", False)
    assert work.calls == 3
    assert len(flights) == 0


async def test_a_cancelled_leader_does_not_take_the_work_away(flights):
    work = Work()
    leader, follower = await begun(flights.join("k", work), flights.join("k", work))
    leader.cancel()
    await asyncio.sleep(0.001)
    work.go.set()
    assert await follower == ("value", True)
    assert leader.cancelled()
    assert work.calls == 1


async def test_a_cancelled_follower_leaves_the_leader_alone(flights):
    work = Work()
    leader, follower = await begun(flights.join("k", work), flights.join("k", work))
    follower.cancel()
    await asyncio.sleep(0.001)
    work.go.set()
    assert await leader == ("value", False)


@pytest.mark.parametrize("error", [None, ValueError("broken")], ids=["value", "error"])
async def test_when_all_are_cancelled_the_work_goes_on_to_its_end_quietly(flights, error):
    work = Work(error)
    tasks = await begun(*(flights.join("k", work) for _ in range(3)))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert work.ends == 0
    work.go.set()
    await flights.idle()
    assert work.ends == 1
    assert len(flights) == 0


async def test_one_who_comes_after_all_were_cancelled_joins_the_same_work(flights):
    work = Work()
    (leader,) = await begun(flights.join("k", work))
    leader.cancel()
    (late,) = await begun(flights.join("k", work))
    work.go.set()
    assert await late == ("value", True)
    assert work.calls == 1


async def test_an_error_goes_to_all_and_the_next_one_tries_again(flights):
    work = Work(errors.CorruptImageError("broken"))
    tasks = await begun(*(flights.join("k", work) for _ in range(5)))
    work.go.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(answer is work.error for answer in answers)
    work.error = None
    assert await flights.join("k", work) == ("value", False)


async def test_an_error_s_traceback_does_not_grow_with_those_who_see_it(flights):
    work = Work(ValueError("broken"))
    lengths = []

    async def join() -> None:
        try:
            await flights.join("k", work)
        except ValueError as error:
            lengths.append(len(traceback.extract_tb(error.__traceback__)))

    tasks = await begun(*(join() for _ in range(100)))
    work.go.set()
    await asyncio.gather(*tasks)
    assert len(lengths) == 100
    assert max(lengths) < 8


async def test_a_producer_that_raises_at_once_is_no_different(flights):
    def produce():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await flights.join("k", produce)
    assert len(flights) == 0


async def test_idle_waits_for_all_in_flight_and_for_what_begins_meanwhile(flights):
    first, second = Work(), Work()
    tasks = await begun(flights.join("a", first))
    (idle,) = await begun(flights.idle())
    tasks += await begun(flights.join("b", second))
    first.go.set()
    await asyncio.sleep(0.005)
    assert not idle.done()
    second.go.set()
    await idle
    assert len(flights) == 0
    await asyncio.gather(*tasks)
    await flights.idle()


async def test_work_that_shutting_down_cancels_is_an_error_and_not_a_cancellation_of_those_who_wait(flights):
    work = Work()
    (leader,) = await begun(flights.join("k", work))
    flights._tasks["k"].cancel()
    with pytest.raises(errors.DrainingError):
        await leader
    assert len(flights) == 0


async def test_work_is_not_collected_as_garbage_when_nobody_waits(flights):
    done = []

    async def produce() -> None:
        await asyncio.sleep(0.01)
        done.append(True)

    (leader,) = await begun(flights.join("k", produce))
    leader.cancel()
    del leader
    gc.collect()
    await flights.idle()
    assert done == [True]
