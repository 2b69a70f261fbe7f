"""Finds rows by their key or their tags, page by page along an index, never by walking the table."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from imgcdn.cache import tags
from imgcdn.cache.rows import Sql

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


def exactly(text: str) -> Span:
    """Return this text alone."""
    return Span(text, text + "\0")


def by_key(sql: Sql, span: Span, limit: int) -> list[Found]:
    """Return the first rows whose key is in the span, in the order of their keys."""
    return _found(
        sql(
            "SELECT key, tag FROM Cache WHERE key >= ? AND key < ? AND raw = 1 ORDER BY key LIMIT ?",
            span.first,
            span.end,
            limit,
        )
    )


def by_tags(sql: Sql, wanted: Sequence[str], limit: int) -> list[Found]:
    """Return rows that carry one of the tags at least."""
    return _found(
        sql(
            "SELECT DISTINCT Cache.key, Cache.tag FROM json_each(?) AS wanted"
            " CROSS JOIN Tags ON Tags.tag = wanted.value"
            " CROSS JOIN Cache ON Cache.key = Tags.key AND Cache.raw = 1 LIMIT ?",
            tags.written(wanted) or "[]",
            limit,
        )
    )


def by_tag_span(sql: Sql, span: Span, last: tuple[str, str] | None, limit: int) -> list[tuple[str, Found]]:
    """Return the first rows behind the pair `last` of tag and key that carry a tag of the span, each with that tag."""
    tag, key = (span.first, "") if last is None else (last[0], last[1] + "\0")
    rows = sql(
        "SELECT Tags.tag, Cache.key, Cache.tag FROM Tags CROSS JOIN Cache ON Cache.key = Tags.key AND Cache.raw = 1"
        " WHERE (Tags.tag, Tags.key) >= (?, ?) AND Tags.tag < ? ORDER BY Tags.tag, Tags.key LIMIT ?",
        tag,
        key,
        span.end,
        limit,
    )
    return [(at, Found(key, tags.read(column))) for at, key, column in rows if isinstance(key, str)]


def tags_of(sql: Sql, keys: Sequence[str]) -> list[Found]:
    """Return those of the keys that there are."""
    return _found(
        sql(
            "SELECT Cache.key, Cache.tag FROM json_each(?) AS wanted"
            " CROSS JOIN Cache ON Cache.key = wanted.value AND Cache.raw = 1",
            json.dumps(list(keys)),
        )
    )


def _found(rows: list[tuple[object, ...]]) -> list[Found]:
    return [Found(key, tags.read(column)) for key, column in rows if isinstance(key, str)]
