"""Faces through mediapipe's two BlazeFace models, on the whole preview and on overlapping tiles of it."""

import contextlib
import importlib
import os
from collections.abc import Generator, Iterator
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
_SAME = 0.3
"""Two boxes that overlap this much (intersection over union) are one face …"""
_INSIDE = 0.6
"""… and so are two of which the smaller lies inside the larger to this share."""
_TILE = 0.6
"""A tile's side, as a share of the preview's: 2x2 of them overlap by a third."""
_TILED_FROM = 480
"""Previews shorter than this gain nothing from tiles."""

Pixels = npt.NDArray[np.uint8]


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

            self._full = load(models.FULL_RANGE)
            self._short = load(models.SHORT_RANGE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._full.close()
        self._short.close()

    def detect(self, preview: Preview) -> tuple[Region, ...]:
        """Return the faces of a preview, 0–1 on each axis, best score first; every face once."""
        pixels = np.frombuffer(preview.pixels, np.uint8).reshape(preview.height, preview.width, 3)
        found = self._run(self._full, pixels, 0, 0, preview) + self._run(self._short, pixels, 0, 0, preview)
        for x, y, tile in _tiles(pixels):
            found += self._run(self._full, tile, x, y, preview)
        return _distinct(found)

    def _run(self, detector: Any, pixels: Pixels, left: int, top: int, preview: Preview) -> list[Region]:
        image = self._image(image_format=self._rgb, data=np.ascontiguousarray(pixels))
        found: list[Region] = []
        for detection in detector.detect(image).detections:
            box = detection.bounding_box
            region = _clipped(
                (left + box.origin_x) / preview.width,
                (top + box.origin_y) / preview.height,
                box.width / preview.width,
                box.height / preview.height,
                float(detection.categories[0].score),
            )
            if region is not None:
                found.append(region)
        return found


def _tiles(pixels: Pixels) -> Iterator[tuple[int, int, Pixels]]:
    height, width = pixels.shape[:2]
    if max(height, width) < _TILED_FROM:
        return
    tall, wide = round(height * _TILE), round(width * _TILE)
    for top in (0, height - tall):
        for left in (0, width - wide):
            yield left, top, pixels[top : top + tall, left : left + wide]


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
