"""What an analysis worker does: make a preview and let a gravity engine look at it."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from imgcdn.engine import preview, probe, vips
from imgcdn.gravity import importance, models, saliency, smart
from imgcdn.gravity.faces import SIDE as FACE_SIDE
from imgcdn.gravity.faces import FaceDetector
from imgcdn.gravity.settings import GravitySettings
from imgcdn.model.analysis import Finding, Look
from imgcdn.model.media import Preview

Answer = tuple[dict[str, Any], bytes]

_MOST_PREVIEWS = 4
"""Previews remembered between looks at one source: a chain asks several engines about the same picture."""


class _Eyes:
    """The engines of this process; the face detector is loaded when its models are there."""

    def __init__(self) -> None:
        self.settings = GravitySettings()
        self.detector: FaceDetector | None = None
        self.why = ""
        self.previews: OrderedDict[tuple[str, object], Preview] = OrderedDict()

    def faces(self, picture: Preview) -> Finding:
        detector = self.detector or self.load()
        if detector is None:
            return Finding("face", is_available=False, is_installed=False, why=self.why)
        found = detector.detect(picture)
        return Finding("face", faces=found, why="" if found else "no face")

    def load(self) -> FaceDetector | None:
        if not models.is_runtime_installed():
            self.why = "mediapipe is not installed: install imgcdn[faces]"
            return None
        bad = models.problems(self.settings.models_dir)
        if bad:
            self.why = "; ".join(f"{name} is {reason}" for name, reason in bad.items())
            return None
        try:
            self.detector = FaceDetector(self.settings.models_dir)
        except (ImportError, RuntimeError, OSError, ValueError) as error:
            self.why = f"mediapipe cannot start: {error}"
        return self.detector

    def preview(self, path: str, digest: str, question: Look) -> Preview:
        key = (digest, (question.region, question.orientation))
        known = self.previews.get(key)
        if known is None:
            # One size for all engines, so that a chain decodes once.
            info = probe.probe(path)
            if question.orientation is not None:
                info = replace(info, orientation=question.orientation or 1)
            known = preview.preview(path, info, FACE_SIDE, question.region)
            self.previews[key] = known
            if len(self.previews) > _MOST_PREVIEWS:
                self.previews.popitem(last=False)
        return known


_eyes = _Eyes()


def start(settings_json: str) -> None:
    vips.start()
    _eyes.settings = GravitySettings.model_validate_json(settings_json)
    _eyes.load()


def look(path: str, digest: str, question: Look) -> Answer:
    """Answer one question about the source at `path`; the finding travels as a plain dict."""
    picture = _eyes.preview(path, digest, question)
    match question.engine:
        case "face":
            finding = _eyes.faces(picture)
        case "auto":
            finding = Finding("auto", importance=importance.measure(picture))
        case "smart":
            finding = smart.look(picture, question)
        case _:
            finding = saliency.look(picture, question)
    return asdict(finding), b""


TASKS: Mapping[str, Callable[..., Answer]] = {"look": look}
