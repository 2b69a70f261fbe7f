"""Faces through mediapipe's two BlazeFace models, on the whole preview and on overlapping tiles of it."""

import contextlib
import importlib
import os
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from imgcdn.gravity import models
from imgcdn.model.geometry import Region
from imgcdn.model.media import Preview

SIDE = 640
"""Previews for this engine are at least this long, in px."""
_FLOOR = 0.3
"""Detections below this are not even recorded."""
_SHORT_FLOOR = 0.7
"""The short-range model, made for faces that fill the picture, takes fists and textures for faces below this."""
_SAME = 0.3
"""Two boxes that overlap this much (intersection over union) are one face …"""
_INSIDE = 0.6
"""… and so are two of which the smaller lies inside the larger to this share."""
_TILE = 0.6
"""A tile's side, as a share of the preview's: 2x2 of them overlap by a third."""
_LANES = 2
"""Passes that run at once: they take milliseconds, and somebody waits for the first picture."""
_TILED_FROM = 480
"""Previews shorter than this gain nothing from tiles."""

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a preview that a model looks at, and where its top left corner lies."""

    pixels: Pixels
    left: int
    top: int


class FaceDetector:
    """Both models, loaded once. Close it before the process ends."""

    def __init__(self, folder: Path) -> None:
        # The import takes about a second; only the process that looks for faces pays for it.
        with _silenced():
            # mediapipe carries no types, so it is Any from here on.
            mp: Any = importlib.import_module("mediapipe")
            tasks: Any = importlib.import_module("mediapipe.tasks.python")
            self._image, self._rgb = mp.Image, mp.ImageFormat.SRGB

            def load(model: models.Model) -> Any:
                options = tasks.vision.FaceDetectorOptions(
                    base_options=tasks.BaseOptions(model_asset_path=str(folder / model.name)),
                    min_detection_confidence=_FLOOR,
                )
                return tasks.vision.FaceDetector.create_from_options(options)

            # A detector serves one thread at a time, so each lane has its own.
            self._lanes = [load(models.FULL_RANGE) for _ in range(_LANES)]
            self._short = load(models.SHORT_RANGE)
            self._threads = ThreadPoolExecutor(_LANES, "faces")
            # The first pass is many times slower than the next, and it prints too: let nobody wait for it.
            self.detect(Preview(SIDE, SIDE, bytes(SIDE * SIDE * 3)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._threads.shutdown()
        for detector in (*self._lanes, self._short):
            detector.close()

    def detect(self, preview: Preview) -> tuple[Region, ...]:
        """Return the faces of a preview, 0–1 on each axis, best score first; every face once."""
        pixels = np.frombuffer(preview.pixels, np.uint8).reshape(preview.height, preview.width, 3)
        whole = _Part(pixels, 0, 0)
        parts = [whole, *_tiles(pixels)]
        lanes = [
            self._threads.submit(self._run, detector, parts[lane::_LANES], preview)
            for lane, detector in enumerate(self._lanes)
        ]
        found = [face for face in self._run(self._short, [whole], preview) if face.score >= _SHORT_FLOOR]
        for lane in lanes:
            found += lane.result()
        return _distinct(found)

    def _run(self, detector: Any, parts: list[_Part], preview: Preview) -> list[Region]:
        found: list[Region] = []
        for part in parts:
            image = self._image(image_format=self._rgb, data=np.ascontiguousarray(part.pixels))
            for detection in detector.detect(image).detections:
                box = detection.bounding_box
                region = _clipped(
                    (part.left + box.origin_x) / preview.width,
                    (part.top + box.origin_y) / preview.height,
                    box.width / preview.width,
                    box.height / preview.height,
                    float(detection.categories[0].score),
                )
                if region is not None:
                    found.append(region)
        return found


def _tiles(pixels: Pixels) -> Iterator[_Part]:
    height, width = pixels.shape[:2]
    if max(height, width) < _TILED_FROM:
        return
    tall, wide = round(height * _TILE), round(width * _TILE)
    for top in (0, height - tall):
        for left in (0, width - wide):
            yield _Part(pixels[top : top + tall, left : left + wide], left, top)


def _clipped(x: float, y: float, width: float, height: float, score: float) -> Region | None:
    left, top = max(0.0, x), max(0.0, y)
    right, bottom = min(1.0, x + width), min(1.0, y + height)
    if right <= left or bottom <= top:
        return None
    return Region(left, top, right - left, bottom - top, min(1.0, max(0.0, score)))


def _distinct(found: list[Region]) -> tuple[Region, ...]:
    """Keep the best-scored box of each group of boxes that are one face."""
    kept: list[Region] = []
    for region in sorted(found, key=lambda r: (-r.score, -r.area)):
        if not any(_is_same(region, other) for other in kept):
            kept.append(region)
    return tuple(kept)


def _is_same(a: Region, b: Region) -> bool:
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return False
    shared = width * height
    return shared / (a.area + b.area - shared) > _SAME or shared / min(a.area, b.area) > _INSIDE


@contextlib.contextmanager
def _silenced() -> Generator[None]:
    """Send file descriptor 2 to nowhere: mediapipe's C++ writes banners there, past Python's sys.stderr."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
