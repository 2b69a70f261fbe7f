"""Files that people gave the server: bytes under their digest, rows that say whose and what they are.

A file is kept when `keep` returns: bytes and row are on the disk. Bytes go with the last row that names them.
"""

import asyncio
import os
import secrets
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from imgcdn.model.geometry import Size
from imgcdn.model.kept import KeptFile, Kind
from imgcdn.records import text
from imgcdn.records.database import Database

_RANDOM_BYTES: Final = 16
_LOOSE_S: Final = 3600.0
"""How old bytes without a row, and uploads that nobody finished, are before they are swept away."""
_COLUMNS = "id, kind, name, media_type, digest, size, width, height, owner, made_at, expires_at"
_INSERT = f"INSERT INTO files ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own names
_FIND = f"SELECT {_COLUMNS} FROM files WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)"  # noqa: S608
_DROP = "DELETE FROM files WHERE id = ? RETURNING digest"
_EXPIRE = "DELETE FROM files WHERE expires_at <= ? RETURNING digest"
_NAMED = "SELECT 1 FROM files WHERE digest = ? LIMIT 1"


class Files:
    """All kept files. Its methods are for the event loop; `clock` tells the Unix time in seconds."""

    def __init__(self, database: Database, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock

    @property
    def temp_dir(self) -> Path:
        """A folder for files that are still being written, on the same file system; raises OSError."""
        folder = self._folder / "incoming"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    async def keep(
        self,
        path: str,
        digest: str,
        *,
        kind: Kind,
        name: str,
        media_type: str,
        size: Size | None = None,
        owner: str = "",
        lives_s: float | None = None,
    ) -> KeptFile:
        """Take the file at `path`, whose SHA-256 is `digest`; it is on the disk when this returns.

        The file at `path` belongs to the store from the call on. Raises RecordsUnavailableError.
        """
        try:
            kept = await asyncio.to_thread(
                self.draft,
                path,
                digest,
                kind=kind,
                name=name,
                media_type=media_type,
                size=size,
                owner=owner,
                lives_s=lives_s,
            )
            await self._database.write(lambda connection: self.put(connection, kept, path))
        except Exception:  # a cancelled caller's file may still be moved in: the sweep takes it otherwise
            await asyncio.to_thread(_remove_file, path)
            raise
        return kept

    def draft(
        self,
        path: str,
        digest: str,
        *,
        kind: Kind,
        name: str,
        media_type: str,
        size: Size | None = None,
        owner: str = "",
        lives_s: float | None = None,
    ) -> KeptFile:
        """Bring the file at `path` to the disk and say what is kept once `put` has run. Blocks; raises OSError."""
        text.check("name", name)
        now = self._clock()
        return KeptFile(
            id=secrets.token_hex(_RANDOM_BYTES),
            kind=kind,
            name=name,
            media_type=media_type,
            digest=digest,
            path=str(self._place(digest)),
            bytes=_sync(path),
            size=size,
            owner=owner,
            made_at=now,
            expires_at=None if lives_s is None else now + lives_s,
        )

    def find(self, file_id: str) -> KeptFile | None:
        """Return the file, or None when there is none or its time is over; tens of microseconds."""
        found: list[tuple[Any, ...]] = []

        def find(connection: sqlite3.Connection) -> None:
            found.extend(connection.execute(_FIND, (file_id, self._clock())).fetchall())

        self._database.look("read files", find)
        return self._read(found[0]) if found else None

    async def drop(self, file_id: str) -> bool:
        """Forget the file, and say whether it was there. Raises RecordsUnavailableError."""

        def drop(connection: sqlite3.Connection) -> bool:
            rows = connection.execute(_DROP, (file_id,)).fetchall()
            self._remove(connection, [digest for (digest,) in rows])
            return bool(rows)

        return await self._database.write(drop)

    async def sweep(self) -> int:
        """Forget what is over its time, and return how much that was; bytes that no row names go, too."""

        def sweep(connection: sqlite3.Connection) -> int:
            rows = connection.execute(_EXPIRE, (self._clock(),)).fetchall()
            self._remove(connection, [digest for (digest,) in rows])
            self._remove(connection, self._old_bytes())
            return len(rows)

        removed = await self._database.write(sweep)
        await asyncio.to_thread(self._drop_unfinished)
        return removed

    def put(self, connection: sqlite3.Connection, kept: KeptFile, path: str) -> None:
        """Take the drafted file at `path` in, as a part of the caller's transaction."""
        place = Path(kept.path)
        if place.exists():
            Path(path).unlink()
        else:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            Path(path).replace(place)
            _sync(str(place.parent))
        row = (
            kept.id,
            kept.kind,
            kept.name,
            kept.media_type,
            kept.digest,
            kept.bytes,
            None if kept.size is None else kept.size.width,
            None if kept.size is None else kept.size.height,
            kept.owner,
            kept.made_at,
            kept.expires_at,
        )
        connection.execute(_INSERT, row)

    def _remove(self, connection: sqlite3.Connection, digests: list[str]) -> None:
        """Delete bytes that no row names; whoever wants to keep the same bytes meanwhile has to wait."""
        for digest in set(digests):
            if connection.execute(_NAMED, (digest,)).fetchone() is None:
                self._place(digest).unlink(missing_ok=True)

    def _old_bytes(self) -> list[str]:
        before = self._clock() - _LOOSE_S
        return [
            path.parent.name + path.name
            for path in self._folder.glob("[0-9a-f][0-9a-f]/*")
            if path.stat().st_mtime < before
        ]

    def _drop_unfinished(self) -> None:
        before = self._clock() - _LOOSE_S
        for path in self._folder.glob("incoming/*"):
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]

    def _read(self, row: tuple[Any, ...]) -> KeptFile:
        file_id, kind, name, media_type, digest, length, width, height, owner, made_at, expires_at = row
        return KeptFile(
            id=file_id,
            kind=kind,
            name=name,
            media_type=media_type,
            digest=digest,
            path=str(self._place(digest)),
            bytes=length,
            size=None if width is None else Size(width, height),
            owner=owner,
            made_at=made_at,
            expires_at=expires_at,
        )


def _remove_file(path: str) -> None:
    with suppress(OSError):
        Path(path).unlink(missing_ok=True)


def _sync(path: str) -> int:
    """Bring a file or folder to the medium, and return its size in bytes; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
