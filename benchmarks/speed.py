"""Hits and misses against their limits, in alternation: speed.py [hit] [nginx] [fronts] [jpeg2] [fit2] [jpeg24]."""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import load
import pictures
import servers

_HIT = "/img/photo2mp.0.jpg?w=400&h=300&q=62&gravity=center&jpgProgressive=0&format=jpeg"
_BROWSER = {
    "Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "Accept-Language": "en",
    "Referer": "http://127.0.0.1/",
}
_SAME_WORK = "bg={bg}&format=jpeg&q=80"
"""A background of its own makes each URL a miss; on a picture without alpha it changes no pixel and no work."""
_CENTER = f"gravity=center&{_SAME_WORK}"
_BASELINE = "jpgProgressive=0"
_MISSES = {
    "jpeg2": ("photo2mp.{copy}.jpg?w=400&h=300", {
        "imgcdn": ("raw-full", f"{_CENTER}&{_BASELINE}"),
        "imgcdn-auto": ("raw-full", f"{_SAME_WORK}&{_BASELINE}"),
        "imgcdn-progressive": ("raw-full-progressive", _CENTER),
    }),
    "fit2": ("photo2mp.{copy}.jpg?w=400", {
        "imgcdn": ("raw-full", f"{_SAME_WORK}&{_BASELINE}"),
        "imgcdn-progressive": ("raw-full-progressive", _SAME_WORK),
    }),
    "jpeg24": ("photo24mp.{copy}.jpg?w=800&h=600", {
        "imgcdn": ("raw-full", f"{_CENTER}&{_BASELINE}"),
        "imgcdn-auto": ("raw-full", f"{_SAME_WORK}&{_BASELINE}"),
        "imgcdn-progressive": ("raw-full-progressive", _CENTER),
    }),
}  # fmt: skip
"""By case: the URL's beginning, and by variant the limit that does the same work, and the URL's end."""
_LIMITS = {"raw": [], "raw-full": ["full"], "raw-full-progressive": ["full", "progressive"]}
"""libvips alone: `Image.thumbnail`, and decoding shrunk as far as the target allows. By name, what `raw.py` is told."""
_SECONDS = {"jpeg24": 3}
"""How many times as long a case is measured as the others."""
_ALL_LISTEN_S = 8
"""A server is ready when its first front is; the others start after it."""

Runs = dict[str, list[dict[str, float]]]


def ratios(runs: Runs, limits: dict[str, str]) -> None:
    """Print medians, and for each target the median over the rounds of what it does for its limit's one."""
    print(
        f"{'target':22}{'req/s':>10}{'min..max':>18}{'p50 ms':>9}{'p99 ms':>9}{'cpu ms':>9}{'x limit':>9}{'x cpu':>8}"
    )
    for name, found in runs.items():
        limit = limits[name]
        middle = {key: statistics.median(run[key] for run in found) for key in found[0] if key != "bad"}
        ratio = statistics.median(a["req_s"] / b["req_s"] for a, b in zip(found, runs[limit], strict=True))
        cpu = (
            statistics.median(b["cpu_ms"] / a["cpu_ms"] for a, b in zip(found, runs[limit], strict=True))
            if middle.get("cpu_ms")
            else 0
        )
        low, high = min(run["req_s"] for run in found), max(run["req_s"] for run in found)
        bad = sum(run.get("bad", 0) for run in found)
        print(
            f"{name:22}{middle['req_s']:>10.1f}{f'{low:.0f}..{high:.0f}':>18}{middle.get('p50_ms', 0):>9.2f}"
            f"{middle.get('p99_ms', 0):>9.2f}{middle.get('cpu_ms', 0):>9.3f}{ratio:>9.3f}{cpu:>8.3f}"
            + (f"  {bad:.0f} FAILED" if bad else ""),
            flush=True,
        )


def measured(
    pid: int, port: int, template: str, *, connections: int, seconds: float, headers: dict[str, str] | None = None
) -> dict[str, float]:
    before = servers.cpu_s(servers.family(pid))
    found = load.wrk(port, template, connections=connections, seconds=seconds, headers=headers)
    found["cpu_ms"] = (servers.cpu_s(servers.family(pid)) - before) * 1e3 / found["n"]
    return found


def hits(folder: Path, scratch: Path, rounds: int, seconds: float) -> None:
    """One constant URL of about 20 KB at 16 connections; the limit is a bare ASGI callable on the same uvicorn."""
    ports = {name: servers.free_port() for name in ("bare", "imgcdn", "nginx")}
    with servers.running(servers.imgcdn(folder, scratch / "hits", ports["imgcdn"]), ports["imgcdn"], "/-/ready") as own:
        body = urllib.request.urlopen(f"http://127.0.0.1:{ports['imgcdn']}{_HIT}").read()
        (scratch / "www").mkdir(exist_ok=True)
        (scratch / "www" / "hit.jpg").write_bytes(body)
        print(f"\n## hit: {len(body)} bytes, 16 connections, {rounds} rounds x {seconds} s")
        env = {"BENCH_BODY": str(scratch / "www" / "hit.jpg")}
        with (
            servers.running(servers.bare(ports["bare"]), ports["bare"], "/", env) as bare,
            servers.running(
                servers.nginx(scratch / "www", scratch / "nginx", ports["nginx"]), ports["nginx"], "/up"
            ) as nginx,
        ):
            etag = urllib.request.urlopen(f"http://127.0.0.1:{ports['imgcdn']}{_HIT}").headers["etag"]
            targets = {
                "bare": (bare, ports["bare"], "/", {}),
                "imgcdn": (own, ports["imgcdn"], _HIT, {}),
                "imgcdn-304": (own, ports["imgcdn"], _HIT, {"If-None-Match": etag}),
                "bare-browser": (bare, ports["bare"], "/", _BROWSER),
                "imgcdn-browser": (own, ports["imgcdn"], _HIT, _BROWSER),
                "nginx": (nginx, ports["nginx"], "/hit.jpg", {}),
            }
            runs: dict[str, list[dict[str, float]]] = {name: [] for name in targets}
            for turn in range(rounds):
                for name in list(targets) if turn % 2 == 0 else list(targets)[::-1]:
                    pid, port, path, headers = targets[name]
                    run = measured(pid, port, path, connections=16, seconds=seconds, headers=headers)
                    runs[name].append(run)
    ratios(runs, dict.fromkeys(runs, "bare"))


def behind(folder: Path, scratch: Path, rounds: int, seconds: float) -> None:
    """A hit of the shipped nginx configuration; the limit is nginx serving the same bytes from a file.

    Between them stands nginx's cache alone: the same headers, but no buckets, no hints and no words of its own.
    """
    with contextlib.ExitStack() as stack:
        port, static_port, cached_port, front_port = (servers.free_port() for _ in range(4))
        stack.enter_context(servers.running(servers.imgcdn(folder, scratch / "behind", port), port, "/-/ready"))
        (scratch / "files" / "img").mkdir(parents=True, exist_ok=True)
        body = urllib.request.urlopen(f"http://127.0.0.1:{port}{_HIT}").read()
        (scratch / "files" / _HIT.partition("?")[0].lstrip("/")).write_bytes(body)
        commands = {
            "static": (servers.nginx(scratch / "files", scratch / "static", static_port), static_port, "/up"),
            "cached": (servers.cached(port, scratch / "cached", cached_port), cached_port, _HIT),
            "behind": (servers.fronted(port, scratch / "front", front_port), front_port, _HIT),
        }
        pids = {name: stack.enter_context(servers.running(*command)) for name, command in commands.items()}
        print(f"\n## nginx: {len(body)} bytes, 16 connections, one worker each, {rounds} rounds x {seconds} s")
        targets = {
            name + end: (pids[name], commands[name][1], headers)
            for name in commands
            for end, headers in (("", {}), ("-browser", _BROWSER))
        }
        for _, to, headers in targets.values():
            load.wrk(to, _HIT, connections=16, seconds=1, headers=headers)
        runs: Runs = {name: [] for name in targets}
        for turn in range(rounds):
            for name in list(targets) if turn % 2 == 0 else list(targets)[::-1]:
                pid, to, headers = targets[name]
                runs[name].append(measured(pid, to, _HIT, connections=16, seconds=seconds, headers=headers))
    ratios(runs, {name: name.replace("behind", "static").replace("cached", "static") for name in runs})


def fronts(folder: Path, scratch: Path, rounds: int, seconds: float) -> None:
    """The same hit from one front and from two; wrk takes a core of its own, so that two need three."""
    print(f"\n## fronts: 16 connections, {os.cpu_count()} cores, {rounds} rounds x {seconds} s")
    runs: Runs = {"1 front": [], "2 fronts": []}
    with contextlib.ExitStack() as stack:
        targets: dict[str, tuple[int, int]] = {}
        for count, name in enumerate(runs, 1):
            port = servers.free_port()
            command = servers.imgcdn(folder, scratch / f"fronts{count}", port, "--fronts", str(count))
            targets[name] = (stack.enter_context(servers.running(command, port, "/-/ready")), port)
        time.sleep(_ALL_LISTEN_S)
        for _, port in targets.values():
            load.wrk(port, _HIT, connections=16, seconds=seconds)  # every front has it in memory then
        for turn in range(rounds):
            for name in list(targets) if turn % 2 == 0 else list(targets)[::-1]:
                pid, port = targets[name]
                runs[name].append(measured(pid, port, _HIT, connections=16, seconds=seconds))
    ratios(runs, dict.fromkeys(runs, "1 front"))


def misses(case: str, folder: Path, scratch: Path, rounds: int, seconds: float) -> None:
    """Distinct URLs of 16 sources at 4 connections; the limit is libvips alone in as many processes, same output."""
    start, variants = _MISSES[case]
    processes = os.cpu_count() or 1
    port = servers.free_port()
    print(f"\n## {case}: 4 connections, {rounds} rounds x {seconds} s, {processes} processes of libvips alone")
    names = [*_LIMITS, *variants]
    runs: Runs = {name: [] for name in names}
    with servers.running(servers.imgcdn(folder, scratch / case, port), port, "/-/ready") as own:
        for _, end in variants.values():  # sources are read and looked at once: that is another figure
            load.wrk(port, f"/img/{start}&{end}", connections=4, seconds=seconds)
        for turn in range(rounds):
            for name in names if turn % 2 == 0 else names[::-1]:
                if name in variants:
                    template = f"/img/{start}&{variants[name][1]}"
                    runs[name].append(measured(own, port, template, connections=4, seconds=seconds))
                else:
                    runs[name].append(_raw(folder, case, seconds, processes, _LIMITS[name]))
    ratios(runs, {name: variants[name][0] if name in variants else "raw-full" for name in names})


def _raw(folder: Path, case: str, seconds: float, processes: int, modes: list[str]) -> dict[str, float]:
    script = str(Path(__file__).parent / "raw.py")
    command = [sys.executable, script, str(folder), case, str(seconds), str(processes), *modes]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["hit", *_MISSES])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="imgcdn-bench-") as temporary:
        scratch = Path(temporary)
        folder = scratch / "pictures"
        pictures.make(folder)
        for what in given.what:
            if what == "hit":
                hits(folder, scratch, given.rounds, given.seconds)
            elif what == "nginx":
                behind(folder, scratch, given.rounds, given.seconds)
            elif what == "fronts":
                fronts(folder, scratch, given.rounds, given.seconds)
            else:
                misses(what, folder, scratch, given.rounds, given.seconds * _SECONDS.get(what, 1))


if __name__ == "__main__":
    main()
