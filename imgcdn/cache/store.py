"""Bytes kept on disk under text keys, within a budget; the only file that knows diskcache.

Eviction is least recently used, but reads write nothing: diskcache's own LRU opens a write transaction on each
`get`, so rows are read by a SELECT of our own, and a background thread notes in batches that a key was used,
once an hour per key at most (oftener when the budget turns over faster than that). diskcache's culling is off:
it has no low-water mark, and counts pages that hold nothing.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

import diskcache
from diskcache.core import DBNAME, MODE_BINARY, MODE_RAW

from imgcdn.cache import batches, damage, rows, stats, sweep
from imgcdn.cache.background import Background
from imgcdn.cache.budget import Budget, Uses
from imgcdn.cache.files import ValueFiles
from imgcdn.cache.frame import BrokenFrameError, seal, unseal
from imgcdn.cache.health import Health
from imgcdn.cache.opening import Opening
from imgcdn.cache.rows import AlteredRowError, Row
from imgcdn.cache.stats import Stats
from imgcdn.cache.tags import SCHEMA, written

T = TypeVar("T")
Wanted = Callable[[], bool]
"""Whether a value should still be kept, asked while no other process can write."""

ROW_BYTES: Final = 65 * 1024
"""Values shorter than this are rows, one SQLite read each; longer ones are files."""
_ORPHAN_AGE_S = 3600.0
_CORRUPT_AGE_S = 7 * 86_400.0
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
        self.files.forget()
        if isinstance(value, Path):
            filename, size = self.files.move_in(value)
            return size, MODE_BINARY, filename, None
        if not isinstance(value, bytes):
            raise TypeError(f"values are bytes, not {type(value).__name__}")
        if len(value) < ROW_BYTES:
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

    def set(self, key: str, value: bytes | Path, *, tag: str | None) -> bool: ...
    def delete(self, key: str) -> bool: ...
    def clear(self) -> int: ...


class _Table(diskcache.Cache):
    """diskcache's table, files and a connection for each thread."""

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
        return self._sql(statement, values).fetchall()

    def keep(self, key: str, value: bytes | Path, tag: str | None) -> None:
        """Set the value, leaving no file behind when that fails; raises what is in _FAILURES."""
        try:
            self.typed.set(key, value, tag=tag)
        except BaseException:
            self.files.undo()
            raise

    def keep_locked(self, key: str, value: bytes | Path, tag: str | None, is_wanted: Wanted | None) -> bool:
        """`keep` while no other process writes, unless it is not wanted any more; a file is left where it was then."""
        # For a file the lock comes first: waiting for it in vain, `set` would delete the file that it was given.
        with self.transact():
            if is_wanted is not None and not is_wanted():
                return False
            self.keep(key, value, tag)
        return True

    def content(self, row: Row) -> bytes:
        return self.own_disk.fetch(row.mode, row.filename, row.value, None)

    def evict_oldest(self, need: int) -> float | None:
        filenames: list[str] = []
        with self.transact():
            before = rows.count(self.sql)
            used = rows.evict(self.sql, need, filenames.append)
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


def _open(folder: Path, lock_timeout_s: float) -> _Table:
    table = cast("Callable[..., _Table]", _Table)(str(folder), timeout=lock_timeout_s, disk=_Disk, **_SETTINGS)
    table.sql("CREATE INDEX IF NOT EXISTS Cache_filename ON Cache (filename) WHERE filename IS NOT NULL")
    for statement in SCHEMA:
        table.sql(statement)
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

    def set(self, key: str, value: bytes, tags: Iterable[str] = (), is_wanted: Wanted | None = None) -> bool:
        """Keep the value and make room for it; False when it was not kept. Blocks: for a thread."""
        if not self._budget.fits(len(value)):
            return False

        def keep(table: _Table) -> bool:
            if is_wanted is not None:
                return table.keep_locked(key, seal(key, value), written(tags), is_wanted)
            table.keep(key, seal(key, value), written(tags))
            return True

        return bool(self._try("write", lambda table: self._keep(table, keep)))

    def adopt(self, key: str, path: Path, tags: Iterable[str] = ()) -> str | None:
        """Move the file in, and return where it is now; None leaves it where it was. Blocks: for a thread."""
        try:
            is_fit = self._budget.fits(path.stat().st_size)
        except OSError as error:
            self._health.failed("write", error)
            return None

        def keep(table: _Table) -> bool:
            return table.keep_locked(key, path, written(tags), None)

        if not is_fit or not self._try("write", lambda table: self._keep(table, keep)):
            return None
        return self.find(key)

    async def put(self, key: str, value: bytes, tags: Iterable[str] = (), is_wanted: Wanted | None = None) -> bool:
        """`set`, in the background thread."""
        return bool(await self.background.run(lambda: self.set(key, value, tags, is_wanted)))

    def work(self, doing: str, work: Callable[[batches.Table], T]) -> T | None:
        """Do some of `batches` or `search` on the rows, None when that failed. Blocks: for a thread."""
        return self._try(doing, work)

    def delete(self, key: str) -> bool:
        """Forget one value, and say whether there was one. Blocks: for a thread."""
        return bool(self._try("write", lambda table: table.typed.delete(key)))

    def clear(self) -> int:
        """Forget all and give the room back; return how many there were. Blocks: for a thread."""
        return self._try("clear", self._clear) or 0

    def stats(self) -> Stats:
        """Return what is held, zeros when that cannot be told. Blocks for some tens of microseconds."""
        limit = self._budget.limit
        return self._try("count", lambda table: stats.count(table.sql, limit, table.evicted)) or Stats(0, 0, limit)

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

    def _keep(self, table: _Table, keep: Callable[[_Table], bool]) -> bool:
        was_kept = keep(table)
        if was_kept:
            self._budget.make_room(table)
        return was_kept

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
