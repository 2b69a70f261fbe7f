"""The one connection that writes: what it returned from is on the disk, and what it cannot write it refuses."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from imgcdn import errors
from imgcdn.records import place, schema
from imgcdn.records.health import Health, is_lock
from imgcdn.records.schema import UnusableError

T = TypeVar("T")

RETRY_S: Final = 5.0
"""A folder that could not be used is tried again after this time, not at every request."""
_PAUSE_S = 0.02
_FAILURES = (OSError, sqlite3.Error, UnusableError)
_MISTAKES = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
"""What SQLite raises for wrong values and wrong calls: mistakes of ours, which say nothing about the disk."""
_REFUSAL = "the records cannot be written now; asking again is safe"
_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # the log is synced at every commit, so that nothing acknowledged is lost
    "PRAGMA fullfsync = 1",  # macOS: to the medium, not only to the drive's memory
)


class Writer:
    """Every method is for the one thread that writes, except `is_due`."""

    def __init__(self, database: Path, lock_timeout_s: float, health: Health) -> None:
        self._database = database
        self._lock_timeout_s = lock_timeout_s
        self._health = health
        self._connection: sqlite3.Connection | None = None
        self._identity: place.Identity | None = None
        self._retry_at = 0.0

    @property
    def is_due(self) -> bool:
        """Whether there is no connection, and it is time to try for one."""
        return self._connection is None and time.monotonic() >= self._retry_at

    def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run the work as one transaction, durable on return; raises RecordsUnavailableError."""
        connection = self.ready()
        if connection is None:
            raise errors.RecordsUnavailableError(_REFUSAL)
        try:
            result = _transact(connection, work)
        except _MISTAKES:
            raise
        except _FAILURES as error:
            if not is_lock(error):
                self._failed("write", error)
            raise errors.RecordsUnavailableError(_REFUSAL) from error
        self._health.worked("write")
        return result

    def ready(self) -> sqlite3.Connection | None:
        """Return the connection to the file that is there now, opening it if need be."""
        if self._connection is not None:
            if self._identity == place.identity(self._database):
                return self._connection
            self.close()
        if time.monotonic() >= self._retry_at:
            self._open()
        return self._connection

    def close(self) -> None:
        """Close the connection; the next `ready` opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _open(self) -> None:
        until = time.monotonic() + self._lock_timeout_s
        while True:
            try:
                self._connection = self._connect()
            except _FAILURES as error:
                # SQLite does not wait when two processes begin one database at the same moment.
                if is_lock(error) and time.monotonic() < until:
                    time.sleep(_PAUSE_S)
                    continue
                self._failed("open", error)
            else:
                self._health.worked("open")
                self._health.worked("write")  # opening wrote
            return

    def _connect(self) -> sqlite3.Connection:
        if self._identity is None:
            place.prepare(self._database)
        elif place.identity(self._database) is None:
            # Perhaps its disk was unmounted: what would be begun in its place would be lost when it comes back.
            raise UnusableError(f"{self._database} is gone: put it back, or restart the server to begin another")
        found = place.identity(self._database)
        uri = f"{self._database.as_uri()}?mode=rw"
        connection = sqlite3.connect(
            uri, uri=True, timeout=self._lock_timeout_s, isolation_level=None, check_same_thread=False
        )
        try:
            schema.prove(connection)
            for pragma in _PRAGMAS:
                connection.execute(pragma).fetchall()
            schema.migrate(connection)
        except BaseException:
            connection.close()
            raise
        self._identity = found
        return connection

    def _failed(self, doing: str, error: Exception) -> None:
        self._health.failed(doing, error)
        self.close()
        self._retry_at = time.monotonic() + RETRY_S


def _transact(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise
    return result
