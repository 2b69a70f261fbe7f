"""Jobs under kill -9: all complete, none twice, none lost; and what visitors notice of the work meanwhile.

    python benchmarks/jobs.py                 # 500 jobs, three kills
    python benchmarks/jobs.py --jobs 100 --kills 1

The server is a real one, started as a user starts it. Ends with status 1 when a job was lost or done twice.
"""

import argparse
import concurrent.futures
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

import httpx
import load
import pictures
import pyvips
import servers

_AT_ONCE = 8
"""Clients that give jobs at the same time."""
_SECONDS = 6
_TURNS = 3
_BATCHES, _BATCH = 3, 100
"""Batches, and pictures in each, that wait when a turn with jobs begins: more than are done in it."""
_HIT = "/img/photo2mp.0.jpg?w=400&h=300&format=jpeg"
_MISS = "/img/photo2mp.{copy}.jpg?w=4{w2}&h=3{h2}&gravity=center&format=jpeg"


class World:
    """A server that may be killed, its records, and the pictures that jobs are given for."""

    def __init__(self, place: Path, extra: list[str]) -> None:
        self.place, self.port = place, servers.free_port()
        self._command = servers.imgcdn(
            place / "pictures", place / "cache", self.port, "--data-dir", str(place / "data"), *extra
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with (self.place / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, env=dict(os.environ))
        for _ in range(1200):
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/-/ready", timeout=5, trust_env=False).status_code == 200:
                    return
            time.sleep(0.05)
        raise SystemExit("the server did not start")

    def end(self, how: int) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(60)

    def ask(self, statement: str) -> list[tuple]:
        with closing(sqlite3.connect(self.place / "data" / "records.sqlite3", timeout=20)) as connection:
            return connection.execute(statement).fetchall()

    def done(self) -> int:
        return int(self.ask("SELECT count(*) FROM jobs WHERE state = 'complete'")[0][0])

    def items(self) -> int:
        return int(self.ask("SELECT count(*) FROM job_items WHERE state = 'complete'")[0][0])


def kinds(folder: Path) -> list[bytes]:
    """Return a JPEG of two megapixels, a portrait, a PNG with alpha and a WebP."""
    photo, portrait = (folder / "photo2mp.0.jpg").read_bytes(), (folder / "portrait.0.jpg").read_bytes()
    small = pyvips.Image.thumbnail(str(folder / "photo2mp.0.jpg"), 900).copy_memory()
    return [photo, portrait, small.bandjoin(200).pngsave_buffer(), small.webpsave_buffer(Q=80)]


def give(world: World, number: int, bodies: list[bytes]) -> str:
    """Give a job, again and again under one name until it is acknowledged."""
    body = bodies[number % len(bodies)]
    settings = {"width": 300 + number % 97, "height": 300, "strategy": ("attention", "entropy")[number // 4 % 2]}
    # Bytes behind the picture's end give each a digest of its own, so that each is looked at.
    files = {"file": (f"picture{number}.jpg", body + number.to_bytes(8, "big"))}
    fields = {"settings": json.dumps(settings), "clientJobId": f"job{number}"}
    while True:
        try:
            with httpx.Client(base_url=world.url, timeout=60, trust_env=False) as client:
                answer = client.post("/api/v1/tools/smart-crop", files=files, data=fields)
            if answer.status_code == 202:
                return str(answer.json()["jobId"])
            if answer.status_code != 503:
                raise SystemExit(f"a job was refused: {answer.status_code} {answer.text}")
        except httpx.TransportError:
            pass
        time.sleep(0.1)


def give_many(world: World, first: int, bodies: list[bytes]) -> str:
    """Give a batch, and return its id."""
    numbers = range(first, first + _BATCH)
    files = [("files", (f"p{number}.jpg", bodies[number % 4] + number.to_bytes(8, "big"))) for number in numbers]
    with httpx.Client(base_url=world.url, timeout=120, trust_env=False) as client:
        answer = client.post("/api/v1/tools/smart-crop/batch", files=files, data={"settings": '{"width": 300}'})
    return str(answer.json()["jobId"])


def kill_while_working(world: World, bodies: list[bytes], jobs: int, kills: int) -> bool:
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as clients:
        given = [clients.submit(give, world, number, bodies) for number in range(jobs)]
        for kill in range(1, kills + 1):
            while world.done() < jobs * kill // (kills + 2):
                time.sleep(0.05)
            world.end(signal.SIGKILL)
            world.start()
            print(f"killed and started again after {world.done()} of {jobs}", flush=True)
        identities = [one.result() for one in given]
    print(f"all {jobs} given after {time.monotonic() - begun:.0f} s", flush=True)
    memory: list[float] = []
    while world.ask("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')")[0][0]:
        time.sleep(0.5)
        memory.append(servers.memory_mb(servers.family(world.pid)))
    took = time.monotonic() - begun
    states = dict(world.ask("SELECT state, count(*) FROM jobs GROUP BY state"))
    results = world.ask("SELECT count(*) FROM files WHERE kind = 'result'")[0][0]
    attempts = world.ask("SELECT sum(attempts), max(attempts) FROM job_items")[0]
    lost = sum(not fetched(world, identity) for identity in identities)
    print(
        f"{jobs} jobs in {took:.0f} s: {states}; {len(set(identities))} ids, {results} results, {lost} lost, "
        f"begun {attempts[0]} times, one at most {attempts[1]}"
    )
    early, late = (statistics.mean(part) for part in (memory[: len(memory) // 4 + 1], memory[-len(memory) // 4 - 1 :]))
    print(
        f"all processes since the last start, PSS, MB: first quarter {early:.0f}, last {late:.0f}, "
        f"most {max(memory):.0f}"
    )
    return states == {"complete": jobs} and results == jobs == len(set(identities)) and not lost


def fetched(world: World, identity: str) -> bool:
    """Whether a job's result can be downloaded, all of it."""
    with httpx.Client(base_url=world.url, timeout=60, trust_env=False) as client:
        text = client.get(f"/api/v1/jobs/{identity}/progress?events=plain").text
        result = json.loads(text.strip().rpartition("data: ")[2])["result"]
        return result is not None and len(client.get(result["downloadUrl"]).content) == result["processedSize"]


def what_visitors_notice(world: World, bodies: list[bytes]) -> None:
    """Compare hits and misses while nothing else is done and while jobs are, in turns."""
    with httpx.Client(base_url=world.url, timeout=60, trust_env=False) as client:
        client.get(_HIT)
    first = 1_000_000
    for name, template, connections in (("hits", _HIT, 16), ("misses", _MISS, 4)):
        rates: dict[bool, list[float]] = {False: [], True: []}
        for with_jobs in (False, True) * _TURNS:
            given = [give_many(world, first + n * _BATCH, bodies) for n in range(_BATCHES)] if with_jobs else []
            first += _BATCHES * _BATCH
            before = world.items()
            run = load.wrk(world.port, template, connections=connections, seconds=_SECONDS)
            rates[with_jobs].append(run["req_s"])
            print(
                f"{name} {'with jobs' if with_jobs else 'alone'}: {run['req_s']:.0f}/s, p99 {run['p99_ms']:.1f} ms, "
                f"bad {run['bad']:.0f}, pictures of jobs done meanwhile {world.items() - before}",
                flush=True,
            )
            with httpx.Client(base_url=world.url, timeout=60, trust_env=False) as client:
                for identity in given:
                    client.delete(f"/api/v1/jobs/{identity}")
        alone, busy = (sum(rates[key]) / len(rates[key]) for key in (False, True))
        print(f"{name}: {busy / alone:.2f} of their rate alone", flush=True)


def upload_of_100_mb(world: World) -> None:
    """Send a batch with one picture of 100 MB, and see what it costs the front."""
    before, peak = servers.memory_mb([world.pid]), 0.0
    files = {"files": ("large.jpg", os.urandom(1 << 20) * 100)}
    with concurrent.futures.ThreadPoolExecutor(1) as clients, httpx.Client(timeout=120, trust_env=False) as client:
        sent = clients.submit(client.post, f"{world.url}/api/v1/tools/smart-crop/batch", files=files)
        while not sent.done():
            peak = max(peak, servers.memory_mb([world.pid]))
            time.sleep(0.01)
    print(f"an upload of 100 MB: {sent.result().status_code}; the front had {before:.0f} MB before, {peak:.0f} at most")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--only", choices=("kills", "visitors", "upload"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="imgcdn-bench-") as temporary:
        place = Path(temporary)
        pictures.make(place / "pictures")
        (place / "imgcdn.toml").write_text("[api]\nmax_upload_bytes = 200_000_000\n")
        world = World(place, ["--config", str(place / "imgcdn.toml")])
        bodies = kinds(place / "pictures")
        world.start()
        is_right = True
        try:
            if given.only in {None, "kills"}:
                is_right = kill_while_working(world, bodies, given.jobs, given.kills)
            if given.only in {None, "upload"}:
                upload_of_100_mb(world)
            if given.only in {None, "visitors"}:
                what_visitors_notice(world, bodies)
        finally:
            world.end(signal.SIGTERM)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
