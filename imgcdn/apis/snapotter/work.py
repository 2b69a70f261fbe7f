"""The work of one item: one picture, cropped by the same pipeline as those of URLs."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from imgcdn.apis.jobs.port import Notice
from imgcdn.apis.snapotter import specs
from imgcdn.apis.snapotter.models import Settings
from imgcdn.model.jobs import Claim, Made
from imgcdn.model.kept import KeptFile
from imgcdn.model.media import Rendition, Source
from imgcdn.pipeline.uploaded import UploadedPictures


class SmartCrop:
    """The tool behind `smart-crop` jobs; results are written to files in `temp_dir` first."""

    def __init__(self, pictures: UploadedPictures, temp_dir: Callable[[], Path]) -> None:
        self._pictures = pictures
        self._temp_dir = temp_dir

    async def __call__(self, claim: Claim, kept: KeptFile, notice: Notice) -> Made:
        """Crop a kept picture. Raises the errors of sources, specs and the engine."""
        settings = Settings.model_validate_json(claim.settings)
        source = Source(kept.digest, kept.path, kept.bytes, None, None)
        await notice("reading", 10)
        spec = specs.asked(settings, await self._pictures.probe(source))
        await notice("analysing", 25)
        decision = await self._pictures.decide(source, spec)
        finer = specs.refined(settings, spec, decision)
        if finer is not None:
            decision = await self._pictures.decide(source, finer)
        await notice("cropping", 60)
        rendition = await self._pictures.render(source, decision)
        await notice("storing", 90)
        path = await asyncio.to_thread(self._write, rendition.body)
        return _made(path, rendition, specs.result_name(claim.item.name, decision.plan.output.format))

    def _write(self, body: bytes) -> str:
        handle, path = tempfile.mkstemp(dir=self._temp_dir(), prefix="result-")
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        return path


def _made(path: str, rendition: Rendition, name: str) -> Made:
    digest = hashlib.sha256(rendition.body).hexdigest()
    return Made(path, digest, name, rendition.media_type, len(rendition.body), rendition.width, rendition.height)
