import asyncio
import json
import os
import signal
import time

import pytest
from watching import eventually

from imgcdn.errors import OverloadedError
from imgcdn.workers import keeper
from imgcdn.workers.pool import StartError


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"fail": "no such font"}, "RuntimeError: no such font"),
        ({"die": True}, "ended by SIGKILL before it was ready"),
        ({"missing": True}, "mediapipe is not installed"),
    ],
)
async def test_a_start_that_fails_says_why(make_pool, settings, reason):
    pool = await make_pool(json.dumps(settings), start=False)
    with pytest.raises(StartError, match=reason) as caught:
        await pool.start()
    assert "the sample workers cannot be started" in str(caught.value)
    assert caught.value.code == ("feature_not_installed" if "missing" in settings else "internal")


async def test_a_module_that_cannot_be_imported_says_so(make_pool):
    pool = await make_pool(start=False, env={"PYTHONPATH": "/nowhere"})
    with pytest.raises(StartError, match="No module named 'sample_tasks'"):
        await pool.start()


async def test_a_start_that_hangs_is_ended(make_pool):
    pool = await make_pool('{"loop": true}', start=False, start_timeout_s=0.5)
    with pytest.raises(StartError, match=r"start\(\) took longer than 0\.5 s"):
        await pool.start()


async def test_workers_that_keep_failing_at_start_refuse_tasks_and_recover_later(make_pool, tmp_path):
    flag = tmp_path / "broken"
    pool = await make_pool(json.dumps({"flag": str(flag)}))
    flag.touch()
    for pid in pool.pids:
        os.kill(pid, signal.SIGKILL)
    begun = time.monotonic()
    with pytest.raises(OverloadedError, match="no sample worker can be started"):
        await pool.run("echo")  # waits, until hope is lost
    with pytest.raises(OverloadedError, match="no sample worker can be started"):
        await pool.run("echo")  # is refused at once
    assert time.monotonic() - begun < 5
    flag.unlink()
    await eventually(lambda: pool.stats.ready == 2)
    assert (await pool.run("echo", 1)).value["args"] == [1]


@pytest.fixture
def deaths(tmp_path, monkeypatch):
    """A file that says how many workers kill themselves while they start; each that does takes one off."""
    monkeypatch.setattr(keeper, "_BACK_OFF_S", 0.01)
    return tmp_path / "deaths"


async def test_a_worker_that_is_killed_while_it_starts_is_started_again_before_the_pool_is_given_up(make_pool, deaths):
    deaths.write_text("4")
    pool = await make_pool(json.dumps({"deaths": str(deaths)}), workers=1)
    assert (await pool.run("echo", 1)).value["args"] == [1]
    assert not deaths.exists(), "it was killed four times"


async def test_tasks_wait_while_a_worker_is_killed_again_and_again_as_it_starts(make_pool, deaths):
    pool = await make_pool(json.dumps({"deaths": str(deaths)}), workers=1)
    deaths.write_text("4")
    os.kill(pool.pids[0], signal.SIGKILL)
    replies = await asyncio.gather(*(pool.run("echo", number) for number in range(5)))
    assert [reply.value["args"] for reply in replies] == [[number] for number in range(5)]
    assert pool.stats.rejected == 0
    assert not deaths.exists(), "it was killed four times"


async def test_tasks_are_refused_once_every_worker_keeps_dying_and_taken_again_when_one_lives(make_pool, deaths):
    pool = await make_pool(json.dumps({"deaths": str(deaths)}), workers=1)
    deaths.write_text("6")
    os.kill(pool.pids[0], signal.SIGKILL)
    with pytest.raises(OverloadedError, match="no sample worker can be started"):
        await pool.run("echo")
    await eventually(lambda: pool.stats.ready == 1, 30)
    assert (await pool.run("echo", 1)).value["args"] == [1]


async def test_workers_that_die_as_soon_as_they_are_ready_are_restarted_ever_more_slowly(make_pool):
    pool = await make_pool(workers=1)
    begun = time.monotonic()
    for count in range(1, 4):
        os.kill(pool.pids[0], signal.SIGKILL)
        await eventually(lambda expected=count: pool.stats.restarts == expected)
        await eventually(lambda: pool.stats.ready == 1)
    assert time.monotonic() - begun > 0.2 + 0.4
