"""One picture without a server: the same pipeline, with a cache that lasts as long as the command."""

import tempfile
from dataclasses import replace
from pathlib import Path

from imgcdn.app import Application
from imgcdn.dialects import native
from imgcdn.model.media import Format, Rendition
from imgcdn.settings import MountSettings, Settings


async def render_one(settings: Settings, file: Path, query: str, wanted: Format | None) -> Rendition:
    """Render `file` (absolute) by a query; `wanted` is the format if the query names none, JPEG or PNG without."""
    ask = native.parse("file", file.name, query, settings.presets)
    if ask.spec.format is None and wanted is not None:
        ask = replace(ask, spec=replace(ask.spec, format=wanted))
    with tempfile.TemporaryDirectory(prefix="imgcdn-", ignore_cleanup_errors=True) as folder:
        application = Application(
            settings.model_copy(
                update={
                    "mount": (MountSettings(name="file", origin=str(file.parent)),),
                    "cache": settings.cache.model_copy(update={"dir": Path(folder)}),
                    "render": settings.render.model_copy(update={"workers": 1}),
                }
            )
        )
        await application.start()
        try:
            await application.models_pulled()
            return (await application.pipeline.answer(ask, "")).rendition
        finally:
            await application.stop()
