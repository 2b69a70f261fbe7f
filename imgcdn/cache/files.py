"""The files of values that are too long for a row: named at random, written once, never overwritten."""

import os
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from imgcdn.cache.rows import AlteredRowError

_FILE_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}\.val")


def read(path: str, start: int, size: int) -> bytes:
    """Return `size` bytes of a file from `start` on, or what there is of them; raises OSError."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(file, size, start)
    finally:
        os.close(file)


class ValueFiles:
    """The value files under `root`. Each thread can take back the last file that it wrote or moved in."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._local = threading.local()

    def forget(self) -> None:
        """Begin anew: what this thread wrote before stays."""
        self._local.undo = None

    def write(self, value: bytes) -> str:
        """Write a new file, and return its name; raises OSError."""
        filename, path = self._new()
        self._local.undo = partial(os.unlink, path)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            rest = memoryview(value)
            while rest:  # a disk that is nearly full takes a part
                rest = rest[os.write(file, rest) :]
        finally:
            os.close(file)
        return filename

    def move_in(self, source: Path) -> tuple[str, int]:
        """Take the file at `source`, and return its new name and its size in bytes; raises OSError."""
        size = source.stat().st_size
        filename, path = self._new()
        source.replace(path)
        self._local.undo = partial(os.replace, path, source)
        return filename, size

    def undo(self) -> None:
        """Take back the file of this thread since its last `forget`, because its row was not inserted."""
        undo: Callable[[], object] | None = getattr(self._local, "undo", None)
        if undo is not None:
            with suppress(OSError):
                undo()

    def remove(self, filename: object) -> None:
        """Delete a file, if it is there and may be."""
        with suppress(OSError, AlteredRowError):
            Path(self.path(filename)).unlink()

    def path(self, filename: object) -> str:
        """Return where a row's file is; a name altered by hand must not lead out of the folder."""
        if not isinstance(filename, str) or _FILE_NAME.fullmatch(filename) is None:
            raise AlteredRowError("its file name is not one that is written here")
        return f"{self._root}/{filename}"

    def _new(self) -> tuple[str, str]:
        name = os.urandom(16).hex()
        filename = f"{name[:2]}/{name[2:]}.val"
        with suppress(FileExistsError):
            os.mkdir(f"{self._root}/{name[:2]}")  # noqa: PTH102 - a str, at each write
        return filename, f"{self._root}/{filename}"
