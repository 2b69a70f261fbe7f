"""What is wrong with a request before it is one: heads that no parser reads, or that never end.

uvicorn's protocol lets the head of a request grow as it likes, and answers with plain text what it cannot read.
"""

import logging
import re
import sys
from contextvars import Context
from http import HTTPStatus

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from imgcdn import errors
from imgcdn.dialects.mounts import RESERVED
from imgcdn.web.problems import problem, request_id
from imgcdn.web.settings import HttpSettings
from imgcdn.web.watch import Watch

MOST_URL = 65_535
"""Bytes of a URL: more the parser cannot count."""
MOST_HEAD = 131_072
"""Bytes of a request line and headers together."""
_MARKS = 4
"""Bytes of a header besides its name and its value."""
_LINGER_S = 1.0
"""How long what is still on its way is read and thrown away."""
_ALLOWED = "GET, HEAD, OPTIONS"
_KNOWN = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
"""Methods that the parser reads (RFC 9110, 9.3; RFC 5789): what is wrong with these is something else."""
_FIRST_LINE = re.compile(rb"\r?\n?([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) ([^ \r\n]{1,65535}) HTTP/1\.[01]\r?\n")
"""A whole request line."""
_NONE = "-"
"""What is said of a method that could not be read."""


def _is_news(record: logging.LogRecord) -> bool:
    return record.getMessage() != "Invalid HTTP request received."


logging.getLogger("uvicorn.error").addFilter(_is_news)  # the access log says it, with more


class BoundedProtocol(HttpToolsProtocol):
    """One connection, whose requests have bounded heads, and whose refusals are problem+json."""

    watch: Watch | None = None
    """Who counts and logs what is refused here."""
    url = b""
    arrived = 0
    """Bytes since a head began, or since a body did."""
    _latest = b""
    """What came last, while it is read."""
    _wrong: errors.ImgcdnError | None = None
    """What is wrong with a request that the parser has no objection to."""
    _is_in_body = False
    _is_refused = False

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self.arrived += len(data)
        self._latest = data
        super().data_received(data)
        self._latest = b""
        if self.arrived > MOST_HEAD and not (self._is_in_body or self._is_refused):
            self.refuse(self._too_large())

    def on_headers_complete(self) -> None:
        if self.arrived > MOST_HEAD and self._head() > MOST_HEAD:
            raise ValueError("the head is too large")  # the parser passes it on to `send_400_response`
        self._check_host()
        self.arrived, self._is_in_body = 0, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.arrived, self._is_in_body = 0, False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser could not read, in whichever way."""
        if len(self.url) > MOST_URL or self._head() > MOST_HEAD:
            self.refuse(self._too_large())
        elif isinstance(sys.exception(), httptools.HttpParserInvalidMethodError):
            self._refuse_method(msg)
        else:
            self.refuse(self._wrong or errors.MalformedRequestError(f"{msg} Expected HTTP/1.1, or 1.0"))

    def refuse(
        self, error: errors.ImgcdnError, method: str | None = None, url: bytes = b"", status: int | None = None
    ) -> None:
        """Answer with an error and hang up; a request before that is under way gets no answer then.

        `method` and `url` are those that the parser could not read, `status` stands in for the error's own.
        """
        self._is_refused = True
        # Not in the context of this connection, which goes on to log other things.
        Context().run(self._tell, error, method, url or self.url, status or error.status)
        cycle = self.cycle
        if cycle is None or cycle.response_complete:  # pyright: ignore[reportUnnecessaryComparison] - None at first
            # Closed at once, with bytes unread, the kernel would take the answer back (RFC 9112, 9.6).
            self.transport.write_eof()
            self.loop.call_later(_LINGER_S, self.transport.close)
        else:
            self.transport.close()

    def _tell(self, error: errors.ImgcdnError, method: str | None, url: bytes, status: int) -> None:
        given = next((value for name, value in self.headers or () if name == b"x-request-id"), None)
        identity = request_id(None if given is None else given.decode("latin-1"))
        answer = problem(error, identity, HttpSettings(), is_lasting=False, allow=_ALLOWED, status=status)
        if status != error.status:
            del answer.headers["allow"]
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode(), b"connection: close"]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        # The parser knows a method once a URL follows it.
        read = self.parser.get_method().decode("ascii", "replace") if self.parser and self.url else _NONE
        body = b"" if (method or read) == "HEAD" else bytes(answer.body)
        self.transport.write(b"\r\n".join([*lines, b"", body]))
        if self.watch is not None:
            self.watch.refused(method or read, url, status, len(body), identity)

    def _refuse_method(self, msg: str) -> None:
        """Answer a method that the parser does not know, as RFC 9110, 9.1 has it, if all else is a request."""
        found = _FIRST_LINE.match(self._latest)
        if found is None or found[1].decode() in _KNOWN:
            self.refuse(errors.MalformedRequestError(f"{msg} Expected HTTP/1.1, or 1.0"))
            return
        method, url = found[1].decode(), found[2]
        # What an API takes where, only its routes know.
        is_api = url.split(b"/")[1:2] in [[segment.encode()] for segment in RESERVED]
        error = errors.MethodNotAllowedError(f"{method} is no method that is known here: expected {_ALLOWED}")
        self.refuse(error, method, url, 501 if is_api else None)

    def _check_host(self) -> None:
        """Raise for a request that does not say once for which host it is (RFC 9112, 3.2)."""
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser and self.parser.get_http_version() == "1.1"):
            self._wrong = errors.MalformedRequestError(f"the header Host is there {hosts} times: expected it once")
            raise ValueError(self._wrong.detail)

    def _head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + _MARKS for name, value in self.headers or ())

    def _too_large(self) -> errors.ImgcdnError:
        if len(self.url) > MOST_URL:
            return errors.UrlTooLongError(f"the URL is too long: expected at most {MOST_URL} bytes")
        return errors.HeadersTooLargeError(f"the request's headers are too large: expected at most {MOST_HEAD} bytes")


def watched(kind: type[BoundedProtocol], by: Watch) -> type[BoundedProtocol]:
    """Return a kind of protocol whose refusals are counted and logged."""

    class Watched(kind):
        watch = by

    return Watched
