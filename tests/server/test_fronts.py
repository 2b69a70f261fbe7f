"""Several front processes on one port, one cache folder and one data folder: as right as one, and one may die."""

import hashlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import psutil
import pytest
from measuring import opened
from prometheus_client.parser import text_string_to_metric_families
from scripted import Origin, validated
from serving import Server, assert_problem, command, environment, eventually

FRONT = "imgcdn.fronts.front"
LEAN = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n[server]\nfronts = 2\n'
WEB = """
[[mount]]
name = "web"
origin = "{url}"
[fetch]
allow_private = ["127.0.0.1/32"]
allow_ports = [{port}]
"""
FOCUS = "/v1/images/focus"
DEATH = """
import os, signal, sys
from contextlib import suppress
from pathlib import Path
if "imgcdn.tasks.rendering" in sys.orig_argv:
    for due in Path({folder!r}).iterdir():
        with suppress(FileNotFoundError):
            due.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
"""
"""What a render worker does before all else: it takes a file away, and kills itself if it was the one that did."""


class Line:
    """A connection that one certain front has accepted."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.connect()
        self.number = self.connection.sock.getsockname()[1]

    def is_with(self, pid):
        with suppress(psutil.Error):
            return any(one.raddr and one.raddr.port == self.number for one in psutil.Process(pid).net_connections())
        return False

    def get(self, target, method="GET", body=None):
        headers = {"content-type": "application/json"} if body else {}
        self.connection.request(method, target, body, headers)
        answer = self.connection.getresponse()
        answer.content = answer.read()
        return answer


def lines(server):
    """Connect until each front has accepted a connection; return one to each, in the order of their ids."""
    pids = fronts(server)
    found = {}
    until = time.monotonic() + 20
    while len(found) < len(pids) and time.monotonic() < until:
        line = Line(server.port)
        assert line.get("/-/healthz").status == 200
        (pid,) = [pid for pid in pids if line.is_with(pid)]
        found.setdefault(pid, line)
    assert len(found) == len(pids), "every front gets connections"
    return [found[pid] for pid in pids]


def fronts(server):
    return server.workers(FRONT)


def scrape(server):
    """Ask for the metrics, and return a function that sums the series of one that have these labels."""
    families = text_string_to_metric_families(server.get("/-/metrics").text)
    samples = [sample for family in families for sample in family.samples]

    def told(name, **labels):
        return sum(s.value for s in samples if s.name == f"imgcdn_{name}" and labels.items() <= s.labels.items())

    return told


def count(server, name, **labels):
    return scrape(server)(name, **labels)


def is_hot(answer):
    return answer.getheader("cache-status", "").startswith("imgcdn; hit")


def heat(line, target):
    """Ask until the front has the answer in memory."""
    for _ in range(3):
        answer = line.get(target)
    assert is_hot(answer)
    return answer.content


@pytest.fixture
def group(serve, photos):
    """Two fronts, both listening."""

    def start(*arguments, settings=LEAN, **options):
        server = serve(*(arguments or (photos,)), settings=settings, **options)
        eventually(lambda: "serves on" in server.said, 30)
        return server

    return start


@pytest.fixture(scope="module")
def origin():
    made = Origin()
    yield made
    made.close()


@pytest.fixture(scope="module")
def pictures(photos):
    return (photos / "photo.jpg").read_bytes(), (photos / "portrait.jpg").read_bytes()


# Starting


def test_fronts_share_one_port_and_the_workers_and_are_announced_once_when_all_listen(group, photos):
    server = group(photos, "--fronts", 2, "--workers", 3)
    assert len(fronts(server)) == 2
    workers = [
        [child for child in psutil.Process(pid).children() if "imgcdn.tasks.rendering" in " ".join(child.cmdline())]
        for pid in fronts(server)
    ]
    assert sorted(map(len, workers)) == [1, 2]
    assert len(server.workers("imgcdn.tasks.looking")) == 2
    assert server.said.count("serves on") == 1
    assert len(lines(server)) == 2
    for line in lines(server):
        assert line.get("/img/photo.jpg?w=20").status == 200


def test_one_front_is_one_process_without_a_parent(serve, photos):
    server = serve(photos, "--fronts", 1, settings=LEAN)
    assert fronts(server) == []
    assert all(psutil.Process(pid).ppid() == server.pid for pid in server.workers())


@pytest.mark.parametrize("more", [("--fronts", "2"), ()], ids=["several", "one"])
def test_the_port_of_several_fronts_is_taken_for_others(group, photos, tmp_path, more):
    server = group(photos)
    ended = subprocess.run(
        command("serve", photos, "--port", server.port, "--cache-dir", tmp_path, *more),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    (said,) = ended.stderr.strip().splitlines()
    assert said.startswith(f"imgcdn: server.host = '127.0.0.1', server.port = {server.port} cannot be listened on")


def test_render_workers_killed_while_they_start_cost_no_front_and_no_picture(group, photos, tmp_path):
    """Each front has one worker, and each time three starts in all end with a kill."""
    for folder in ("own", "deaths"):
        (tmp_path / folder).mkdir()
    (tmp_path / "own" / "sitecustomize.py").write_text(DEATH.format(folder=str(tmp_path / "deaths")))

    def doom():
        for number in range(3):
            (tmp_path / "deaths" / f"{number}").touch()

    doom()
    server = group(photos, "--workers", "2", env={"PYTHONPATH": str(tmp_path / "own")})
    assert not list((tmp_path / "deaths").iterdir()), "three workers were killed before the server was ready"
    first = fronts(server)
    doom()
    for worker in server.workers():
        os.kill(worker, signal.SIGKILL)
    with ThreadPoolExecutor(6) as asking:
        answers = list(asking.map(lambda width: server.get(f"/img/photo.jpg?w={width}"), range(310, 322)))
    assert [answer.status_code for answer in answers] == [200] * 12
    eventually(lambda: not list((tmp_path / "deaths").iterdir()), 30, "three more were killed")
    eventually(lambda: count(server, "workers_ready", pool="render") == 2, 30)
    assert fronts(server) == first
    assert "a front has ended" not in server.said


def test_fronts_that_cannot_start_end_with_one_sentence(photos, tmp_path):
    ended = subprocess.run(
        command("serve", photos, "--fronts", 2, "--port", 0, "--cache-dir", tmp_path),
        env=environment({"IMGCDN_RENDER__START_TIMEOUT_S": "0.001", "IMGCDN_GRAVITY__PULL_MODELS": "0"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    said = [line for line in ended.stderr.splitlines() if not line.startswith("{")]
    assert said == ["imgcdn: the server could not start; the log above says why"]


def test_port_0_is_one_port_for_all(photos, tmp_path):
    server = Server((photos,), tmp_path / "cache", tmp_path / "log", {"IMGCDN_GRAVITY__PULL_MODELS": "0"})
    arguments = command("serve", photos, "--port", 0, "--fronts", 2, "--cache-dir", tmp_path / "cache")
    with (tmp_path / "log").open("wb") as log:
        server.process = subprocess.Popen(arguments, stdout=log, stderr=log, env=environment(server.env))
    try:
        eventually(lambda: "serves on http://127.0.0.1:" in server.said, 60)
        server.port = int(server.said.split("serves on http://127.0.0.1:")[1].split()[0])
        assert len(lines(server)) == 2
    finally:
        server.end()


# What one learns, all know


@pytest.mark.parametrize("way", ["command", "api"])
def test_a_purge_reaches_every_front_within_a_second(group, origin, pictures, tmp_path, way):
    path = f"/purged-{way}.jpg"
    origin.scripts[path] = validated(pictures[0], '"1"', cache_control="max-age=3600")
    server = group("--fronts", 2, settings=LEAN + WEB.format(url=origin.url, port=origin.port), cache=tmp_path / "c")
    target = f"/web{path}?w=60&format=png"
    both = lines(server)
    old = {heat(line, target) for line in both}
    assert len(old) == 1
    origin.scripts[path] = validated(pictures[1], '"2"', cache_control="max-age=3600")
    assert {line.get(target).content for line in both} == old
    if way == "command":
        purged = subprocess.run(
            command("cache", "purge", f"web{path}", "--cache-dir", tmp_path / "c"),
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert purged.returncode == 0, purged.stderr
    else:
        assert server.send("POST", "/v1/purge", {"sources": [f"web{path}"]}).status_code == 200
    time.sleep(1)
    new = {line.get(target).content for line in both}
    assert len(new) == 1
    assert new != old
    assert origin.asked[path] == 2, "one fetch for both"


def test_a_focus_override_reaches_every_front_within_a_second_hot_answers_included(group, origin, pictures):
    origin.scripts["/word.jpg"] = validated(pictures[0], '"1"', cache_control="max-age=3600")
    server = group("--fronts", 2, settings=LEAN + WEB.format(url=origin.url, port=origin.port))
    target = "/web/word.jpg?w=50&h=90&format=png"
    words = (("PUT", {"x": 0.02, "y": 0.98}), ("PUT", {"x": 0.9, "y": 0.1}), ("DELETE", {}))
    (one, other), (_, busy) = lines(server), lines(server)
    is_done = threading.Event()

    def keep_asking():
        while not is_done.is_set():
            busy.get(f"{target}&explain=1")

    # The other front has always just looked at what it knows, so that it could go on believing that for a while.
    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        for method, word in words:
            _speak(one, other, target, method, word)
    finally:
        is_done.set()
        asking.join()


def _speak(one, other, target, method, word):
    before = {heat(one, target), heat(other, target)}
    body = json.dumps({"source": "web", "path": "word.jpg"} | word)
    assert one.get(FOCUS, method, body).status == 200
    # Asked at once and again and again: an answer of the old word that is made meanwhile must not stay.
    until = time.monotonic() + 1
    while time.monotonic() < until:
        other.get(target)
        time.sleep(0.01)
    after = [line.get(target) for line in (one, other)]
    assert after[0].content == after[1].content
    assert {after[0].content} != before
    is_word = after[1].getheader("x-imgcdn-focus").startswith("override;")
    assert is_word == (method == "PUT")


def test_a_burst_of_cold_requests_over_all_fronts_is_one_fetch_and_one_render(group, origin, pictures):
    origin.scripts["/cold.jpg"] = validated(pictures[0], '"1"', 0.3, cache_control="max-age=3600")
    server = group("--fronts", 2, settings=LEAN + WEB.format(url=origin.url, port=origin.port))
    targets = [Line(server.port) for _ in range(24)]
    pids = fronts(server)
    for line in targets:
        line.get("/-/healthz")
    assert all(any(line.is_with(pid) for line in targets) for pid in pids), "both fronts are asked"
    with ThreadPoolExecutor(24) as asking:
        answers = list(asking.map(lambda line: line.get("/web/cold.jpg?w=333&format=webp"), targets))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert origin.asked["/cold.jpg"] == 1
    eventually(lambda: count(server, "requests_total", method="read", status="200") >= 48, 5)
    assert count(server, "focus_total") == 1, "renders, of all fronts"
    assert count(server, "answers_total", layer="stored") == 1


def test_a_rendition_damaged_on_the_disk_is_made_again_by_whoever_reads_it(group, tmp_path):
    server = group(cache=tmp_path / "c")
    one, other = lines(server)
    target = "/img/photo.jpg?w=600&format=png"
    right = one.get(target).content
    (blob,) = [
        f for f in (tmp_path / "c" / "renditions").rglob("*") if f.is_file() and right[100:300] in f.read_bytes()
    ]
    assert blob.suffix != ".db"
    spoilt = bytearray(blob.read_bytes())
    spoilt[len(spoilt) // 2] ^= 0xFF
    blob.write_bytes(spoilt)
    assert other.get(target).content == right
    assert other.get(target).content == right
    eventually(lambda: count(server, "focus_total") == 2, 3, "it was rendered again")


# Numbers


def test_one_scrape_tells_of_all_fronts_and_no_count_goes_back_when_one_is_killed(group):
    server = group()
    both = lines(server)
    for index, line in enumerate(both):
        for width in range(5):
            assert line.get(f"/img/photo.jpg?w={20 + index * 10 + width}&format=png").status == 200
    eventually(lambda: count(server, "answers_total", layer="stored") == 10, 3)
    assert count(server, "workers_size", pool="render") == len(server.workers())
    assert count(server, "cache_entries", store="renditions") == 10, "the folder is one"
    victim = fronts(server)[0]
    os.kill(victim, signal.SIGKILL)
    seen = []

    def is_whole_again():
        with suppress(httpx.TransportError):
            seen.append(count(server, "answers_total", layer="stored"))
        return len(fronts(server)) == 2 and victim not in fronts(server) and len(server.workers()) == 2

    eventually(is_whole_again, 20)
    eventually(lambda: len(lines(server)) == 2, 20)
    seen += [count(server, "answers_total", layer="stored") for _ in range(10)]
    assert set(seen) == {10}


SMALL = """
grace_s = 15
[render]
workers = 2
queue = 2
[cache]
renditions_bytes = 1_048_576
"""


def test_every_number_of_the_metrics_is_that_of_all_fronts_together(group):
    """Each front does the same: 10 renders, one of them a fallback and one seen again twice, and 2 mistakes."""
    server = group(settings=LEAN + SMALL)
    both = lines(server)
    for index, line in enumerate(both):
        for width in range(570, 586, 2):
            assert line.get(f"/img/photo.jpg?w={width + index}&format=jpeg&q=95").status == 200
        assert line.get(f"/img/photo.jpg?w={80 + index}&h=60&gravity=face&format=png").status == 200
        for _ in range(3):
            assert line.get(f"/img/photo.jpg?w={40 + index}&h=90&gravity=north").status == 200
        for wrong, status in (("/img/none.jpg", 404), ("/img/photo.jpg?w=none", 400)):
            assert line.get(wrong).status == status

    eventually(lambda: count(server, "requests_total", status="404") == 2, 20, "the other front has told")
    now = scrape(server)
    assert now("requests_total", status="400") == 2
    assert now("answers_total", layer="stored") == 20
    assert now("answers_total", layer="disk") + now("answers_total", layer="memory") == 4
    assert now("answers_total", layer="memory") >= 2
    assert now("focus_total", engine="north") == 2
    assert now("focus_total") == 20
    assert now("focus_fallbacks_total") == 2
    for stage in ("fetch", "probe", "decode", "resize", "encode"):
        assert now("render_seconds_count", stage=stage) == 20, stage
    assert now("cache_evictions_total", store="renditions") >= 1
    assert now("cache_budget_bytes", store="renditions") == 1_048_576, "the folder is one"
    assert now("cache_failing") == 0
    assert now("resident_bytes", role="front") > max(psutil.Process(pid).memory_info().rss for pid in fronts(server))
    assert now("workers_ready", pool="render") == now("workers_size", pool="render") == 2

    workers = server.workers()
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    with ThreadPoolExecutor(4) as asking:
        answers = []
        for kind in ("busy", "waiting"):
            width = 100 if kind == "busy" else 110
            answers += [
                asking.submit(line.get, f"/img/photo.jpg?w={width + index}") for index, line in enumerate(lines(server))
            ]
            eventually(lambda kind=kind: count(server, f"workers_{kind}", pool="render") == 2, 20, f"both are {kind}")
        assert [line.get("/img/photo.jpg?w=120").status for line in lines(server)] == [503, 503]
        eventually(lambda: count(server, "workers_rejected_total", pool="render") == 2, 20, "both refused one")
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        assert [one.result().status for one in answers] == [200] * 4
    eventually(lambda: count(server, "workers_busy") == 0, 20)
    assert count(server, "workers_waiting") == 0


# Ends


def listens(pid):
    with suppress(psutil.Error):
        return any(one.status == psutil.CONN_LISTEN for one in psutil.Process(pid).net_connections())
    return False


def digest(content):
    return hashlib.sha256(content).hexdigest()


def test_a_front_killed_at_any_moment_of_200_writes_costs_no_right_byte(group, serve, photos):
    targets = [f"/img/{name}.jpg?w={width}&format=jpeg" for name in ("photo", "portrait") for width in range(40, 140)]
    flawless = serve(photos, settings=LEAN.replace("fronts = 2", "fronts = 1"))
    with ThreadPoolExecutor(4) as asking:
        right = dict(zip(targets, asking.map(lambda t: digest(flawless.get(t).content), targets), strict=True))
    flawless.end()

    server = group()
    is_done = threading.Event()
    killed = []

    def kill():
        chance = random.Random(5)
        while len(killed) < 8 and not is_done.wait(chance.uniform(0.2, 0.9)):
            living = fronts(server)
            if len(living) == 2 and all(map(listens, living)):
                killed.append(chance.choice(living))
                os.kill(killed[-1], signal.SIGKILL)

    def ask(target):
        for _ in range(200):
            with suppress(httpx.TransportError):  # of the front that was killed; the other goes on
                answer = server.get(target)
                assert answer.status_code == 200, answer.text
                return digest(answer.content)
            time.sleep(0.02)
        raise AssertionError(f"no answer to {target}")

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    try:
        for _ in range(2):  # made, and read
            with ThreadPoolExecutor(4) as asking:
                assert dict(zip(targets, asking.map(ask, targets), strict=True)) == right
        eventually(lambda: len(killed) >= 3, 20, "fronts were killed")
    finally:
        is_done.set()
        killer.join()
    eventually(lambda: len(fronts(server)) == 2 and not set(fronts(server)) & set(killed), 30, "both are back")
    for line in eventually(lambda: len(found := lines(server)) == 2 and found, 30):
        assert {target: digest(line.get(target).content) for target in targets} == right
    assert server.said.count("a front has ended") == len(killed)


def _drains(server):
    with suppress(httpx.TransportError):  # a connection that was made just before, and had asked nothing yet
        return server.get("/-/ready").status_code == 503
    return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_every_front(group, how):
    server = group(settings=LEAN + "grace_s = 15\n[render]\nworkers = 2\n")
    both = lines(server)
    for worker in server.workers():
        os.kill(worker, signal.SIGSTOP)
    answers = []
    asking = [
        threading.Thread(target=lambda line=line, width=width: answers.append(line.get(f"/img/photo.jpg?w={width}")))
        for width, line in enumerate(both, 200)
    ]
    for one in asking:
        one.start()
    eventually(lambda: count(server, "workers_busy", pool="render") == 2, 10)
    workers = server.workers()
    os.kill(server.pid, how)
    eventually(lambda: _drains(server), 5)
    time.sleep(0.5)  # now the other has heard of it, too
    for _ in range(8):
        assert_problem(server.get("/img/photo.jpg?w=30"), 503, "draining")
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    for one in asking:
        one.join(20)
    assert [answer.status for answer in answers] == [200, 200]
    assert sorted(opened(answer.content).size[0] for answer in answers) == [200, 201]
    assert server.process.wait(15) == 0
    assert "Traceback" not in server.said


def test_a_second_signal_ends_all_at_once(group):
    server = group(settings=LEAN + "grace_s = 60\n")
    line = lines(server)[0]
    everybody = [child.pid for child in psutil.Process(server.pid).children(recursive=True)]
    for worker in server.workers():
        os.kill(worker, signal.SIGSTOP)
    threading.Thread(target=lambda: _try_to_ask(line), daemon=True).start()
    eventually(lambda: count(server, "workers_busy", pool="render") == 1, 10)
    os.kill(server.pid, signal.SIGTERM)
    time.sleep(0.7)
    assert server.process.poll() is None, "it drains"
    os.kill(server.pid, signal.SIGTERM)
    assert server.process.wait(5) == -signal.SIGTERM
    eventually(lambda: not any(psutil.pid_exists(pid) for pid in everybody), 5, "nothing is left")


def _try_to_ask(line):
    with suppress(OSError, http.client.HTTPException):
        line.get("/img/photo.jpg?w=300")


def test_fronts_end_with_their_parent_and_the_port_is_free(group):
    server = group()
    everybody = [child.pid for child in psutil.Process(server.pid).children(recursive=True)]
    os.kill(server.pid, signal.SIGKILL)
    server.process.wait(5)
    eventually(lambda: not any(psutil.pid_exists(pid) for pid in everybody), 5, "nothing is left")
    with socket.create_server(("127.0.0.1", server.port)):
        pass
    server.process = None


def test_a_front_that_dies_at_once_again_and_again_is_started_after_growing_pauses(group):
    server = group()
    steady, victim = fronts(server)
    gone = []
    for _ in range(3):
        os.kill(victim, signal.SIGKILL)
        begun = time.monotonic()
        (victim,) = eventually(lambda old=victim: [pid for pid in fronts(server) if pid not in {steady, old}], 20)
        gone.append(time.monotonic() - begun)
        assert server.get("/-/healthz").status_code == 200
    assert gone[0] + 0.1 < gone[2], gone
    eventually(lambda: len(lines(server)) == 2, 20)
