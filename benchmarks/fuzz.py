"""Many requests made from the OpenAPI document against a server of its own: python benchmarks/fuzz.py --most 200."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import painting
from fuzzing import SETTINGS, fuzz
from serving import Server


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--most", type=int, default=100, help="random requests for each operation")
    options.add_argument("--seed", type=int, default=int(time.time()), help="the same seed makes the same requests")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "photos").mkdir()
        painting.fill(folder / "photos")
        (folder / "imgcdn.toml").write_text(SETTINGS.format(photos=folder / "photos"), encoding="utf-8")
        server = Server(("--config", folder / "imgcdn.toml"), folder / "cache", folder / "log").start()
        try:
            begun = time.monotonic()
            done = fuzz(server, folder, most=given.most, seed=given.seed, within_s=86_400)
        finally:
            server.end()
    print(done.findings or "nothing found")
    print(f"{done.cases} requests in {time.monotonic() - begun:.0f} s, seed {given.seed}")
    return 1 if done.findings else 0


if __name__ == "__main__":
    sys.exit(main())
