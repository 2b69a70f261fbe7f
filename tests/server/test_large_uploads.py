"""Uploads go to the disk as they come: however large one is, the server's memory hardly grows."""

import os
import threading
from contextlib import suppress

import psutil
from jobbing import BATCH, CROP
from serving import eventually

LEAN = """
[gravity]
models_dir = "/nonexistent"
pull_models = false
[api]
max_upload_bytes = 200_000_000
"""
MEGABYTE = 1 << 20
HEAD = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="large.jpg"\r\n\r\n'
FORM = {"content-type": "multipart/form-data; boundary=x"}


class Peak:
    """The most memory that a process has while the block runs, in bytes beyond what it had before."""

    def __init__(self, pid):
        self._process = psutil.Process(pid)
        self._over = threading.Event()

    def __enter__(self):
        self._first = self.most = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self):
        while not self._over.wait(0.005):
            self.most = max(self.most, self._process.memory_info().rss)

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    @property
    def grown(self):
        return self.most - self._first


def body(part, megabytes):
    block = os.urandom(MEGABYTE)
    yield HEAD % part
    for _ in range(megabytes):
        yield block
    yield b"\r\n--x--\r\n"


def test_an_upload_of_100_mb_costs_the_server_less_than_20(serve, photos):
    server = serve(photos, settings=LEAN)
    with server.client(headers=FORM) as client:
        assert client.post(CROP, content=body(b"file", 2)).status_code == 422, "what is loaded once is loaded now"
        with Peak(server.pid) as peak:
            assert client.post(CROP, content=body(b"file", 100)).status_code == 422
            assert client.post(BATCH, content=body(b"files", 100)).status_code == 202
    assert peak.grown < 20_000_000, peak.grown
    incoming = server.cache.parent / "data" / "files" / "incoming"
    eventually(lambda: not list(incoming.iterdir()), 5, "nothing is left of what was refused")


def test_an_upload_that_breaks_off_leaves_nothing(serve, photos):
    server = serve(photos, settings=LEAN)

    def half():
        yield from list(body(b"file", 3))[:2]
        raise ConnectionError("the client is gone")

    with server.client(headers=FORM) as client, suppress(ConnectionError):
        client.post(CROP, content=half())
    incoming = server.cache.parent / "data" / "files" / "incoming"
    eventually(lambda: incoming.exists() and not list(incoming.iterdir()), 5)
    assert "Traceback" not in server.said
