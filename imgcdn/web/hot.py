"""The hot path: pictures that were just served are answered from memory, before any routing or parsing.

`HotPath` does it as ASGI, under any server; `quick` does it one layer lower, in uvicorn's own protocol.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from time import monotonic
from typing import Any

from imgcdn.web.headers import is_match
from imgcdn.web.problems import is_sane_id
from imgcdn.web.ready import ReadyAnswers
from imgcdn.web.tally import Tally

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


_NO_BODY = b"", True


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
                if_none_match = value if if_none_match is None else if_none_match + b"," + value
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
        found = _NO_BODY if is_bare or scope["method"] == "HEAD" else self._answers.body(key, ready)
        if found is None:
            scope["imgcdn.key"] = key
            await self._app(scope, receive, send)
            return
        body, was_held = found
        headers = ready.headers(now, is_bare=is_bare)
        if identity is not None and is_sane_id(identity):
            headers = [*headers, (b"x-request-id", identity)]
        if is_bare:
            self._tally.hot_bare += 1
        elif was_held:
            self._tally.hot_full += 1
        else:
            self._tally.hot_read += 1
        scope["imgcdn.cache"], scope["imgcdn.is_counted"] = "memory" if was_held else "hit", True
        await send({"type": "http.response.start", "status": 304 if is_bare else 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
