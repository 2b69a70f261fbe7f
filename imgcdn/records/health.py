"""Records that cannot be read or written say so once, not once per request, and stay marked until they can."""

import sqlite3
import threading
from collections.abc import Mapping

import structlog

_log = structlog.get_logger()


class Health:
    """What is wrong with the records: each doing (`open`, `write`, `read keys`, …) stands failed until it works."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._standing: Mapping[str, str] = {}

    @property
    def why(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        return "; ".join(f"{doing}: {what}" for doing, what in self._standing.items())

    def failed(self, doing: str, error: Exception) -> None:
        """Remember that `doing` fails, and log it unless it is known to fail for the same reason."""
        what = str(error) or type(error).__name__
        with self._lock:
            is_news = self._standing.get(doing) != what
            self._standing = {**self._standing, doing: what}
        if is_news:
            kind = getattr(error, "sqlite_errorname", type(error).__name__)
            _log.error("records_failed", doing=doing, kind=kind, why=what)

    def worked(self, doing: str) -> None:
        """Forget that `doing` failed."""
        if doing not in self._standing:
            return
        with self._lock:
            self._standing = {known: what for known, what in self._standing.items() if known != doing}
        _log.info("records_recovered", doing=doing)


def is_lock(error: Exception) -> bool:
    """Whether another connection was only in the way, so that trying again may help."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
