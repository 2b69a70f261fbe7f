import asyncio
import os
import signal

import pytest
from watching import children, eventually, open_files

from imgcdn.errors import CorruptImageError, DrainingError, InternalError, OverloadedError, RenderTimeoutError


async def gathered(*calls):
    return await asyncio.gather(*calls, return_exceptions=True)


def busy(pool, count):
    return lambda: pool.stats.busy == count


async def test_a_task_gets_its_arguments_and_the_settings_of_the_start(make_pool):
    pool = await make_pool('{"colour": "red"}')
    reply = await pool.run("echo", 1, "zwei", None)
    assert reply.value["args"] == [1, "zwei", None]
    assert reply.value["settings"] == {"colour": "red"}
    assert reply.value["pid"] in pool.pids
    assert reply.body == b""


async def test_large_bodies_arrive_whole_in_both_directions(make_pool):
    pool = await make_pool()
    assert (await pool.run("body", 5_000_000)).body == b"x" * 5_000_000
    assert (await pool.run("size_of", b"y" * 5_000_000)).value["size"] == 5_000_000


async def test_many_callers_share_few_workers_and_each_gets_its_own_answer(make_pool):
    pool = await make_pool(queue=1000)
    replies = await asyncio.gather(*(pool.run("echo", number) for number in range(500)))
    assert [reply.value["args"] for reply in replies] == [[number] for number in range(500)]
    assert pool.stats.busy == pool.stats.waiting == 0


async def test_idle_workers_are_taken_last_in_first_out(make_pool):
    pool = await make_pool(workers=3)
    assert len({(await pool.run("echo")).value["pid"] for _ in range(10)}) == 1


async def test_a_task_over_its_time_is_killed_and_the_next_is_fine(make_pool):
    pool = await make_pool(workers=1)
    with pytest.raises(RenderTimeoutError, match=r"0\.2 s"):
        await pool.run("nap", 30, timeout_s=0.2)
    assert (await pool.run("echo", 1)).value["args"] == [1]
    assert (pool.stats.timeouts, pool.stats.restarts) == (1, 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signals_to_the_whole_group_do_not_end_the_work_under_way(make_pool, number):
    pool = await make_pool(workers=1)
    napping = asyncio.create_task(pool.run("nap", 0.3))
    await asyncio.sleep(0.1)
    os.kill(pool.pids[0], number)
    assert (await napping).value["pid"]
    assert pool.stats.restarts == 0


async def test_a_crash_of_a_decoder_is_the_files_fault_and_fails_that_task_only(make_pool):
    pool = await make_pool()
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL):
        crash, other = await gathered(pool.run("crash", number), pool.run("nap", 0.05))
        assert isinstance(crash, CorruptImageError)
        assert other.value["pid"]
    assert (await pool.run("echo", 1)).value["args"] == [1]
    assert pool.stats.restarts == 5


async def test_any_other_end_of_a_worker_is_our_fault(make_pool):
    pool = await make_pool()
    for end in (pool.run("crash", signal.SIGKILL), pool.run("leave", 3)):
        with pytest.raises(InternalError, match="asking again is safe"):
            await end


async def test_a_task_whose_worker_is_killed_from_outside_is_done_by_another(make_pool):
    pool = await make_pool()
    call = asyncio.create_task(pool.run("nap", 0.5))
    await eventually(busy(pool, 1))
    (victim,) = (worker for worker in pool._ready if worker.ticket)
    await asyncio.sleep(0.1)
    os.kill(victim.pid, signal.SIGKILL)
    assert (await call).value["pid"] != victim.pid


async def test_a_task_whose_only_worker_is_killed_waits_for_the_next_one(make_pool):
    pool = await make_pool(workers=1)
    calls = [asyncio.create_task(pool.run("nap", 0.3)) for _ in range(3)]
    await eventually(busy(pool, 1))
    await asyncio.sleep(0.1)
    os.kill(pool.pids[0], signal.SIGKILL)
    assert len({reply.value["pid"] for reply in await asyncio.gather(*calls)}) == 1


async def test_a_task_over_which_two_workers_are_killed_is_given_up(make_pool):
    pool = await make_pool(workers=3)
    before = set(pool.pids)
    with pytest.raises(InternalError, match="asking again is safe"):
        await pool.run("crash", signal.SIGKILL)
    await eventually(lambda: pool.stats.ready == 3)
    assert len(before - set(pool.pids)) == 2
    assert pool.stats.restarts == 2


async def test_killing_a_busy_worker_under_load_loses_nothing(make_pool):
    pool = await make_pool(queue=100)
    calls = [asyncio.create_task(pool.run("nap", 0.02)) for _ in range(60)]
    await asyncio.sleep(0.1)
    victim = next(worker for worker in pool._ready if worker.ticket)
    # Stopped first, so that it cannot answer and be handed the next task in between.
    os.kill(victim.pid, signal.SIGSTOP)
    await eventually(lambda: victim.ticket is not None)
    os.kill(victim.pid, signal.SIGKILL)
    outcomes = await gathered(*calls)
    assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []


async def test_killing_an_idle_worker_loses_nothing(make_pool):
    pool = await make_pool()
    for count in (1, 2, 3):
        os.kill(pool.pids[0], signal.SIGKILL)
        await asyncio.gather(*(pool.run("echo") for _ in range(20)))
        await eventually(lambda expected=count: (pool.stats.restarts, pool.stats.ready) == (expected, 2))


async def test_a_task_handed_to_a_worker_that_dies_before_reading_it_goes_to_another(make_pool):
    pool = await make_pool()
    chosen = pool._idle[-1]
    os.kill(chosen.pid, signal.SIGSTOP)
    call = asyncio.create_task(pool.run("echo", 7))
    await eventually(lambda: chosen.ticket is not None)
    os.kill(chosen.pid, signal.SIGKILL)
    assert (await call).value["args"] == [7]
    assert (await call).value["pid"] != chosen.pid


async def test_a_request_cut_in_the_middle_goes_to_another_worker(make_pool):
    pool = await make_pool()
    chosen = pool._idle[-1]
    os.kill(chosen.pid, signal.SIGSTOP)
    call = asyncio.create_task(pool.run("size_of", b"x" * 3_000_000))  # more than the socket holds
    await eventually(lambda: chosen.ticket is not None)
    os.kill(chosen.pid, signal.SIGKILL)
    assert (await call).value["size"] == 3_000_000


async def test_all_workers_killed_at_once_come_back(make_pool):
    pool = await make_pool(workers=3)
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
    replies = await asyncio.gather(*(pool.run("echo", number) for number in range(30)))
    assert [reply.value["args"] for reply in replies] == [[number] for number in range(30)]
    await eventually(lambda: pool.stats.ready == 3)


async def test_workers_are_replaced_after_so_many_tasks_and_no_request_notices(make_pool):
    pool = await make_pool(max_tasks=20, queue=1000)
    before = set(pool.pids)
    for _ in range(6):
        replies = await asyncio.gather(*(pool.run("nap", 0.001) for _ in range(50)))
        assert len(replies) == 50
    await eventually(lambda: pool.stats.recycles >= 2)
    await eventually(lambda: not before & set(pool.pids))
    assert pool.stats.restarts == 0


async def test_a_worker_due_for_replacement_works_on_until_its_successor_is_ready(make_pool):
    pool = await make_pool(workers=1, max_tasks=1)
    first = (await pool.run("echo")).value["pid"]
    assert (await pool.run("echo")).value["pid"] == first
    await eventually(lambda: pool.stats.recycles == 1)
    assert (await pool.run("echo")).value["pid"] != first


async def test_a_full_queue_refuses_at_once(make_pool):
    pool = await make_pool(workers=1, queue=2)
    calls = [asyncio.create_task(pool.run("nap", 0.3)) for _ in range(3)]
    await eventually(lambda: pool.stats.waiting == 2)
    with pytest.raises(OverloadedError, match="2 tasks wait already"):
        await pool.run("echo")
    await asyncio.gather(*calls)
    assert pool.stats.rejected == 1


async def test_waiting_is_bounded_by_twice_the_time_limit(make_pool):
    pool = await make_pool(workers=1)
    long = asyncio.create_task(pool.run("nap", 0.6))
    await eventually(busy(pool, 1))
    with pytest.raises(OverloadedError, match="was free within"):
        await pool.run("echo", timeout_s=0.1)
    assert pool.stats.waiting == 0
    await long


async def test_tasks_that_wait_are_served_in_order(make_pool):
    pool = await make_pool(workers=1)
    done = []

    async def call(number):
        await pool.run("nap", 0.005)
        done.append(number)

    await asyncio.gather(*(call(number) for number in range(20)))
    assert done == list(range(20))


async def test_a_caller_that_leaves_does_not_cost_the_worker(make_pool):
    pool = await make_pool(workers=1)
    running, waiting = (asyncio.create_task(pool.run("nap", 0.2)) for _ in range(2))
    await eventually(busy(pool, 1))
    pids = pool.pids
    running.cancel()
    waiting.cancel()
    await gathered(running, waiting)
    assert pool.stats.waiting == 0
    assert pool.stats.busy == 1
    assert (await pool.run("echo", 5)).value["args"] == [5]
    assert pool.pids == pids


async def test_a_task_whose_caller_left_still_has_its_deadline(make_pool):
    pool = await make_pool(workers=1)
    call = asyncio.create_task(pool.run("nap", 30, timeout_s=0.2))
    await eventually(busy(pool, 1))
    call.cancel()
    await eventually(lambda: pool.stats.timeouts == 1)
    assert (await pool.run("echo", 5)).value["args"] == [5]


async def test_closing_lets_running_and_waiting_tasks_end_and_refuses_new_ones(make_pool):
    pool = await make_pool(workers=1)
    calls = [asyncio.create_task(pool.run("nap", 0.1)) for _ in range(3)]
    await eventually(busy(pool, 1))
    closing = asyncio.create_task(pool.close(5))
    await asyncio.sleep(0)
    with pytest.raises(DrainingError):
        await pool.run("echo")
    await closing
    assert len(await asyncio.gather(*calls)) == 3


async def test_closing_kills_what_is_not_done_within_the_grace(make_pool):
    pool = await make_pool(workers=1)
    calls = [asyncio.create_task(pool.run("nap", 30)) for _ in range(2)]
    await eventually(busy(pool, 1))
    await asyncio.wait_for(pool.close(0.1), 5)
    assert [type(outcome) for outcome in await gathered(*calls)] == [DrainingError, DrainingError]


async def test_restarts_and_recycles_leave_no_file_descriptor_and_no_process_behind(make_pool):
    pool = await make_pool(max_tasks=2)
    before = open_files()
    while pool.stats.recycles < 10 or pool.stats.restarts < 10:
        enough = pool.stats.restarts >= 10
        await gathered(pool.run("echo"), pool.run("echo"), pool.run("echo") if enough else pool.run("leave", 0))
    await eventually(lambda: len(pool._processes) == 2)
    assert len(children()) == 2
    assert open_files() == before
