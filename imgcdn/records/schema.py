"""The tables of the database, as the literal list of steps that led to them.

Rows that processes hold in memory are never deleted: `change` grows with every write, so that other processes need to
read only what came after what they know, and what was taken back is a change like any other. Nothing here needs an
SQLite newer than 3.35.
"""

import sqlite3
from typing import Final

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE overrides (
            change INTEGER PRIMARY KEY AUTOINCREMENT,
            digest TEXT NOT NULL UNIQUE,
            x REAL NOT NULL CHECK (typeof(x) = 'real'),
            y REAL NOT NULL CHECK (typeof(y) = 'real'),
            note TEXT NOT NULL,
            made_at REAL NOT NULL CHECK (typeof(made_at) = 'real'),
            taken_back_at REAL
        )
        """,
        "CREATE TABLE proof (id INTEGER PRIMARY KEY, filling BLOB NOT NULL)",
    ),
    (
        """
        CREATE TABLE keys (
            change INTEGER PRIMARY KEY AUTOINCREMENT,
            digest TEXT NOT NULL UNIQUE,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('secret', 'publishable')),
            made_at REAL NOT NULL CHECK (typeof(made_at) = 'real'),
            revoked_at REAL
        )
        """,
    ),
    (
        """
        CREATE TABLE files (
            id TEXT NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('upload', 'input', 'result')),
            name TEXT NOT NULL,
            media_type TEXT NOT NULL,
            digest TEXT NOT NULL CHECK (length(digest) = 64),
            size INTEGER NOT NULL,
            width INTEGER,
            height INTEGER,
            owner TEXT NOT NULL,
            made_at REAL NOT NULL CHECK (typeof(made_at) = 'real'),
            expires_at REAL
        )
        """,
        "CREATE INDEX files_by_digest ON files (digest)",
        "CREATE INDEX files_by_end ON files (expires_at) WHERE expires_at IS NOT NULL",
        """
        CREATE TABLE secrets (
            name TEXT NOT NULL PRIMARY KEY,
            bytes BLOB NOT NULL,
            made_at REAL NOT NULL CHECK (typeof(made_at) = 'real')
        )
        """,
    ),
)
"""Statements of each version; the database's `user_version` counts those that were run. Only ever append."""

_ROOM_BYTES = 65_536
"""What must find room for a disk to count as not full: more than a word with a long note takes."""


class UnusableError(Exception):
    """The database is there, but must be left as it is; the message says why."""


def prove(connection: sqlite3.Connection) -> None:
    """Raise UnusableError when the database is damaged, or sqlite3.Error when it is none. Reads all of it."""
    verdict: str = connection.execute("PRAGMA quick_check(1)").fetchall()[0][0]
    if verdict != "ok":
        raise UnusableError(f"the database is damaged, and left as it is: {verdict}")


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to this version, and write more than a word takes: that proves that words can be kept.

    Raises UnusableError for the database of a newer version, and sqlite3.Error.
    """
    connection.execute("BEGIN IMMEDIATE")
    version: int = connection.execute("PRAGMA user_version").fetchall()[0][0]
    if version > len(MIGRATIONS):
        raise UnusableError(f"a newer imgcdn wrote the database (version {version}, known here: {len(MIGRATIONS)})")
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    connection.execute("INSERT OR REPLACE INTO proof VALUES (1, zeroblob(?))", (_ROOM_BYTES,))
    connection.execute("COMMIT")
