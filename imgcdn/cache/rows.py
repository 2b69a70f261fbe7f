"""The SQL that finds, dates and evicts the rows of diskcache's table without writing on every read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

_ROW_OVERHEAD = 200
_BATCH = 64
_AHEAD_S = 60.0
"""How far ahead of the clock a use may lie that counts as one of just now."""
_OLDEST = (
    "SELECT rowid, filename, size + COALESCE(LENGTH(value), 0), access_time FROM Cache ORDER BY access_time LIMIT ?"
)
_AHEAD = _OLDEST.replace("ORDER BY", "WHERE access_time > ? ORDER BY")

INSERT = (
    "INSERT INTO Cache (store_time, access_time, tag, size, mode, filename, value, key, raw, access_count)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 0) ON CONFLICT (key, raw) DO NOTHING"
)
"""Writes a row that is not there yet, as nearly all are that are written."""
UPDATE = (
    "UPDATE Cache SET store_time = ?, access_time = ?, tag = ?, size = ?, mode = ?, filename = ?, value = ?,"
    " expire_time = NULL, access_count = 0 WHERE key = ? AND raw = 1"
)
"""Writes over one that is; its values are those of `INSERT`, in the same order."""


class Sql(Protocol):
    """Runs one statement on this thread's connection and returns all its rows."""

    def __call__(self, statement: str, *values: object) -> list[tuple[Any, ...]]: ...


class AlteredRowError(Exception):
    """A row that is not of our making; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kept value, as found. `size` is the bytes of its file, 0 without one; times are Unix seconds."""

    id: int
    stored: object
    used: float
    mode: object
    filename: object
    size: int
    value: object

    def check(self) -> None:
        """Raise AlteredRowError for columns of types that are not written here; SQLite itself takes any."""
        if type(self.used) is not float or type(self.size) is not int:
            raise AlteredRowError("its columns are not of the types that are written here")


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes on disk: `used` by values and indexes, `free` in pages of the database that hold nothing."""

    used: int
    free: int
    page_size: int


def find(sql: Sql, key: str) -> Row | None:
    """Return the row of a key, or None; a key that somebody planted as a pickle never matches."""
    rows = sql(
        "SELECT rowid, store_time, access_time, mode, filename, size, value FROM Cache WHERE key = ? AND raw = 1",
        key,
    )
    return Row(*rows[0]) if rows else None


def drop(sql: Sql, row: Row) -> bool:
    """Delete this row unless it was stored again since; whether it was there."""
    sql("DELETE FROM Cache WHERE rowid = ? AND store_time IS ?", row.id, row.stored)
    return sql("SELECT changes()") != [(0,)]


def delete(sql: Sql, key: str) -> bool:
    """Delete the row of a key; whether there was one."""
    sql("DELETE FROM Cache WHERE key = ? AND raw = 1", key)
    return sql("SELECT changes()") != [(0,)]


def file_of(sql: Sql, key: str) -> list[object]:
    """Return the name of a key's file, nothing when it has none."""
    return [name for (name,) in sql("SELECT filename FROM Cache WHERE key = ? AND raw = 1", key) if name is not None]


def rewrite(sql: Sql, key: str, value: bytes, now: float) -> None:
    """Put another value in a row that holds its value itself."""
    sql("UPDATE Cache SET value = ?, store_time = ? WHERE key = ? AND raw = 1", value, now, key)


def tags_of(sql: Sql, key: str) -> list[object]:
    """Return the column of a key's tags, nothing when there is no such row."""
    return [column for (column,) in sql("SELECT tag FROM Cache WHERE key = ? AND raw = 1", key)]


def retag(sql: Sql, key: str, column: str | None) -> None:
    """Put other tags in the row of a key."""
    sql("UPDATE Cache SET tag = ? WHERE key = ? AND raw = 1", column, key)


def uses(sql: Sql) -> tuple[float | None, float | None]:
    """Return when what was used longest ago and what was used last were used, in Unix seconds; from the index."""
    ((first, last),) = sql("SELECT (SELECT min(access_time) FROM Cache), (SELECT max(access_time) FROM Cache)")
    return (first if isinstance(first, float) else None, last if isinstance(last, float) else None)


def touch(sql: Sql, keys: Iterable[str], now: float) -> None:
    """Note that these keys were used."""
    for key in keys:
        sql("UPDATE Cache SET access_time = ? WHERE key = ? AND raw = 1", now, key)


def evict(sql: Sql, need: int, cleanup: Callable[[str], None], now: float) -> float | None:
    """Delete what was used longest ago until `need` bytes are free or a batch is done.

    What was used later than `now` goes first: the clock was put back, and what is written since would always be the
    oldest. Returns when the last of them was used, or None when there was nothing to delete.
    """
    freed = 0
    last_used = None
    for row_id, filename, size, used in sql(_AHEAD, now + _AHEAD_S, _BATCH) or sql(_OLDEST, _BATCH):
        if freed >= need:
            break
        sql("DELETE FROM Cache WHERE rowid = ?", row_id)
        freed += size + _ROW_OVERHEAD
        last_used = used if isinstance(used, float) else 0.0
        if filename is not None:
            cleanup(filename)
    return last_used


def usage(sql: Sql) -> Usage:
    """Return what the database and the files of its rows take."""
    ((page_size,),) = sql("PRAGMA page_size")
    ((pages,),) = sql("PRAGMA page_count")
    ((free,),) = sql("PRAGMA freelist_count")
    return Usage((pages - free) * page_size + _setting(sql, "size"), free * page_size, page_size)


def count(sql: Sql) -> int:
    """Return how many values there are."""
    return _setting(sql, "count")


def knows_file(sql: Sql, filename: str) -> bool:
    """Whether a row's value is in this file."""
    return bool(sql("SELECT 1 FROM Cache WHERE filename = ?", filename))


def _setting(sql: Sql, key: str) -> int:
    ((value,),) = sql("SELECT CAST(TOTAL(value) AS INTEGER) FROM Settings WHERE key = ?", key)
    return value
