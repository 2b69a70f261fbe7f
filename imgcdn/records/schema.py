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
        """
        CREATE TABLE jobs (
            id TEXT NOT NULL PRIMARY KEY,
            tool TEXT NOT NULL,
            is_batch INTEGER NOT NULL,
            owner TEXT NOT NULL,
            client_id TEXT,
            settings TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'complete', 'failed', 'cancelled')),
            made_at REAL NOT NULL CHECK (typeof(made_at) = 'real'),
            started_at REAL,
            finished_at REAL,
            expires_at REAL NOT NULL CHECK (typeof(expires_at) = 'real')
        )
        """,
        "CREATE UNIQUE INDEX jobs_by_client ON jobs (owner, client_id) WHERE client_id IS NOT NULL",
        "CREATE INDEX jobs_by_end ON jobs (expires_at)",
        """
        CREATE TABLE job_items (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            job TEXT NOT NULL,
            name TEXT NOT NULL,
            source TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'complete', 'failed', 'cancelled')),
            percent INTEGER NOT NULL DEFAULT 0,
            stage TEXT NOT NULL DEFAULT 'queued',
            attempts INTEGER NOT NULL DEFAULT 0,
            source_bytes INTEGER NOT NULL,
            result TEXT,
            result_name TEXT NOT NULL DEFAULT '',
            result_bytes INTEGER NOT NULL DEFAULT 0,
            error TEXT NOT NULL DEFAULT '',
            code TEXT NOT NULL DEFAULT '',
            claimed_by TEXT,
            lease_until REAL
        )
        """,
        "CREATE INDEX job_items_by_job ON job_items (job)",
        "CREATE INDEX job_items_queued ON job_items (seq) WHERE state = 'queued'",
        "CREATE INDEX job_items_running ON job_items (claimed_by) WHERE state = 'running'",
        """
        CREATE TABLE presets (
            change INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            query TEXT NOT NULL,
            made_at REAL NOT NULL CHECK (typeof(made_at) = 'real'),
            changed_at REAL NOT NULL CHECK (typeof(changed_at) = 'real'),
            deleted_at REAL
        )
        """,
        "CREATE INDEX presets_by_name ON presets (name) WHERE deleted_at IS NULL",
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
