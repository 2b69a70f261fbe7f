"""What workers that are killed were doing is done by others; the pool is whole again soon after."""

import asyncio
import os
import signal
import time

import httpx
import painting
import psutil
import pytest
from serving import LOOKING, RENDERING, assert_problem, eventually

HEAVY = "/img/photo.jpg?format=webp&w={}"
"""Some tenth of a second of work, so that a worker under load is busy when it is killed."""

AT_WORK = ('imgcdn_workers_ready{pool="analysis"} 1.0', 'imgcdn_workers_busy{pool="analysis"} 1.0')
"""What the metrics say while the analysis worker has started and has something to do."""


@pytest.fixture(scope="module")
def server(module_serve, photos, face_models):
    return module_serve(photos, "--workers", "2")


def lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def worked(pid):
    """Wait until a process has spent a moment of computing from now on."""
    process = psutil.Process(pid)
    begun = process.cpu_times().user
    async with asyncio.timeout(20):
        while process.cpu_times().user < begun + 0.05:
            await asyncio.sleep(0.005)


def is_whole(server):
    return len(server.workers(RENDERING)) == 2 and len(server.workers(LOOKING)) == 1


async def load(server, targets, meanwhile):
    """Ask over four connections, run `meanwhile` after a quarter of the answers, and return all answers."""
    waiting, answers = list(targets), []
    due, done = len(waiting) * 3 // 4, asyncio.Event()
    limits = httpx.Limits(max_connections=4)
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False, limits=limits) as client:

        async def ask():
            while waiting:
                target = waiting.pop()
                if len(waiting) <= due:
                    done.set()
                answers.append(await client.get(target))

        async def interfere():
            await done.wait()
            await asyncio.sleep(0.05)
            meanwhile()

        await asyncio.gather(interfere(), *(ask() for _ in range(4)))
    return answers


async def test_killing_a_render_worker_loses_nothing(server):
    victim = server.workers(RENDERING)[0]
    answers = await load(server, [HEAVY.format(700 + n) for n in range(40)], lambda: os.kill(victim, signal.SIGKILL))
    assert [found.status_code for found in answers] == [200] * 40
    eventually(lambda: is_whole(server), why="the worker was replaced")
    assert victim not in server.workers(RENDERING)


async def test_killing_every_render_worker_loses_nothing(server):
    def kill():
        for pid in server.workers(RENDERING):
            os.kill(pid, signal.SIGKILL)

    answers = await load(server, [HEAVY.format(800 + n) for n in range(30)], kill)
    assert [found.status_code for found in answers] == [200] * 30
    eventually(lambda: is_whole(server), why="the workers were replaced")
    assert server.get("/-/ready").status_code == 200


def test_killing_idle_workers_loses_nothing(server):
    for turn in range(3):
        for pid in server.workers(RENDERING):
            os.kill(pid, signal.SIGKILL)
        assert server.get(f"/img/photo.jpg?w={60 + turn}").status_code == 200
        eventually(lambda: is_whole(server))


def test_hits_are_answered_while_no_worker_can_work(server):
    target = "/img/photo.jpg?w=77"
    server.get(target)
    stopped = server.workers(RENDERING) + server.workers(LOOKING)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        with server.client() as client:
            begun = time.monotonic()
            for _ in range(20):
                assert client.get(target).headers["cache-status"].startswith("imgcdn; hit")
            assert client.get("/-/healthz").status_code == 200
            assert time.monotonic() - begun < 5
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def test_killing_the_analysis_worker_leaves_pictures_with_faces(server):
    (victim,) = server.workers(LOOKING)
    os.kill(victim, signal.SIGKILL)
    found = server.get("/img/portrait.jpg?w=200&h=100&gravity=face")
    assert found.status_code == 200
    assert found.headers["x-imgcdn-focus"].partition(";")[0] in {"face", "smart", "attention", "center"}
    eventually(lambda: is_whole(server), why="the analysis worker was replaced")
    later = server.get("/img/portrait.jpg?w=201&h=100&gravity=face")
    assert later.headers["x-imgcdn-focus"].startswith("face;")


async def test_two_analysis_workers_that_die_at_the_same_work_cost_the_face_but_not_the_picture(
    serve, tmp_path, face_models
):
    """The answer falls back, says so, is not kept for long, and is right again with the next request."""
    portrait = painting.sample("astronaut.png").resize((2600, 2600))
    portrait.save(tmp_path / "slow.avif", quality=70, speed=10)
    server = serve(tmp_path)
    target = "/img/slow.avif?w=202&h=100&gravity=face&format=jpeg"
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as client:
        asked = asyncio.create_task(client.get(target))
        for _ in range(2):  # what the first was killed over is tried by its successor
            async with asyncio.timeout(30):
                told = ""
                while not all(sign in told for sign in AT_WORK):
                    await asyncio.sleep(0.01)
                    told = (await client.get("/-/metrics")).text
            (victim,) = server.workers(LOOKING)
            await worked(victim)  # a request that nobody has read yet is another worker's, and costs no try
            os.kill(victim, signal.SIGKILL)
            async with asyncio.timeout(20):
                while lives(victim):
                    await asyncio.sleep(0.01)
        found = await asked
    assert found.status_code == 200
    assert not found.headers["x-imgcdn-focus"].startswith("face;")
    assert found.headers["cache-control"] == "public, max-age=60, stale-if-error=604800"
    again = server.get(target)
    assert again.headers["x-imgcdn-focus"].startswith("face;")
    assert again.headers["cache-control"] != "public, max-age=60, stale-if-error=604800"
    assert "falling back" in server.said


def test_a_worker_that_hangs_is_killed_with_its_task_and_replaced(serve, photos, face_models):
    server = serve(photos, settings="[render]\nworkers = 1\ntimeout_s = 1.5\n")
    (victim,) = server.workers(RENDERING)
    os.kill(victim, signal.SIGSTOP)
    begun = time.monotonic()
    said = assert_problem(server.get("/img/photo.jpg?w=60"), 504, "render_timeout")
    assert time.monotonic() - begun < 10
    assert "1.5 s" in said["detail"]
    eventually(lambda: server.workers(RENDERING) not in ([], [victim]), why="the worker was replaced")
    eventually(lambda: not lives(victim), why="the hung worker is gone")
    assert server.get("/img/photo.jpg?w=60").status_code == 200


def test_workers_end_with_a_server_that_is_killed(serve, photos, face_models):
    server = serve(photos)
    workers = server.workers(RENDERING) + server.workers(LOOKING)
    assert len(workers) >= 2
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    eventually(lambda: not any(map(lives, workers)), 10)


def test_workers_are_replaced_after_so_many_tasks(serve, photos, face_models):
    server = serve(photos, settings="[render]\nworkers = 1\nmax_tasks = 10\n")
    (first,) = server.workers(RENDERING)
    with server.client() as client:
        for width in range(20, 50):
            assert client.get(f"/img/photo.jpg?w={width}").status_code == 200
    eventually(lambda: server.workers(RENDERING) not in ([], [first]) and len(server.workers(RENDERING)) == 1)
