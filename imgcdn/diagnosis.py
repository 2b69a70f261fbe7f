"""What `imgcdn doctor` looks at: versions, formats, models, the cache folder, the mounts."""

import os
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from imgcdn import errors
from imgcdn.engine import abilities, fonts
from imgcdn.engine.settings import TextSettings
from imgcdn.gravity import models
from imgcdn.origins.build import build_origin
from imgcdn.settings import Settings, is_signed

_PACKAGES = ("pyvips", "uvicorn", "starlette", "httpx", "diskcache", "smartcrop", "numpy", "mediapipe")
PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".tif", ".tiff"})
_MOST_FAMILIES = 8
_MOST_ENTRIES = 5000
"""Folders are looked through only this far for an example: they may hold millions."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report."""

    what: str
    state: Literal["ok", "warning", "broken"]
    detail: str


def examine(settings: Settings) -> list[Check]:
    """Look at everything; nothing is changed but a file that is written to the cache folder and removed again."""
    return [
        Check("python", "ok", platform.python_version()),
        *_packages(),
        *_formats(),
        *_faces(settings.gravity.models_dir),
        _fonts(settings.text),
        _cache(settings.cache.dir),
        *_mounts(settings),
    ]


def _packages() -> Iterator[Check]:
    for name in _PACKAGES:
        try:
            yield Check(name, "ok", version(name))
        except PackageNotFoundError:
            is_extra = name == "mediapipe"
            detail = "not installed: faces are off; install imgcdn[faces]" if is_extra else "not installed"
            yield Check(name, "warning" if is_extra else "broken", detail)


def _formats() -> Iterator[Check]:
    found = abilities.examine()
    yield Check("libvips", "ok", found.version)
    for what, formats in (("reads", found.reads), ("writes", found.writes)):
        missing = [name for name, is_there in formats.items() if not is_there]
        there = [name for name, is_there in formats.items() if is_there]
        detail = ", ".join(there) + (f"; not {', '.join(missing)}" if missing else "")
        yield Check(what, "warning" if missing else "ok", detail)


def _faces(folder: Path) -> Iterator[Check]:
    for model in models.MODELS:
        wrong = models.problem(folder, model)
        if wrong is None:
            yield Check(model.name, "ok", f"present in {folder}")
        else:
            yield Check(model.name, "warning", f"{wrong} in {folder}: run imgcdn models pull")


def _fonts(settings: TextSettings) -> Check:
    families = fonts.examine(settings).families
    if families:
        named = ", ".join(families[:_MOST_FAMILIES]) + (", …" if len(families) > _MOST_FAMILIES else "")
        return Check("fonts", "ok", f"{len(families)} families: {named}")
    return Check("fonts", "warning", "none is installed: `text` is refused; name a folder of some in text.fonts")


def _cache(folder: Path) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as probe:
            probe.write(b"0" * 4096)
            probe.flush()
        room = os.statvfs(folder)
    except OSError as error:
        return Check("cache folder", "broken", f"{folder} cannot be written: {error.strerror}")
    return Check("cache folder", "ok", f"{folder}, writable, {room.f_bavail * room.f_frsize / 2**30:.1f} GiB free")


def _mounts(settings: Settings) -> Iterator[Check]:
    for mount in settings.mount:
        try:
            with tempfile.TemporaryDirectory() as scratch:
                build_origin(
                    mount.origin,
                    allow_hosts=mount.allow_hosts,
                    settings=settings.fetch,
                    tmp_dir=lambda: Path(scratch),
                    may_be_open=is_signed(mount, settings),
                )
        except errors.SettingsError as error:
            yield Check(f"mount {mount.name}", "broken", str(error))
        else:
            yield Check(f"mount {mount.name}", "ok", mount.origin)


def example_of(origin: str) -> str | None:
    """Name a picture of a folder, astronaut.png if it is there (it has a face); None for anything but a folder."""
    folder = Path(origin).expanduser()
    if "://" in origin or not folder.is_dir():
        return None
    if (folder / "astronaut.png").is_file():
        return "astronaut.png"
    seen = 0
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            if Path(name).suffix.lower() in PICTURES:
                return (Path(place) / name).relative_to(folder).as_posix()
        seen += len(names) + 1
        if seen > _MOST_ENTRIES:
            break
    return None
