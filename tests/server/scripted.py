"""A web server on loopback that answers by script and counts what it is asked: the origin of web mounts."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Script = Callable[[BaseHTTPRequestHandler], None]


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """Say nothing: clients that hang up are part of the tests."""


@dataclass
class Origin:
    """Answers each path by its script, 404 without one. `asked` counts by path, `headers` keeps what came last."""

    address: str = "127.0.0.1"
    scripts: dict[str, Script] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    connections: int = 0

    def __post_init__(self) -> None:
        origin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                origin.connections += 1
                super().setup()

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                origin.asked[path] += 1
                origin.headers[path] = {name.lower(): value for name, value in self.headers.items()}
                with suppress(OSError):
                    origin.scripts.get(path, answer(status=404))(self)

            def log_message(self, *_: object) -> None:
                pass

        self._listener = _Listener((self.address, 0), Handler)
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return self._listener.server_address[1]

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    def close(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()


def answer(body: bytes = b"", status: int = 200, delay_s: float = 0, **headers: str) -> Script:
    """Answer with a body; headers are written with underscores."""

    def script(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(delay_s)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return script


def redirect(where: str, status: int = 302) -> Script:
    return answer(status=status, Location=where)


def validated(body: bytes, etag: str, delay_s: float = 0, **headers: str) -> Script:
    """Answer 304 to whoever has the entity tag already."""

    def script(handler: BaseHTTPRequestHandler) -> None:
        fresh = handler.headers.get("If-None-Match") == etag
        answer(b"" if fresh else body, 304 if fresh else 200, delay_s, ETag=etag, **headers)(handler)

    return script


def silence(handler: BaseHTTPRequestHandler) -> None:
    """Send a status line, and then nothing for longer than anybody should wait."""
    handler.send_response(200)
    handler.flush_headers()
    time.sleep(15)


def trickle(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte now and then, so that only a deadline on the whole can end it."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b"\xff")
        time.sleep(0.1)


def flood(handler: BaseHTTPRequestHandler) -> None:
    """Send chunks for as long as they are taken."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while True:
        handler.wfile.write(b"10000\r\n" + bytes(65_536) + b"\r\n")


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
