"""JSON lines of access logs: under which names servers, CDNs and frameworks write what was asked for."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

METHODS: Final = frozenset({b"GET", b"HEAD"})

Record = Mapping[str, Any]
Level = tuple[Record, Sequence[tuple[str, ...]]]


def _ranked(*names: str) -> Mapping[str, int]:
    return {name: rank for rank, name in enumerate(names)}


_TARGETS: Final = _ranked(
    "request_uri",
    "requesturi",
    "url",
    "uri",
    "request",
    "path",
    "target",
    "requesturl",
    "requestpath",
    "request_url",
    "request_path",
    "cs_uri",
    "cs_uri_stem",
    "clientrequesturi",
    "clientrequestpath",
    "original",
    "full",
)
"""In lower case and with underscores; those that servers write as it came are before those that they tidy up."""
_QUERIES: Final = _ranked("query_string", "querystring", "args", "query", "cs_uri_query", "clientrequestquery")
_METHODS: Final = _ranked("method", "request_method", "requestmethod", "cs_method", "clientrequestmethod", "verb")
_NESTED: Final = _ranked("request", "httprequest", "http", "req", "url")
"""Objects in which the names above may be."""
_WRAPS: Final = ("log", "message", "msg")
"""Where containers put the line that a server wrote."""
_DEEPEST: Final = 2


_BYTE: Final = re.compile(r"\\x([0-9A-Fa-f]{2})")


def read(line: bytes) -> Record | None:
    """Return the object of a line, None where it is none."""
    text = line.decode("utf-8", "surrogateescape")
    try:
        try:
            found = json.loads(text)
        except ValueError:
            # nginx writes \x22 into JSON unless its format says escape=json.
            if "\\x" not in text:
                raise
            found = json.loads(_BYTE.sub(_as_unicode, text))
    except (ValueError, RecursionError):
        return None
    return cast("Record", found) if isinstance(found, dict) else None


def _as_unicode(found: re.Match[str]) -> str:
    """Return an escaped byte as JSON escapes letters: one beyond ASCII as the lone surrogate that stands for it."""
    return f"\\u{'00' if found[1] < '8' else 'dc'}{found[1]}"


def request_of(record: Record) -> tuple[bytes | None, bytes | None]:
    """Return the method, where one is told, and the URL or the request line."""
    known = _levels(record, _DEEPEST)
    said = _texts(known, 0)
    target = next((text for text in said if "?" in text), said[0] if said else None)
    if target is None:
        return None, None
    if "?" not in target and (queries := [text for text in _texts(known, 1) if text != "-"]):
        target += "?" + queries[0].removeprefix("?")
    methods = _texts(known, 2)
    return encode(methods[0].upper()) if methods else None, encode(target)


def wrapped(record: Record) -> bytes | None:
    """Return the line of text that an object carries, None where it carries none."""
    return next((encode(text) for name in _WRAPS if (text := _text(record.get(name)))), None)


def encode(text: str) -> bytes:
    """Return text as it came over the wire: what was no UTF-8 is itself again."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _levels(record: Record, deepest: int) -> list[Level]:
    """Return an object and those in it that may tell of the request, each with its names of what is looked for."""
    *names, nested = _layout(tuple(record))
    levels: list[Level] = [(record, names)]
    for name in nested if deepest else ():
        if isinstance(inner := record[name], dict):
            levels += _levels(cast("Record", inner), deepest - 1)
    return levels


@lru_cache(maxsize=1024)
def _layout(names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return those of an object's names that are known as targets, as queries, as methods and as objects, best first.

    The lines of a log have the same names, in one spelling or another.
    """
    spelt = {name: name.lower().replace("-", "_") for name in names}
    return tuple(
        tuple(sorted((name for name in names if spelt[name] in ranks), key=lambda name: ranks[spelt[name]]))
        for ranks in (_TARGETS, _QUERIES, _METHODS, _NESTED)
    )


def _texts(levels: Iterable[Level], kind: int) -> list[str]:
    """Return the texts under known names, those of the outer object and of the better name first."""
    return [text for record, names in levels for name in names[kind] if (text := _text(record[name]))]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
