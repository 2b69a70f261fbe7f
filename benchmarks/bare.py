"""The limits of a hit: bare ASGI callables that answer the same bytes and headers, on the same uvicorn.

`app` has them in memory; `filed` reads one of many files for each answer, and takes its SHA-256 if it is told to.
"""

import itertools
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

_BODY = Path(os.environ["BENCH_BODY"]).read_bytes()
_HEADERS = [
    (b"content-type", b"image/jpeg"),
    (b"content-length", str(len(_BODY)).encode()),
    (b"cache-control", b"public, max-age=2592000"),
    (b"etag", b'"abc"'),
]
_FOLDER = os.environ.get("BENCH_FOLDER", "")
_NUMBERS = itertools.cycle(range(int(os.environ.get("BENCH_FILES", "1"))))
_PROVES = os.environ.get("BENCH_PROVES") == "1"


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


async def filed(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    file = os.open(f"{_FOLDER}/{next(_NUMBERS)}", os.O_RDONLY)
    body = os.read(file, len(_BODY))
    os.close(file)
    if _PROVES:
        sha256(body).hexdigest()
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": body})


async def _live(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
