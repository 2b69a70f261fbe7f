"""Memory after 1,000 and after 10,000 mixed renders, and the peak of a worker that renders 24-megapixel JPEGs."""

import argparse
import tempfile
import urllib.request
from pathlib import Path

import load
import pictures
import servers

# One in sixteen requests is for a 24-megapixel source; all are distinct.
_MIX = "/img/{mix}?w=3{w2}&h=2{h2}&gravity={gravity}&format={format}"


def _peaks(root: int) -> dict[str, float]:
    found: dict[str, float] = {"front": servers.peak_mb(root)}
    for pid in servers.family(root)[1:]:
        kind = "render worker" if "rendering" in servers.command_of(pid) else "analysis worker"
        found[kind] = max(found.get(kind, 0), servers.peak_mb(pid))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--renders", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="imgcdn-bench-") as temporary:
        folder = Path(temporary) / "pictures"
        pictures.make(folder)
        port = servers.free_port()
        with servers.running(servers.imgcdn(folder, Path(temporary) / "peak", port), port, "/-/ready") as root:
            for width in range(600, 632):
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{port}/img/photo24mp.{width % 16}.jpg?w={width}&h=500&gravity=center&format=jpeg"
                ) as answer:
                    answer.read()
            print("peak after 24-megapixel JPEGs alone, MB:", {k: round(v) for k, v in _peaks(root).items()})
        port = servers.free_port()
        with servers.running(servers.imgcdn(folder, Path(temporary) / "cache", port), port, "/-/ready") as root:
            after: dict[int, float] = {}
            done = bad = 0
            for goal in (given.renders // 10, given.renders):
                while done < goal:
                    run = load.wrk(port, _MIX, connections=4, seconds=10)
                    done += int(run["n"])
                    bad += int(run["bad"])
                after[done] = servers.memory_mb(servers.family(root))
                print(f"after {done} renders ({bad} failed): {after[done]:.0f} MB, all processes, PSS", flush=True)
            first, last = list(after.values())
            print(f"ratio {last / first:.3f}; peaks, MB:", {k: round(v) for k, v in _peaks(root).items()})


if __name__ == "__main__":
    main()
