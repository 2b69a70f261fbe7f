"""What an analysis worker does: make a preview and let a gravity engine look at it."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from imgcdn.engine import preview, probe, vips
from imgcdn.gravity import edges, embedding, frames, importance, models, objects, palette, saliency, smart, yunet
from imgcdn.gravity.faces import SIDE as FACE_SIDE
from imgcdn.gravity.faces import FaceDetector
from imgcdn.gravity.meaning import Meaning
from imgcdn.gravity.objects import ObjectModel
from imgcdn.gravity.settings import GravitySettings
from imgcdn.gravity.yunet import YuNetDetector
from imgcdn.model.analysis import FACES_OF_FRAMES, Finding, Look
from imgcdn.model.media import Preview, SourceInfo

Answer = tuple[dict[str, Any], bytes]

_MOST_PREVIEWS = 4
"""Previews remembered between looks: a chain asks several engines about the same picture.

The frames of the last source are kept even when they alone are more.
"""


_MOST_FRAMES = 48
"""Frames of an animation that are searched for faces to hide: a frame between two is much like them."""


class _Eyes:
    """The engines of this process; the face detector is loaded when its models are there."""

    def __init__(self) -> None:
        self.settings = GravitySettings()
        self.detector: FaceDetector | YuNetDetector | None = None
        self.why = ""
        self.things: ObjectModel | None = None
        self.why_no_things = ""
        self.meaning: Meaning | None = None
        self.why_no_meaning = ""
        self.previews: OrderedDict[tuple[str, object], tuple[Preview, ...]] = OrderedDict()

    def faces(self, picture: Preview) -> Finding:
        detector = self.detector or self.load()
        if detector is None:
            return Finding("face", is_available=False, is_installed=False, why=self.why)
        found = detector.detect(picture)
        return Finding("face", faces=found, why="" if found else "no face")

    def objects(self, picture: Preview) -> Finding:
        model = self.things or self.load_objects()
        if model is None:
            return Finding("objects", is_available=False, is_installed=False, why=self.why_no_things)
        try:
            found, things = model.detect(picture)
        except ValueError as error:  # it names a class that its labels lack
            return Finding("objects", is_available=False, why=str(error))
        return Finding("objects", objects=found, things=things, why="" if things else "no object")

    def load_objects(self) -> ObjectModel | None:
        self.why_no_things = ""
        model, labels = self.settings.object_model, self.settings.object_labels
        if model is None or labels is None:
            self.why_no_things = "no object model is named in the settings"
        elif not objects.is_runtime_installed():
            self.why_no_things = "ai-edge-litert is not installed: install imgcdn[objects]"
        else:
            try:
                self.things = ObjectModel(model, labels)
            except (ImportError, RuntimeError, OSError, ValueError) as error:
                self.why_no_things = f"the object model cannot start: {error}"
        return self.things

    def load_meaning(self) -> Meaning | None:
        """Embed the labels that there are, once; those of an object model that cannot be loaded are none."""
        self.why_no_meaning = "no text model is installed"
        folder = embedding.find(self.settings.text_model)
        if folder is not None:
            try:
                labels = self.things.labels if self.things is not None else ()
                self.meaning, self.why_no_meaning = Meaning(embedding.BertEmbedder(folder), labels), ""
            except (OSError, ValueError, KeyError, TypeError) as error:
                self.why_no_meaning = f"the text model in {folder.name} cannot be used: {error}"
        return self.meaning

    def load(self) -> FaceDetector | YuNetDetector | None:
        self.why = ""
        try:
            if self.settings.face_model is not None:
                self.detector = self._named(self.settings.face_model)
            else:
                self.detector = self._own(self.settings.models_dir)
        except (ImportError, RuntimeError, OSError, ValueError) as error:
            self.why = f"the face detector cannot start: {error}"
        return self.detector

    def _named(self, model: Path) -> YuNetDetector | None:
        self.why = yunet.problem(model) or ""
        return None if self.why else YuNetDetector(model)

    def _own(self, folder: Path) -> FaceDetector | None:
        if not models.is_runtime_installed():
            self.why = "mediapipe is not installed: install imgcdn[faces]"
            return None
        self.why = "; ".join(f"{name} is {reason}" for name, reason in models.problems(folder).items())
        return None if self.why else FaceDetector(folder)

    def look_at(self, path: str, digest: str, question: Look) -> tuple[Preview, ...]:
        """Return the picture, or a few frames of an animation."""
        key = (digest, (question.region, question.orientation, question.page))
        known = self.previews.get(key)
        if known is None:
            # One size for all engines, so that a chain decodes once.
            known = preview.sampled(path, _header(path, question), FACE_SIDE, question.region)
            self.previews[key] = known
            while len(self.previews) > 1 and sum(map(len, self.previews.values())) > _MOST_PREVIEWS:
                self.previews.popitem(last=False)
        return known


_eyes = _Eyes()


def start(settings_json: str) -> None:
    vips.start()
    _eyes.settings = GravitySettings.model_validate_json(settings_json)
    _eyes.load()
    _eyes.load_objects()
    _eyes.load_meaning()


def look(path: str, digest: str, question: Look) -> Answer:
    """Answer one question about the source at `path`; the finding travels as a plain dict."""
    if question.engine == FACES_OF_FRAMES:
        pictures = preview.each(path, _header(path, question), FACE_SIDE, _MOST_FRAMES)
        return asdict(replace(frames.everywhere(map(_eyes.faces, pictures)), engine=FACES_OF_FRAMES)), b""
    pictures = _eyes.look_at(path, digest, question)
    if question.engine == "palette":
        return asdict(palette.look(frames.stacked(pictures))), b""
    return asdict(frames.combine([_finding(picture, question) for picture in pictures])), b""


def _header(path: str, question: Look) -> SourceInfo:
    info = probe.probe(path, question.page)
    return info if question.orientation is None else replace(info, orientation=question.orientation or 1)


def _finding(picture: Preview, question: Look) -> Finding:
    match question.engine:
        case "face":
            return _eyes.faces(picture)
        case "auto":
            return Finding("auto", importance=importance.measure(picture))
        case "edges":
            return Finding("edges", edges=edges.measure(picture))
        case "objects":
            return _eyes.objects(picture)
        case "smart":
            return Finding("smart", content=smart.measure(picture))
        case _:
            return saliency.look(picture, question)


def faces() -> Answer:
    """Say why no face can be found; empty when faces can."""
    detector = _eyes.detector or _eyes.load()
    return {"why": "" if detector is not None else _eyes.why}, b""


def things() -> Answer:
    """Say why no object can be found; empty when objects can."""
    model = _eyes.things or _eyes.load_objects()
    return {"why": "" if model is not None else _eyes.why_no_things}, b""


def meaning() -> Answer:
    """Say why texts are not understood; empty when they are."""
    found = _eyes.meaning or _eyes.load_meaning()
    return {"why": "" if found is not None else _eyes.why_no_meaning}, b""


def mean(text: str) -> Answer:
    """Return the labels that a text means and does not name, with their nearness."""
    found = _eyes.meaning or _eyes.load_meaning()
    return {"labels": {} if found is None else found.of(text)}, b""


TASKS: Mapping[str, Callable[..., Answer]] = {
    "look": look,
    "faces": faces,
    "things": things,
    "meaning": meaning,
    "mean": mean,
}
