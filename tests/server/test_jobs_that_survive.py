"""Jobs outlive every end of the server: each is done once, whoever is killed and when."""

import os
import random
import signal
import sqlite3
import time
from contextlib import closing

import httpx
import pytest
from jobbing import BATCH, Watcher, completed, ended, halted, post, progress, taken, watched
from measuring import opened
from serving import eventually

LEAN = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n[render]\nworkers = 2\n'
SLOW_LEASE = "[jobs]\nlease_s = 600\n"
"""Long enough that only the end of its front frees what it holds."""
JOBS = 60
KILLS = 3


def rows(server, statement, *values):
    """Ask the records from outside."""
    file = server.cache.parent / "data" / "records.sqlite3"
    with closing(sqlite3.connect(file, timeout=10)) as connection:
        return connection.execute(statement, values).fetchall()


def count(server, state):
    return rows(server, "SELECT count(*) FROM jobs WHERE state = ?", state)[0][0]


def killed(server):
    """End the server as the kernel or a power cut would, and start it again."""
    server.stop(signal.SIGKILL)
    server.start()


def test_all_jobs_are_done_once_although_the_server_is_killed_three_times(serve, photos):
    server = serve(photos, settings=LEAN + SLOW_LEASE)
    dice = random.Random(6)
    kinds = [photos / name for name in ("photo.jpg", "cat.png", "alpha.webp", "film.gif")]
    jobs = []
    for number in range(JOBS):
        wish = {"width": 200 + number, "height": 150, "strategy": ("attention", "entropy")[number % 2]}
        jobs.append(taken(post(server, kinds[number % 4], settings=wish)))
    for kill in range(KILLS):
        goal = (kill + 1) * JOBS // (KILLS + 2)
        eventually(lambda goal=goal: count(server, "complete") >= goal, 60, f"{goal} jobs are done")
        time.sleep(dice.random() * 0.1)
        killed(server)
    for number, job in enumerate(jobs):
        got = server.get(completed(server, job)["downloadUrl"])
        assert opened(got.content).size == (200 + number, 150)
    assert rows(server, "SELECT count(*) FROM files WHERE kind = 'result'") == [(JOBS,)], "no result is there twice"
    assert rows(server, "SELECT count(*), count(DISTINCT result) FROM job_items") == [(JOBS, JOBS)]
    begun = rows(server, "SELECT sum(attempts) FROM job_items")[0][0]
    assert JOBS <= begun <= JOBS + KILLS, "only what was under way was begun again"


def test_a_job_in_flight_is_taken_up_again_at_once_after_a_restart(serve, photos):
    server = serve(photos, settings=LEAN + SLOW_LEASE)
    completed(server, taken(post(server, photos / "cat.png", settings={"width": 50})))
    with halted(server):
        job = taken(post(server, photos / "cat.png", settings={"width": 51}))
        eventually(lambda: watched(server, job, most=1)[0]["stage"] == "cropping", 10)
        server.stop(signal.SIGKILL)
        server.start()
    eventually(lambda: watched(server, job, most=1)[0]["phase"] == "complete", 20, "its lease is not waited for")
    assert rows(server, "SELECT attempts FROM job_items WHERE job = ?", job) == [(2,)]


def test_results_and_cancelled_jobs_are_what_they_were_after_a_restart(serve, photos):
    server = serve(photos, settings=LEAN)
    done = taken(post(server, photos / "cat.png", settings={"width": 40}))
    said = completed(server, done)
    content = server.get(said["downloadUrl"]).content
    with halted(server):
        job = taken(post(server, photos / "cat.png", settings={"width": 41}))
        assert server.ask("DELETE", f"/api/v1/jobs/{job}").status_code == 200
        killed(server)
    assert completed(server, done) == said
    assert server.get(said["downloadUrl"]).content == content
    assert ended(server, job)["code"] == "CANCELLED"


def test_a_server_that_stops_ends_the_streams_and_leaves_what_waits_to_the_next(serve, photos):
    server = serve(photos, settings=LEAN + "[server]\ngrace_s = 5\n")
    completed(server, taken(post(server, photos / "large.jpg", settings={"width": 1000})))
    job = taken(post(server, *[photos / "large.jpg"] * 20, settings={"width": 1001}, path=BATCH))
    watcher = Watcher(server, job)
    eventually(lambda: watcher.frames, 10)
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 5, "the stream did not hold it up"
    assert watcher.ended()[-1]["phase"] == "processing"
    waiting = rows(server, "SELECT count(*) FROM job_items WHERE state = 'queued'")[0][0]
    assert waiting > 0
    assert rows(server, "SELECT count(*) FROM job_items WHERE state = 'running'") == [(0,)], "nothing is left behind"
    server.start()
    last = ended(server, job)
    assert (last["phase"], last["completedFiles"]) == ("complete", 20)
    assert rows(server, "SELECT DISTINCT attempts FROM job_items") == [(1,)], "nothing was begun in vain"


def test_a_worker_that_is_killed_over_an_item_costs_nothing_but_time(serve, photos):
    server = serve(photos, settings=LEAN)
    completed(server, taken(post(server, photos / "cat.png", settings={"width": 30})))
    with halted(server):
        job = taken(post(server, photos / "cat.png", settings={"width": 31}))
        eventually(lambda: watched(server, job, most=1)[0]["stage"] == "cropping", 10)
        for pid in server.workers():
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: len(server.workers()) == 2, 10)
        completed(server, job)


@pytest.fixture
def pair(serve, photos):
    """Two fronts on one port and the same folders."""
    server = serve(photos, settings=LEAN + SLOW_LEASE + "[server]\nfronts = 2\n")
    eventually(lambda: "serves on" in server.said, 30)
    return server


def test_a_front_that_is_killed_leaves_its_work_to_the_other_and_either_tells_of_it(pair, photos):
    jobs = [taken(post(pair, photos / "photo.jpg", settings={"width": 300 + number})) for number in range(24)]
    eventually(lambda: count(pair, "complete") >= 5, 60)
    front = pair.workers("imgcdn.fronts.front")[0]
    os.kill(front, signal.SIGKILL)
    for job in jobs:
        # The front that answers may be the one that does not do the work.
        last = eventually(lambda job=job: finished(pair, job), 60)
        assert last["phase"] == "complete", last
    assert rows(pair, "SELECT count(*) FROM files WHERE kind = 'result'") == [(24,)]
    holders = pair.cache.parent / "data" / "fronts"
    assert len(list(holders.iterdir())) <= 3


def finished(server, job):
    """Return the last event of a job that has ended, None when it has not or nobody answered."""
    try:
        (frame,) = watched(server, job, most=1)
    except httpx.TransportError:
        return None
    return frame if frame["phase"] != "processing" else None


def test_progress_goes_on_after_the_client_reconnects_to_a_restarted_server(serve, photos):
    server = serve(photos, settings=LEAN)
    completed(server, taken(post(server, photos / "large.jpg", settings={"width": 900})))
    job = taken(post(server, *[photos / "large.jpg"] * 8, settings={"width": 901}, path=BATCH))
    eventually(lambda: watched(server, job, most=1)[0]["completedFiles"] >= 2, 30)
    killed(server)
    frames = watched(server, job)
    assert frames[0]["completedFiles"] >= 2
    assert frames[-1]["completedFiles"] == 8
    assert server.get(progress(job)).status_code == 200
