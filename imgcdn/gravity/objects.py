"""Objects through a TFLite model that the operator names: segmentation or detection, run by LiteRT.

A segmentation becomes a small map of classes for `subject` and its pieces things for `obj:`; a detection only things.
"""

import hashlib
import importlib
import importlib.util
import re
from base64 import b64encode
from dataclasses import dataclass
from itertools import takewhile
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvips
from PIL import Image

from imgcdn.gravity.silence import silenced
from imgcdn.model.analysis import ObjectMap, Thing
from imgcdn.model.geometry import Region
from imgcdn.model.media import Preview

SIDE = 640
"""Previews for this engine are at least this long, in px."""
_USE = 1
"""Raised whenever the same picture may give other objects than before."""
_LONGEST = 64
"""Cells along a map's longest side at most."""
_CELLS = 3840
"""Cells of a map at most: so many bytes are 5 KB as Base64."""
_LEAST_SIDE = 16
"""A model of any size says 1 px a side; what it wants nobody knows."""
_LEAST_AREA = 0.002
"""A piece of a class that is a smaller share of the picture is taken for noise."""
_LEAST_SCORE = 0.3
"""What a detection model is less sure of is not even heard of."""
_MOST = 100
"""Things reported of one picture, the largest of them."""
_IGNORED = 255
"""The class number by which Pascal VOC leaves a pixel out."""
_UNNAMED = "???"
_NOTHING = frozenset({"background", "bg", "other", "others", "unlabeled", "unlabelled", "void", _UNNAMED})
"""Names of classes that are no object."""

Classes = npt.NDArray[np.integer[Any]]
Grid = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class _Tensor:
    """What goes in or comes out: a quantised value stands for (value - zero) x scale; a scale of 0 is none."""

    index: int
    shape: tuple[int, ...]
    kind: np.dtype[Any]
    scale: float
    zero: int

    def __str__(self) -> str:
        return f"{self.kind} {list(self.shape)}"

    @property
    def is_numbers(self) -> bool:
        """Whether each pixel has one whole number, that of its class."""
        is_flat = len(self.shape) == 3 or self.shape[3:] == (1,)
        return is_flat and self.scale == 0 and np.issubdtype(self.kind, np.integer)


class ObjectModel:
    """One model, loaded once, for one thread."""

    def __init__(self, model: Path, labels: Path) -> None:
        """Load both files. Raises ImportError without LiteRT, OSError or ValueError that name the file at fault."""
        self._name, self._labels_name = model.name, labels.name  # never the folder: `explain` shows it to anybody
        _check_file(model)
        self._labels = read_labels(labels)
        with silenced():
            # LiteRT carries no types we use, so it is Any from here on.
            litert: Any = importlib.import_module("ai_edge_litert.interpreter")
            try:
                self._run: Any = litert.Interpreter(str(model), num_threads=1)
                self._run.allocate_tensors()
                # The first pass is slower than the next: let nobody wait for it.
                self._run.invoke()
            except (RuntimeError, ValueError) as error:
                raise ValueError(f"{model.name} cannot be run: expected a whole TFLite model ({error})") from error
        self._input = self._checked_input([_tensor(details) for details in self._run.get_input_details()])
        self._outputs = [_tensor(details) for details in self._run.get_output_details()]
        self._is_detection = _is_detection([output.shape for output in self._outputs])
        if self._is_detection and self._labels[0] == _UNNAMED:
            # Label maps of COCO count from 1, these models from 0.
            self._labels = self._labels[1:]
        if not self._is_detection:
            self._check_segmentation()

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of things that it may find."""
        return tuple(dict.fromkeys(label for label in self._labels if label.lower() not in _NOTHING))

    def detect(self, preview: Preview) -> tuple[ObjectMap | None, tuple[Thing, ...]]:
        """Return the map of a segmentation model, None from a detection model, and the things, the largest first.

        Raises ValueError when the model names a class that the labels do not.
        """
        self._feed(preview)
        with silenced():
            self._run.invoke()
        answers = [self._run.get_tensor(output.index) for output in self._outputs]
        if self._is_detection:
            boxes, numbers, scores, count = answers
            most = int(count.reshape(-1)[0])
            names = self._names(numbers[0][:most])
            return None, detected(boxes[0][:most], numbers[0][:most], scores[0][:most], names)
        output = self._outputs[0]
        if output.is_numbers:
            classes, scores = answers[0].reshape(output.shape[1:3]).astype(np.int64), None
        else:
            values = answers[0][0].astype(np.float32)
            classes, scores = decoded((values - output.zero) * output.scale if output.scale else values)
        names = self._names(np.unique(classes))
        return mapped(classes, names, preview.width, preview.height), pieces(classes, scores, names)

    def _feed(self, preview: Preview) -> None:
        height, width = self._input.shape[1:3]
        # Stretched, not boxed: the whole input is used, and on labelled photographs it did no worse.
        picture = Image.frombytes("RGB", (preview.width, preview.height), preview.pixels)
        pixels = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))
        if self._input.kind == np.float32:
            pixels = (pixels.astype(np.float32) - np.float32(127.5)) / np.float32(127.5)
        self._run.set_tensor(self._input.index, pixels[None])

    def _checked_input(self, inputs: list[_Tensor]) -> _Tensor:
        found = ", ".join(map(str, inputs)) or "nothing"
        first = inputs[0] if len(inputs) == 1 else None
        if first is None or len(first.shape) != 4 or first.shape[0] != 1 or first.shape[3] != 3:
            raise ValueError(f"{self._name} takes {found}: expected one picture, [1, height, width, 3]")
        if min(first.shape[1:3]) < _LEAST_SIDE:
            raise ValueError(f"{self._name} takes {found}: expected a fixed size of {_LEAST_SIDE} px a side or more")
        if first.kind not in (np.dtype(np.uint8), np.dtype(np.float32)):
            raise ValueError(f"{self._name} takes {found}: expected uint8 or float32")
        return first

    def _check_segmentation(self) -> None:
        output = self._outputs[0]
        is_scores = len(output.shape) == 4 and not output.is_numbers
        if len(self._outputs) != 1 or output.shape[0] != 1 or not (output.is_numbers or is_scores):
            raise ValueError(
                f"{self._name} gives {', '.join(map(str, self._outputs))}: expected the class numbers [1, height, "
                "width] or the scores [1, height, width, classes] of a segmentation, or the boxes, classes, scores "
                "and count of TFLite_Detection_PostProcess"
            )
        wanted = max(output.shape[3], 2) if is_scores else 0
        if wanted > len(self._labels):
            raise ValueError(
                f"{self._labels_name} names {len(self._labels)} classes: expected the {wanted} of {self._name}"
            )

    def _names(self, numbers: npt.NDArray[Any]) -> dict[int, str]:
        """Name the classes that were seen, but for those that are nothing."""
        names: dict[int, str] = {}
        for number in sorted({int(number) for number in numbers.reshape(-1)}):
            if number == _IGNORED and number >= len(self._labels):
                continue
            if not 0 <= number < len(self._labels):
                raise ValueError(
                    f"{self._labels_name} names {len(self._labels)} classes: expected one for number {number}, "
                    f"which {self._name} gave"
                )
            if self._labels[number].lower() not in _NOTHING:
                names[number] = self._labels[number]
        return names


def read_labels(path: Path) -> tuple[str, ...]:
    """Read the names of classes, one a line from number 0 on, or each after its number; the first empty line ends them.

    Raises OSError or ValueError that name the file.
    """
    try:
        lines = path.read_text("utf-8").lstrip("\n").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        kind = OSError if isinstance(error, OSError) else ValueError
        raise kind(
            f"{path.name} cannot be read ({reason}): expected the names of the model's classes, one a line"
        ) from error
    names = [line.strip() for line in takewhile(lambda line: line.strip(), lines)]
    if not names:
        raise ValueError(f"{path.name} is empty: expected the names of the model's classes, one a line")
    numbered = [re.fullmatch(r"(\d{1,4})[\s:]\s*(.+)", name) for name in names]
    places = {int(match[1]): match[2] for match in numbered if match is not None}
    if len(places) < len(names):
        return tuple(names)
    return tuple(places.get(number, _UNNAMED) for number in range(max(places) + 1))


def _check_file(model: Path) -> None:
    try:
        with model.open("rb") as file:
            is_model = file.read(8)[4:] == b"TFL3"
    except OSError as error:
        raise OSError(f"{model.name} cannot be read ({error.strerror}): expected a TFLite model") from error
    if not is_model:
        raise ValueError(f"{model.name} is no TFLite model: expected TFL3 at its fifth byte")


def is_runtime_installed() -> bool:
    """Whether LiteRT is there, without importing it."""
    return importlib.util.find_spec("ai_edge_litert") is not None


def version(model: Path, labels: Path) -> str:
    """Name both files' content and our way of using it, for the keys of what depends on it. Raises OSError."""
    digest = hashlib.sha256(model.read_bytes())
    digest.update(labels.read_bytes())
    return f"objects-{_USE}-{digest.hexdigest()[:8]}"


def decoded(scores: Grid) -> tuple[Classes, Grid]:
    """Return each pixel's class and its probability from scores (rows, columns, classes), probabilities or not.

    One score a pixel is that of class 1 against nothing.
    """
    is_probability = bool(scores.min() >= 0 and scores.max() <= 1)
    if scores.shape[2] == 1:
        sure = scores if is_probability else 1 / (1 + np.exp(-scores))
        scores, is_probability = np.concatenate([1 - sure, sure], axis=2), True
    best: Grid = scores.max(2)
    return scores.argmax(2), best if is_probability else 1 / np.exp(scores - best[..., None]).sum(2)


def mapped(classes: Classes, names: dict[int, str], width: int, height: int) -> ObjectMap:
    """Keep for each cell the class that fills half of it or more; `width` and `height` are the picture's."""
    longest = min(float(_LONGEST), sqrt(_CELLS * max(width, height) / min(width, height)))
    wide = max(1, int(longest * width / max(width, height)))
    tall = max(1, int(longest * height / max(width, height)))
    cells = np.zeros((tall, wide), np.uint8)
    most = np.full((tall, wide), 127, np.uint8)
    for n, number in enumerate(names, 1):
        mask = Image.fromarray(np.where(classes == number, np.uint8(255), np.uint8(0)))
        share = np.asarray(mask.resize((wide, tall), Image.Resampling.BOX))
        cells[share > most] = n
        most = np.maximum(most, share)
    return ObjectMap(wide, tall, tuple(names.values()), b64encode(cells.tobytes()).decode())


def pieces(classes: Classes, scores: Grid | None, names: dict[int, str]) -> tuple[Thing, ...]:
    """Return each connected piece of a class with its box, the largest first.

    Its score is its mean probability, or, where the model gives none, the share of the box that it fills.
    """
    tall, wide = classes.shape
    seen = np.where(np.isin(classes, list(names)), classes, -1)
    image = pyvips.Image.new_from_array(np.ascontiguousarray(seen.astype(np.int32)))
    regions: Classes = np.asarray(image.labelregions().numpy(), np.int64)
    areas = np.bincount(regions.reshape(-1))
    things: list[tuple[int, Thing]] = []
    for region in np.flatnonzero(areas >= _LEAST_AREA * classes.size).tolist():
        here = regions == region
        rows, columns = np.flatnonzero(here.any(1)), np.flatnonzero(here.any(0))
        number = int(classes[rows[0], np.flatnonzero(here[rows[0]])[0]])
        if number not in names:
            continue
        left, top = int(columns[0]), int(rows[0])
        width, height = int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top
        area = int(areas[region])
        score = float(scores[here].mean()) if scores is not None else area / (width * height)
        place = Region(left / wide, top / tall, width / wide, height / tall, min(1.0, score))
        things.append((area, Thing(names[number], place)))
    return tuple(thing for _, thing in sorted(things, key=lambda pair: -pair[0])[:_MOST])


def detected(
    boxes: npt.NDArray[Any], numbers: npt.NDArray[Any], scores: npt.NDArray[Any], names: dict[int, str]
) -> tuple[Thing, ...]:
    """Return what a detection model found: boxes (top, left, bottom, right, 0-1), class numbers and scores, in step."""
    things: list[Thing] = []
    for box, number, score in zip(boxes.tolist(), numbers.tolist(), scores.tolist(), strict=True):
        top, left, bottom, right = (min(1.0, max(0.0, float(edge))) for edge in box)
        if score >= _LEAST_SCORE and right > left and bottom > top and int(number) in names:
            place = Region(left, top, right - left, bottom - top, min(1.0, float(score)))
            things.append(Thing(names[int(number)], place))
    return tuple(sorted(things, key=lambda thing: -thing.region.area)[:_MOST])


def _is_detection(shapes: list[tuple[int, ...]]) -> bool:
    if len(shapes) != 4:
        return False
    boxes, numbers, scores, count = shapes
    return (
        len(boxes) == 3
        and boxes[0] == 1
        and boxes[2] == 4
        and numbers == scores == (1, boxes[1])
        and count in ((1,), (1, 1), ())
    )


def _tensor(details: dict[str, Any]) -> _Tensor:
    scale, zero = details["quantization"]
    shape = tuple(int(side) for side in details["shape"])
    return _Tensor(int(details["index"]), shape, np.dtype(details["dtype"]), float(scale), int(zero))
