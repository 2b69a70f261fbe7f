"""API keys: who may ask for what. Of a key's text only its SHA-256 is kept.

A text holds 256 random bits, so nobody finds it by trying: a slow hash, which protects guessable passwords, would
only make every request slow. Looking a digest up gives nothing away by the time it takes, for nobody can choose a
text whose digest is nearly another's.
"""

import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal

from imgcdn.records import text as texts
from imgcdn.records.database import Database
from imgcdn.records.mirror import Mirror

Kind = Literal["secret", "publishable"]
"""A secret key is for servers; a publishable one may be read by anybody, in a page's source."""

PREFIXES: Final[dict[Kind, str]] = {"secret": "imgcdn_sk_", "publishable": "imgcdn_pk_"}
"""How texts begin, so that people and scanners for leaked secrets recognise them."""
_RANDOM_BYTES = 32
_ID_DIGITS = 12
_MOST_CHARACTERS = 128
"""A longer text is no key, and not worth a digest."""
_ADD = "INSERT INTO keys (digest, id, name, kind, made_at) VALUES (?, ?, ?, ?, ?)"
_REVOKE = """
INSERT OR REPLACE INTO keys (digest, id, name, kind, made_at, revoked_at)
SELECT digest, id, name, kind, made_at, ? FROM keys WHERE id = ? AND revoked_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key: `id` begins its text's SHA-256, the times are Unix times in seconds."""

    id: str
    name: str
    kind: Kind
    made_at: float
    revoked_at: float | None = None


class Keys:
    """All keys, in memory. Its methods are for the event loop; `clock` tells the Unix time in seconds."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._mirror = Mirror(database, "keys", "id, name, kind, made_at, revoked_at", _read)

    def are_known(self) -> bool:
        """Whether the keys could be read: until they were once, nobody can say that there are none."""
        self._mirror.held()
        return self._mirror.is_read

    def check(self, text: str) -> Key | None:
        """Return the key with this text, or None when there is none or it was revoked; costs some microseconds."""
        if len(text) > _MOST_CHARACTERS:
            return None
        key = self._mirror.held().get(_digest(text))
        return key if key is not None and key.revoked_at is None else None

    def all(self) -> tuple[Key, ...]:
        """Return every key, the revoked ones too, in the order in which they were made."""
        return tuple(sorted(self._mirror.held().values(), key=lambda key: (key.made_at, key.id)))

    async def add(self, name: str, kind: Kind) -> str:
        """Make a key and return its text, which cannot be had again. Raises RecordsUnavailableError."""
        texts.check("name", name)
        text = PREFIXES[kind] + secrets.token_urlsafe(_RANDOM_BYTES)
        digest = _digest(text)
        row = (digest, digest[:_ID_DIGITS], name, kind, float(self._clock()))

        def add(connection: sqlite3.Connection) -> None:
            connection.execute(_ADD, row)

        await self._database.write(add)
        self._mirror.catch_up()
        return text

    async def revoke(self, key_id: str) -> bool:
        """End a key, and say whether it was still good; other processes hear of it within half a second.

        Raises RecordsUnavailableError.
        """

        def revoke(connection: sqlite3.Connection) -> bool:
            return connection.execute(_REVOKE, (float(self._clock()), key_id)).rowcount > 0

        was_good = await self._database.write(revoke)
        self._mirror.catch_up()
        return was_good


def _digest(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _read(columns: tuple[Any, ...]) -> Key:
    return Key(*columns)
