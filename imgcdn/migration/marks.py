"""What the imgix dialect makes of each parameter and value, told by the dialect's own table."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, cast

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.imgix import table
from imgcdn.dialects.imgix.arguments import words
from imgcdn.dialects.imgix.parsing import decoded, unused
from imgcdn.dialects.imgix.row import Row, Status
from imgcdn.dialects.readers import UnreadableError

_REMEMBERED: Final = 65_536
"""Pieces of queries whose marks are kept."""
_FEW: Final = 50
"""Parameters of a query; one with more may have more than the dialect takes, which is for it to say."""

_SHORT: Final = 2_000
"""Characters of a query whose pieces are kept."""
_LONGEST: Final = 200
"""Characters of a name or of a reason: both repeat what the query says."""


class Verdict(StrEnum):
    """What becomes of a parameter with its value, worst last."""

    SAME = "same"
    UNKNOWN = "unknown"
    APPROXIMATE = "approximate"
    UNUSABLE = "unusable"
    UNSUPPORTED = "unsupported"


WEIGHTS: Final = {Verdict.APPROXIMATE: 1, Verdict.UNUSABLE: 5, Verdict.UNSUPPORTED: 10}
"""How much a parameter makes an answer differ; what imgix does not know either changes nothing."""
_OF_STATUS: Final = {
    Status.SAME: Verdict.SAME,
    Status.APPROXIMATE: Verdict.APPROXIMATE,
    Status.UNSUPPORTED: Verdict.UNSUPPORTED,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of one parameter with one value. `name` is that of its row, `read` what the dialect understood."""

    name: str
    verdict: Verdict
    why: str = ""
    read: Any = None


Pair = tuple[str, str, Mark]


@dataclass(slots=True)
class Said:
    """One parameter of a query, as it is spelt. One whose `counts` is false is overruled or without effect there."""

    key: str
    text: str
    mark: Mark
    counts: bool = True

    @property
    def weight(self) -> int:
        return WEIGHTS.get(self.mark.verdict, 0) if self.counts else 0


def read(query: str) -> list[Said]:
    """Return the parameters of a raw query string, in order. Raises InvalidParameterError where the server does."""
    marked = _marked(query)
    values: dict[str, Any] = {}
    last: dict[str, int] = {}
    for index, (_, _, one) in enumerate(marked):
        last[one.name] = index
        if one.read is not None:
            values[one.name] = one.read
    idle = unused(values)
    return [
        Said(key, text, one, (last[one.name] == index or one.name == "auto") and one.name not in idle)
        for index, (key, text, one) in enumerate(marked)
    ]


def _marked(query: str) -> list[Pair]:
    """Split a query as the dialect does, but each piece once: logs say the same few again and again."""
    pieces = query.split("&")
    if len(pieces) > _FEW or len(query) > _SHORT:
        return [(key, text, mark(key, text)) for key, text in native.pairs(query)]
    return [pair for piece in pieces for pair in _of_piece(piece)]


@lru_cache(maxsize=_REMEMBERED)
def _of_piece(piece: str) -> tuple[Pair, ...]:
    return tuple((key, text, mark(key, text)) for key, text in native.pairs(piece))


def mark(key: str, text: str) -> Mark:
    """Judge one parameter with its value, both decoded."""
    row = table.find(key)
    if row is None:
        row = table.find_encoded(key)
        if row is None:
            return Mark(key[:_LONGEST], Verdict.UNKNOWN, "imgix does not know it")
        try:
            text = decoded(key, text)
        except errors.InvalidParameterError:
            return Mark(row.name, Verdict.UNUSABLE, "no base64url of UTF-8: the URL is refused")
    if row.status is Status.UNSUPPORTED:
        return Mark(row.name, Verdict.UNSUPPORTED, row.note)
    return _judge(row, text)


def _judge(row: Row, text: str) -> Mark:
    differing = "; ".join(f"{word}: {row.differing[word]}" for word in words(text) if word in row.differing)
    try:
        value = row.argument.read(text)
    except UnreadableError:
        if differing:
            return Mark(row.name, Verdict.APPROXIMATE, differing)
        return Mark(row.name, Verdict.UNUSABLE, f"ignored: expected {row.argument.expects}")
    if left := ", ".join(_left_out(text, value)):
        return Mark(row.name, Verdict.UNUSABLE, f"{left[:_LONGEST]} is ignored: expected {row.argument.expects}", value)
    if differing:
        return Mark(row.name, Verdict.APPROXIMATE, differing, value)
    verdict = _OF_STATUS[row.status]
    return Mark(row.name, verdict, "" if verdict is Verdict.SAME else row.note, value)


def _left_out(text: str, value: object) -> Iterator[str]:
    """Yield the words of a list that the dialect passes over."""
    if isinstance(value, tuple) and all(isinstance(part, str) for part in cast("tuple[object, ...]", value)):
        known = {str(part).lower() for part in cast("tuple[str, ...]", value)}
        yield from (word for word in words(text) if word not in known)
