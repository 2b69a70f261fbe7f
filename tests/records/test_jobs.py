"""Jobs in the records: taken on, claimed and finished in single transactions, by several processes, through any end."""

import asyncio
import hashlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from imgcdn import errors
from imgcdn.model.jobs import Fault, Given, Made
from imgcdn.records import jobs as jobs_module
from imgcdn.records.fronts import Living
from imgcdn.records.jobs import Jobs

FAULT = Fault("it is broken", "corrupt_image")


@pytest.fixture
def records(opened):
    return opened()


@pytest.fixture
def now():
    return [1_000_000.0]


@pytest.fixture
def clocked(records, now):
    """The jobs of this process on a clock that the test moves."""
    return Jobs(records.database, records.files, records.living, lambda: now[0])


def given(jobs, content=b"a picture", name="a.jpg"):
    path = jobs.temp_dir / f"part-{os.urandom(4).hex()}"
    path.write_bytes(content)
    return Given(str(path), hashlib.sha256(content).hexdigest(), name, "image/jpeg")


def made(jobs, content=b"a result", name="a_smartcrop.jpg"):
    one = given(jobs, content)
    return Made(one.path, one.digest, name, "image/jpeg", len(content), 4, 3)


async def add(jobs, *contents, **told):
    facts = {"is_batch": len(contents) > 1, "owner": "key1", "client_id": None, "lives_s": 60.0, "most_waiting": 100}
    pictures = [given(jobs, content) for content in contents or (b"a picture",)]
    return await jobs.add("smart-crop", '{"width":4}', pictures, **facts | told)


def read(kept):
    return Path(kept.path).read_bytes()


def killed_after(lines, script, folder):
    """Run a script on the data folder until it printed so many lines, and kill it."""
    arguments = [sys.executable, "-c", script, str(folder), str(Path(__file__).parent)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        for _ in range(lines):
            assert process.stdout.readline() == "True\n"
        process.kill()


def unfinished(jobs):
    return list(jobs.temp_dir.iterdir())


async def test_a_job_is_found_with_its_pictures_in_their_order_by_every_process(records, opened):
    job = await add(records.jobs, b"first", b"second")
    for jobs in (records.jobs, opened().jobs):
        found = jobs.find(job.id)
        assert found == job
        assert (found.state, found.is_batch, found.owner, found.settings) == ("queued", True, "key1", '{"width":4}')
        assert [read(jobs.source(item)) for item in found.items] == [b"first", b"second"]
        assert {jobs.source(item).kind for item in found.items} == {"input"}
    assert unfinished(records.jobs) == []


async def test_a_clients_name_gives_one_job_and_only_to_its_owner(records):
    first = await add(records.jobs, client_id="mine")
    assert (await add(records.jobs, client_id="mine")).id == first.id
    assert records.jobs.find("mine", "key1").id == first.id
    assert records.jobs.find("mine", "key2") is None
    assert (await add(records.jobs, client_id="mine", owner="key2")).id != first.id
    assert unfinished(records.jobs) == [], "what came twice is not kept twice"


async def test_a_clients_name_is_free_again_once_the_job_is_over_its_time(clocked, now):
    first = await add(clocked, client_id="mine")
    now[0] += 61
    assert clocked.find("mine", "key1") is None
    second = await add(clocked, client_id="mine")
    assert second.id != first.id
    assert clocked.find("mine", "key1").id == second.id


async def test_more_than_may_wait_is_refused_and_leaves_nothing(records):
    await add(records.jobs, b"1", b"2", most_waiting=3)
    with pytest.raises(errors.QueueFullError, match="2 pictures wait"):
        await add(records.jobs, b"3", b"4", most_waiting=3)
    assert unfinished(records.jobs) == []
    await add(records.jobs, b"5", most_waiting=3)


async def test_items_are_claimed_oldest_first_and_by_one_process_only(records, opened):
    job, later = await add(records.jobs, b"1", b"2"), await add(records.jobs)
    other = opened().jobs
    mine, others = await asyncio.gather(records.jobs.claim(2, 30), other.claim(2, 30))
    claimed = [claim.item.seq for claim in (*mine, *others)]
    assert sorted(claimed) == [item.seq for item in (*job.items, *later.items)]
    assert await other.claim(5, 30) == ()
    assert records.jobs.find(job.id).state == "running"
    assert records.jobs.held() | other.held() == set(claimed)


async def test_a_job_is_complete_with_its_last_item_and_its_result_is_kept_with_it(records):
    job = await add(records.jobs, b"1", b"2")
    first, second = await records.jobs.claim(2, 30)
    assert await records.jobs.finish(first, made(records.jobs, b"one"), 60)
    assert records.jobs.find(job.id).state == "running"
    assert await records.jobs.finish(second, FAULT, 60)
    found = records.jobs.find(job.id)
    assert found.state == "complete"
    assert [item.state for item in found.items] == ["complete", "failed"]
    assert (found.items[0].result_name, found.items[0].result_bytes) == ("a_smartcrop.jpg", 3)
    assert (found.items[1].error, found.items[1].code) == ("it is broken", "corrupt_image")
    kept = records.jobs.result(found.items[0])
    assert (read(kept), kept.kind, kept.owner) == (b"one", "result", "key1")
    assert records.jobs.result(found.items[1]) is None
    assert unfinished(records.jobs) == []


async def test_a_job_of_which_all_items_failed_has_failed(records):
    job = await add(records.jobs, b"1", b"2")
    for claim in await records.jobs.claim(2, 30):
        await records.jobs.finish(claim, FAULT, 60)
    assert records.jobs.find(job.id).state == "failed"


async def test_who_does_not_hold_an_item_cannot_finish_it(clocked, opened, now, by_hand):
    job = await add(clocked)
    (claim,) = await clocked.claim(1, 30)
    now[0] += 31
    other = opened().jobs
    other._clock = lambda: now[0]
    (taken,) = await other.claim(1, 30)
    assert (taken.item.seq, taken.item.attempts) == (claim.item.seq, 2)
    assert not await clocked.finish(claim, made(clocked, b"late"), 60)
    assert await other.finish(taken, made(other, b"in time"), 60)
    assert not await other.finish(taken, made(other, b"twice"), 60)
    assert read(clocked.result(clocked.find(job.id).items[0])) == b"in time"
    assert by_hand("SELECT count(*) FROM files WHERE kind = 'result'") == [(1,)]
    assert unfinished(clocked) == []


async def test_a_lease_that_is_renewed_does_not_end(clocked, opened, now):
    await add(clocked)
    (claim,) = await clocked.claim(1, 15)
    other = opened().jobs
    other._clock = lambda: now[0]
    for _ in range(5):
        now[0] += 10
        await clocked.keep_on({claim.item.seq: (60, "cropping")}, 15)
        assert await other.claim(1, 30) == ()
    assert clocked.find(claim.item.job).items[0].stage == "cropping"


async def test_what_a_process_held_that_ended_is_taken_up_at_once(opened, records):
    other = opened()
    await add(records.jobs, b"1", b"2")
    (claim,) = await other.jobs.claim(1, 600)
    assert [one.item.seq for one in await records.jobs.claim(5, 600)] == [claim.item.seq + 1]
    other.close()
    (taken,) = await records.jobs.claim(5, 600)
    assert (taken.item.seq, taken.item.attempts) == (claim.item.seq, 2)


async def test_items_given_back_are_claimed_again_and_an_attempt_in_vain_is_counted(records):
    await add(records.jobs)
    for counts, attempts in ((False, 1), (True, 1), (True, 2), (False, 3), (False, 3)):
        (claim,) = await records.jobs.claim(1, 30)
        assert claim.item.attempts == attempts
        await records.jobs.release([claim.item.seq], counts=counts)
    assert records.jobs.held() == frozenset()


async def test_an_item_that_took_every_front_down_is_given_up(clocked, now, monkeypatch):
    monkeypatch.setattr(jobs_module, "_MOST_BEGUN", 3)
    job = await add(clocked, lives_s=600.0)
    for _ in range(3):
        assert len(await clocked.claim(1, 30)) == 1
        now[0] += 31
    assert await clocked.claim(1, 30) == ()
    found = clocked.find(job.id)
    assert (found.state, found.items[0].code) == ("failed", "internal")


async def test_a_cancelled_job_is_not_begun_and_what_is_under_way_cannot_be_finished(records):
    job = await add(records.jobs, b"1", b"2", b"3")
    first, second = await records.jobs.claim(2, 30)
    await records.jobs.finish(first, made(records.jobs), 60)
    found = await records.jobs.cancel(job.id)
    assert found.state == "cancelled"
    assert [item.state for item in found.items] == ["complete", "cancelled", "cancelled"]
    assert records.jobs.held() == frozenset()
    assert not await records.jobs.finish(second, made(records.jobs), 60)
    assert await records.jobs.claim(5, 30) == ()
    assert await records.jobs.cancel(job.id) == found
    assert await records.jobs.cancel("nothing") is None


async def test_a_job_that_has_ended_is_not_cancelled(records):
    job = await add(records.jobs)
    (claim,) = await records.jobs.claim(1, 30)
    await records.jobs.finish(claim, made(records.jobs), 60)
    assert (await records.jobs.cancel(job.id)).state == "complete"


async def test_a_job_over_its_time_is_not_found_and_swept_away_with_its_items(clocked, now, by_hand):
    job = await add(clocked)
    (claim,) = await clocked.claim(1, 30)
    now[0] += 50
    await clocked.finish(claim, made(clocked), 60)
    now[0] += 50
    assert clocked.find(job.id).state == "complete", "its time counts from its end"
    assert await clocked.sweep() == 0
    now[0] += 11
    assert clocked.find(job.id) is None
    assert await clocked.sweep() == 1
    assert by_hand("SELECT count(*) FROM job_items") == [(0,)]


async def test_a_full_or_broken_database_refuses_jobs(records, unavailable):
    records.close()
    with pytest.raises(errors.DrainingError):
        await add(records.jobs)
    with unavailable():
        records.jobs.find("x")


async def test_jobs_are_done_once_although_their_processes_are_killed_at_any_moment(opened, folder, by_hand):
    records = opened()
    ids = [(await add(records.jobs, b"%d" % number, lives_s=600.0, most_waiting=1000)).id for number in range(40)]
    script = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[2])
        from test_jobs import made
        from imgcdn.records.records import open_records
        from imgcdn.records.settings import DataSettings

        async def main():
            jobs = open_records(DataSettings(dir=Path(sys.argv[1]))).jobs
            while claims := await jobs.claim(2, 600):
                for claim in claims:
                    content = Path(jobs.source(claim.item).path).read_bytes()
                    print(await jobs.finish(claim, made(jobs, b"of " + content), 600), flush=True)

        asyncio.run(main())
        """
    )
    for _ in range(4):
        killed_after(7, script, folder)
    while claims := await records.jobs.claim(5, 600):
        for claim in claims:
            await records.jobs.finish(claim, made(records.jobs, b"of " + claim.item.source.encode()), 600)
    assert {records.jobs.find(one).state for one in ids} == {"complete"}
    assert by_hand("SELECT count(*), count(DISTINCT result) FROM job_items") == [(40, 40)]
    assert by_hand("SELECT count(*) FROM files WHERE kind = 'result'") == [(40,)]
    assert by_hand("SELECT max(attempts) <= 5, sum(attempts) BETWEEN 40 AND 48 FROM job_items") == [(1, 1)]


def test_a_process_is_dead_when_it_took_its_sign_of_life_away_and_never_before(tmp_path):
    one, other = Living(tmp_path / "fronts"), Living(tmp_path / "fronts")
    one.begin()
    assert not other.is_dead(one.name)
    assert not one.is_dead(one.name)
    one.begin()
    one.end()
    assert other.is_dead(one.name)
    assert list((tmp_path / "fronts").iterdir()) == []


def test_a_process_that_can_show_no_sign_of_life_is_never_dead(tmp_path):
    (tmp_path / "fronts").write_text("no folder")
    one, other = Living(tmp_path / "fronts"), Living(tmp_path / "fronts")
    one.begin()
    assert not other.is_dead(one.name)
    one.end()


def test_signs_of_killed_processes_are_swept_away(tmp_path):
    folder = tmp_path / "fronts"
    script = "import sys; from pathlib import Path; from imgcdn.records.fronts import Living\nLiving(Path(sys.argv[1])).begin(); print('up', flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "up\n"
    living = Living(folder)
    living.begin()
    (name,) = {path.name for path in folder.iterdir()} - {living.name}
    living.sweep()
    assert not living.is_dead(name)
    process.kill()
    process.communicate()
    living.sweep()
    assert [path.name for path in folder.iterdir()] == [living.name]
