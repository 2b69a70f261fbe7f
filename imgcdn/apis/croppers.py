"""One uploaded or fetched picture cropped to a size, for the APIs that know nothing else: the same pipeline as URLs."""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from imgcdn import errors
from imgcdn.apis.bodies import Upload
from imgcdn.model.geometry import Size
from imgcdn.model.media import Rendition, Source, SourceInfo
from imgcdn.model.spec import Fit, Spec
from imgcdn.pipeline.deciding import Decision
from imgcdn.pipeline.uploaded import UploadedPictures

_BITMAP = b"BM"


class KeptSources(Protocol):
    """Source files under their digest, and a folder to write them in first."""

    @property
    def temp_dir(self) -> Path: ...
    async def adopt(self, digest: str, path: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Cropped:
    """What was made, and the decision behind it."""

    picture: Rendition
    decision: Decision


class Cropper:
    """Crops to exactly the size asked for, around what an object model sees if there is one, else what `auto` finds."""

    def __init__(
        self, pictures: UploadedPictures, sources: KeptSources, bitmap: Callable[[Source], Awaitable[bytes]]
    ) -> None:
        """`bitmap` returns a Windows bitmap as PNG."""
        self._pictures = pictures
        self._sources = sources
        self._bitmap = bitmap

    @property
    def temp_dir(self) -> Path:
        return self._sources.temp_dir

    async def adopt(self, upload: Upload) -> Source:
        """Take an upload's file over."""
        kept = await self._sources.adopt(upload.digest, upload.path)
        return Source(upload.digest, kept, upload.size, None, None)

    async def keep(self, body: bytes) -> Source:
        """Take bytes in as a source."""
        path = await asyncio.to_thread(_written, self._sources.temp_dir, body)
        return await self.adopt(Upload(path, "", sha256(body).hexdigest(), len(body)))

    async def readable(self, source: Source) -> Source:
        """Return the source, a Windows bitmap as PNG. Raises TooManyPixelsError and CorruptImageError."""
        is_bitmap = await asyncio.to_thread(_begins, source.path) == _BITMAP
        return await self.keep(await self._bitmap(source)) if is_bitmap else source

    async def probe(self, source: Source) -> SourceInfo:
        """Read the header. Raises the 413, 415 and 422 errors of what cannot or must not be decoded."""
        return await self._pictures.probe(source)

    async def crop(self, source: Source, size: Size) -> Cropped:
        """Crop. Raises the errors of the engine, and InvalidParameterError for more than this server makes."""
        decision = await self._pictures.decide(source, _spec(size))
        if decision.plan.size != size:
            most = decision.plan.size
            raise errors.InvalidParameterError(
                f"{size.width}x{size.height} px is more than this server's limits allow: "
                f"expected {most.width}x{most.height} at most",
            )
        return Cropped(await self._pictures.render(source, decision), decision)


def _spec(size: Size) -> Spec:
    return Spec(width=size.width, height=size.height, fit=Fit.COVER, gravity=("subject", "auto", "attention"))


def _written(folder: Path, body: bytes) -> str:
    handle, path = tempfile.mkstemp(dir=folder, prefix="upload-")
    with os.fdopen(handle, "wb") as file:
        file.write(body)
    return path


def _begins(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(len(_BITMAP))
