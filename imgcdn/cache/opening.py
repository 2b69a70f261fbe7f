"""Keeps a database open: begins a new one when it is damaged or deleted, tries again when there is none."""

import gc
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from imgcdn.cache import damage
from imgcdn.cache.background import Background
from imgcdn.cache.health import Health

_RETRY_S = 10.0


class Openable(Protocol):
    """A database with a connection for each thread."""

    identity: damage.Identity | None

    def let_go(self) -> None:
        """Close this thread's connection, which ends whatever transaction was left half done."""
        ...


TableT = TypeVar("TableT", bound=Openable)


class Opening(Generic[TableT]):
    """The database as it is now, or None for as long as there is none to be had."""

    def __init__(
        self, database: Path, open_table: Callable[[], TableT], health: Health, background: Background
    ) -> None:
        self._database = database
        self._open_table = open_table
        self._health = health
        self._background = background
        self._lock = threading.Lock()
        self._table: TableT | None = None
        self._retry_at = 0.0
        self._is_reopening = False
        self._is_closed = False

    def now(self) -> TableT | None:
        """Return the database if it is open, and have it opened in the background otherwise."""
        table = self._table
        if table is None and not self._is_reopening and time.monotonic() >= self._retry_at:
            self._is_reopening = True
            self._background.later(self._reopen)
        return table

    def ready(self) -> TableT | None:
        """Return the database, opened anew when it was lost, deleted or moved. Blocks: for a thread."""
        seen = self._table
        if seen is not None and damage.identity(self._database) == seen.identity:
            return seen
        with self._lock:
            if self._table is seen:
                if seen is not None:
                    seen.let_go()
                is_due = not self._is_closed and time.monotonic() >= self._retry_at
                self._table = self._open() if is_due else None
            return self._table

    def failed(self, table: TableT, error: Exception) -> None:
        """Take notice of what an operation raised: a damaged database is moved aside at once."""
        if isinstance(error, OSError):
            return
        table.let_go()
        is_corrupt = damage.is_corrupt(error)
        if not is_corrupt and not damage.is_lost(error):
            return
        with self._lock:
            if self._table is table:
                self._table = None
                if is_corrupt:
                    self._move_aside(table.identity)

    def discard(self, table: TableT) -> None:
        """Delete the database, for a new one to be begun; raises OSError. Other processes notice when they write."""
        with self._lock:
            if self._table is table:
                self._table = None
                table.let_go()
                damage.remove(self._database)
        # Other threads' connections hold the deleted file, and its room, until the last reference to it goes.
        self._background.later(gc.collect)

    def let_go(self) -> None:
        """Close this thread's connection."""
        table = self._table
        if table is not None:
            table.let_go()

    def close(self) -> None:
        """Close this thread's connection and open no other."""
        with self._lock:
            self._is_closed = True
            self.let_go()
            self._table = None

    def _reopen(self) -> None:
        try:
            self.ready()
        finally:
            self._is_reopening = False

    def _open(self) -> TableT | None:
        for _ in range(2):
            known = damage.identity(self._database)
            try:
                table = self._open_table()
            except (OSError, sqlite3.Error, AttributeError, TypeError, ValueError) as error:
                self._health.failed("open", error)
                if not damage.is_unusable(error):
                    break
                self._move_aside(known)
            else:
                self._health.worked("open")
                return table
        self._retry_at = time.monotonic() + _RETRY_S
        return None

    def _move_aside(self, known: damage.Identity | None) -> None:
        try:
            moved = damage.move_aside(self._database, known)
        except OSError as error:
            self._health.failed("move aside", error)
        else:
            self._health.worked("move aside")
            if moved is not None:
                self._health.moved_aside(str(moved))
