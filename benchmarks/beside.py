"""Hits and first visits in company: beside.py [busy] [disk] [dialects] [avif].

`busy`: hits while 24-megapixel misses render; `disk`: hits that only the disk has, among 10,000 renditions; `dialects`:
the same picture by its native URL and by those of imgix; `avif`: how long a cold picture takes where AVIF could come,
against where only WebP can.
"""

import argparse
import contextlib
import http.client
import os
import statistics
import tempfile
import threading
import time
import urllib.request
from hashlib import md5
from pathlib import Path

import load
import pictures
import servers
from speed import Runs, measured, ratios

_SAME = "gravity=center&jpgProgressive=0&format=jpeg"
_HIT = f"/img/photo2mp.0.jpg?w=400&h=300&q=62&{_SAME}"
_FEW = f"/img/photo2mp.{{copy}}.jpg?w=400&h=300&q=62&{_SAME}&bg={{few}}"
"""10,000 URLs: the background changes no pixel of a picture without alpha."""
_LARGE = f"/img/photo24mp.{{copy}}.jpg?w=800&h=600&{_SAME}&bg={{bg}}"
_RENDITIONS = 10_000
_TOKEN = "aaAAbbBB11223344"
_MOUNTS = f"""
[[mount]]
name = "open"
origin = "{{folder}}"
dialect = "imgix"

[[mount]]
name = "signed"
origin = "{{folder}}"
dialect = "imgix"
tokens = ["{_TOKEN}"]
signed = true
"""
_IMGIX = "photo2mp.0.jpg?ixlib=js-3.8.0&w=400&h=300&fit=crop&fm=jpg&q=62"
"""The picture of the native hit."""
_MEMORY_BYTES = 130_000_000
"""Holds all heads, and 3,500 bodies at most."""


def busy(folder: Path, scratch: Path, rounds: int, seconds: float) -> None:
    """One hit at 16 connections, alone and beside 4 connections that each wait for a 24-megapixel miss."""
    port = servers.free_port()
    print(f"\n## busy: 16 connections, {rounds} rounds x {seconds} s, {os.cpu_count()} cores with wrk on them")
    runs: Runs = {"alone": [], "beside misses": []}
    with servers.running(servers.imgcdn(folder, scratch / "busy", port), port, "/-/ready") as own:
        load.wrk(port, _HIT, connections=16, seconds=1)
        load.wrk(port, _LARGE, connections=4, seconds=2)
        for turn in range(rounds):
            for name in list(runs) if turn % 2 == 0 else list(runs)[::-1]:
                if name == "alone":
                    runs[name].append(measured(own, port, _HIT, connections=16, seconds=seconds))
                    continue
                rendering = threading.Thread(
                    target=load.wrk, args=(port, _LARGE), kwargs={"connections": 4, "seconds": seconds + 2}
                )
                rendering.start()
                time.sleep(1)
                runs[name].append(measured(own, port, _HIT, connections=16, seconds=seconds))
                rendering.join()
    ratios(runs, dict.fromkeys(runs, "alone"))


def disk(folder: Path, scratch: Path, rounds: int, seconds: float) -> None:
    """Hits of 10,000 renditions, of most of which only the disk has the body; the limit is the bare ASGI callable.

    Beside it stand two bare callables that read a file for each answer, and one of them proves it.
    """
    port = servers.free_port()
    little = {"IMGCDN_CACHE__MEMORY_BYTES": str(_MEMORY_BYTES)}
    own_server = servers.running(servers.imgcdn(folder, scratch / "disk", port), port, "/-/ready", little)
    with own_server as own, contextlib.ExitStack() as stack:
        body = urllib.request.urlopen(f"http://127.0.0.1:{port}{_HIT}").read()
        (scratch / "one.jpg").write_bytes(body)
        _files(scratch / "files", body)
        env = {"BENCH_BODY": str(scratch / "one.jpg"), "BENCH_FOLDER": str(scratch / "files")}
        env["BENCH_FILES"] = str(_RENDITIONS)
        targets: dict[str, tuple[int, int, str]] = {}
        for name, app, proves in (("bare", "app", "0"), ("bare, files", "filed", "0"), ("bare, proved", "filed", "1")):
            at = servers.free_port()
            bare = servers.running(servers.bare(at, app), at, "/", {**env, "BENCH_PROVES": proves})
            targets[name] = (stack.enter_context(bare), at, "/")
        for _ in range(2):  # made, and known to the hot path
            _fill(port, _FEW, _RENDITIONS)
        print(_layers(port))
        print(f"\n## disk: {_RENDITIONS} renditions of {len(body)} bytes, 16 connections, {rounds} x {seconds} s")
        targets["from disk"] = (own, port, _FEW)
        runs: Runs = {name: [] for name in targets}
        for turn in range(rounds):
            for name in list(targets) if turn % 2 == 0 else list(targets)[::-1]:
                pid, to, path = targets[name]
                runs[name].append(measured(pid, to, path, connections=16, seconds=seconds))
        print(_layers(port))
    ratios(runs, dict.fromkeys(runs, "bare"))


def _layers(port: int) -> str:
    """Return how many answers each layer gave, as the server counted them."""
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/-/metrics").read().decode()
    return "; ".join(line for line in text.splitlines() if line.startswith("imgcdn_answers_total"))


def _files(folder: Path, body: bytes) -> None:
    folder.mkdir()
    for number in range(_RENDITIONS):
        (folder / str(number)).write_bytes(body)


def _fill(port: int, url: str, count: int) -> None:
    """Ask for each of so many once."""

    def ask(part: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(part, count, 4):
            connection.request("GET", url.format(copy=number % pictures.COPIES, few=f"{number:06x}"))
            connection.getresponse().read()

    threads = [threading.Thread(target=ask, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def dialects(folder: Path, scratch: Path, rounds: int, seconds: float) -> None:
    """Serve one picture by native and imgix URLs, the latter also signed: from memory, and by a server without any."""
    config = scratch / "imgix.toml"
    config.write_text(_MOUNTS.format(folder=folder), encoding="utf-8")
    signed = f"/signed/{_IMGIX}"
    signed += "&s=" + md5((_TOKEN + signed).encode(), usedforsecurity=False).hexdigest()
    urls = {"native": _HIT, "imgix": f"/open/{_IMGIX}", "imgix signed": signed}
    for kind, env in (("memory", {}), ("disk", {"IMGCDN_CACHE__MEMORY_BYTES": "0"})):
        port = servers.free_port()
        command = servers.imgcdn(folder, scratch / f"dialects-{kind}", port, "--config", str(config))
        with servers.running(command, port, "/-/ready", env) as own:
            sizes = {len(urllib.request.urlopen(f"http://127.0.0.1:{port}{url}").read()) for url in urls.values()}
            print(f"\n## dialects, from {kind}: {sizes} bytes, 16 connections, {rounds} rounds x {seconds} s")
            for url in urls.values():
                load.wrk(port, url, connections=16, seconds=1)
            runs: Runs = {name: [] for name in urls}
            for turn in range(rounds):
                for name in list(urls) if turn % 2 == 0 else list(urls)[::-1]:
                    runs[name].append(measured(own, port, urls[name], connections=16, seconds=seconds))
        ratios(runs, dict.fromkeys(runs, "native"))


def avif(folder: Path, scratch: Path, rounds: int, _seconds: float) -> None:
    """Time to the first byte of cold pictures, one after the other, each once the background is idle again."""
    port = servers.free_port()
    accepts = {"webp": "image/webp", "avif": "image/avif,image/webp"}
    found: dict[str, list[float]] = {name: [] for name in accepts}
    count = 10 * rounds
    print(f"\n## avif: {count} pairs of cold pictures of 400x300 from 2 megapixels")
    with servers.running(servers.imgcdn(folder, scratch / "avif", port), port, "/-/ready"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(-4, count):
            order = list(accepts) if number % 2 else list(accepts)[::-1]
            for name in order:
                path = (
                    f"/img/photo2mp.{number % pictures.COPIES}.jpg?w=400&h=300&bg={name == 'avif':x}{number % 4096:05x}"
                )
                begun = time.perf_counter()
                connection.request("GET", path, headers={"Accept": accepts[name]})
                answer = connection.getresponse()
                taken = (time.perf_counter() - begun) * 1e3
                answer.read()
                if number >= 0:  # the first few look at sources for the first time
                    found[name].append(taken)
                time.sleep(0.7 if name == "avif" else 0.05)
    middle = {name: statistics.median(times) for name, times in found.items()}
    ratio = statistics.median(a / b for a, b in zip(found["avif"], found["webp"], strict=True))
    print(f"first byte, median: webp {middle['webp']:.1f} ms, avif {middle['avif']:.1f} ms, ratio of pairs {ratio:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    cases = {"busy": busy, "disk": disk, "dialects": dialects, "avif": avif}
    parser.add_argument("what", nargs="*", default=list(cases))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="imgcdn-bench-") as temporary:
        scratch = Path(temporary)
        folder = scratch / "pictures"
        pictures.make(folder)
        for what in given.what:
            cases[what](folder, scratch, given.rounds, given.seconds)


if __name__ == "__main__":
    main()
