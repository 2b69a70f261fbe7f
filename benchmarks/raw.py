"""The limit of a miss: libvips alone, in processes of its own, with no server around it."""

import json
import multiprocessing as mp
import os
import sys
import time
from pathlib import Path
from typing import Any

CASES = {"jpeg2": ("photo2mp", 400, 300), "fit2": ("photo2mp", 400, None), "jpeg24": ("photo24mp", 800, 600)}
"""The picture, and width and height of the crop; without a height the width alone is asked for."""


def render(
    pyvips: Any, path: str, width: int, height: int | None, *, full_shrink: bool, is_progressive: bool = False
) -> bytes:
    box = {} if height is None else {"height": height, "crop": "centre"}
    if full_shrink:
        image = pyvips.Image.jpegload(path)
        spare = min(image.width / width, image.height / (height or 1))
        shrink = next((k for k in (8, 4, 2) if spare >= k), 1)
        image = pyvips.Image.jpegload(path, shrink=shrink, access="sequential")
        image = image.thumbnail_image(width, **box)
    else:
        image = pyvips.Image.thumbnail(path, width, **box)
    return image.jpegsave_buffer(Q=80, keep="none", interlace=is_progressive)


def work(folder: str, case: str, seconds: float, start: Any, results: Any, modes: dict[str, bool]) -> None:
    os.environ["VIPS_CONCURRENCY"] = "1"
    import pyvips

    pyvips.cache_set_max(0)
    name, width, height = CASES[case]
    paths = sorted(str(path) for path in Path(folder).glob(f"{name}.*.jpg"))
    for path in paths[:3]:
        render(pyvips, path, width, height, **modes)
    start.wait()
    begun, before, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - begun < seconds:
        render(pyvips, paths[count % len(paths)], width, height, **modes)
        count += 1
    results.put((count, time.perf_counter() - begun, time.process_time() - before))


def main() -> None:
    folder, case, seconds, processes, *named = sys.argv[1:]
    modes = {"full_shrink": "full" in named, "is_progressive": "progressive" in named}
    context = mp.get_context("spawn")
    start, results = context.Barrier(int(processes)), context.Queue()
    workers = [
        context.Process(target=work, args=(folder, case, float(seconds), start, results, modes))
        for _ in range(int(processes))
    ]
    for worker in workers:
        worker.start()
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    done = sum(count for count, _, _ in found)
    print(
        json.dumps(
            {
                "req_s": sum(count / wall for count, wall, _ in found),
                "cpu_ms": sum(cpu for _, _, cpu in found) * 1e3 / done,
            }
        )
    )


if __name__ == "__main__":
    main()
