"""What looking at a 2-megapixel picture costs, engine by engine, and what it adds to a first render."""

import argparse
import contextlib
import http.client
import itertools
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pictures
import pyvips
import servers

from imgcdn import samples
from imgcdn.engine import preview, probe, vips
from imgcdn.engine.environment import ENVIRONMENT
from imgcdn.gravity import choosing, content, importance, palette, saliency, smart, subject
from imgcdn.gravity.faces import SIDE, FaceDetector
from imgcdn.gravity.objects import ObjectModel
from imgcdn.gravity.settings import GravitySettings
from imgcdn.model.analysis import Look
from imgcdn.model.geometry import Region

_PIXELS = 2_000_000
_PORTRAITS = ("astronaut.png",)
_OTHERS = ("chelsea.png", "coffee.png", "rocket.jpg", "hubble_deep_field.jpg", "motorcycle_left.png", "gravel.png")
_ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
_ASPECTS = (16 / 9, 9 / 16, 1.0, 4 / 3)
_SEEN = 0.2
"""Faces of this score and more weigh windows, as in the server."""
_CROWDS = (0, 1, 20)
_FEW = 7
_KINDS = ("no face", "one face", f"2-{_FEW} faces", f"{_FEW + 1} faces and more")
_WARM = 3
_GRAVITIES = ("center", "auto", "face", "smart", "subject", "attention")


@dataclass
class Taken:
    """Milliseconds of one picture by stage, one for each round."""

    kind: str = ""
    ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def median(self, *stages: str) -> float:
        """The sum of stages of the same round, at the median of the rounds."""
        return statistics.median(map(sum, zip(*(self.ms[stage] for stage in stages), strict=True)))


def make(folder: Path, data: Path | None, most: int) -> list[Path]:
    """Write JPEGs of 2 megapixels: the photographs of a folder, or the sample photos and a crowd made of one."""
    folder.mkdir()
    if data is None:
        plain = {Path(name).stem: _plain(samples.folder() / name) for name in (*_PORTRAITS, *_OTHERS)}
        face = plain["astronaut"].crop(96, 0, 256, 240)
        crowd = pyvips.Image.arrayjoin([face if at % 2 else face.fliphor() for at in range(20)], across=5)
        found = {**plain, "crowd": crowd}
    else:
        files = sorted(file for file in data.rglob("*") if file.suffix.lower() in _ENDINGS)
        files = sorted(random.Random(1).sample(files, min(most, len(files))))
        found = {f"{at:03}-{file.stem}": _plain(file) for at, file in enumerate(files)}
    made: list[Path] = []
    for name, image in found.items():
        path = folder / f"{name}.jpg"
        image.resize((_PIXELS / (image.width * image.height)) ** 0.5).jpegsave(str(path), Q=88, keep=0)
        made.append(path)
    if not made:
        raise SystemExit(f"{data} has no pictures: expected {', '.join(sorted(_ENDINGS))}")
    return made


def _plain(file: Path) -> pyvips.Image:
    image = pyvips.Image.new_from_file(str(file)).autorot().colourspace("srgb")
    return image.flatten() if image.hasalpha() else image


class Eyes:
    """What an analysis worker holds, in this process."""

    def __init__(self, settings: GravitySettings, closing: contextlib.ExitStack) -> None:
        vips.start()
        # Detectors must be closed before the interpreter ends.
        self.detector = closing.enter_context(FaceDetector(settings.models_dir))
        self.objects: ObjectModel | None = None
        if settings.object_model is not None and settings.object_labels is not None:
            self.objects = ObjectModel(settings.object_model, settings.object_labels)

    def look(self, path: Path, taken: Taken, turn: int) -> None:
        """Time each engine on a picture, in one order and the next time in the other."""
        picture = self._timed(taken, "decode", lambda: preview.preview(str(path), probe.probe(str(path)), SIDE))
        engines: dict[str, Callable[[], Any]] = {
            "faces": lambda: self.detector.detect(picture),
            "map": lambda: importance.measure(picture),
            "content": lambda: smart.measure(picture),
            "palette": lambda: palette.look(picture),
            "attention": lambda: saliency.look(picture, Look("attention", _ASPECTS[0])),
            "entropy": lambda: saliency.look(picture, Look("entropy", _ASPECTS[0])),
        }
        if self.objects is not None:
            engines["objects"] = partial(self.objects.detect, picture)
        names = list(engines) if turn % 2 == 0 else list(engines)[::-1]
        found = {name: self._timed(taken, name, engines[name]) for name in names}
        faces = tuple(face for face in found["faces"] if face.score >= _SEEN)
        taken.kind = _kind(sum(face.score >= 0.5 for face in faces))
        map_, aspect = found["map"], _ASPECTS[turn % len(_ASPECTS)]
        windows: dict[str, Callable[[], Any]] = {
            "window": lambda: (choosing.choose(map_, faces, aspect, None, 3), choosing.confidence(map_, faces)),
            "smart window": lambda: (
                content.choose(found["content"], map_, faces, aspect, None, 3),
                choosing.confidence(map_, faces),
            ),
        }
        if self.objects is not None:
            objects, things = found["objects"]
            windows["subject window"] = lambda: (
                subject.choose(map_, objects, things, faces, aspect, None, 3),
                subject.confidence(map_, objects, things, faces),
            )
        for name in windows if turn % 2 == 0 else list(windows)[::-1]:
            self._timed(taken, name, windows[name])
        for count in _CROWDS:
            people = _people(count)
            self._timed(taken, f"window, {count} faces", partial(choosing.choose, map_, people, aspect))

    def _timed(self, taken: Taken, stage: str, work: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        found = work()
        taken.ms[stage].append((time.perf_counter() - begun) * 1e3)
        return found


def _kind(faces: int) -> str:
    return _KINDS[min(faces, 2) if faces <= _FEW else 3]


def _people(count: int) -> tuple[Region, ...]:
    """Return faces in rows, as many as are wanted."""
    return tuple(Region(0.05 + 0.18 * (at % 5), 0.1 + 0.2 * (at // 5), 0.08, 0.12, 0.9) for at in range(count))


_SUMS: dict[str, tuple[str, ...]] = {
    "map and window, decoded": ("decode", "map", "window"),
    "auto: + faces": ("decode", "map", "faces", "window"),
    "smart: + content": ("decode", "map", "faces", "content", "smart window"),
    "subject: auto + objects": ("decode", "map", "faces", "objects", "subject window"),
    "analyze: auto + palette": ("decode", "map", "faces", "palette", "window"),
}
_BARS = {"map and window, decoded": 20, "auto: + faces": 60}
"""Asked for at the median, in ms."""


def engines(files: list[Path], eyes: Eyes, rounds: int) -> None:
    """Print what each engine and each analysis costs, over all pictures and by how many faces they show."""
    taken = {file: Taken() for file in files}
    for file in files[:_WARM]:
        eyes.look(file, Taken(), 0)
    for turn in range(rounds):
        for file in files if turn % 2 == 0 else files[::-1]:
            eyes.look(file, taken[file], turn)
    kinds = {"all": list(taken.values())}
    kinds |= {kind: [one for one in taken.values() if one.kind == kind] for kind in _KINDS}
    kinds = {kind: of for kind, of in kinds.items() if of}
    stages = list(next(iter(taken.values())).ms)
    rows: list[tuple[str, tuple[str, ...]]] = [(stage, (stage,)) for stage in stages]
    rows += [(name, parts) for name, parts in _SUMS.items() if set(parts) <= set(stages)]
    print(f"\n## Engines: {len(files)} pictures of 2 megapixels, {rounds} rounds; median (p90) in ms\n")
    columns = ["", *(f"{kind} ({len(of)})" for kind, of in kinds.items()), "asked for"]
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for name, parts in rows:
        cells = [_cell([one.median(*parts) for one in of]) for of in kinds.values()]
        print(f"| {name} | {' | '.join(cells)} | {f'≤ {_BARS[name]}' if name in _BARS else ''} |")


def _cell(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({float(np.percentile(values, 90)):.2f})"


def renders(files: list[Path], scratch: Path, pairs: int, env: dict[str, str]) -> None:
    """Print what each gravity adds to the first render of a source, and to a later one, through the server."""
    folder = scratch / "served"
    # One shape in two sizes, and one that hardly any source has, so that all are cropped.
    sizes = {"first": "w=400&h=280", "later": "w=500&h=350"}
    folder.mkdir()
    took: dict[tuple[str, str], list[float]] = defaultdict(list)
    port = servers.free_port()
    with servers.running(servers.imgcdn(folder, scratch / "cache", port), port, "/-/ready", env):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for turn, file in enumerate(itertools.islice(itertools.cycle(files), pairs + _WARM)):
            body = file.read_bytes()
            for gravity in _GRAVITIES if turn % 2 == 0 else _GRAVITIES[::-1]:
                name = f"{turn}-{gravity}.jpg"
                pictures.copy_of(body, name, folder / name)
                for when, size in sizes.items():
                    ms = _fetch(connection, f"/img/{name}?{size}&format=jpeg&gravity={gravity}")
                    if turn >= _WARM:
                        took[when, gravity].append(ms)
    print(f"\n## First renders: {pairs} sources, through the server's pools; median (p90) in ms\n")
    print("| gravity | first render | adds | later render | adds |\n|---|---|---|---|---|")
    for gravity in _GRAVITIES:
        cells = [
            cell
            for when in ("first", "later")
            for cell in (_cell(took[when, gravity]), _added(took[when, gravity], took[when, "center"]))
        ]
        print(f"| {gravity} | {' | '.join(cells)} |")


def _added(values: list[float], beside: list[float]) -> str:
    return f"{statistics.median(a - b for a, b in zip(values, beside, strict=True)):+.2f}"


def _fetch(connection: http.client.HTTPConnection, path: str) -> float:
    begun = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    took = (time.perf_counter() - begun) * 1e3
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status}")
    return took


def _environment(settings: GravitySettings) -> dict[str, str]:
    """Say in which environment a server uses the same object model."""
    named = {"MODEL": settings.object_model, "LABELS": settings.object_labels}
    return {f"IMGCDN_GRAVITY__OBJECT_{name}": str(path.absolute()) for name, path in named.items() if path is not None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["engines", "renders"])
    parser.add_argument("--data", type=Path, help="folder of photographs; without, the sample photos")
    parser.add_argument("--most", type=int, default=60, help="photographs of the folder that are used")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--pairs", type=int, default=40, help="sources of the renders")
    parser.add_argument("--object-model", type=Path, help="a TFLite model for gravity=subject")
    parser.add_argument("--object-labels", type=Path, help="the names of its classes")
    given = parser.parse_args()
    settings = GravitySettings(object_model=given.object_model, object_labels=given.object_labels)
    with tempfile.TemporaryDirectory(prefix="imgcdn-bench-") as temporary, contextlib.ExitStack() as closing:
        scratch = Path(temporary)
        files = make(scratch / "pictures", given.data, given.most)
        if "engines" in given.what:
            engines(files, Eyes(settings, closing), given.rounds)
        if "renders" in given.what:
            renders(files, scratch, given.pairs, _environment(settings))


if __name__ == "__main__":
    # Libraries read these when they load, so the process begins again as an analysis worker does.
    if any(os.environ.get(name) != value for name, value in ENVIRONMENT.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ENVIRONMENT})
    main()
