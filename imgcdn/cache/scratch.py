"""Folders in the system's temporary folder, of which none outlives its process for long.

A process that is killed cannot clean up. The kernel takes back its lock, so whoever makes the next folder of the same
name removes what is left of it.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


class Scratch:
    """A new, empty folder, and a lock that says that its process lives; raises OSError when there is none to be had.

    `name` begins the folder's. Those that dead processes of this user left under that name go.
    """

    def __init__(self, name: str) -> None:
        prefix = f"{name}-"
        _remove_left(Path(tempfile.gettempdir()), prefix)
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=prefix))
            held = _lock(self.path)
            if held is not None:  # else somebody took it for one that was left, before it was locked
                break
        self._held: int | None = held

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._held is not None:
            os.close(self._held)
            self._held = None


def _remove_left(place: Path, prefix: str) -> None:
    with suppress(OSError):
        for folder in place.glob(f"{prefix}*"):
            held = _lock(folder)
            if held is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(held)


def _lock(folder: Path) -> int | None:
    """Lock a folder of this user that nobody holds and that is still there; None for any other."""
    try:
        file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        facts = os.fstat(file)
        if facts.st_uid == os.geteuid() and stat.S_ISDIR(facts.st_mode):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(facts, folder.stat()):
                return file
    except OSError:
        pass
    os.close(file)
    return None
