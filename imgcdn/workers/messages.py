"""What the front and a worker say to each other. Requests are trusted and pickled, so that frozen plans
travel as they are. Replies come from a process that handles hostile files: JSON and bytes of bounded size,
believed only when checked.
"""

import io
import json
import pickle  # only the front writes pickles, and only workers read them
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from enum import Enum, Flag
from operator import attrgetter
from typing import Any, NoReturn, cast

MAX_BODY = 256 * 1024 * 1024
MAX_JSON = 4 * 1024 * 1024
MAX_DETAIL = 2_000
MAX_LOG = 20_000
_SMALL = 262_144

_REQUEST = struct.Struct("!I")
_REPLY = struct.Struct("!IQ")  # length of the JSON, length of the body


@dataclass(frozen=True, slots=True)
class Reply:
    """What a task returned: facts and, mostly, an encoded picture."""

    value: Mapping[str, Any]
    body: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that a task raised. `detail` is public; `log` is a traceback for the operator."""

    code: str
    detail: str
    param: str | None = None
    log: str | None = None


class MalformedReplyError(Exception):
    """The bytes are no reply; the worker that sent them cannot be trusted any more."""


class _Reducers(dict[type, Callable[[Any], tuple[Any, ...]]]):
    """How dataclasses and enums are pickled: as a call with their fields, half the work of setting a state."""

    def __missing__(self, kind: type) -> Callable[[Any], tuple[Any, ...]]:
        way = _naming(kind) or _calling(kind)
        if way is None:
            raise KeyError
        self[kind] = way
        return way


def _naming(kind: type) -> Callable[[Any], tuple[Any, ...]] | None:
    """Return how members of an enum are pickled, None for what is no enum."""
    if not issubclass(kind, Enum) or issubclass(kind, Flag):  # flags are more than their members
        return None
    return {member: (kind, (member.value,)) for member in kind}.__getitem__


def _calling(kind: type) -> Callable[[Any], tuple[Any, ...]] | None:
    """Return how a dataclass is pickled, None for what is none."""
    if not is_dataclass(kind) or not all(field.init for field in fields(kind)):
        return None
    names = [field.name for field in fields(kind)]
    if len(names) < 2:  # attrgetter of one is no tuple
        return lambda made: (kind, tuple(getattr(made, name) for name in names))
    values = attrgetter(*names)
    return lambda made: (kind, values(made))


_REDUCERS = _Reducers()


def pack_request(content: object) -> bytes:
    """Frame one request."""
    written = io.BytesIO()
    pickler = pickle.Pickler(written, protocol=5)
    pickler.dispatch_table = _REDUCERS
    pickler.dump(content)
    body = written.getvalue()
    return _REQUEST.pack(len(body)) + body


def receive_request(sock: socket.socket) -> bytes:
    """Wait for one request and return its pickle. Raises EOFError when the front is gone."""
    (length,) = _REQUEST.unpack(_receive(sock, _REQUEST.size))
    return _receive(sock, length)


def unpack_request(body: bytes) -> Any:
    return pickle.loads(body)  # noqa: S301  # written by the front that started this process


def pack_reply(value: Mapping[str, Any], body: bytes) -> list[bytes]:
    """Frame a result as what goes before its body, and its body. Raises TypeError or ValueError."""
    if len(body) > MAX_BODY:
        raise ValueError(f"a body of {len(body)} bytes is over the {MAX_BODY} that may travel")
    return [_head({"ok": True, "value": value}, len(body)), body]


def pack_failure(failure: Failure) -> list[bytes]:
    """Frame an error, its texts cut to what the front accepts."""
    short = replace(failure, detail=failure.detail[:MAX_DETAIL], log=failure.log and failure.log[-MAX_LOG:])
    return [_head({"ok": False} | asdict(short), 0)]


def send(sock: socket.socket, parts: list[bytes]) -> None:
    """Send all parts; small ones as one, so that the front wakes once."""
    if len(parts[-1]) <= _SMALL:
        parts = [b"".join(parts)]
    for part in parts:
        sock.sendall(part)


class ReplyReader:
    """Puts replies together from what the socket delivers, and trusts none of it."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Reply | Failure | None:
        """Return the reply that `data` completes, or None. Raises MalformedReplyError."""
        whole: bytes | bytearray = data
        if self._pending:
            self._pending += data
            whole = self._pending
        if len(whole) < _REPLY.size:
            return self._keep(whole)
        json_size, body_size = _REPLY.unpack_from(whole)
        if json_size > MAX_JSON or body_size > MAX_BODY:
            raise MalformedReplyError(f"it announces {json_size} bytes of JSON and {body_size} of body")
        start = _REPLY.size + json_size
        missing = start + body_size - len(whole)
        if missing > 0:
            return self._keep(whole)
        if missing < 0:
            raise MalformedReplyError(f"{-missing} bytes follow its end")
        self._pending = bytearray()
        view = memoryview(whole)
        return _judge(bytes(view[_REPLY.size : start]), bytes(view[start:]))

    def _keep(self, whole: bytes | bytearray) -> None:
        if whole is not self._pending:
            self._pending += whole


def _judge(head: bytes, body: bytes) -> Reply | Failure:
    try:
        said = _JSON.decode(head.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise MalformedReplyError(f"its JSON cannot be read: {error}") from None
    match said:
        case {"ok": True, "value": dict()}:
            return Reply(cast("dict[str, dict[str, Any]]", said)["value"], body)
        case {"ok": False, "code": str() as code, "detail": str() as detail, "param": param, "log": log}:
            return Failure(code, _clean(detail, MAX_DETAIL), _text(param), _text(log))
        case _:
            raise MalformedReplyError("its JSON has not the agreed fields")


def _text(said: object) -> str | None:
    return _clean(said, MAX_LOG) if isinstance(said, str) else None


def _clean(text: str, limit: int) -> str:
    # JSON can carry lone surrogates, on which whoever encodes the text later would fail.
    return text[:limit].encode("utf-8", "replace").decode("utf-8")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse)


def _head(said: Mapping[str, Any], body_size: int) -> bytes:
    text = json.dumps(said, allow_nan=False, separators=(",", ":")).encode("ascii")
    if len(text) > MAX_JSON:
        raise ValueError(f"{len(text)} bytes of JSON are over the {MAX_JSON} that may travel")
    return _REPLY.pack(len(text), body_size) + text


def _receive(sock: socket.socket, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = sock.recv(size, socket.MSG_WAITALL)
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
