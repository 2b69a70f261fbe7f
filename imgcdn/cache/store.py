"""Bytes kept on disk under text keys, within a budget; the only file that knows diskcache.

Eviction is least recently used, but reads write nothing: diskcache's own LRU opens a write transaction on each
`get`, so rows are read by a SELECT of our own, and a background thread notes in batches that a key was used,
once an hour per key at most (oftener when the budget turns over faster than that). diskcache's culling is off:
it has no low-water mark, and counts pages that hold nothing.
"""

import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

import diskcache
from diskcache.core import DBNAME, MODE_BINARY, MODE_RAW

from imgcdn.cache import damage, rows, sweep
from imgcdn.cache.background import Background
from imgcdn.cache.budget import Budget, Uses
from imgcdn.cache.frame import BrokenFrameError, seal, unseal
from imgcdn.cache.health import Health
from imgcdn.cache.opening import Opening
from imgcdn.cache.rows import AlteredRowError, Row

T = TypeVar("T")

ROW_BYTES: Final = 65 * 1024
"""Values shorter than this are rows, one SQLite read each; longer ones are files."""
_ORPHAN_AGE_S = 3600.0
_CORRUPT_AGE_S = 7 * 86_400.0
_FILE_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}\.val")
_FAILURES = (OSError, sqlite3.Error, diskcache.Timeout)
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
    "disk_min_file_size": ROW_BYTES,
    "disk_pickle_protocol": 0,
}


@dataclass(frozen=True, slots=True)
class Stats:
    """What a store holds: values, bytes on disk, and the bytes it may take (None is no limit)."""

    entries: int
    bytes: int
    budget: int | None


class _Disk(diskcache.Disk):
    """Text keys, bytes values (or a file to move in), and nothing that pickle ever sees (CVE-2025-69872)."""

    def __init__(self, directory: str, min_file_size: int = 0, pickle_protocol: int = 0) -> None:
        super().__init__(directory, min_file_size, pickle_protocol)
        self._root = directory
        self._local = threading.local()

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
        self._local.undo = None
        if isinstance(value, Path):
            size = value.stat().st_size
            filename, path = self.filename()
            value.replace(path)
            self._local.undo = partial(os.replace, path, value)
            return size, MODE_BINARY, filename, None
        if not isinstance(value, bytes):
            raise TypeError(f"values are bytes, not {type(value).__name__}")
        if len(value) < ROW_BYTES:
            return 0, MODE_RAW, None, value
        filename, path = self.filename()
        self._local.undo = partial(os.unlink, path)
        with Path(path).open("xb") as file:
            file.write(value)
        return len(value), MODE_BINARY, filename, None

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
            return Path(self.path(filename)).read_bytes()
        raise AlteredRowError(f"its value is of a kind (mode {mode!r}) that is never written here")

    def filename(
        self,
        key: object = None,  # noqa: ARG002 - diskcache's signature
        value: object = None,  # noqa: ARG002 - diskcache's signature
    ) -> tuple[str, str]:
        name = os.urandom(16).hex()
        filename = f"{name[:2]}/{name[2:]}.val"
        path = self.path(filename)
        Path(path).parent.mkdir(exist_ok=True)
        return filename, path

    def remove(self, file_path: object) -> None:
        with suppress(OSError, AlteredRowError):
            Path(self.path(file_path)).unlink()

    def path(self, filename: object) -> str:
        """Return where a row's file is; a name altered by hand must not lead out of the folder."""
        if not isinstance(filename, str) or _FILE_NAME.fullmatch(filename) is None:
            raise AlteredRowError("its file name is not one that is written here")
        return f"{self._root}/{filename}"

    def undo(self) -> None:
        """Take back the file of this thread's last `store`, because its row was not inserted."""
        undo: Callable[[], object] | None = getattr(self._local, "undo", None)
        if undo is not None:
            with suppress(OSError):
                undo()


class _Cache(Protocol):
    """The part of diskcache.Cache that is called, with types: diskcache has none."""

    def set(self, key: str, value: bytes | Path) -> bool: ...
    def delete(self, key: str) -> bool: ...
    def clear(self) -> int: ...


class _Table(diskcache.Cache):
    """diskcache's table, files and a connection for each thread."""

    identity: damage.Identity | None = None

    @property
    def typed(self) -> _Cache:
        return cast("_Cache", self)

    @property
    def files(self) -> _Disk:
        return cast("_Disk", self.disk)

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._sql(statement, values).fetchall()

    def keep(self, key: str, value: bytes | Path) -> None:
        """Set the value, leaving no file behind when that fails; raises what is in _FAILURES."""
        try:
            self.typed.set(key, value)
        except BaseException:
            self.files.undo()
            raise

    def move_in(self, key: str, path: Path) -> None:
        """Set the file at `path` as the value, leaving it there when that fails; raises what is in _FAILURES."""
        # The lock comes first: waiting for it in vain, `set` would delete the file that it was given.
        with self.transact():
            self.keep(key, path)

    def content(self, row: Row) -> bytes:
        return self.files.fetch(row.mode, row.filename, row.value, None)

    def evict_oldest(self, need: int) -> float | None:
        filenames: list[str] = []
        with self.transact():
            used = rows.evict(self.sql, need, filenames.append)
        for filename in filenames:
            self.files.remove(filename)
        return used

    def give_back(self, pages: int) -> None:
        # A script, because `execute` leaves this statement after its first page.
        self._con.executescript(f"PRAGMA incremental_vacuum({pages})")

    def let_go(self) -> None:
        with suppress(sqlite3.Error):
            self.close()


def _open(folder: Path, lock_timeout_s: float) -> _Table:
    table = cast("Callable[..., _Table]", _Table)(str(folder), timeout=lock_timeout_s, disk=_Disk, **_SETTINGS)
    table.sql("CREATE INDEX IF NOT EXISTS Cache_filename ON Cache (filename) WHERE filename IS NOT NULL")
    table.identity = damage.identity(folder / DBNAME)
    return table


class Store:
    """Text keys to bytes values. A broken, full or read-only folder never raises: it misses, and says so."""

    def __init__(
        self,
        folder: Path,
        *,
        budget: int | None = None,
        lock_timeout_s: float = 2.0,
        touch_after_s: float = 3600.0,
    ) -> None:
        self._folder = folder
        self._database = folder / DBNAME
        self._budget = Budget(budget, touch_after_s)
        self._health = Health(folder.name)
        self.background = Background(folder.name)
        self._opening = Opening(self._database, lambda: _open(folder, lock_timeout_s), self._health, self.background)
        self._uses = Uses()
        self._opening.ready()

    @property
    def is_healthy(self) -> bool:
        return self._health.is_healthy

    @property
    def why(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        return self._health.why

    def get(self, key: str) -> bytes | None:
        """Return the value, proved to be what was stored, or None; quick enough for the event loop."""
        return self._look_up(key, lambda table, row: unseal(key, table.content(row)))

    def find(self, key: str) -> str | None:
        """Return the path of the file that `adopt` moved in, or None; it may be evicted at any time."""
        return self._look_up(key, _whole_file)

    def set(self, key: str, value: bytes) -> bool:
        """Keep the value and make room for it; False when it was not kept. Blocks: for a thread."""
        if not self._budget.fits(len(value)):
            return False
        return bool(self._try("write", lambda table: self._keep(table, lambda: table.keep(key, seal(key, value)))))

    def adopt(self, key: str, path: Path) -> str | None:
        """Move the file in, and return where it is now; None leaves it where it was. Blocks: for a thread."""
        try:
            is_fit = self._budget.fits(path.stat().st_size)
        except OSError as error:
            self._health.failed("write", error)
            return None
        if not is_fit or not self._try("write", lambda table: self._keep(table, lambda: table.move_in(key, path))):
            return None
        return self.find(key)

    async def put(self, key: str, value: bytes) -> bool:
        """`set`, in the background thread."""
        return bool(await self.background.run(lambda: self.set(key, value)))

    def delete(self, key: str) -> bool:
        """Forget one value, and say whether there was one. Blocks: for a thread."""
        return bool(self._try("write", lambda table: table.typed.delete(key)))

    def clear(self) -> int:
        """Forget all and give the room back; return how many there were. Blocks: for a thread."""
        return self._try("clear", self._clear) or 0

    def stats(self) -> Stats:
        """Return what is held, zeros when that cannot be told. Blocks for some tens of microseconds."""
        entries, used = self._try("count", lambda table: (rows.count(table.sql), rows.usage(table.sql).used)) or (0, 0)
        return Stats(entries, used, self._budget.limit)

    def maintain(self) -> int:
        """Remove files that no row knows and old damaged databases; return how many. Walks: for a thread."""
        return self._try("maintain", self._sweep) or 0

    def close(self) -> None:
        """Note what was used, and close this thread's connection and the background one."""
        self.background.close(self._close_background)
        self._opening.close()

    def _close_background(self) -> None:
        self._note_uses()
        self._opening.let_go()

    def _look_up(self, key: str, take: Callable[[_Table, Row], T]) -> T | None:
        table = self._opening.now()
        return None if table is None else self._attempt("read", table, lambda table: self._take(table, key, take))

    def _take(self, table: _Table, key: str, take: Callable[[_Table, Row], T]) -> T | None:
        row = None
        why = "its file is missing"
        for _ in range(2):  # a file that is missing was perhaps replaced between our two looks
            row = rows.find(table.sql, key)
            if row is None:
                return None
            try:
                row.check()
                value = take(table, row)
            except FileNotFoundError:
                continue
            except (AlteredRowError, BrokenFrameError) as verdict:
                why = str(verdict)
                break
            self._note_use(key, row)
            return value
        if row is not None:
            self._drop(key, row, why)
        return None

    def _drop(self, key: str, row: Row, why: str) -> None:
        self._health.dropped(key, why)

        def drop(table: _Table) -> None:
            if rows.drop(table.sql, row) and row.filename is not None:
                table.files.remove(row.filename)

        self.background.later(lambda: self._try("write", drop))

    def _keep(self, table: _Table, keep: Callable[[], None]) -> bool:
        keep()
        self._budget.make_room(table)
        return True

    def _note_use(self, key: str, row: Row) -> None:
        now = time.time()
        if abs(now - row.used) >= self._budget.touch_after_s and self._uses.add(key, now):
            self.background.later(self._note_uses)

    def _note_uses(self) -> None:
        keys = self._uses.take()

        def note(table: _Table) -> None:
            with table.transact():
                rows.touch(table.sql, keys, time.time())

        if keys:
            self._try("write", note)

    def _clear(self, table: _Table) -> int:
        count = rows.count(table.sql)
        try:
            table.typed.clear()
            table.give_back(0)  # all
            table.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except _FAILURES as error:
            if damage.is_lock(damage.cause(error, diskcache.Timeout)):
                raise
            self._opening.discard(table)  # on a full disk there is no room even for deleting rows
            sweep.remove_orphans(self._folder, 0.0, lambda _: False)
        return count

    def _sweep(self, table: _Table) -> int:
        orphans = sweep.remove_orphans(self._folder, _ORPHAN_AGE_S, lambda name: rows.knows_file(table.sql, name))
        return orphans + sweep.remove(damage.corrupt_files(self._database), _CORRUPT_AGE_S)

    def _try(self, doing: str, work: Callable[[_Table], T]) -> T | None:
        """Do the work on the database, opening it first if need be. Blocks: for a thread."""
        table = self._opening.ready()
        return None if table is None else self._attempt(doing, table, work)

    def _attempt(self, doing: str, table: _Table, work: Callable[[_Table], T]) -> T | None:
        """Do the work; a failure is noted and answers None."""
        try:
            result = work(table)
        except UnicodeEncodeError:  # a key with a lone surrogate: no such value can be kept
            return None
        except _FAILURES as error:
            self._failed(doing, table, damage.cause(error, diskcache.Timeout))
            return None
        self._health.worked(doing)
        return result

    def _failed(self, doing: str, table: _Table, error: Exception) -> None:
        self._health.failed(doing, error)
        self._opening.failed(table, error)


def _whole_file(table: _Table, row: Row) -> str:
    path = table.files.path(row.filename)
    if Path(path).stat().st_size != row.size:
        raise AlteredRowError("its file has another size than it had")
    return path
