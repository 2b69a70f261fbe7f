"""One SQLite table of bytes under text keys, with files for the long ones; the only module that knows diskcache.

diskcache's pickles, culling and statistics are off, and its `set` and `get` are not used: they ask more of SQLite.
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol, cast

import diskcache
from diskcache.core import DBNAME, MODE_BINARY, MODE_RAW

from imgcdn.cache import damage, rows
from imgcdn.cache.files import ValueFiles
from imgcdn.cache.rows import AlteredRowError, Row
from imgcdn.cache.tags import SCHEMA

Wanted = Callable[[], bool]
"""Whether a value should still be kept, asked while no other process can write."""

ROW_BYTES: Final = 65 * 1024
"""Values shorter than this are rows, one SQLite read each; longer ones are files. A store may draw the line lower."""
FILE_NAME: Final = cast("str", DBNAME)
FAILURES: Final = (OSError, sqlite3.Error, diskcache.Timeout)
WaitedTooLong = diskcache.Timeout
_SETTINGS: Final = {
    # All of them, so that none is taken from a database that somebody altered.
    "statistics": 0,
    "tag_index": 0,
    "eviction_policy": "least-recently-used",  # for its index on access_time
    "size_limit": 2**62,
    "cull_limit": 0,
    "sqlite_auto_vacuum": 2,  # incremental: pages go back to the disk when we say so, not at every commit
    "sqlite_cache_size": 2**12,
    "sqlite_journal_mode": "wal",
    "sqlite_mmap_size": 0,  # a file truncated under a mapping is a SIGBUS, which nothing turns into a miss
    "sqlite_synchronous": 1,
    "sqlite_wal_autocheckpoint": 500,  # pages: 2 MB of log, which no budget counts
    "disk_pickle_protocol": 0,
}


class _Disk(diskcache.Disk):
    """Text keys, bytes values (or a file to move in), and nothing that pickle ever sees (CVE-2025-69872)."""

    def __init__(self, directory: str, min_file_size: int = 0, pickle_protocol: int = 0) -> None:
        super().__init__(directory, min_file_size, pickle_protocol)
        self.files = ValueFiles(directory)

    def put(self, key: object) -> tuple[Any, Any]:
        if not isinstance(key, str):
            raise TypeError(f"keys are text, not {type(key).__name__}")
        return key, True

    def get(self, key: object, raw: object) -> str:
        if raw != 1 or not isinstance(key, str):
            raise AlteredRowError("its key is not text")
        return key

    def store(
        self,
        value: object,
        read: object,  # noqa: ARG002 - diskcache's signature
        key: object = None,  # noqa: ARG002 - diskcache's signature
    ) -> tuple[Any, Any, Any, Any]:
        if isinstance(value, Path):
            filename, size = self.files.move_in(value)
            return size, MODE_BINARY, filename, None
        if not isinstance(value, bytes):
            raise TypeError(f"values are bytes, not {type(value).__name__}")
        if len(value) < self.min_file_size:
            return 0, MODE_RAW, None, value
        return len(value), MODE_BINARY, self.files.write(value), None

    def fetch(
        self,
        mode: object,
        filename: object,
        value: object,
        read: object,  # noqa: ARG002 - diskcache's signature
    ) -> bytes:
        if mode == MODE_RAW and isinstance(value, bytes):
            return value
        if mode == MODE_BINARY and value is None:
            return Path(self.files.path(filename)).read_bytes()
        raise AlteredRowError(f"its value is of a kind (mode {mode!r}) that is never written here")

    def remove(self, file_path: object) -> None:
        self.files.remove(file_path)


class _Cache(Protocol):
    """The part of diskcache.Cache that is called, with types: diskcache has none."""

    def delete(self, key: str) -> bool: ...
    def clear(self) -> int: ...


class Table(diskcache.Cache):
    """diskcache's table, files and a connection for each thread. Its methods raise what is in `FAILURES`."""

    identity: damage.Identity | None = None
    evicted = 0

    @property
    def typed(self) -> _Cache:
        return cast("_Cache", self)

    @property
    def own_disk(self) -> _Disk:
        return cast("_Disk", self.disk)

    @property
    def files(self) -> ValueFiles:
        return self.own_disk.files

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._run(statement, values).fetchall()

    def _run(self, statement: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        # Not diskcache's `_sql`, which asks each time whether the process was forked: no table outlives a fork here.
        connection: sqlite3.Connection = getattr(self._local, "con", None) or self._con
        return connection.execute(statement, values)

    def keep(self, key: str, value: bytes | Path, tag: str | None, is_wanted: Wanted | None = None) -> bool:
        """Set the value unless it is not wanted any more, with the lock held; raises what is in `FAILURES`.

        When it is not set no file is left behind, and one that was to be moved in is where it was.
        """
        # Not diskcache's `set`: that asks more of SQLite, and deletes a file that it waited for the lock with in vain.
        self.files.forget()
        try:
            with self.transact():
                if is_wanted is not None and not is_wanted():
                    return False
                replaced = self._write(key, value, tag)
        except BaseException:
            self.files.undo()
            raise
        for filename in replaced:
            self.files.remove(filename)
        return True

    def _write(self, key: str, value: bytes | Path, tag: str | None) -> list[object]:
        """Write a row, and return the names of files that nothing points to now."""
        now = time.time()
        size, mode, filename, held = self.own_disk.store(value, read=False)
        columns = (now, now, tag, size, mode, filename, held, key)
        if self._run(rows.INSERT, columns).rowcount == 1:
            return []
        replaced = rows.file_of(self.sql, key)
        self.sql(rows.UPDATE, *columns)
        return replaced

    def content(self, row: Row) -> bytes:
        return self.own_disk.fetch(row.mode, row.filename, row.value, None)

    def evict_oldest(self, need: int) -> float | None:
        filenames: list[str] = []
        with self.transact():
            before = rows.count(self.sql)
            used = rows.evict(self.sql, need, filenames.append, time.time())
            self.evicted += before - rows.count(self.sql)
        for filename in filenames:
            self.files.remove(filename)
        return used

    def give_back(self, pages: int) -> None:
        # A script, because `execute` leaves this statement after its first page.
        self._con.executescript(f"PRAGMA incremental_vacuum({pages})")

    def let_go(self) -> None:
        with suppress(sqlite3.Error):
            self.close()


def open_table(folder: Path, lock_timeout_s: float, row_bytes: int = ROW_BYTES) -> Table:
    """Open the database in the folder, making it where there is none; raises what is in `FAILURES`. Blocks."""
    table = cast("Callable[..., Table]", Table)(
        str(folder), timeout=lock_timeout_s, disk=_Disk, disk_min_file_size=row_bytes, **_SETTINGS
    )
    table.sql("CREATE INDEX IF NOT EXISTS Cache_filename ON Cache (filename) WHERE filename IS NOT NULL")
    for statement in SCHEMA:
        table.sql(statement)
    table.identity = damage.identity(folder / DBNAME)
    return table
