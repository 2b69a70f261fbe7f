"""Pictures of this machine without a server: the same pipeline, for as long as a command runs."""

import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from imgcdn.app import Application
from imgcdn.dialects import native
from imgcdn.model.analysis import Analysis
from imgcdn.model.media import Format, Rendition
from imgcdn.model.spec import Ask, SourceRef
from imgcdn.pipeline.stages import Explanation
from imgcdn.settings import MountSettings, Settings

_MOUNT = "-"
"""No mount of the settings can have this name, so nothing that is kept is taken for another's."""


class Desk:
    """Works on files by their absolute paths."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def ask(self, file: Path, query: str) -> Ask:
        """Understand a query about a file. Raises the 400 errors of the native dialect."""
        parsed = native.parse(_MOUNT, "", query, self._application.settings.presets)
        spec = parsed.spec
        if spec.mark.picture is not None:
            spec = replace(spec, mark=replace(spec.mark, picture=_local(spec.mark.picture)))
        if isinstance(spec.blend.layer, str):
            spec = replace(spec, blend=replace(spec.blend, layer=_local(spec.blend.layer)))
        return replace(parsed, source=_ref(file), spec=spec)

    async def render(self, file: Path, query: str, wanted: Format | None) -> Rendition:
        """Render a file; `wanted` is the format if the query names none, JPEG or PNG without."""
        ask = self.ask(file, query)
        if ask.spec.format is None and wanted is not None:
            ask = replace(ask, spec=replace(ask.spec, format=wanted))
        return (await self._application.pipeline.answer(ask, "")).rendition

    async def analyse(self, file: Path) -> Analysis:
        """Return what is known of a file, looking at it if nobody has."""
        return await self._application.insight.analyse(_ref(file))

    async def explain(self, file: Path, query: str, accept: str) -> tuple[Ask, Explanation]:
        """Return why a crop is what it is."""
        ask = self.ask(file, query)
        return ask, await self._application.pipeline.explain(ask, accept)

    async def draw(self, file: Path, query: str, form: Format, *, is_heat: bool = False) -> bytes:
        """Draw why a crop is what it is over the whole file, as `debug=crop` and `debug=heat` do."""
        return await self._application.pipeline.draw(self.ask(file, query), form, is_heat=is_heat)


def _local(said: str) -> str:
    """Return a file of this machine, which is what a command means, as a path on the mount of files."""
    return _ref(Path(said)).path if Path(said).is_file() else said


def _ref(file: Path) -> SourceRef:
    # Origins refuse "..", rightly so; here it is the caller's own file system, links included.
    file = Path(os.path.realpath(file))
    return SourceRef(_MOUNT, file.relative_to(file.anchor).as_posix())


@asynccontextmanager
async def open_desk(settings: Settings, *, keeps: bool) -> AsyncGenerator[Desk]:
    """Start what works on files. With `keeps` what is seen goes to the server's own cache, else it is forgotten."""
    with tempfile.TemporaryDirectory(prefix="imgcdn-", ignore_cleanup_errors=True) as folder:
        cache = settings.cache if keeps else settings.cache.model_copy(update={"dir": Path(folder)})
        application = Application(
            settings.model_copy(
                update={
                    "mount": (MountSettings(name=_MOUNT, origin=Path.cwd().anchor),),
                    "cache": cache,
                    "render": settings.render.model_copy(update={"workers": 1}),
                    # Whoever changes a file and asks again means the file as it is now.
                    "fetch": settings.fetch.model_copy(update={"folder_check_s": 0.0}),
                }
            )
        )
        await application.start()
        try:
            await application.models_pulled()
            yield Desk(application)
        finally:
            await application.stop()
