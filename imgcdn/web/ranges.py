"""Byte ranges (RFC 9110 §14): one part of a picture, for downloads that were broken off."""

import re
from typing import Literal

Selected = slice | Literal["whole", "unsatisfiable"]
"""Which bytes to send: a part, all of them, or none because the range lies outside."""

_RANGE = re.compile(r"bytes=[ \t,]*(\d*)-(\d*)[ \t,]*", re.ASCII | re.IGNORECASE)
_LONGEST_NUMBER = 18
"""Digits that are read; what is longer lies beyond every picture."""


def select(range_header: str | None, if_range: str | None, etag: str, size: int) -> Selected:
    """Choose the part of `size` bytes that a GET asks for.

    `etag` is the strong entity tag with its quotes. A range that cannot be read, several ranges, and one whose If-Range
    does not name these very bytes are answered whole. A weak tag never names them, nor does a date: Last-Modified is
    the source's, and the same for every picture that is made of it (RFC 9110 §13.1.5).
    """
    found = None if range_header is None else _RANGE.fullmatch(range_header.strip())
    if found is None or (if_range is not None and if_range.strip() != etag):
        return "whole"
    first, last = (_number(text) for text in found.groups())
    if first is None:
        return "whole" if last is None else _suffix(last, size)
    if last is not None and last < first:
        return "whole"
    if first >= size:
        return "unsatisfiable"
    return slice(first, size if last is None else min(last + 1, size))


def content_range(part: slice, size: int) -> bytes:
    """Return Content-Range of a part."""
    return b"bytes %d-%d/%d" % (part.start, part.stop - 1, size)


def _number(text: str) -> int | None:
    if not text:
        return None
    digits = text.lstrip("0")
    return int(digits or "0") if len(digits) <= _LONGEST_NUMBER else 10**_LONGEST_NUMBER


def _suffix(length: int, size: int) -> Selected:
    if length == 0:
        return "unsatisfiable"
    return slice(max(0, size - length), size) if size else "whole"
