"""What a kept value is about, so that all values about one thing can be found: a table that keeps up with the rows.

The tags of a row stand in the row itself as a JSON list, and SQLite's triggers copy them to a table that is searched by
tag. Whichever way a row goes, its tags go in the same transaction, so that evicted rows leave none behind.
"""

import json
from collections.abc import Iterable
from typing import cast

DIGEST = "digest:"
"""Before the SHA-256 of the source's bytes, in hex."""
SOURCE = "source:"
"""Before the key of a reference, `mount/path`."""

_LIST = "typeof({row}.tag) = 'text' AND json_valid({row}.tag)"
_HAD, _HAS = _LIST.format(row="OLD"), _LIST.format(row="NEW")
_CHANGED = "OLD.tag IS NOT NEW.tag"
_TAKE = "DELETE FROM Tags WHERE key = OLD.key AND tag IN (SELECT value FROM json_each(OLD.tag));"
_ADD = "INSERT OR IGNORE INTO Tags SELECT value, NEW.key FROM json_each(NEW.tag);"
_TRIGGER = "CREATE TRIGGER IF NOT EXISTS Tags_"
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS Tags (tag TEXT, key BLOB, PRIMARY KEY (tag, key)) WITHOUT ROWID",
    f"{_TRIGGER}insert AFTER INSERT ON Cache WHEN {_HAS} BEGIN {_ADD} END",
    f"{_TRIGGER}delete AFTER DELETE ON Cache WHEN {_HAD} BEGIN {_TAKE} END",
    # Two triggers for a change of tags: what a row had goes, and only then comes what it has.
    f"{_TRIGGER}change BEFORE UPDATE OF tag ON Cache WHEN {_CHANGED} AND {_HAD} BEGIN {_TAKE} END",
    f"{_TRIGGER}changed AFTER UPDATE OF tag ON Cache WHEN {_CHANGED} AND {_HAS} BEGIN {_ADD} END",
)
"""What is run on opening a database; nothing is written when all of it is there."""


def written(tags: Iterable[str]) -> str | None:
    """Return the column of a row with these tags, None without any; those that SQLite cannot hold are left out."""
    held = [tag for tag in dict.fromkeys(tags) if _is_text(tag)]
    return json.dumps(held) if held else None


def read(column: object) -> tuple[str, ...]:
    """Return the tags of a row, none for a column that was altered."""
    if not isinstance(column, str):
        return ()
    try:
        found = json.loads(column)
    except ValueError:
        return ()
    if not isinstance(found, list):
        return ()
    return tuple(tag for tag in cast("list[object]", found) if isinstance(tag, str))


def named(found: Iterable[tuple[str, ...]], kind: str) -> list[str]:
    """Return what the tags of one kind (`DIGEST`, `SOURCE`) name, each once."""
    return list(dict.fromkeys(tag.removeprefix(kind) for tags in found for tag in tags if tag.startswith(kind)))


def _is_text(tag: str) -> bool:
    try:
        tag.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return bool(tag) and "\0" not in tag
