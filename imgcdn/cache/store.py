"""Bytes kept on disk under text keys, within a budget.

Eviction is least recently used, but reads write nothing: diskcache's own LRU opens a write transaction on each
`get`, so rows are read by a SELECT of our own, and a background thread notes in batches that a key was used,
once an hour per key at most (oftener when the budget turns over faster than that). diskcache's culling is off:
it has no low-water mark, and counts pages that hold nothing.
"""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from imgcdn.cache import batches, damage, rows, stats, sweep
from imgcdn.cache.background import Background
from imgcdn.cache.budget import Budget, Uses
from imgcdn.cache.frame import OVERHEAD, BrokenFrameError, seal, unseal
from imgcdn.cache.health import Health
from imgcdn.cache.opening import Opening
from imgcdn.cache.rows import AlteredRowError, Row
from imgcdn.cache.stats import Stats
from imgcdn.cache.table import FAILURES, FILE_NAME, ROW_BYTES, Table, WaitedTooLong, Wanted, open_table
from imgcdn.cache.tags import written

T = TypeVar("T")
_ORPHAN_AGE_S = 3600.0
_CORRUPT_AGE_S = 7 * 86_400.0
_MOVING_S = 0.02
"""How long moving a file in takes at most, from when its row says that it was stored; one that took longer is read."""


@dataclass(slots=True)
class Place:
    """Where a value begins in a file that is never overwritten: what is evicted, purged or replaced loses its file.

    `used` is when it was last used, in Unix seconds, as far as that was noted.
    """

    path: str
    start: int
    used: float


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and where it is if it has a file of its own."""

    value: memoryview
    place: Place | None


class Store:
    """Text keys to bytes values. A broken, full or read-only folder never raises: it misses, and says so."""

    def __init__(
        self,
        folder: Path,
        *,
        budget: int | None = None,
        lock_timeout_s: float = 2.0,
        touch_after_s: float = 3600.0,
        row_bytes: int = ROW_BYTES,
    ) -> None:
        self._folder = folder
        self._database = folder / FILE_NAME
        self._budget = Budget(budget, touch_after_s)
        self._health = Health(folder.name)
        self.background = Background(folder.name)
        self._opening = Opening(
            self._database, lambda: open_table(folder, lock_timeout_s, row_bytes), self._health, self.background
        )
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
        found = self.look_up(key)
        return None if found is None else bytes(found.value)

    def look_up(self, key: str) -> Found | None:
        """Return the same, not copied, and where to read it again."""
        return self._look_up(key, lambda table, row: _found(key, table, row))

    def was_used(self, key: str, found: Row | Place) -> None:
        """Note that a value was read, if it is time to; quick."""
        now = time.time()
        if abs(now - found.used) < self._budget.touch_after_s:
            return
        if isinstance(found, Place):
            found.used = now
        if self._uses.add(key, now):
            self.background.later(self._note_uses)

    def find(self, key: str, is_right: Callable[[str], bool] = lambda _: False) -> str | None:
        """Return the path of the file that `adopt` moved in, or None; it may be evicted at any time.

        `is_right` looks into a file that somebody touched since.
        """
        return self._look_up(key, lambda table, row: _whole_file(table, row, is_right))

    def set(self, key: str, value: bytes, tags: Iterable[str] = (), is_wanted: Wanted | None = None) -> bool:
        """Keep the value and make room for it; False when it was not kept. Blocks: for a thread."""
        if not self._budget.fits(len(value)):
            return False

        def keep(table: Table) -> bool:
            return table.keep(key, seal(key, value), written(tags), is_wanted)

        return bool(self._try("write", lambda table: self._keep(table, len(value), keep)))

    def adopt(self, key: str, path: Path, tags: Iterable[str] = ()) -> str | None:
        """Move the file in, and return where it is now; None leaves it where it was. Blocks: for a thread."""
        try:
            size = path.stat().st_size
        except OSError as error:
            self._health.failed("write", error)
            return None

        def keep(table: Table) -> bool:
            return table.keep(key, path, written(tags))

        if not self._budget.fits(size) or not self._try("write", lambda table: self._keep(table, size, keep)):
            return None
        return self.find(key, lambda _: True)  # however long moving it took

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

    def _look_up(self, key: str, take: Callable[[Table, Row], T]) -> T | None:
        table = self._opening.now()
        return None if table is None else self._attempt("read", table, lambda table: self._take(table, key, take))

    def _take(self, table: Table, key: str, take: Callable[[Table, Row], T]) -> T | None:
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
            self.was_used(key, row)
            return value
        if row is not None:
            self._drop(key, row, why)
        return None

    def _drop(self, key: str, row: Row, why: str) -> None:
        self._health.dropped(key, why)

        def drop(table: Table) -> None:
            if rows.drop(table.sql, row) and row.filename is not None:
                table.files.remove(row.filename)

        self.background.later(lambda: self._try("write", drop))

    def _keep(self, table: Table, size: int, keep: Callable[[Table], bool]) -> bool:
        was_kept = keep(table)
        if was_kept:
            self._budget.make_room(table, size)
        return was_kept

    def _note_uses(self) -> None:
        keys = self._uses.take()

        def note(table: Table) -> None:
            with table.transact():
                rows.touch(table.sql, keys, time.time())

        if keys:
            self._try("write", note)

    def _clear(self, table: Table) -> int:
        count = rows.count(table.sql)
        try:
            table.typed.clear()
            table.give_back(0)  # all
            table.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except FAILURES as error:
            if damage.is_lock(damage.cause(error, WaitedTooLong)):
                raise
            self._opening.discard(table)  # on a full disk there is no room even for deleting rows
            sweep.remove_orphans(self._folder, 0.0, lambda _: False)
        return count

    def _sweep(self, table: Table) -> int:
        orphans = sweep.remove_orphans(self._folder, _ORPHAN_AGE_S, lambda name: rows.knows_file(table.sql, name))
        return orphans + sweep.remove(damage.corrupt_files(self._database), _CORRUPT_AGE_S)

    def _try(self, doing: str, work: Callable[[Table], T]) -> T | None:
        """Do the work on the database, opening it first if need be. Blocks: for a thread."""
        table = self._opening.ready()
        return None if table is None else self._attempt(doing, table, work)

    def _attempt(self, doing: str, table: Table, work: Callable[[Table], T]) -> T | None:
        """Do the work; a failure is noted and answers None."""
        try:
            result = work(table)
        except UnicodeEncodeError:  # a key with a lone surrogate: no such value can be kept
            return None
        except FAILURES as error:
            self._failed(doing, table, damage.cause(error, WaitedTooLong))
            return None
        self._health.worked(doing)
        return result

    def _failed(self, doing: str, table: Table, error: Exception) -> None:
        self._health.failed(doing, error)
        self._opening.failed(table, error)


def _found(key: str, table: Table, row: Row) -> Found:
    value = unseal(key, table.content(row))
    return Found(value, None if row.filename is None else Place(table.files.path(row.filename), OVERHEAD, row.used))


def _whole_file(table: Table, row: Row, is_right: Callable[[str], bool]) -> str:
    path = table.files.path(row.filename)
    facts = os.stat(path)  # noqa: PTH116 - a str, on the way of each miss
    if facts.st_size != row.size:
        raise AlteredRowError("its file has another size than it had")
    # It is never written after it was moved in, and the kernel dates every change of an inode.
    touched = max(facts.st_mtime, facts.st_ctime)
    is_as_stored = isinstance(row.stored, float) and touched <= row.stored + _MOVING_S
    if not is_as_stored and not is_right(path):
        raise AlteredRowError("its file is not what was stored")
    return path
