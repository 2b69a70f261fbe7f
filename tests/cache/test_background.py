import asyncio
import threading

import pytest

from imgcdn.cache.background import Background


@pytest.fixture
def background():
    thread = Background("renditions")
    yield thread
    thread.close(lambda: None)


async def test_work_is_done_in_one_other_thread_in_the_order_it_came(background):
    seen = []
    threads = await asyncio.gather(
        *(background.run(lambda n=n: (seen.append(n), threading.current_thread())[1]) for n in range(50))
    )
    assert seen == list(range(50))
    assert len(set(threads)) == 1
    assert threads[0] is not threading.current_thread()
    assert threads[0].name == "cache-renditions"


async def test_what_work_raises_is_raised_where_it_is_waited_for(background):
    with pytest.raises(ZeroDivisionError):
        await background.run(lambda: 1 // 0)
    assert await background.run(lambda: 1) == 1


async def test_an_error_that_nobody_waits_for_is_logged_and_the_thread_goes_on(background, logs):
    background.later(lambda: 1 // 0)
    assert await background.run(lambda: 2) == 2
    assert [line["event"] for line in logs] == ["cache_background_failed"]


async def test_who_is_cancelled_while_waiting_leaves_the_work_and_those_behind_alone(background):
    gate, done = threading.Event(), []
    waiting = asyncio.create_task(background.run(lambda: (gate.wait(10), done.append(1))))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.set()
    assert await background.run(lambda: done) == [1]


async def test_closing_finishes_what_waits_and_does_the_last_thing_last(background):
    seen = []
    for number in range(5):
        background.later(lambda n=number: seen.append(n))
    background.close(lambda: seen.append("last"))
    assert seen == [0, 1, 2, 3, 4, "last"]
    assert await background.run(lambda: seen.append("late")) is None
    background.later(lambda: seen.append("late"))
    background.close(lambda: seen.append("again"))
    assert seen[-1] == "last"
