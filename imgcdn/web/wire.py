"""What is wrong with a request before it is one: heads that no parser reads, or that never end.

uvicorn's protocol lets the head of a request grow as it likes, and answers with plain text what it cannot read.
"""

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from imgcdn import errors
from imgcdn.web.problems import problem
from imgcdn.web.settings import HttpSettings

MOST_URL = 65_535
"""Bytes of a URL: more the parser cannot count."""
MOST_HEAD = 131_072
"""Bytes of a request line and headers together."""
_MARKS = 4
"""Bytes of a header besides its name and its value."""
_LINGER_S = 1.0
"""How long what is still on its way is read and thrown away."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection, whose requests have bounded heads, and whose refusals are problem+json."""

    url = b""
    arrived = 0
    """Bytes since a head began, or since a body did."""
    _is_in_body = False
    _is_refused = False

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self.arrived += len(data)
        super().data_received(data)
        if self.arrived > MOST_HEAD and not (self._is_in_body or self._is_refused):
            self.refuse(self._too_large())

    def on_headers_complete(self) -> None:
        if self.arrived > MOST_HEAD and self._head() > MOST_HEAD:
            raise ValueError("the head is too large")  # the parser passes it on to `send_400_response`
        self.arrived, self._is_in_body = 0, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.arrived, self._is_in_body = 0, False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser could not read, in whichever way."""
        is_too_large = len(self.url) > MOST_URL or self._head() > MOST_HEAD
        self.refuse(self._too_large() if is_too_large else errors.MalformedRequestError(msg))

    def refuse(self, error: errors.ImgcdnError) -> None:
        """Answer with an error and hang up; a request before that is under way gets no answer then."""
        self._is_refused = True
        answer = problem(error, None, HttpSettings(), is_lasting=False)
        lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}".encode(), b"connection: close"]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        cycle = self.cycle
        if cycle is None or cycle.response_complete:  # pyright: ignore[reportUnnecessaryComparison] - None at first
            # Closed at once, with bytes unread, the kernel would take the answer back (RFC 9112, 9.6).
            self.transport.write_eof()
            self.loop.call_later(_LINGER_S, self.transport.close)
        else:
            self.transport.close()

    def _head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + _MARKS for name, value in self.headers or ())

    def _too_large(self) -> errors.ImgcdnError:
        if len(self.url) > MOST_URL:
            return errors.UrlTooLongError(f"the URL is too long: expected at most {MOST_URL} bytes")
        return errors.HeadersTooLargeError(f"the request's headers are too large: expected at most {MOST_HEAD} bytes")
