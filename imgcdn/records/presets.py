"""Presets that were made through an API, in memory as overrides are, so that a URL that names one costs no I/O."""

import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from imgcdn import errors
from imgcdn.model.presets import Preset
from imgcdn.records.database import Database
from imgcdn.records.mirror import Mirror

_RANDOM_BYTES: Final = 8
_MOST: Final = 2000
"""Presets of one server: each process holds all of them in memory."""
_PUT = """
INSERT OR REPLACE INTO presets (id, name, query, made_at, changed_at) VALUES (?, ?, ?, ?, ?)
"""
_DROP = """
INSERT OR REPLACE INTO presets (id, name, query, made_at, changed_at, deleted_at)
SELECT id, name, '', made_at, changed_at, ? FROM presets WHERE id = ? AND deleted_at IS NULL
"""
_COLUMNS = "id, name, query, made_at, changed_at"
_LIVE = f"SELECT {_COLUMNS} FROM presets WHERE deleted_at IS NULL AND"  # noqa: S608 - our own names


class Presets:
    """All kept presets. Its methods are for the event loop; `clock` tells the Unix time in seconds."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._mirror = Mirror(database, "presets", f"{_COLUMNS}, deleted_at", _read, key="id")
        self._queries: dict[str, str] = {}
        self._queries_of: tuple[Mapping[str, Preset], int] = ({}, 0)

    def queries(self) -> Mapping[str, str]:
        """Return the query of each preset by its name; a microsecond, unless something changed."""
        held = self._mirror.held()
        if self._queries_of[0] is not held or self._queries_of[1] != self._mirror.newest:
            self._queries = {preset.name: preset.query for preset in held.values()}
            self._queries_of = (held, self._mirror.newest)
        return self._queries

    def all(self) -> tuple[Preset, ...]:
        """Return every preset by name."""
        return tuple(sorted(self._mirror.held().values(), key=lambda preset: (preset.name, preset.id)))

    def get(self, preset_id: str) -> Preset | None:
        """Return the preset with this id."""
        return self._mirror.held().get(preset_id)

    def catch_up(self) -> None:
        """Read at once what other processes have written; some tens of microseconds."""
        self._mirror.catch_up()

    async def add(self, name: str, query: str) -> Preset:
        """Make a preset, on the disk when this returns. Raises ConflictError and RecordsUnavailableError."""
        now = float(self._clock())
        made = Preset(secrets.token_hex(_RANDOM_BYTES), name, query, now, now)

        def add(connection: sqlite3.Connection) -> None:
            _refuse_name(connection, made)
            _refuse_more(connection)
            _put(connection, made)

        await self._database.write(add)
        self._mirror.catch_up()
        return made

    async def change(self, preset_id: str, name: str | None, query: str | None) -> Preset:
        """Give a preset another name or query. Raises PresetNotFound-, Conflict- and RecordsUnavailableError."""

        def change(connection: sqlite3.Connection) -> Preset:
            found = connection.execute(f"{_LIVE} id = ?", (preset_id,)).fetchone()
            if found is None:
                raise errors.PresetNotFoundError(f"there is no preset with the id {preset_id}", param="id")
            before = Preset(*found)
            now = float(self._clock())
            after = Preset(preset_id, name or before.name, query or before.query, before.made_at, now)
            _refuse_name(connection, after)
            _put(connection, after)
            return after

        changed = await self._database.write(change)
        self._mirror.catch_up()
        return changed

    async def put(self, name: str, query: str) -> Preset:
        """Make the preset of this name, or change it. Raises ConflictError and RecordsUnavailableError."""
        now = float(self._clock())
        new_id = secrets.token_hex(_RANDOM_BYTES)

        def put(connection: sqlite3.Connection) -> Preset:
            found = connection.execute(f"{_LIVE} name = ?", (name,)).fetchone()
            if found is None:
                _refuse_more(connection)
                made = Preset(new_id, name, query, now, now)
            else:
                made = replace(Preset(*found), query=query, changed_at=now)
            _put(connection, made)
            return made

        made = await self._database.write(put)
        self._mirror.catch_up()
        return made

    async def drop(self, preset_id: str) -> bool:
        """Delete a preset, and say whether it was there. Raises RecordsUnavailableError."""

        def drop(connection: sqlite3.Connection) -> bool:
            return connection.execute(_DROP, (float(self._clock()), preset_id)).rowcount > 0

        was_there = await self._database.write(drop)
        self._mirror.catch_up()
        return was_there


def _refuse_more(connection: sqlite3.Connection) -> None:
    count: int = connection.execute("SELECT count(*) FROM presets WHERE deleted_at IS NULL").fetchone()[0]
    if count >= _MOST:
        raise errors.ConflictError(f"there are {count} presets already: expected at most {_MOST}")


def _refuse_name(connection: sqlite3.Connection, preset: Preset) -> None:
    taken = connection.execute(f"{_LIVE} name = ? AND id != ?", (preset.name, preset.id)).fetchone()
    if taken is not None:
        raise errors.ConflictError(f"name={preset.name} is taken: expected a name that no preset has", param="name")


def _put(connection: sqlite3.Connection, preset: Preset) -> None:
    connection.execute(_PUT, (preset.id, preset.name, preset.query, preset.made_at, preset.changed_at))


def _read(columns: tuple[Any, ...]) -> Preset | None:
    *known, deleted_at = columns
    return Preset(*known) if deleted_at is None else None
