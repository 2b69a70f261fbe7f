"""A failing cache says so once per kind of failure, not once per request, and stays marked until it works."""

import sqlite3
import time
from collections.abc import Callable

import structlog

_log = structlog.get_logger()

_REPEAT_S = 600.0


class Health:
    """What is wrong with one store: each doing (`open`, `read`, `write`, …) stands failed until it works."""

    def __init__(self, store: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._standing: dict[str, str] = {}
        self._said: dict[tuple[str, str], float] = {}

    @property
    def is_healthy(self) -> bool:
        return not self._standing

    @property
    def why(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        return "; ".join(dict(self._standing).values())

    def failed(self, doing: str, error: BaseException) -> None:
        """Remember that `doing` fails, and log it unless this kind was logged in the last ten minutes."""
        kind = _kind(error)
        why = f"{doing}: {error or kind}"
        self._standing[doing] = why
        if self._is_due(doing, kind):
            _log.error("cache_failed", store=self._store, doing=doing, kind=kind, why=why)

    def worked(self, doing: str) -> None:
        """Forget that `doing` failed."""
        if doing in self._standing:
            self._standing.pop(doing, None)
            if self._is_due(doing, "recovered"):
                _log.info("cache_recovered", store=self._store, doing=doing)

    def dropped(self, key: str, why: str) -> None:
        """Log that a value was found damaged and is now a miss."""
        _log.warning("cache_value_dropped", store=self._store, key=key, why=why)

    def moved_aside(self, path: str) -> None:
        """Log that a damaged database was set aside and a new one begun."""
        _log.error("cache_database_moved_aside", store=self._store, path=path)

    def _is_due(self, doing: str, kind: str) -> bool:
        now = self._clock()
        last = self._said.get((doing, kind))
        if last is not None and now - last < _REPEAT_S:
            return False
        self._said[doing, kind] = now
        return True


def _kind(error: BaseException) -> str:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", type(error).__name__)
    if isinstance(error, OSError):
        return f"{type(error).__name__} {error.errno}"
    return type(error).__name__
