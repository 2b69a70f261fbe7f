"""The hot path: pictures that were just served are answered from memory, before any routing or parsing."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from imgcdn.model.media import Bucket
from imgcdn.planning import negotiate
from imgcdn.web.headers import Headers, PictureHeaders, is_match

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Key = tuple[bytes, bytes, bytes, Bucket]

_OVERHEAD = 1500
"""What an entry weighs besides its body, in bytes."""
_MOST_ACCEPTS = 4096
"""Distinct Accept headers whose bucket is remembered; browsers send a few dozen."""


@dataclass(slots=True)
class Ready:
    """An answer that can go out as it is until `deadline` (on the monotonic clock)."""

    headers: PictureHeaders
    etag: bytes
    body: bytes
    deadline: float
    second: int = -1
    full: Headers | None = None
    bare: Headers | None = None

    def dated(self, now: float) -> None:
        """Renew the header that counts down, once a second."""
        status = (b"cache-status", b"imgcdn; hit; ttl=%d" % max(0, int(self.deadline - now)))
        self.bare = [*self.headers.validating, status]
        self.full = [*self.bare, *self.headers.describing]
        self.second = int(now)


class ReadyAnswers:
    """Answers by raw URL and Accept bucket, least recently used out first, within a budget of bytes."""

    def __init__(self, budget: int, *, offers_avif: bool) -> None:
        self._budget = budget
        self._offers_avif = offers_avif
        self._kept: OrderedDict[Key, Ready] = OrderedDict()
        self._bytes = 0
        self._buckets: dict[bytes, Bucket] = {}

    def bucket(self, accept: bytes) -> Bucket:
        known = self._buckets.get(accept)
        if known is None:
            if len(self._buckets) >= _MOST_ACCEPTS:
                self._buckets.clear()
            known = negotiate.bucket(accept.decode("latin-1"), offers_avif=self._offers_avif)
            self._buckets[accept] = known
        return known

    def get(self, key: Key) -> Ready | None:
        ready = self._kept.get(key)
        if ready is not None:
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
    """ASGI: answers GET and HEAD from `answers`, or passes on."""

    def __init__(self, app: App, answers: ReadyAnswers, *, by_host: bool) -> None:
        self._app = app
        self._answers = answers
        self._by_host = by_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        accept, if_none_match, host = b"", None, b""
        for name, value in scope["headers"]:
            if name == b"accept":
                accept = accept + b"," + value if accept else value
            elif name == b"if-none-match":
                if_none_match = value
            elif name == b"host":
                host = value
        answers = self._answers
        key = (
            host if self._by_host else b"",
            scope["raw_path"],
            scope["query_string"],
            answers.bucket(accept),
        )
        ready = answers.get(key)
        now = monotonic()
        if ready is None or ready.deadline <= now:
            scope["imgcdn.key"] = key
            await self._app(scope, receive, send)
            return
        if ready.second != int(now):
            ready.dated(now)
        if if_none_match is not None and is_match(if_none_match, ready.etag):
            await send({"type": "http.response.start", "status": 304, "headers": ready.bare})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": 200, "headers": ready.full})
        await send({"type": "http.response.body", "body": ready.body if scope["method"] == "GET" else b""})
