"""What `gravity=face` adds: to the first render of a 2-megapixel portrait, and to any later size of it."""

import argparse
import http.client
import statistics
import tempfile
import time
from pathlib import Path

import pictures
import servers


def _fetch(connection: http.client.HTTPConnection, path: str) -> tuple[float, str]:
    begun = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter() - begun) * 1e3
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status}")
    return took, answer.headers.get("x-imgcdn-focus", "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=60)
    given = parser.parse_args()
    took: dict[str, list[float]] = {"first center": [], "first face": [], "later center": [], "later face": []}
    with tempfile.TemporaryDirectory(prefix="imgcdn-bench-") as temporary:
        folder = Path(temporary) / "pictures"
        pictures.make(folder)
        body = (folder / "portrait.0.jpg").read_bytes()
        port = servers.free_port()
        with servers.running(servers.imgcdn(folder, Path(temporary) / "cache", port), port, "/-/ready"):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            for turn in range(given.pairs + 5):
                for gravity in ("center", "face") if turn % 2 else ("face", "center"):
                    name = f"fresh-{turn}-{gravity}.jpg"
                    pictures.copy_of(body, name, folder / name)
                    for when, size in (("first", "w=400&h=300"), ("later", "w=500&h=320")):
                        ms, focus = _fetch(connection, f"/img/{name}?{size}&format=jpeg&gravity={gravity}")
                        if gravity == "face" and not focus.startswith("face;"):
                            raise SystemExit(f"no face was found: {focus}")
                        if turn >= 5:  # the first ones warm everything up
                            took[f"{when} {gravity}"].append(ms)
    for name, values in took.items():
        ordered = sorted(values)
        print(f"{name:14} median {statistics.median(values):7.2f} ms   p90 {ordered[len(ordered) * 9 // 10]:7.2f} ms")
    for when in ("first", "later"):
        pairs = zip(took[f"{when} face"], took[f"{when} center"], strict=True)
        print(f"face adds to the {when} render: {statistics.median(a - b for a, b in pairs):.2f} ms at the median")


if __name__ == "__main__":
    main()
