"""The hot path inside uvicorn's HTTP protocol: a hit goes out before a request object, a task or ASGI exists.

uvicorn takes a protocol class of one's own (`http=`). This one answers only what it can answer whole and at once; every
other request, and every request that is unusual in any way, goes on to uvicorn's own handling, untouched.
"""

import asyncio
from time import monotonic
from typing import cast

from imgcdn.web.headers import is_match
from imgcdn.web.problems import is_sane_id
from imgcdn.web.ready import ReadyAnswers
from imgcdn.web.tally import Tally
from imgcdn.web.wire import BoundedProtocol

_NOTABLE = frozenset(
    {b"content-length", b"transfer-encoding", b"upgrade", b"expect", b"connection", b"range", b"x-request-id"}
)
"""Headers that others should judge (bodies, upgrades, whether the connection stays open, parts), and the id."""

_NO_BODY = b"", True


class Joining:
    """A transport as uvicorn's cycle uses it, that writes the head of an answer together with the body behind it.

    uvicorn writes them one by one: two system calls here, and the other end wakes twice. A head whose body is slow to
    come goes out before anything else is done. Not for HEAD, where nothing is written behind it.
    """

    __slots__ = ("_has_begun", "_head", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""
        self._has_begun = False

    def write(self, data: bytes) -> None:
        """Write, or hold what is written first until what comes next."""
        if not self._has_begun:
            self._has_begun, self._head = True, data
            self._loop.call_soon(self._flush)
        else:
            head, self._head = self._head, b""
            if not self._transport.is_closing():  # else nobody is there any more, and uvloop would raise
                self._transport.write(head + data if head else data)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        """Close behind what was written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        head, self._head = self._head, b""
        if head and not self._transport.is_closing():
            self._transport.write(head)


def quick_protocol(answers: ReadyAnswers, tally: Tally) -> type[BoundedProtocol]:
    """Make the protocol class that answers from `answers`, and counts in `tally`."""

    class QuickProtocol(BoundedProtocol):
        """One connection."""

        _is_answered = False

        def on_headers_complete(self) -> None:
            self._is_answered = self._answer()
            if self._is_answered:
                self.arrived = 0
            else:
                before = self.cycle
                super().on_headers_complete()
                if self.cycle is not before and self.scope["method"] != "HEAD":
                    self.cycle.transport = cast("asyncio.Transport", Joining(self.transport, self.loop))

        def on_body(self, body: bytes) -> None:
            if not self._is_answered:
                super().on_body(body)

        def on_message_complete(self) -> None:
            if not self._is_answered:
                super().on_message_complete()

        def _answer(self) -> bool:
            """Write the answer if it is ready; an earlier request under way or a full buffer leaves it to uvicorn."""
            cycle, parser = self.cycle, self.parser
            if self.transport.is_closing():
                return True  # nobody is there any more; uvicorn would write all the same, and log a traceback
            if parser is None or self.flow.write_paused:
                return False
            if cycle is not None and not cycle.response_complete:  # pyright: ignore[reportUnnecessaryComparison] - None at first
                return False
            method = parser.get_method()
            if method not in {b"GET", b"HEAD"} or parser.get_http_version() != "1.1":
                return False
            accept, if_none_match, host, identity = b"", None, None, None
            for name, value in self.headers:
                if name == b"accept":
                    accept = accept + b"," + value if accept else value
                elif name == b"host":
                    if host is not None:
                        return False
                    host = value
                elif name == b"if-none-match":
                    if_none_match = value if if_none_match is None else if_none_match + b"," + value
                elif name in _NOTABLE:
                    if name == b"x-request-id":
                        identity = value
                    elif name != b"connection" or value.lower() != b"keep-alive":
                        return False
            if host is None:
                return False
            now = monotonic()
            key = answers.key(host, self.url, accept)
            ready = answers.get(key, now)
            if ready is None:
                return False
            is_bare = if_none_match is not None and is_match(if_none_match, ready.etag)
            found = _NO_BODY if is_bare or method == b"HEAD" else answers.body(key, ready)
            if found is None:
                return False
            body, was_held = found
            head = ready.head(now, is_bare=is_bare)
            if identity is not None and is_sane_id(identity):
                head = b"%bx-request-id: %b\r\n\r\n" % (head[:-2], identity)
            if is_bare:
                tally.hot_bare += 1
                self.transport.write(head)
            else:
                if was_held:
                    tally.hot_full += 1
                else:
                    tally.hot_read += 1
                self.transport.writelines((head, body))
            self.server_state.total_requests += 1
            self._unset_keepalive_if_required()  # an answer to the same segment may have set it already
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
            return True

    return QuickProtocol
