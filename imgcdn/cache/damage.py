"""What SQLite's errors mean for a database file, and how a damaged one is moved out of the way."""

import os
import sqlite3
from pathlib import Path

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# The log goes first: SQLite would replay a log that it finds beside a new database.
_SUFFIXES = ("-wal", "-shm", "")
_ROLLBACK_FAILED = "cannot rollback"
Identity = tuple[int, int]
"""Device and inode: which file is at a path just now."""


def cause(error: Exception, *wrappers: type[Exception]) -> Exception:
    """Return what stands behind an error of one of `wrappers`, or behind a rollback that came too late."""
    behind = error.__context__
    is_wrapper = isinstance(error, wrappers) or _ROLLBACK_FAILED in str(error)
    return behind if is_wrapper and isinstance(behind, sqlite3.Error | OSError) else error


def is_corrupt(error: Exception) -> bool:
    """Whether the database file itself is damaged, so that a new one must be begun."""
    return _primary_code(error) in _DAMAGED


def is_unusable(error: Exception) -> bool:
    """Whether what was raised on opening means that the file must go, and not that it cannot be reached just now.

    A settings table that somebody altered ends in a syntax error, or in diskcache's AttributeError and the like.
    """
    is_known = isinstance(error, OSError | sqlite3.Error)
    return not is_known or is_corrupt(error) or _primary_code(error) == sqlite3.SQLITE_ERROR


def is_lock(error: Exception) -> bool:
    """Whether another process was only in the way, so that trying again may help."""
    return not isinstance(error, sqlite3.Error) or _primary_code(error) in _LOCKED


def is_lost(error: Exception) -> bool:
    """Whether the tables are gone, as after the folder was deleted under us."""
    return _primary_code(error) == sqlite3.SQLITE_ERROR and "no such table" in str(error)


def identity(path: Path) -> Identity | None:
    """Return which file is at `path`, or None when there is none to be seen."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def move_aside(database: Path, known: Identity | None) -> Path | None:
    """Rename the database to `*.corrupt-<n>`, and forget earlier ones; raises OSError.

    Returns None when the file is no longer the `known` one: another process has begun a new one already.
    """
    if known is None or identity(database) != known:
        return None
    earlier = corrupt_files(database)
    number = 1 + max((_number(path) for path in earlier), default=0)
    for path in earlier:
        path.unlink(missing_ok=True)
    for suffix in _SUFFIXES:
        current = database.with_name(database.name + suffix)
        if current.exists():
            current.rename(database.with_name(f"{database.name}.corrupt-{number}{suffix}"))
    return database.with_name(f"{database.name}.corrupt-{number}")


def remove(database: Path) -> None:
    """Delete the database with its log; raises OSError."""
    for suffix in _SUFFIXES:
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def corrupt_files(database: Path) -> list[Path]:
    """Return the databases, and their logs, that were moved aside before."""
    prefix = f"{database.name}.corrupt-"
    with os.scandir(database.parent) as entries:
        return [Path(entry.path) for entry in entries if entry.name.startswith(prefix)]


def _number(path: Path) -> int:
    digits = path.name.rpartition(".corrupt-")[2].partition("-")[0]
    return int(digits) if digits.isdecimal() else 0


def _primary_code(error: Exception) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None
