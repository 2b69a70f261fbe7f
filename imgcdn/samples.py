"""Freely licensed photos to serve when no folder is given: those of scikit-image's wheel, an optional extra."""

import importlib.util
from pathlib import Path

from imgcdn.errors import SettingsError


def folder() -> Path:
    """Return the folder of sample photos. Raises SettingsError when the extra is not installed."""
    found = importlib.util.find_spec("skimage")
    if found is None or found.origin is None:
        raise SettingsError(
            "there is nothing to serve: give a folder (imgcdn serve DIR), a settings file with mounts, "
            "or install the sample photos (pip install 'imgcdn[samples]')"
        )
    return Path(found.origin).parent / "data"
