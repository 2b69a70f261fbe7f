"""What the gravities may be told."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


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
