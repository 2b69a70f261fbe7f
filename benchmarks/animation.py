"""An animated GIF of 100 frames of 500x500 to a WebP of 250x250: this engine, libvips alone and sharp, in alternation.

python benchmarks/animation.py [--rounds 5] [--sharp FOLDER]     # FOLDER has node_modules/sharp
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ |= {"VIPS_CONCURRENCY": "1", "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20), "MALLOC_ARENA_MAX": "2"}

import numpy as np
import pyvips

from imgcdn import samples
from imgcdn.dialects import native
from imgcdn.engine import probe, vips
from imgcdn.engine.render import render
from imgcdn.model.media import Format
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits

_FRAMES, _SIDE, _TO = 100, 500, 250
_SHARP = """
const sharp = require('sharp'); sharp.concurrency(1); sharp.cache(false);
(async () => {
  const begun = process.cpuUsage(), at = performance.now();
  const body = await sharp(process.argv[1], {animated: true, limitInputPixels: false})
    .resize(%d, %d, {fit: 'fill'}).webp({quality: %d, effort: %d}).toBuffer();
  const used = process.cpuUsage(begun);
  console.log(JSON.stringify([(performance.now() - at) / 1e3, (used.user + used.system) / 1e6, body.length]));
})();
"""


def write(path: Path) -> None:
    """Pan over a photograph while a ball runs over it: every pixel of every frame is new."""
    picture = np.asarray(pyvips.Image.new_from_file(str(samples.folder() / "astronaut.png")).numpy())[
        :_SIDE, :_SIDE, :3
    ]
    down, across = np.ogrid[:_SIDE, :_SIDE]
    frames = []
    for index in range(_FRAMES):
        angle = 2 * np.pi * index / _FRAMES
        ball = (across - 200 - 150 * np.cos(angle)) ** 2 + (down - 250 - 150 * np.sin(angle)) ** 2 < 60**2
        frames.append(np.roll(np.where(ball[..., None], (255, 40, 40), picture), 2 * index, axis=1))
    pixels = np.concatenate(frames).astype(np.uint8)
    strip = pyvips.Image.new_from_memory(pixels.tobytes(), _SIDE, _SIDE * _FRAMES, 3, "uchar").copy(
        interpretation="srgb"
    )
    strip.set_type(pyvips.GValue.gint_type, "page-height", _SIDE)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [40] * _FRAMES)
    strip.gifsave(str(path), effort=4)


def ours(path: Path, encoding: Encoding) -> int:
    info = probe.probe(str(path))
    spec = native.parse("bench", "film.gif", f"w={_TO}&h={_TO}&format=webp").spec
    plan = planner.plan(spec, info, None, Format.WEBP, Limits(), encoding)
    return len(render(str(path), info, plan)[0])


def alone(path: Path, encoding: Encoding) -> int:
    image = pyvips.Image.thumbnail(f"{path}[n=-1]", _TO, height=_TO, size="force")
    return len(image.webpsave_buffer(Q=encoding.webp_quality, effort=encoding.webp_effort, keep="none"))


def timed(work: Callable[[], int]) -> tuple[float, float, int]:
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    size = work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter() - begun, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, size


def sharp(path: Path, folder: Path, encoding: Encoding) -> tuple[float, float, int]:
    script = _SHARP % (_TO, _TO, encoding.webp_quality, encoding.webp_effort)
    run = subprocess.run(
        ["node", "-e", script, "--", str(path)], cwd=folder, capture_output=True, text=True, check=True
    )
    wall, cpu, size = json.loads(run.stdout)
    return wall, cpu, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sharp", type=Path, help="folder with node_modules/sharp")
    given = parser.parse_args()
    vips.start()
    encoding = Encoding()
    with tempfile.TemporaryDirectory(prefix="imgcdn-bench-") as temporary:
        path = Path(temporary) / "film.gif"
        write(path)
        runs: dict[str, Callable[[], tuple[float, float, int]]] = {
            "imgcdn": lambda: timed(lambda: ours(path, encoding)),
            "libvips alone": lambda: timed(lambda: alone(path, encoding)),
        }
        if given.sharp:
            runs["sharp"] = lambda: sharp(path, given.sharp, encoding)
        found: dict[str, list[tuple[float, float, int]]] = {name: [] for name in runs}
        for turn in range(given.rounds):
            for name in list(runs)[:: 1 if turn % 2 == 0 else -1]:
                found[name].append(runs[name]())
    for name, results in found.items():
        wall, cpu = (statistics.median(result[part] for result in results) for part in (0, 1))
        ratio = statistics.median(mine[1] / other[1] for mine, other in zip(found["imgcdn"], results, strict=True))
        print(
            f"{name:14} {1e3 * wall:6.0f} ms  cpu {1e3 * cpu:6.0f} ms  {results[0][2]:9,} bytes  imgcdn/it {ratio:.3f}"
        )
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
