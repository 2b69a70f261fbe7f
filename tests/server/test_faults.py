"""What goes wrong in the world, done to real servers: no wrong byte is served, and nothing acknowledged is lost.

`benchmarks/faults.py` does the same at length.
"""

import hashlib
import http.client
import json
import os
import random
import signal
import sqlite3
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from lacks import lacking
from measuring import opened
from scripted import Origin, answer, validated
from serving import RENDERING, eventually

LEAN = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n'
WEB = '[[mount]]\nname = "web"\norigin = "{url}"\n[freshness]\nfailed_s = 0.2\n' + LEAN
NO_MEMORY = "[cache]\nmemory_bytes = 0\n"
FRONT = "imgcdn.fronts.front"
DAY = 86_400
CLOCK = """
import time
from contextlib import suppress
real = time.time
def put():
    ahead = 0.0
    with suppress(OSError, ValueError):
        ahead = float(open({file!r}).read())
    return real() + ahead
time.time = put
"""


@pytest.fixture
def origin(photos):
    made = Origin()
    for name in ("photo", "portrait", "p3"):
        body = (photos / f"{name}.jpg").read_bytes()
        made.scripts[f"/{name}.jpg"] = validated(body, f'"{name}"', Cache_Control="max-age=100000")
    yield made
    made.close()


def digest(found):
    assert found.status_code == 200, found.content
    return hashlib.sha256(found.content).hexdigest()


def is_hit(found):
    return found.headers["cache-status"].startswith("imgcdn; hit")


def is_kept(found):
    return is_hit(found) or found.headers["cache-status"].endswith("; stored")


def get(server, target):
    """Ask on a connection of its own, without the TLS context that httpx makes each time."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as line:
        line.request("GET", target)
        given = line.getresponse()
        headers = {name.lower(): value for name, value in given.getheaders()}
        return SimpleNamespace(status_code=given.status, headers=headers, content=given.read())


def all_of(server, targets, crowd=4):
    with ThreadPoolExecutor(crowd) as asking:
        return dict(zip(targets, asking.map(lambda target: get(server, target), targets), strict=True))


def right_of(serve, origin, targets):
    """Return what a server answers to which nothing happens."""
    server = serve(settings=WEB.format(url=origin.url))
    found = {target: digest(answered) for target, answered in all_of(server, targets).items()}
    server.end()
    return found


def kill_all(server):
    """Kill the first process of a server, and wait until the kernel has ended the others."""
    everybody = [child.pid for child in psutil.Process(server.pid).children(recursive=True)]
    server.process.kill()
    server.process.wait()
    eventually(lambda: not any(psutil.pid_exists(pid) for pid in everybody), 10, "nothing is left")


def children(server, role):
    with suppress(psutil.Error):
        return [
            child.pid
            for child in psutil.Process(server.pid).children(recursive=True)
            if role in " ".join(child.cmdline())
        ]
    return []


def is_complete(server):
    """Whether both fronts listen and have a worker each."""
    fronts = children(server, FRONT)
    with suppress(psutil.Error):
        return len(fronts) == len(children(server, RENDERING)) == 2 and all(map(listens, fronts))
    return False


def listens(pid):
    return any(one.status == psutil.CONN_LISTEN for one in psutil.Process(pid).net_connections())


# Processes


def test_no_wrong_byte_is_served_and_nothing_acknowledged_is_lost_when_processes_are_killed_while_writing(
    serve, origin
):
    targets = [
        f"/web/{name}.jpg?w={width}&h=90&format={form}"
        for width in range(40, 70)
        for name, form in (("photo", "jpeg"), ("portrait", "webp"), ("p3", "png"))
    ]
    right = right_of(serve, origin, targets)
    server = serve("--fronts", 2, settings=WEB.format(url=origin.url) + "[render]\nworkers = 2\n")
    eventually(lambda: is_complete(server), 30)
    chance, is_over, killed, kept, wrong = random.Random(3), threading.Event(), [], set(), []

    def kill():
        while not is_over.wait(chance.uniform(0.1, 0.5)):
            role = FRONT if len(killed) % 3 == 1 else RENDERING
            if not is_complete(server):
                continue  # somebody is always there; who dies of a start again and again is waited for longer
            killed.append(role)
            os.kill(chance.choice(children(server, role)), signal.SIGKILL)

    def ask(target):
        for _ in range(400):
            with suppress(OSError, http.client.HTTPException):  # of a front that was killed
                found = get(server, target)
                if found.status_code == 503 and "retry-after" in found.headers:
                    time.sleep(0.1)
                    continue
                if found.status_code != 200 or digest(found) != right[target]:
                    wrong.append((target, found.status_code, found.headers))
                elif is_kept(found):
                    kept.add(target)
                time.sleep(0.1)
                return
            time.sleep(0.05)
        wrong.append((target, "no answer", ""))

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    try:
        with ThreadPoolExecutor(4) as asking:
            list(asking.map(ask, targets))
            eventually(lambda: {RENDERING, FRONT} <= set(killed), 30, "both kinds were killed")
            list(asking.map(ask, targets))
    finally:
        is_over.set()
        killer.join()
    assert wrong == []
    assert {RENDERING, FRONT} <= set(killed)
    kill_all(server)
    server.start()
    for target, found in all_of(server, sorted(kept)).items():
        assert digest(found) == right[target]
        assert is_hit(found), f"{target} was acknowledged and is lost"
    assert len(kept) > len(targets) // 2


def test_what_a_killed_parent_of_fronts_left_in_the_temporary_folder_goes_with_the_next_start(serve, photos, tmp_path):
    server = serve(photos, "--fronts", 2, settings=LEAN, env={"TMPDIR": str(tmp_path)})
    (left,) = tmp_path.glob("imgcdn-fronts-*")
    kill_all(server)
    assert left.exists()
    server.start()
    assert not left.exists()
    assert len(list(tmp_path.glob("imgcdn-fronts-*"))) == 1
    server.end()
    assert list(tmp_path.glob("imgcdn-*")) == []


# Disks


@pytest.fixture
def small_disk(tmp_path, program):
    """A disk of its own that can be filled and made read-only."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        [program("mount"), "-t", "tmpfs", "-o", "size=80m", "none", place], capture_output=True, check=False
    )
    if made.returncode:
        lacking("no file system can be mounted here")
    yield place
    subprocess.run([program("umount"), "-l", place], check=True)


def fill(place: Path):
    with (place / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        while ballast.write(bytes(65_536)):
            pass


def test_a_disk_that_gets_full_costs_no_answer_and_what_was_kept_before_stays(serve, origin, small_disk):
    before = [f"/web/photo.jpg?w={width}&format=png" for width in range(300, 310)]
    after = [f"/web/portrait.jpg?w={width}&format=png" for width in range(300, 310)]
    right = right_of(serve, origin, [*before, *after])
    server = serve(settings=WEB.format(url=origin.url) + NO_MEMORY, cache=small_disk / "cache")
    all_of(server, before)
    fill(small_disk)
    for _ in range(2):
        for target, found in all_of(server, [*before, *after]).items():
            assert digest(found) == right[target]
            assert is_hit(found) if target in before else not is_kept(found)
    kill_all(server)
    server.start()
    for target, found in all_of(server, [*before, *after]).items():
        assert digest(found) == right[target]
    (small_disk / "ballast").unlink()
    eventually(lambda: all(is_hit(found) for found in all_of(server, [*before, *after]).values()), 20, "it keeps again")


@pytest.mark.parametrize("trouble", ["a full disk", "a file in its place"])
def test_a_cache_that_could_not_be_opened_at_the_start_is_used_once_it_can_be(serve, photos, small_disk, trouble):
    cache = small_disk / "cache"
    cache.write_text("in the way") if trouble == "a file in its place" else fill(small_disk)
    server = serve(photos, settings=LEAN, cache=cache)
    failing = 'imgcdn_cache_failing{{store="renditions"}} {}.0'.format
    assert not is_kept(get(server, "/img/photo.jpg?w=40"))
    assert failing(1) in server.get("/-/metrics").text
    (cache if trouble == "a file in its place" else small_disk / "ballast").unlink()
    eventually(lambda: is_kept(get(server, "/img/photo.jpg?w=40")), 60, "it is tried again now and then")
    assert is_hit(get(server, "/img/photo.jpg?w=40"))
    assert failing(0) in server.get("/-/metrics").text
    assert server.get("/-/ready").json()["degraded"].keys().isdisjoint({"references", "renditions", "originals"})
    assert '"event": "cache_recovered"' in server.said


def test_a_cache_on_a_read_only_disk_costs_no_answer_and_is_told(serve, origin, small_disk, program):
    kept = [f"/web/photo.jpg?w={width}&format=jpeg" for width in range(300, 306)]
    new = [f"/web/portrait.jpg?w={width}&format=jpeg" for width in range(300, 306)]
    right = right_of(serve, origin, [*kept, *new])
    server = serve(settings=WEB.format(url=origin.url), cache=small_disk / "cache")
    all_of(server, kept)
    server.end()
    subprocess.run([program("mount"), "-o", "remount,ro", small_disk], check=True)
    server.start()
    try:
        for _ in range(2):
            for target, found in all_of(server, [*kept, *new]).items():
                assert digest(found) == right[target]
        assert json.loads(get(server, "/-/ready").content)["degraded"]
    finally:
        server.end()
        subprocess.run([program("mount"), "-o", "remount,rw", small_disk], check=True)


def test_rows_and_files_damaged_by_hand_cost_no_right_byte(serve, origin):
    targets = [f"/web/{name}.jpg?w={w}&h={w}&format=png" for name in ("photo", "p3") for w in (60, 90, 400, 500)]
    later = [target.replace("png", "jpeg") for target in targets]
    right = right_of(serve, origin, targets + later)
    server = serve(settings=WEB.format(url=origin.url) + NO_MEMORY)
    all_of(server, targets)
    time.sleep(1)
    files = sorted(server.cache.glob("*/??/*.val"))
    assert {path.parent.parent.name for path in files} == {"renditions", "originals"}
    for path in files:
        body = bytearray(path.read_bytes())
        body[len(body) // 2] ^= 0x10  # of the same length still, and still a picture
        path.write_bytes(body)
    for store in ("renditions", "references", "originals", "analyses"):
        with closing(sqlite3.connect(server.cache / store / "cache.db", isolation_level=None)) as line:
            for row, value in line.execute("SELECT rowid, value FROM Cache WHERE value IS NOT NULL").fetchall():
                spoilt = bytearray(value)
                spoilt[-1] ^= 0x10
                line.execute("UPDATE Cache SET value = ? WHERE rowid = ?", (bytes(spoilt), row))
    for _ in range(2):
        for target, found in all_of(server, targets + later).items():
            assert digest(found) == right[target]
    eventually(lambda: all(is_hit(found) for found in all_of(server, targets).values()), 5, "they are kept again")


# Clocks


def test_nothing_is_believed_longer_than_its_life_when_the_clock_goes_back(serve, origin, photos, tmp_path):
    clock = tmp_path / "clock"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "sitecustomize.py").write_text(CLOCK.format(file=str(clock)))
    bodies = [(photos / f"{name}.jpg").read_bytes() for name in ("photo", "p3")]

    def publish(number):
        origin.scripts["/clock.jpg"] = answer(bodies[number], Cache_Control="max-age=3600")

    def put(days):
        clock.write_text(str(days * DAY))

    def height():
        return opened(get(server, "/web/clock.jpg?w=40").content).height

    put(30)
    publish(0)
    settings = WEB.format(url=origin.url) + NO_MEMORY
    server = serve(settings=settings, env={"PYTHONPATH": str(tmp_path / "own")})
    assert height() == 27
    publish(1)
    assert height() == 27, "its hour is not over"
    put(0)
    eventually(lambda: height() == 20, 5, "what changed is shown")
    publish(0)
    kill_all(server)
    put(-30)
    server.start()
    eventually(lambda: height() == 27, 5, "what changed is shown after a start, too")


# Scans


def test_a_scan_of_widths_keeps_the_cache_within_its_budget_and_hits_coming(serve, origin):
    budget = 2 * 2**20
    server = serve(settings=WEB.format(url=origin.url) + f"[cache]\nrenditions_bytes = {budget}\n")
    target = "/web/p3.jpg?w=64&format=png"
    first = digest(get(server, target))
    is_over, took_s = threading.Event(), []

    def keep_asking():
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while not is_over.wait(0.02):
            begun = time.monotonic()
            line.request("GET", target)
            found = line.getresponse()
            assert hashlib.sha256(found.read()).hexdigest() == first
            took_s.append(time.monotonic() - begun)

    asking = threading.Thread(target=keep_asking)
    asking.start()
    scanned = [f"/web/photo.jpg?w={width}&h=40&format=png" for width in range(1, 400)]
    found = all_of(server, scanned, crowd=8)
    is_over.set()
    asking.join()
    for width, target_of in enumerate(scanned, 1):
        if found[target_of].status_code != 503:
            assert opened(found[target_of].content).size == (width, 40)
    files = [path for path in (server.cache / "renditions").rglob("*") if path.is_file()]
    held = sum(path.stat().st_size for path in files if not path.name.endswith("-wal"))
    log = sum(path.stat().st_size for path in files if path.name.endswith("-wal"))
    assert sum(len(one.content) for one in found.values()) > budget
    assert held < 1.5 * budget
    assert log < 5 * 2**20, "SQLite writes its log back at 4 MB"
    assert len(took_s) > 10
    assert sorted(took_s)[len(took_s) // 2] < 0.5
