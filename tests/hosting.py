"""A web server on loopback that has a few files, and nothing else."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_TYPES = {"html": "text/html; charset=utf-8", "jpg": "image/jpeg"}


@contextmanager
def hosting(files: Mapping[str, bytes]) -> Iterator[int]:
    """Serve files by their path as it is spelt in a URL, without a query, and give the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = files.get(path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", _TYPES.get(path.rpartition(".")[2], "application/octet-stream"))
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield listener.server_address[1]
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
