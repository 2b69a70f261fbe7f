"""The folder and the file of the records on disk: made private, and never made twice."""

import os
from pathlib import Path

from imgcdn.records.schema import UnusableError

Identity = tuple[int, int]
"""Device and inode: which file is at a path just now."""


def identity(path: Path) -> Identity | None:
    """Return which file is at `path`, or None when there is none to be seen."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def prepare(database: Path) -> None:
    """Make the folder (0700) and an empty database (0600) where there is none; raises OSError, UnusableError."""
    _make_folder(database.parent)
    log = database.with_name(f"{database.name}-wal")
    if not database.exists() and log.exists() and log.stat().st_size > 0:
        # SQLite would delete the log beside an empty database, and people's words may be in it.
        raise UnusableError(f"{log.name} is there, but {database.name} is not: put both back, or move the log away")
    try:
        # SQLite gives its own files the mode of this one. An existing file is not opened here:
        # closing it again would drop the locks that SQLite holds on it in this process.
        os.close(os.open(database, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    # The folder's own name must outlive a power cut too.
    parent = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
