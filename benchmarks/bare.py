"""The limit of a hit: a bare ASGI callable that answers the same bytes and headers from memory, on the same uvicorn."""

import os
from pathlib import Path
from typing import Any

_BODY = Path(os.environ["BENCH_BODY"]).read_bytes()
_HEADERS = [
    (b"content-type", b"image/jpeg"),
    (b"content-length", str(len(_BODY)).encode()),
    (b"cache-control", b"public, max-age=2592000"),
    (b"etag", b'"abc"'),
]


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})
