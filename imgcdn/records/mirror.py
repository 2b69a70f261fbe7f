"""A table held in memory, so that asking costs no I/O, and kept up with what other processes write."""

import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

from imgcdn.records.database import Database

T = TypeVar("T")
Row = tuple[Any, ...]

_LOOK_EVERY_S: Final = 0.5
"""How long what another process wrote may go unseen."""


class Mirror(Generic[T]):
    """Rows of `table` by their `key`. While the database cannot be read, what is known stays known.

    `read` turns the `columns` of a row into what is held, or None for what was taken back.
    """

    def __init__(
        self, database: Database, table: str, columns: str, read: Callable[[Row], T | None], key: str = "digest"
    ) -> None:
        self._database = database
        self._doing = f"read {table}"
        self._newest_sql = f"SELECT coalesce(max(change), 0) FROM {table}"  # noqa: S608 - our own names
        self._rows_sql = f"SELECT change, {key}, {columns} FROM {table} WHERE change > ? ORDER BY change"  # noqa: S608
        self._read = read
        self._held: dict[str, T] = {}
        self._connection: sqlite3.Connection | None = None
        self._version: int | None = None
        self._newest = 0
        self._look_at = 0.0
        database.follow(self.held)
        self.catch_up()

    @property
    def is_read(self) -> bool:
        """Whether the table was ever read: until then nobody knows that it is empty."""
        return self._connection is not None

    @property
    def newest(self) -> int:
        """The number of the latest write that is known: what is held is changed in place."""
        return self._newest

    def held(self) -> Mapping[str, T]:
        """Return all that is known, at most half a second old; microseconds, for the event loop."""
        if time.monotonic() >= self._look_at:
            self.catch_up()
        return self._held

    def catch_up(self) -> None:
        """Read what was written since the last look."""
        self._database.look(self._doing, self._follow)
        self._look_at = time.monotonic() + _LOOK_EVERY_S

    def _follow(self, connection: sqlite3.Connection) -> None:
        version: int = connection.execute("PRAGMA data_version").fetchall()[0][0]
        if connection is self._connection and version == self._version:
            return
        # A database that was put back from a copy is behind what is known: all of it must be read again.
        newest: int = connection.execute(self._newest_sql).fetchall()[0][0]
        is_same = connection is self._connection and newest >= self._newest
        rows: list[Row] = connection.execute(self._rows_sql, (self._newest if is_same else 0,)).fetchall()
        held = self._held if is_same else {}
        for _, key, *columns in rows:
            value = self._read(tuple(columns))
            if value is None:
                held.pop(key, None)
            else:
                held[key] = value
        self._held, self._connection, self._version = held, connection, version
        self._newest = rows[-1][0] if rows else newest
