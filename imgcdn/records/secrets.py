"""Secrets that the server makes for itself, once, and shares with every process on the same folder."""

import secrets
import sqlite3
import time
from collections.abc import Callable
from typing import Final

from imgcdn.records.database import Database

_BYTES: Final = 32


class Secrets:
    """Secrets by name. Its methods are for the event loop; `clock` tells the Unix time in seconds."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, bytes] = {}

    async def get(self, name: str) -> bytes:
        """Return the 32 random bytes of this name, made when first asked for. Raises RecordsUnavailableError."""
        if name not in self._known:
            row = (name, secrets.token_bytes(_BYTES), float(self._clock()))

            def get(connection: sqlite3.Connection) -> bytes:
                connection.execute("INSERT OR IGNORE INTO secrets (name, bytes, made_at) VALUES (?, ?, ?)", row)
                found: list[tuple[bytes]] = connection.execute(
                    "SELECT bytes FROM secrets WHERE name = ?", (name,)
                ).fetchall()
                return found[0][0]

            self._known[name] = await self._database.write(get)
        return self._known[name]
