"""A web server on loopback whose pictures can be made to come in every wrong way."""

import hashlib
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = b"<!doctype html><title>Error</title><h1>Something went wrong</h1>"
WAYS = ("error", "busy", "hang-up", "short", "long", "page", "silent")
"""How it fails: 500, 503, no answer, fewer or more bytes than announced, an error page as 200, half an answer."""


@dataclass
class Picture:
    """What is at one path. `way` is one of WAYS, empty while all is well; an `etag` is kept when the bytes change."""

    body: bytes
    life_s: int
    etag: str = ""
    way: str = ""

    @property
    def tag(self) -> str:
        return self.etag or f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """Say nothing: clients that are killed hang up."""


class Origin:
    """Serves `pictures` by path, and counts what it is asked for."""

    def __init__(self) -> None:
        self.pictures: dict[str, Picture] = {}
        self.asked = 0
        origin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                origin.asked += 1
                with suppress(OSError):
                    _answer(self, origin.pictures.get(self.path.partition("?")[0]))

            def log_message(self, *_: object) -> None:
                pass

        self._listener = _Listener(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()


def _answer(handler: BaseHTTPRequestHandler, picture: Picture | None) -> None:
    way = "" if picture is None else picture.way
    if picture is None:
        _send(handler, 404, PAGE)
    elif way in {"error", "busy"}:
        _send(handler, 500 if way == "error" else 503, PAGE)
    elif way == "page":
        _send(handler, 200, PAGE, picture.life_s, picture.tag, "image/jpeg")
    elif way == "hang-up":
        _hang_up(handler)
    elif way == "silent":
        _send(handler, 200, picture.body[:2000], picture.life_s, picture.tag, length=len(picture.body))
        time.sleep(1.5)
        _hang_up(handler)
    elif way == "short":
        _send(
            handler, 200, picture.body[: len(picture.body) // 2], picture.life_s, picture.tag, length=len(picture.body)
        )
        _hang_up(handler)
    elif way == "long":
        _send(handler, 200, picture.body, picture.life_s, picture.tag, length=len(picture.body) // 2)
        _hang_up(handler)
    elif not picture.etag and handler.headers.get("If-None-Match") == picture.tag:
        _send(handler, 304, b"", picture.life_s, picture.tag)
    else:
        _send(handler, 200, picture.body, picture.life_s, picture.tag, "image/jpeg")


def _send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    life_s: int = 0,
    tag: str = "",
    kind: str = "text/html",
    length: int | None = None,
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    if tag:
        handler.send_header("ETag", tag)
        handler.send_header("Cache-Control", f"max-age={life_s}")
    handler.end_headers()
    handler.wfile.write(body)
    handler.wfile.flush()


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
