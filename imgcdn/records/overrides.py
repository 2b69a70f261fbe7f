"""Art directors' focus overrides, under the digest of the source's bytes: a renamed file keeps its override."""

import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any

from imgcdn.model.analysis import Override
from imgcdn.model.geometry import Point
from imgcdn.records import text
from imgcdn.records.database import Database
from imgcdn.records.mirror import Mirror

_PUT = "INSERT OR REPLACE INTO overrides (digest, x, y, note, made_at) VALUES (?, ?, ?, ?, ?)"
_DROP = """
INSERT OR REPLACE INTO overrides (digest, x, y, note, made_at, taken_back_at)
SELECT digest, x, y, '', made_at, ? FROM overrides WHERE digest = ? AND taken_back_at IS NULL
"""


class Overrides:
    """All overrides, in memory. Its methods are for the event loop; `clock` tells the Unix time in seconds."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._mirror = Mirror(database, "overrides", "x, y, note, made_at, taken_back_at", _read)

    def get(self, digest: str) -> Override | None:
        """Return the word on the source with this digest (hex SHA-256 of its bytes); costs a microsecond."""
        return self._mirror.held().get(digest)

    def all(self) -> Mapping[str, Override]:
        """Return every override by its source's digest."""
        return dict(self._mirror.held())

    def catch_up(self) -> None:
        """Read at once what other processes have written; some tens of microseconds."""
        self._mirror.catch_up()

    async def put(self, digest: str, override: Override) -> None:
        """Keep the word, in place of an earlier one; on the disk when this returns. Raises RecordsUnavailableError."""
        text.check("note", override.note)
        point = override.point
        row = (digest, float(point.x), float(point.y), override.note, float(override.made_at))

        def put(connection: sqlite3.Connection) -> None:
            connection.execute(_PUT, row)

        await self._database.write(put)
        self._mirror.catch_up()

    async def drop(self, digest: str) -> bool:
        """Take the word back, and say whether there was one; on the disk when this returns.

        Its note is not kept. Raises RecordsUnavailableError.
        """

        def drop(connection: sqlite3.Connection) -> bool:
            return connection.execute(_DROP, (self._clock(), digest)).rowcount > 0

        had_one = await self._database.write(drop)
        self._mirror.catch_up()
        return had_one


def _read(columns: tuple[Any, ...]) -> Override | None:
    x, y, note, made_at, taken_back_at = columns
    return Override(Point(x, y), note, made_at) if taken_back_at is None else None
