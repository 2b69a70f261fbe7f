"""What takes jobs up, on the real queue in a folder of the test, with tools that do what the test says."""

import asyncio
import hashlib
import os

import pytest
from structlog.testing import capture_logs

from imgcdn import errors
from imgcdn.apis.jobs import executor as executor_module
from imgcdn.apis.jobs.board import Board
from imgcdn.apis.jobs.executor import Executor
from imgcdn.apis.jobs.settings import JobSettings
from imgcdn.model.jobs import Given, Made
from imgcdn.records.records import open_records
from imgcdn.records.settings import DataSettings


def written(jobs, content):
    path = jobs.temp_dir / os.urandom(4).hex()
    path.write_bytes(content)
    return str(path), hashlib.sha256(content).hexdigest()


class Shop:
    """An executor, its queue, and a tool that waits at its second stage until it is let through."""

    def __init__(self, folder, room=2, **visitors):
        self.records = open_records(DataSettings(dir=folder))
        self.jobs = self.records.jobs
        self.board = Board()
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = []
        self.most = 0
        self.under_way = 0
        self.errors = []
        tools = {"crop": self.crop}
        visitors = {"is_busy": lambda: False} | visitors
        self.executor = Executor(self.jobs, tools, JobSettings(), self.board, room=room, **visitors)

    async def crop(self, claim, kept, notice):
        self.begun.append(claim.item.seq)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await notice("analysing", 25)
            if self.errors:
                raise self.errors.pop(0)
            await self.gate.wait()
            await notice("cropping", 60)
        finally:
            self.under_way -= 1
        path, digest = written(self.jobs, b"of " + claim.item.name.encode())
        return Made(path, digest, f"new {claim.item.name}", "image/png", 4, 1, 1)

    async def add(self, *names, tool="crop"):
        given = [Given(*written(self.jobs, name.encode()), name, "image/png") for name in names or ("a",)]
        told = {"is_batch": len(given) > 1, "owner": "", "client_id": None, "lives_s": 600.0, "most_waiting": 1000}
        job = await self.jobs.add(tool, "{}", given, **told)
        self.executor.wake()
        return job.id

    async def ended(self, job):
        return await self.until(lambda: None if self.jobs.find(job).is_open else self.jobs.find(job))

    async def until(self, fact):
        async with asyncio.timeout(20):
            while not (found := fact()):
                await asyncio.sleep(0.005)
        return found


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    monkeypatch.setattr(executor_module, "_BEAT_S", 0.02)
    monkeypatch.setattr(executor_module, "_REST_S", 0.01)


@pytest.fixture
async def make(tmp_path):
    made = []

    def shop(**told):
        made.append(Shop(tmp_path / "data", **told))
        made[-1].executor.start()
        return made[-1]

    yield shop
    for one in made:
        await one.executor.stop(0)
        one.records.close()


async def test_every_item_is_worked_on_once_and_its_result_kept(make):
    shop = make()
    jobs = [await shop.add(f"{number}", f"{number}b") for number in range(5)]
    for number, job in enumerate(jobs):
        found = await shop.ended(job)
        assert found.state == "complete"
        assert [item.result_name for item in found.items] == [f"new {number}", f"new {number}b"]
    assert sorted(shop.begun) == list(range(1, 11))


async def test_no_more_is_under_way_at_once_than_there_is_room_for(make):
    shop = make(room=3)
    shop.gate.clear()
    jobs = [await shop.add(f"{number}") for number in range(8)]
    await shop.until(lambda: shop.under_way == 3)
    await asyncio.sleep(0.1)
    assert shop.under_way == 3
    shop.gate.set()
    for job in jobs:
        await shop.ended(job)
    assert shop.most == 3


async def test_stages_are_on_the_board_at_once_and_written_down_soon(make):
    shop = make()
    shop.gate.clear()
    job = await shop.add()
    await shop.until(lambda: shop.board.over(shop.jobs.find(job)).items[0].stage == "analysing")
    found = await shop.until(lambda: (item := shop.jobs.find(job).items[0]).stage == "analysing" and item)
    assert found.percent == 25


async def test_work_gives_way_to_visitors_but_not_for_ever(make, monkeypatch):
    monkeypatch.setattr(executor_module, "_PATIENCE_S", 0.2)
    busy = [True]
    shop = make(is_busy=lambda: busy[0])
    waiting = await shop.add()
    await shop.until(lambda: shop.begun)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await shop.ended(waiting)
    assert loop.time() - began > 0.3, "each of two stages had patience"
    busy[0] = False
    monkeypatch.setattr(executor_module, "_PATIENCE_S", 3600.0)
    await shop.ended(await shop.add())


async def test_in_a_crowd_work_rests_in_proportion_to_what_it_takes(make):
    loop = asyncio.get_running_loop()
    shop = make(served=lambda: int(loop.time() * 10_000))
    await shop.until(lambda: shop.executor._is_crowded)
    shop.gate.clear()
    job = await shop.add()
    await shop.until(lambda: shop.under_way)
    await asyncio.sleep(0.2)
    shop.gate.set()
    opened_at = loop.time()
    await shop.ended(job)
    assert loop.time() - opened_at > 0.3, "a stage of 0.2 s is followed by twice as long a rest"
    quiet = make(served=lambda: int(loop.time() * 10))
    await asyncio.sleep(0.1)
    assert not quiet.executor._is_crowded


async def test_an_error_of_the_picture_ends_the_item_with_its_reason(make):
    shop = make()
    shop.errors = [errors.CorruptImageError("it breaks off")]
    found = await shop.ended(await shop.add())
    assert (found.state, found.items[0].error, found.items[0].code) == ("failed", "it breaks off", "corrupt_image")
    assert len(shop.begun) == 1


async def test_what_takes_its_worker_down_is_tried_three_times(make):
    shop = make()
    shop.errors = [errors.InternalError("the worker died")] * 2
    with capture_logs():
        assert (await shop.ended(await shop.add())).state == "complete"
        assert len(shop.begun) == 3
        shop.errors = [errors.RenderTimeoutError("it took too long")] * 3
        found = await shop.ended(await shop.add())
    assert (found.state, found.items[0].code) == ("failed", "render_timeout")
    assert len(shop.begun) == 6


async def test_a_full_line_of_workers_is_waited_for_however_often(make):
    shop = make()
    shop.errors = [errors.OverloadedError("full")] * 10
    found = await shop.ended(await shop.add())
    assert (found.state, found.items[0].attempts) == ("complete", 1)


async def test_a_bug_in_a_tool_is_logged_and_fails_its_item_alone(make):
    shop = make()
    shop.errors = [RuntimeError("a bug")]
    with capture_logs() as logs:
        found = await shop.ended(await shop.add())
        assert (await shop.ended(await shop.add())).state == "complete"
    assert (found.state, found.items[0].code) == ("failed", "internal")
    assert "a bug" not in found.items[0].error
    assert any(entry["event"] == "a job's item failed" for entry in logs)


async def test_a_tool_that_is_not_there_fails_the_item(make):
    shop = make()
    found = await shop.ended(await shop.add(tool="paint"))
    assert (found.state, found.items[0].code) == ("failed", "feature_not_installed")


async def test_a_cancelled_job_is_stopped_here_at_once_and_elsewhere_soon(make):
    shop = make()
    shop.gate.clear()
    here, elsewhere = await shop.add(), await shop.add()
    await shop.until(lambda: shop.under_way == 2)
    await shop.jobs.cancel(here)
    shop.executor.stop_job(here)
    await shop.until(lambda: shop.under_way == 1)
    await shop.jobs.cancel(elsewhere)  # as another front would
    await shop.until(lambda: shop.under_way == 0)
    assert {shop.jobs.find(job).state for job in (here, elsewhere)} == {"cancelled"}
    shop.gate.set()
    assert (await shop.ended(await shop.add())).state == "complete"


async def test_a_front_that_stops_ends_what_it_can_and_gives_the_rest_back(make):
    shop = make(room=1)
    done = await shop.add()
    await shop.ended(done)
    shop.gate.clear()
    jobs = [await shop.add(f"{number}") for number in range(3)]
    await shop.until(lambda: shop.under_way == 1)
    stopping = asyncio.create_task(shop.executor.stop(5))
    await asyncio.sleep(0.05)
    shop.gate.set()
    await stopping
    assert [shop.jobs.find(job).state for job in jobs] == ["complete", "queued", "queued"]
    other = make(room=1)
    for job in jobs:
        assert (await other.ended(job)).state == "complete"


async def test_what_does_not_end_within_the_grace_is_begun_again_by_another(make):
    shop = make(room=2)
    shop.gate.clear()
    job = await shop.add("a", "b")
    await shop.until(lambda: shop.under_way == 2)
    await shop.executor.stop(0.05)
    assert [item.attempts for item in shop.jobs.find(job).items] == [0, 0], "stopping is nobody's fault"
    found = await make().ended(job)
    assert [item.attempts for item in found.items] == [1, 1]


async def test_who_waits_for_news_is_woken_by_them_and_sent_away_at_the_end():
    board = Board()
    with board.waiting("a") as mine, board.waiting("b") as others:
        board.put("a", 1, (25, "analysing"))
        assert mine.is_set()
        assert not others.is_set()
        board.close()
        assert others.is_set()
    with board.waiting("a") as late:
        assert late.is_set()
