import json
import os
import signal
import time

import pytest
from watching import eventually

from imgcdn.errors import OverloadedError
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


async def test_workers_that_die_as_soon_as_they_are_ready_are_restarted_ever_more_slowly(make_pool):
    pool = await make_pool(workers=1)
    begun = time.monotonic()
    for count in range(1, 4):
        os.kill(pool.pids[0], signal.SIGKILL)
        await eventually(lambda expected=count: pool.stats.restarts == expected)
        await eventually(lambda: pool.stats.ready == 1)
    assert time.monotonic() - begun > 0.2 + 0.4
