"""A line of a log or of a list in, the target that was asked for out: path and query as they came over the wire."""

import re
from typing import Final

from imgcdn.migration import entries

LONGEST: Final = 65_536
"""Bytes of a line that is read; a longer one is no request that a server would have taken."""
_LONGEST_SHOWN: Final = 2_000
_REQUEST: Final = re.compile(rb'"([A-Z]{3,16}) ([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
"""The quoted request of a combined log: method, target and protocol, with quotes and bytes escaped by backslashes."""
_PROTOCOL: Final = b" HTTP/"
_ESCAPE: Final = re.compile(rb'\\(?:x([0-9A-Fa-f]{2})|(["\\]))')
_SCHEMES: Final = (b"http://", b"https://")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def target_of(line: bytes) -> bytes | None:
    """Return path and query of the picture that a line asks for, None where it says no GET or HEAD of a URL.

    A line is an entry of a combined access log, a JSON object, or a URL, absolute or from its path on.
    """
    if len(line) > LONGEST:
        return None
    line = line.strip().removeprefix(_BYTE_ORDER_MARK)
    if line.startswith(b"{"):
        return _of_entry(line)
    if line.startswith((b"/", *_SCHEMES)):
        return of_url(line.partition(b"#")[0])
    found = _REQUEST.search(line)
    return None if found is None else _of_request(found[1], found[2])


def of_url(url: bytes) -> bytes | None:
    """Return a URL from its path on, None where there is none."""
    if url.startswith(b"/"):
        return url
    if not url.lower().startswith(_SCHEMES):
        return None
    rest = url.partition(b"//")[2]
    slash, mark = rest.find(b"/"), rest.find(b"?")
    if slash < 0 or 0 <= mark < slash:
        return b"/" + rest[mark:] if mark > 0 else None
    return rest[slash:] if slash else None


def _of_request(method: bytes, said: bytes) -> bytes | None:
    if method not in entries.METHODS:
        return None
    target, protocol, _ = said.rpartition(_PROTOCOL)
    target = target if protocol else said
    return of_url(_ESCAPE.sub(_unescape, target) if b"\\" in target else target)


def _unescape(found: re.Match[bytes]) -> bytes:
    return found[2] or bytes.fromhex(found[1].decode())


def _of_entry(line: bytes) -> bytes | None:
    """Read a JSON object, or the line of text that a container's log wraps in one."""
    record = entries.read(line)
    if record is None:
        return None
    method, said = entries.request_of(record)
    if said is None:
        # An object in an object ends soon: each has its quotes escaped once more.
        wrapped = entries.wrapped(record)
        return None if wrapped is None else target_of(wrapped)
    if method is not None and method not in entries.METHODS:
        return None
    name, space, rest = said.partition(b" ")
    if space and name.isalpha():
        return _of_request(name, rest)
    return of_url(said)


def shown(path: bytes, query: bytes) -> str:
    """Return a target as text that steers no terminal, cut where it is very long."""
    text = (path + b"?" + query if query else path)[:_LONGEST_SHOWN].decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
