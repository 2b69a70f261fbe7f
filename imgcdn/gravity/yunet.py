"""Faces through OpenCV's YuNet (`cv2.FaceDetectorYN`), from a model file that the operator names."""

import hashlib
import importlib
import importlib.util
import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from imgcdn.model.geometry import Point, Region
from imgcdn.model.media import Preview

_FLOOR = 0.1
"""Detections below this are not even recorded."""
_SAME = 0.3
"""Two boxes that overlap this much (intersection over union) are one face."""
_MOST = 5000
"""Boxes kept before overlaps are removed, OpenCV's own default."""
_SMALL = 320
"""YuNet knows faces of 10 to 300 px; in a preview with this longest side even a portrait's is one of them."""
_TRIAL_S = 10.0
"""How long a model file may take to show that it can be used."""

Pixels = npt.NDArray[np.uint8]


class YuNetDetector:
    """One YuNet model. Raises ImportError without OpenCV, OSError or ValueError when the file cannot be used."""

    def __init__(self, model: Path) -> None:
        # OpenCV carries no types we use, so it is Any from here on.
        self._cv: Any = importlib.import_module("cv2")
        self._cv.utils.logging.setLogLevel(self._cv.utils.logging.LOG_LEVEL_SILENT)  # it warns of its own defaults
        # From memory, because OpenCV takes a file's name for its format.
        content = np.frombuffer(model.read_bytes(), np.uint8)
        size = (_SMALL, _SMALL)
        try:
            self._net: Any = self._cv.FaceDetectorYN.create(
                "onnx", content, np.zeros(0, np.uint8), size, _FLOOR, _SAME, _MOST
            )
            # Another network loads, but fails here. The first pass is slow besides, so nobody need wait for it.
            self._rows(np.zeros((_SMALL, _SMALL, 3), np.uint8))
            self._rows(np.zeros((_SMALL // 2, _SMALL + 1, 3), np.uint8))
        except self._cv.error as error:
            said = str(error.err).strip("> \n").splitlines() or ["nothing"]
            raise ValueError(f"{model.name} is no YuNet model (OpenCV says: {said[0]})") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Nothing to close; the port asks for it."""

    def detect(self, preview: Preview) -> tuple[Region, ...]:
        """Return the faces of a preview, 0–1 on each axis, best score first; every face once.

        Landmarks are the right and the left eye, the nose and the mouth's middle.
        """
        pixels = np.frombuffer(preview.pixels, np.uint8).reshape(preview.height, preview.width, 3)[:, :, ::-1]
        pixels = np.ascontiguousarray(pixels)  # YuNet reads BGR
        found = list(self._faces(pixels))
        scale = _SMALL / max(preview.width, preview.height)
        if scale < 1:
            size = (max(1, round(preview.width * scale)), max(1, round(preview.height * scale)))
            found += self._faces(self._cv.resize(pixels, size, interpolation=self._cv.INTER_AREA))
        kept: list[Region] = []
        for face in sorted(found, key=lambda face: -face.score):
            if all(_overlap(face, other) <= _SAME for other in kept):
                kept.append(face)
        return tuple(kept)

    def _faces(self, pixels: Pixels) -> Iterator[Region]:
        height, width = pixels.shape[:2]
        for row in self._rows(pixels):
            face = _region(row, width, height)
            if face is not None:
                yield face

    def _rows(self, pixels: Pixels) -> list[list[float]]:
        self._net.setInputSize((pixels.shape[1], pixels.shape[0]))
        _, rows = self._net.detect(pixels)
        return [] if rows is None else [[float(value) for value in row] for row in rows]


def version(model: Path) -> str:
    """Name the model by its content, for the keys of everything that depends on what it finds. Raises OSError."""
    with model.open("rb") as file:
        return "yunet-" + hashlib.file_digest(file, "sha256").hexdigest()[:8]


def problem(model: Path) -> str | None:
    """Say why a model file cannot be used, None when it can; takes a second.

    It is tried in a process of its own first: OpenCV crashes on some damaged files instead of refusing them.
    """
    if importlib.util.find_spec("cv2") is None:
        return "OpenCV is not installed: install imgcdn[faces]"
    try:
        version(model)
    except FileNotFoundError:
        return f"{model.name} is missing"
    except OSError as error:
        return f"{model.name} is unreadable ({error.strerror})"
    command = [sys.executable, "-P", "-m", __name__, str(model)]
    try:
        tried = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TRIAL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{model.name} could not be tried out ({type(error).__name__})"
    if tried.returncode < 0:
        return f"{model.name} is damaged (OpenCV crashes on it)"
    return tried.stdout.strip() or f"{model.name} could not be tried out" if tried.returncode else None


def _region(row: Sequence[float], width: int, height: int) -> Region | None:
    """Read a row: x, y, width, height; right eye, left eye, nose, the mouth's right and left corner; score."""
    if not all(math.isfinite(value) for value in row):
        return None
    left, top = max(0.0, row[0] / width), max(0.0, row[1] / height)
    right, bottom = min(1.0, (row[0] + row[2]) / width), min(1.0, (row[1] + row[3]) / height)
    if right <= left or bottom <= top:
        return None
    mouth = ((row[10] + row[12]) / 2, (row[11] + row[13]) / 2)
    landmarks = tuple(
        Point(min(1.0, max(0.0, x / width)), min(1.0, max(0.0, y / height)))
        for x, y in ((row[4], row[5]), (row[6], row[7]), (row[8], row[9]), mouth)
    )
    return Region(left, top, right - left, bottom - top, min(1.0, max(0.0, row[14])), landmarks)


def _overlap(one: Region, other: Region) -> float:
    """Intersection over union."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0.0, width) * max(0.0, height)
    return shared / (one.area + other.area - shared)


def _try_out(model: Path) -> int:
    try:
        YuNetDetector(model)
    except (ImportError, OSError, ValueError) as error:
        sys.stdout.write(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_try_out(Path(sys.argv[1])))
