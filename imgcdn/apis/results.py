"""Pictures that were made for a caller, at signed URLs that end: they outlive a restart, and nobody can guess them."""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from imgcdn import errors
from imgcdn.dialects.signing import Signing
from imgcdn.model.geometry import Size
from imgcdn.model.media import Format, Rendition
from imgcdn.records.files import Files

_PATH = "/v1/results"
_GONE = "there is no such result, or its time is over"


class ResultsApi:
    """Keeps results and serves them. `public_url` is where clients reach this server, empty for where they asked."""

    def __init__(self, public_url: str, clock: Callable[[], float] = time.time) -> None:
        self._public_url = public_url
        self._clock = clock
        self._kept: tuple[Files, Signing] | None = None

    def serve(self, files: Files, signing: Signing) -> None:
        """Take what is behind the endpoint, once it runs."""
        self._kept = files, signing

    @property
    def routes(self) -> list[Route]:
        return [Route(_PATH + "/{id}/{name}", self.send, methods=["GET"])]

    async def keep(self, request: Request, made: Rendition, output: Format, lives_s: int) -> str:
        """Keep what was made and return its URL. Raises RecordsUnavailableError."""
        files, signing = self._behind()
        path = await asyncio.to_thread(_written, files.temp_dir, made.body)
        kept = await files.keep(
            path,
            sha256(made.body).hexdigest(),
            kind="result",
            name=f"cropped.{output.extension}",
            media_type=made.media_type,
            size=Size(made.width, made.height),
            lives_s=lives_s,
        )
        ends = int(self._clock()) + lives_s
        signed = signing.sign(f"{_PATH}/{kept.id}/{kept.name}", "", expires_at=ends)
        return self._base(request) + signed

    async def send(self, request: Request) -> Response:
        """Answer with a result. Raises BadSignatureError, and NotFoundError once its time is over."""
        files, signing = self._behind()
        raw: bytes = request.scope["raw_path"]
        query: bytes = request.scope["query_string"]
        try:
            signing.verify(raw.decode("latin-1"), query.decode("latin-1"))
        except errors.UrlExpiredError:
            raise errors.NotFoundError(_GONE) from None
        kept = files.find(request.path_params["id"])
        if kept is None or kept.kind != "result" or kept.expires_at is None:
            raise errors.NotFoundError(_GONE)
        left_s = max(0, int(kept.expires_at - self._clock()))
        headers = {
            "cache-control": f"private, max-age={left_s}, immutable",
            "x-content-type-options": "nosniff",
            "content-disposition": f'inline; filename="{kept.name}"',
        }
        return FileResponse(kept.path, 200, headers, kept.media_type)

    def _behind(self) -> tuple[Files, Signing]:
        if self._kept is None:
            raise errors.DrainingError("the server is still starting")
        return self._kept

    def _base(self, request: Request) -> str:
        return self._public_url or f"{request.url.scheme}://{request.url.netloc}"


def _written(folder: Path, body: bytes) -> str:
    handle, path = tempfile.mkstemp(dir=folder, prefix="result-")
    with os.fdopen(handle, "wb") as file:
        file.write(body)
    return path
