import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs
from watching import eventually

from imgcdn.errors import InternalError, SizeNotAllowedError

FRONT = """
import asyncio, sys
from imgcdn.workers.pool import Pool
from imgcdn.workers.settings import PoolSettings

async def main():
    pool = Pool("orphans", "sample_tasks", "{}", PoolSettings(workers=2), {"PYTHONPATH": sys.argv[1]})
    await pool.start()
    while pool.stats.ready < 2:
        await asyncio.sleep(0.01)
    call = asyncio.create_task(pool.run("nap", 60))
    await asyncio.sleep(0.1)
    print(*pool.pids, flush=True)
    await call

asyncio.run(main())
"""


async def test_workers_give_way_to_their_front(make_pool):
    pool = await make_pool(workers=1, niceness=7)
    assert [psutil.Process(pid).nice() for pid in pool.pids] == [psutil.Process().nice() + 7]


async def test_our_errors_travel_with_code_detail_and_parameter(make_pool):
    pool = await make_pool()
    with pytest.raises(SizeNotAllowedError) as caught:
        await pool.run("forbid")
    assert (caught.value.detail, caught.value.param) == ("w=7 is not allowed", "w")


@pytest.mark.parametrize(
    ("task", "traced"),
    [
        ("bug", "ZeroDivisionError: a secret path"),
        ("unsendable", "not JSON serializable"),
        ("not_json", "not JSON compliant"),
        ("no_such_task", "KeyError"),
    ],
)
async def test_other_exceptions_are_internal_and_their_traceback_goes_to_the_log(make_pool, task, traced):
    pool = await make_pool(workers=1)
    pids = pool.pids
    with capture_logs() as logs, pytest.raises(InternalError) as caught:
        await pool.run(task)
    assert caught.value.detail == "the task failed unexpectedly"
    assert traced in logs[0]["traceback"]
    assert (logs[0]["log_level"], logs[0]["task"]) == ("error", task)
    assert pool.pids == pids


async def test_text_that_is_no_unicode_reaches_the_front_as_text_that_is(make_pool):
    pool = await make_pool()
    with pytest.raises(SizeNotAllowedError) as caught:
        await pool.run("surrogate")
    assert caught.value.detail.encode() == b"? name"


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff" * 12,  # lengths beyond what may travel
        bytes(12),  # no JSON
        b"\0\0\0\2" + bytes(8) + b"{}",  # JSON without the fields
        b"\0\0\0\2" + bytes(8) + b"{}more",
    ],
)
async def test_a_malformed_reply_costs_the_worker_its_life(make_pool, raw):
    pool = await make_pool(workers=1)
    before = pool.pids
    with pytest.raises(InternalError, match="could not be read"):
        await pool.run("send_raw", raw)
    assert (await pool.run("echo", 1)).value["args"] == [1]
    assert pool.pids != before


async def test_an_answer_that_nobody_asked_for_costs_the_worker_its_life(make_pool):
    pool = await make_pool(workers=1)
    answer = b'{"ok":true,"value":{}}'
    raw = len(answer).to_bytes(4, "big") + bytes(8) + answer
    before = pool.pids
    assert (await pool.run("send_raw", raw)).value == {}  # what the task claims
    with capture_logs() as logs:
        await eventually(lambda: pool.pids not in {before, ()})
    assert any("malformed" in entry["event"] for entry in logs)


async def test_a_worker_prints_to_stderr_and_has_no_input(make_pool, capfd):
    pool = await make_pool()
    assert (await pool.run("chatty")).value == {"stdin": ""}
    await pool.close(0)
    out, err = capfd.readouterr()
    assert out == ""
    assert "from C" in err


async def test_a_worker_is_lean_and_gives_way_to_the_front(make_pool):
    pool = await make_pool(env={"MY_EXTRA": "1"})
    facts = (await pool.run("facts")).value
    assert facts["arenas"] == "2"
    assert facts["oom"] in {"500", None}
    assert facts["interrupt"]
    assert facts["fds"] <= 5  # the three usual ones, its socket, and the listing itself
    assert not {"asyncio", "pydantic", "structlog"} & set(facts["modules"])
    assert "" not in facts["path"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a task runs to its end before its worker leaves")
async def test_workers_die_with_a_front_that_is_killed_even_in_the_middle_of_a_task():
    here, root = Path(__file__).parent, Path(__file__).parents[2]
    front = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FRONT, here, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(root)}
    )
    assert front.stdout is not None
    workers = [psutil.Process(int(pid)) for pid in (await front.stdout.readline()).split()]
    assert len(workers) == 2
    front.kill()
    await front.wait()
    await eventually(lambda: all(has_ended(worker) for worker in workers), within_s=2)


def has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE  # it is init's to reap now
    except psutil.NoSuchProcess:
        return True


async def test_an_interrupt_from_the_terminal_is_left_to_the_front(make_pool):
    pool = await make_pool(workers=1)
    call = asyncio.create_task(pool.run("nap", 0.2))
    await eventually(lambda: pool.stats.busy == 1)
    os.kill(pool.pids[0], signal.SIGINT)
    assert (await call).value["pid"] in pool.pids
