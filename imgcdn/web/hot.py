"""The hot path: pictures that were just served are answered from memory, before any routing or parsing.

`HotPath` does it as ASGI, under any server; `quick` does it one layer lower, in uvicorn's own protocol.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from email.utils import formatdate
from time import monotonic
from typing import Any

from imgcdn.model.media import Bucket
from imgcdn.planning import negotiate
from imgcdn.web.headers import Headers, PictureHeaders, is_match
from imgcdn.web.problems import is_sane_id
from imgcdn.web.tally import Tally

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Key = tuple[bytes, bytes, Bucket]
"""Host (empty when it does not choose among mounts), request target as it came, and what Accept was reduced to."""

_OVERHEAD = 2500
"""What an entry weighs besides its body, in bytes."""
_MOST_ACCEPTS = 4096
"""Distinct Accept headers whose bucket is remembered; browsers send a few dozen."""


@dataclass(slots=True)
class Ready:
    """An answer that can go out as it is from `made_at` until `deadline` (on the monotonic clock)."""

    lasting: PictureHeaders
    etag: bytes
    body: bytes
    deadline: float
    made_at: float = 0.0
    _second: int = -1
    _full: Headers | None = None
    _bare: Headers | None = None
    _full_head: bytes = b""
    _bare_head: bytes = b""

    def _renew(self, now: float) -> None:
        """Write the headers that count: once a second is enough."""
        status = (b"cache-status", b"imgcdn; hit; ttl=%d" % max(0, int(self.deadline - now)))
        self._bare = [*self.lasting.aged(now - self.made_at), status]
        self._full = [*self._bare, *self.lasting.describing]
        date = (b"date", formatdate(usegmt=True).encode())
        self._bare_head = _head(b"304 Not Modified", [date, *self._bare])
        self._full_head = _head(b"200 OK", [date, *self._full])
        self._second = int(now)

    def headers(self, now: float, *, is_bare: bool) -> Headers:
        """Return the headers of the whole answer, or those of a 304."""
        if self._second != int(now):
            self._renew(now)
        return (self._bare if is_bare else self._full) or []

    def head(self, now: float, *, is_bare: bool) -> bytes:
        """Return the same as bytes of HTTP/1.1, status line and Date included."""
        if self._second != int(now):
            self._renew(now)
        return self._bare_head if is_bare else self._full_head


def _head(status: bytes, headers: Headers) -> bytes:
    lines = (b"%b: %b\r\n" % header for header in headers)
    return b"HTTP/1.1 %b\r\n%b\r\n" % (status, b"".join(lines))


class ReadyAnswers:
    """Answers by request target and Accept bucket, least recently used out first, within a budget of bytes."""

    def __init__(self, budget: int, *, offers_avif: bool, by_host: bool) -> None:
        self._budget = budget
        self._offers_avif = offers_avif
        self._by_host = by_host
        self._kept: OrderedDict[Key, Ready] = OrderedDict()
        self._bytes = 0
        self.generation: Callable[[], int] = lambda: 0
        self._buckets: dict[bytes, Bucket] = {}

    @property
    def weight(self) -> int:
        """Bytes that are held."""
        return self._bytes

    def key(self, host: bytes, target: bytes, accept: bytes) -> Key:
        """Name an answer by what came over the wire."""
        bucket = self._buckets.get(accept)
        if bucket is None:
            if len(self._buckets) >= _MOST_ACCEPTS:
                self._buckets.clear()
            bucket = negotiate.bucket(accept.decode("latin-1"), offers_avif=self._offers_avif)
            self._buckets[accept] = bucket
        return (host if self._by_host else b"", target, bucket)

    def watch(self, generation: Callable[[], int]) -> None:
        """Ask this before each answer: it forgets what is held when something was purged, and numbers the purges."""
        self.generation = generation

    def get(self, key: Key, now: float) -> Ready | None:
        """Return an answer that is still fresh."""
        self.generation()
        ready = self._kept.get(key)
        if ready is None or ready.deadline <= now:
            return None
        self._kept.move_to_end(key)
        return ready

    def put(self, key: Key, ready: Ready) -> None:
        """Keep an answer; one that would take more than an eighth of the budget is not kept."""
        weight = len(ready.body) + _OVERHEAD
        self.drop(key)
        if weight * 8 > self._budget:
            return
        self._kept[key] = ready
        self._bytes += weight
        while self._bytes > self._budget:
            _, old = self._kept.popitem(last=False)
            self._bytes -= len(old.body) + _OVERHEAD

    def drop(self, key: Key) -> None:
        old = self._kept.pop(key, None)
        if old is not None:
            self._bytes -= len(old.body) + _OVERHEAD

    def clear(self) -> None:
        self._kept.clear()
        self._bytes = 0


class HotPath:
    """ASGI: answers GET and HEAD from `answers`, or passes on. A given request id is repeated; none is made here."""

    def __init__(self, app: App, answers: ReadyAnswers, tally: Tally) -> None:
        self._app = app
        self._answers = answers
        self._tally = tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        accept, if_none_match, host, identity, is_part = b"", None, b"", None, False
        for name, value in scope["headers"]:
            if name == b"accept":
                accept = accept + b"," + value if accept else value
            elif name == b"if-none-match":
                if_none_match = value
            elif name == b"host":
                host = value
            elif name == b"x-request-id":
                identity = value
            elif name == b"range":
                is_part = True
        query = scope["query_string"]
        target = scope["raw_path"] + b"?" + query if query else scope["raw_path"]
        key = self._answers.key(host, target, accept)
        now = monotonic()
        ready = self._answers.get(key, now)
        if ready is None or is_part:
            scope["imgcdn.key"] = key
            await self._app(scope, receive, send)
            return
        is_bare = if_none_match is not None and is_match(if_none_match, ready.etag)
        headers = ready.headers(now, is_bare=is_bare)
        if identity is not None and is_sane_id(identity):
            headers = [*headers, (b"x-request-id", identity)]
        if is_bare:
            self._tally.hot_bare += 1
        else:
            self._tally.hot_full += 1
        scope["imgcdn.cache"] = "memory"
        await send({"type": "http.response.start", "status": 304 if is_bare else 200, "headers": headers})
        body = b"" if is_bare or scope["method"] == "HEAD" else ready.body
        await send({"type": "http.response.body", "body": body})
