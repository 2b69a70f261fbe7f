"""Faces through mediapipe's two BlazeFace models: a pyramid of overlapping tiles, then a second look at each candidate.

The second looks are cheap because four candidates share one pass, on a sheet of enlarged crops.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from imgcdn.gravity import models, pyramid
from imgcdn.gravity.pyramid import Cell, Cluster, Sighting
from imgcdn.gravity.silence import silenced
from imgcdn.model.geometry import Box, Point, Region
from imgcdn.model.media import Preview

SIDE = 640
"""Previews for this engine are at least this long, in px."""
_FLOOR = 0.1
"""What the models are less sure of is not even heard of."""
_LEAST = 0.15
"""A candidate's best score, before the second look."""
_MOST = 64
"""Candidates looked at in one picture."""
_SHORT_WORTH = 0.6
"""The short-range model, made for faces that fill the picture, takes fists and textures for faces: it counts less."""
_LANES = 2
"""Passes that run at once: they take milliseconds, and somebody waits for the first picture."""
_TILE_LEAST = 112
"""Tiles of fewer px a side would only be enlarged."""
_COARSE, _COARSE_OVERLAP, _COARSE_MOST = 0.6, 0.3, 12
_FINE, _FINE_OVERLAP, _FINE_MOST = 0.3, 0.15, 30
"""Tile sides as shares of the picture's short side, their least overlap, and how many there may be."""
_PLAIN, _LARGE = 0.8, 0.15
"""A face this sure in the whole picture, and this large for its short side, makes a portrait: no tiles are needed."""
_LIKELY = 0.5
_CROWD = 3
_SMALL = 0.12
"""Fine tiles are worth their time in a crowd: so many likely faces, one smaller than this share of the short side."""
_PER_SIDE = 2
"""Cells along a side of a sheet."""
_TURNED_FIRST, _TURNED_SCORE = 0.65, 0.85
"""A picture counts as turned when a face in it, once turned, is this sure before and after the second look."""
_SURE = 0.5
_REPORTED = 0.1

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Glance:
    """How a second look frames a candidate: the square's side in boxes, the cell's side in px, and the mirror."""

    is_full: bool
    grown: float
    size: int
    is_mirrored: bool


_SECOND = (_Glance(False, 1.8, 64, False), _Glance(False, 2.2, 64, True))
_THIRD = _Glance(True, 2.5, 96, False)


@dataclass(frozen=True, slots=True)
class _Lane:
    """A pair of models for one thread: a detector serves one at a time."""

    full: Any
    short: Any

    def close(self) -> None:
        self.full.close()
        self.short.close()


Job = tuple[bool, Callable[[], Pixels]]
"""Whether the full-range model is asked, and what makes the pixels, in the thread that needs them."""


class FaceDetector:
    """Both models, loaded once for each lane. Close it before the process ends."""

    def __init__(self, folder: Path) -> None:
        # The import takes about a second; only the process that looks for faces pays for it.
        with silenced():
            # mediapipe and OpenCV carry no types we use, so they are Any from here on.
            mp: Any = importlib.import_module("mediapipe")
            tasks: Any = importlib.import_module("mediapipe.tasks.python")
            self._cv: Any = importlib.import_module("cv2")
            self._image, self._rgb = mp.Image, mp.ImageFormat.SRGB

            def load(model: models.Model) -> Any:
                options = tasks.vision.FaceDetectorOptions(
                    base_options=tasks.BaseOptions(model_asset_path=str(folder / model.name)),
                    min_detection_confidence=_FLOOR,
                )
                return tasks.vision.FaceDetector.create_from_options(options)

            self._lanes = [_Lane(load(models.FULL_RANGE), load(models.SHORT_RANGE)) for _ in range(_LANES)]
            self._threads = ThreadPoolExecutor(_LANES, "faces")
            # The first pass is many times slower than the next, and it prints too: let nobody wait for it.
            self.detect(Preview(SIDE, SIDE, bytes(SIDE * SIDE * 3)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._threads.shutdown()
        for lane in self._lanes:
            lane.close()

    def detect(self, preview: Preview) -> tuple[Region, ...]:
        """Return the faces of a preview, 0–1 on each axis, best score first; every face once.

        A picture without a face is tried at right angles; the boxes are those of the preview as it is.
        """
        pixels = np.frombuffer(preview.pixels, np.uint8).reshape(preview.height, preview.width, 3)
        found = self._faces(pixels)
        if not any(face.score >= _SURE for face in found):
            found = self._turned(pixels) or found
        regions = (_region(face, preview) for face in sorted(found, key=lambda f: -f.score))
        return tuple(region for region in regions if region is not None)

    def _faces(self, pixels: Pixels) -> list[Sighting]:
        height, width = pixels.shape[:2]
        whole = Box(0, 0, width, height)
        sightings = self._look(pixels, [(True, whole), (False, whole)])
        is_portrait = any(s.score >= _PLAIN and s.height >= _LARGE * min(width, height) for s in sightings)
        is_tiled = min(width, height) * _COARSE >= _TILE_LEAST or max(width, height) > 2 * min(width, height)
        if is_tiled and not is_portrait:
            coarse = pyramid.tiles(width, height, _COARSE, _COARSE_OVERLAP, _TILE_LEAST, _COARSE_MOST)
            sightings += self._look(pixels, [(True, tile) for tile in coarse])
        found = pyramid.candidates(sightings, _LEAST, _MOST)
        likely = [candidate.box.height for candidate in found if candidate.first >= _LIKELY]
        is_crowd = len(likely) >= _CROWD and min(likely) < _SMALL * min(width, height)
        if is_crowd and not is_portrait and min(width, height) * _FINE >= _TILE_LEAST:
            fine = pyramid.tiles(width, height, _FINE, _FINE_OVERLAP, _TILE_LEAST, _FINE_MOST)
            sightings += self._look(pixels, [(True, tile) for tile in fine])
            found = pyramid.candidates(sightings, _LEAST, _MOST)
        return self._judged(pixels, found)

    def _judged(self, pixels: Pixels, found: list[Cluster]) -> list[Sighting]:
        second = self._second_looks(pixels, found, _SECOND)
        odds = [pyramid.odds(candidate, looks) for candidate, looks in zip(found, second, strict=True)]
        doubtful = [i for i, value in enumerate(odds) if pyramid.is_doubtful(value)]
        third = self._second_looks(pixels, [found[i] for i in doubtful], (_THIRD,))
        for i, looks in zip(doubtful, third, strict=True):
            odds[i] = pyramid.odds_after(odds[i], looks[0])
        return [
            replace(pyramid.settled(candidate, looks), score=score)
            for candidate, looks, score in zip(found, second, pyramid.scores(odds), strict=True)
            if score >= _REPORTED
        ]

    def _turned(self, pixels: Pixels) -> list[Sighting]:
        height, width = pixels.shape[:2]
        scale = min(1.0, SIDE / 2 / max(width, height))
        small = self._resized(pixels, max(1, round(width * scale)), max(1, round(height * scale)))
        passes: list[Job] = [(True, lambda quarter=quarter: np.rot90(small, quarter)) for quarter in (1, 2, 3)]
        best: list[Sighting] = []
        for quarter, sightings in zip((1, 2, 3), self._run(passes), strict=True):
            if any(s.score >= _TURNED_FIRST for s in sightings):
                faces = self._faces(np.ascontiguousarray(np.rot90(pixels, quarter)))
                if max((f.score for f in faces), default=0.0) > max([_TURNED_SCORE, *(f.score for f in best)]):
                    best = [pyramid.turned_back(face, quarter, width, height) for face in faces]
        return best

    def _look(self, pixels: Pixels, parts: Sequence[tuple[bool, Box]]) -> list[Sighting]:
        height, width = pixels.shape[:2]
        jobs: list[Job] = [
            (is_full, lambda box=box: pixels[box.top : box.bottom, box.left : box.right]) for is_full, box in parts
        ]
        found: list[Sighting] = []
        for (is_full, box), sightings in zip(parts, self._run(jobs), strict=True):
            worth = 1.0 if is_full else _SHORT_WORTH
            inside = (pyramid.placed(replace(s, score=s.score * worth), box, width, height) for s in sightings)
            found += (s for s in inside if s.score >= _FLOOR)
        return found

    def _second_looks(
        self, pixels: Pixels, found: Sequence[Cluster], glances: Sequence[_Glance]
    ) -> list[list[Sighting | None]]:
        """Return what each glance saw of each candidate."""
        sheets: list[tuple[int, list[Cell]]] = []
        jobs: list[Job] = []
        for glance in glances:
            for start in range(0, len(found), _PER_SIDE**2):
                cells = [
                    pyramid.cell(candidate, glance.grown, glance.size, is_mirrored=glance.is_mirrored)
                    for candidate in found[start : start + _PER_SIDE**2]
                ]
                sheets.append((start, cells))
                jobs.append((glance.is_full, lambda cells=cells: self._sheet(pixels, cells)))
        looks: list[list[Sighting | None]] = [[] for _ in found]
        for (start, cells), sightings in zip(sheets, self._run(jobs), strict=True):
            seen: list[list[Sighting]] = [[] for _ in cells]
            for s in sightings:
                column = int((s.left + s.width / 2) // cells[0].size)
                row = int((s.top + s.height / 2) // cells[0].size)
                at = row * _PER_SIDE + column
                if 0 <= column < _PER_SIDE and row >= 0 and at < len(cells):
                    seen[at].append(cells[at].back(s, column, row))
            for i, views in enumerate(seen):
                looks[start + i].append(pyramid.seen(found[start + i], views))
        return looks

    def _sheet(self, pixels: Pixels, cells: Sequence[Cell]) -> Pixels:
        size = cells[0].size
        sheet = np.zeros((_PER_SIDE * size, _PER_SIDE * size, 3), np.uint8)
        for i, cell in enumerate(cells):
            square = self._resized(_square(pixels, cell), size, size)
            top, left = i // _PER_SIDE * size, i % _PER_SIDE * size
            sheet[top : top + size, left : left + size] = square[:, ::-1] if cell.is_mirrored else square
        return sheet

    def _resized(self, pixels: Pixels, width: int, height: int) -> Pixels:
        shrinks = width < pixels.shape[1]
        how = self._cv.INTER_AREA if shrinks else self._cv.INTER_LINEAR
        resized: Pixels = self._cv.resize(pixels, (width, height), interpolation=how)
        return resized

    def _run(self, jobs: Sequence[Job]) -> list[list[Sighting]]:
        """Do the jobs on all lanes; the answers come in the jobs' order."""
        answers: list[list[Sighting]] = [[] for _ in jobs]
        left = iter(range(len(jobs)))  # next() on a range is atomic, so the lanes may share it

        def work(lane: _Lane) -> None:
            for i in left:
                is_full, make = jobs[i]
                answers[i] = list(self._seen(lane.full if is_full else lane.short, make()))

        for lane in [self._threads.submit(work, lane) for lane in self._lanes]:
            lane.result()
        return answers

    def _seen(self, detector: Any, pixels: Pixels) -> Iterator[Sighting]:
        height, width = pixels.shape[:2]
        image = self._image(image_format=self._rgb, data=np.ascontiguousarray(pixels))
        for detection in detector.detect(image).detections:
            box = detection.bounding_box
            yield Sighting(
                float(box.origin_x),
                float(box.origin_y),
                float(box.width),
                float(box.height),
                float(detection.categories[0].score),
                tuple((point.x * width, point.y * height) for point in detection.keypoints),
            )


def _square(pixels: Pixels, cell: Cell) -> Pixels:
    """Cut a square out; what lies outside the picture is black."""
    height, width = pixels.shape[:2]
    left, top = max(0, cell.left), max(0, cell.top)
    right, bottom = min(width, cell.left + cell.side), min(height, cell.top + cell.side)
    square = np.zeros((cell.side, cell.side, 3), np.uint8)
    if right > left and bottom > top:
        inside = pixels[top:bottom, left:right]
        square[top - cell.top : bottom - cell.top, left - cell.left : right - cell.left] = inside
    return square


def _region(face: Sighting, preview: Preview) -> Region | None:
    left, top = max(0.0, face.left / preview.width), max(0.0, face.top / preview.height)
    right = min(1.0, (face.left + face.width) / preview.width)
    bottom = min(1.0, (face.top + face.height) / preview.height)
    if right <= left or bottom <= top:
        return None
    landmarks = tuple(
        Point(min(1.0, max(0.0, x / preview.width)), min(1.0, max(0.0, y / preview.height))) for x, y in face.points
    )
    return Region(left, top, right - left, bottom - top, face.score, landmarks)
