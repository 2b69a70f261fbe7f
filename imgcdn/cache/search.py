"""Finds rows by their key or their tags, page by page along an index, never by walking the table."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from imgcdn.cache import tags
from imgcdn.cache.batches import Table

_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class Found:
    """A row that was found: its key and its tags."""

    key: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Texts from `first` on and before `last`, None for no end, in the order of their UTF-8."""

    first: str
    last: str | None

    def after(self, text: str) -> "Span":
        """Return what is left behind a text that was reached."""
        return Span(text + "\0", self.last)

    @property
    def end(self) -> str | bytes:
        """What SQLite compares with: every blob is greater than any text."""
        return b"" if self.last is None else self.last


EVERYTHING = Span("", None)


def beginning(prefix: str) -> Span:
    """Return all texts that begin with `prefix`."""
    kept = prefix.rstrip(chr(_LAST_CODE_POINT))
    if not kept:
        return Span(prefix, None)
    following = ord(kept[-1]) + 1
    if following in _SURROGATES:
        following = _SURROGATES.stop
    return Span(prefix, kept[:-1] + chr(following))


def by_key(span: Span, limit: int, table: Table) -> list[Found]:
    """Return the first rows whose key is in the span, in the order of their keys."""
    return _found(
        table.sql(
            "SELECT key, tag FROM Cache WHERE key >= ? AND key < ? AND raw = 1 ORDER BY key LIMIT ?",
            span.first,
            span.end,
            limit,
        )
    )


def first(limit: int, table: Table) -> list[Found]:
    """Return the rows that were put first: neighbours on the disk, where those in the order of keys are scattered."""
    return _found(table.sql("SELECT key, tag FROM Cache WHERE raw = 1 ORDER BY rowid LIMIT ?", limit))


def of_keys(keys: Sequence[str], table: Table) -> list[Found]:
    """Return those of the keys that there are."""
    return _found(
        table.sql(
            "SELECT Cache.key, Cache.tag FROM json_each(?) AS wanted"
            " CROSS JOIN Cache ON Cache.key = wanted.value AND Cache.raw = 1",
            json.dumps(list(keys)),
        )
    )


def by_tag(tag: str, last: Found | None, limit: int, table: Table) -> list[Found]:
    """Return the first rows behind `last` that carry the tag, in the order of their keys."""
    return _found(
        table.sql(
            "SELECT Cache.key, Cache.tag FROM Tags CROSS JOIN Cache ON Cache.key = Tags.key AND Cache.raw = 1"
            " WHERE Tags.tag = ? AND Tags.key > ? ORDER BY Tags.key LIMIT ?",
            tag,
            "" if last is None else last.key,
            limit,
        )
    )


def by_tags(wanted: Sequence[str], limit: int, table: Table) -> list[Found]:
    """Return rows that carry one of the tags at least."""
    return _found(
        table.sql(
            "SELECT DISTINCT Cache.key, Cache.tag FROM json_each(?) AS wanted"
            " CROSS JOIN Tags ON Tags.tag = wanted.value"
            " CROSS JOIN Cache ON Cache.key = Tags.key AND Cache.raw = 1 LIMIT ?",
            json.dumps(list(wanted)),
            limit,
        )
    )


def by_tag_span(span: Span, limit: int, table: Table) -> list[Found]:
    """Return rows that carry a tag of the span."""
    return _found(
        table.sql(
            "SELECT DISTINCT Cache.key, Cache.tag FROM Tags"
            " CROSS JOIN Cache ON Cache.key = Tags.key AND Cache.raw = 1 WHERE Tags.tag >= ? AND Tags.tag < ? LIMIT ?",
            span.first,
            span.end,
            limit,
        )
    )


def _found(rows: list[tuple[object, ...]]) -> list[Found]:
    return [Found(key, tags.read(column)) for key, column in rows if isinstance(key, str)]
