"""Work on many rows in short transactions, so that others can write in between."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from imgcdn.cache import rows, tags
from imgcdn.cache.files import ValueFiles
from imgcdn.cache.frame import BrokenFrameError, seal, unseal
from imgcdn.cache.rows import AlteredRowError, Row

_HOLD_S = 0.02
"""How long one transaction may go on before it ends with what it has done; writers in other processes wait as long."""
_SHRINK_PAGES = 256


class Table(Protocol):
    """Rows, and the files that belong to them."""

    @property
    def files(self) -> ValueFiles: ...
    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]: ...
    def transact(self) -> AbstractContextManager[None]: ...
    def content(self, row: Row) -> bytes: ...
    def give_back(self, pages: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction came to: how many of the keys it got through, and how many had rows to work on."""

    reached: int
    worked: int


def remove(keys: Sequence[str], table: Table, *, leaves_no_trace: bool) -> Batch:
    """Delete rows and their files. With `leaves_no_trace` what they held is overwritten in the database as well."""
    # Files first: of a row without its file the next purge still knows, of a file without its row nobody does.
    gone = {name for key in keys for name in rows.file_of(table.sql, key)}
    for name in gone:
        table.files.remove(name)
    late: list[object] = []

    def delete(key: str) -> bool:
        names = rows.file_of(table.sql, key)
        late.extend(name for name in names if name not in gone)
        return rows.delete(table.sql, key)

    table.sql(f"PRAGMA secure_delete = {int(leaves_no_trace)}")
    try:
        batch = _in_time(table, keys, delete)
    finally:
        table.sql("PRAGMA secure_delete = 0")
    for name in late:
        table.files.remove(name)
    return batch


def change(keys: Sequence[str], table: Table, *, changed: Callable[[bytes], bytes | None]) -> Batch:
    """Replace values that are rows by what `changed` makes of them; None leaves one as it is."""

    def replace(key: str) -> bool:
        old = value(table, key)
        new = None if old is None else changed(old)
        if new is not None:
            rows.rewrite(table.sql, key, seal(key, new), time.time())
        return new is not None

    return _in_time(table, keys, replace)


def value(table: Table, key: str) -> bytes | None:
    """Return a value that is a row, proved to be what was stored; None when there is none such."""
    row = rows.find(table.sql, key)
    if row is None or row.filename is not None:
        return None
    try:
        row.check()
        return bytes(unseal(key, table.content(row)))
    except (AlteredRowError, BrokenFrameError):  # the next look drops it
        return None


def tag(table: Table, key: str, more: Iterable[str]) -> bool:
    """Add tags to a row, and say whether it is there."""
    with table.transact():
        for column in rows.tags_of(table.sql, key):
            had = tags.read(column)
            now = tags.written((*had, *more))
            if now != column:
                rows.retag(table.sql, key, now)
            return True
    return False


def shrink(table: Table) -> int:
    """Give some of the database's empty room back to the disk; return how many bytes of it are left."""
    table.give_back(_SHRINK_PAGES)
    table.sql("PRAGMA wal_checkpoint(PASSIVE)")
    return rows.usage(table.sql).free


def settle(table: Table) -> None:
    """Leave nothing in the log: what was deleted is gone from the disk then."""
    # The first is the work and lets others write, the second has little left to do while they wait.
    table.sql("PRAGMA wal_checkpoint(PASSIVE)")
    table.sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _in_time(table: Table, keys: Sequence[str], work: Callable[[str], bool]) -> Batch:
    reached = worked = 0
    with table.transact():
        until = time.monotonic() + _HOLD_S
        for key in keys:
            worked += work(key)
            reached += 1
            if time.monotonic() >= until:
                break
    return Batch(reached, worked)
