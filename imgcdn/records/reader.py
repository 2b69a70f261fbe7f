"""The connection that the event loop reads over: it never waits, and follows the file when that is replaced."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from imgcdn.records import place
from imgcdn.records.health import Health, is_lock
from imgcdn.records.writer import RETRY_S


class Reader:
    """Every method is for the thread of the event loop, except `hurry`."""

    def __init__(self, database: Path, health: Health) -> None:
        self._database = database
        self._uri = f"{database.as_uri()}?mode=rw"
        self._health = health
        self._connection: sqlite3.Connection | None = None
        self._identity: place.Identity | None = None
        self._retry_at = 0.0

    def look(self, doing: str, work: Callable[[sqlite3.Connection], None]) -> bool:
        """Run the work on the file that is there now, and say whether it could be done; what it needs it must keep."""
        try:
            connection = self._current()
            if connection is None:
                return False
            work(connection)
        except (OSError, sqlite3.Error) as error:
            if not is_lock(error):
                self._failed(doing, error)
            return False
        self._health.worked(doing)
        return True

    def hurry(self) -> None:
        """Try again at once: the file was opened elsewhere."""
        self._retry_at = 0.0

    def close(self) -> None:
        """Close the connection; the next `look` opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _current(self) -> sqlite3.Connection | None:
        found = place.identity(self._database)
        if self._connection is not None and found != self._identity:
            self.close()
        if self._connection is None and time.monotonic() >= self._retry_at:
            self._identity = found
            connection = sqlite3.connect(self._uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
            self._connection = connection
            connection.execute("PRAGMA query_only = 1")
        return self._connection

    def _failed(self, doing: str, error: Exception) -> None:
        self._health.failed(doing, error)
        # One table that is not there yet says nothing about the others.
        if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR:
            self.close()
            self._retry_at = time.monotonic() + RETRY_S
