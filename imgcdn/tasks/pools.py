"""The engine and the analysts as the pipeline sees them: ports whose work happens in worker processes."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import structlog
from pydantic import TypeAdapter

from imgcdn import errors
from imgcdn.gravity import models, objects, yunet
from imgcdn.gravity.settings import GravitySettings
from imgcdn.model.analysis import FACES_OF_FRAMES, Finding, Look
from imgcdn.model.drawing import Drawing
from imgcdn.model.geometry import Box
from imgcdn.model.media import Format, Source, SourceInfo
from imgcdn.model.overlays import Fonts
from imgcdn.model.plan import TransformPlan
from imgcdn.model.quality import Chosen
from imgcdn.model.trimming import Trimming
from imgcdn.workers.pool import Pool

_log = structlog.get_logger("imgcdn.tasks")
# Workers handle hostile files, so what they send back is validated, not trusted.
_INFO = TypeAdapter(SourceInfo)
_FINDING = TypeAdapter(Finding)
_BOX = TypeAdapter(Box)
_FONTS = TypeAdapter(Fonts)
_TIMINGS = TypeAdapter(dict[str, float])
_CHOSEN = TypeAdapter[Chosen | None](Chosen | None)
_MOST_INFOS = 20_000
_TOLD = frozenset({Format.JSON, Format.IMGIX_JSON, Format.PALETTE_JSON, Format.PALETTE_CSS})
"""What needs more than libvips, or is no picture at all."""
_ABSENT = "absent"


class PooledEngine:
    """Probes and renders in the render workers; headers of sources seen lately are not read again."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._infos: OrderedDict[tuple[str, int], SourceInfo] = OrderedDict()

    @property
    def is_idle(self) -> bool:
        """Whether a worker is free and nobody waits for one."""
        stats = self._pool.stats
        return stats.waiting == 0 and stats.busy < stats.ready

    async def version(self) -> str:
        reply = await self._pool.run("describe")
        return str(reply.value["libvips"])

    async def probe(self, source: Source, page: int = 0) -> SourceInfo:
        key = (source.digest, page)
        known = self._infos.get(key)
        if known is not None:
            self._infos.move_to_end(key)
            return known
        reply = await self._pool.run("probe", source.path, page)
        info = _INFO.validate_python(reply.value)
        self._infos[key] = info
        if len(self._infos) > _MOST_INFOS:
            self._infos.popitem(last=False)
        return info

    async def trim(self, source: Source, info: SourceInfo, region: Box, trimming: Trimming) -> Box:
        """Return what is left of a region of the upright source, in px, without its border."""
        reply = await self._pool.run("trim", source.path, info, region, trimming)
        return _BOX.validate_python(reply.value)

    async def bitmap(self, source: Source) -> bytes:
        """Return a Windows bitmap as PNG. Raises TooManyPixelsError and CorruptImageError."""
        return (await self._pool.run("bitmap", source.path)).body

    async def fonts(self) -> Fonts:
        """Return what texts can be set in."""
        return _FONTS.validate_python((await self._pool.run("fonts")).value)

    async def render(
        self,
        source: Source,
        plan: TransformPlan,
        info: SourceInfo,
        layers: Sequence[tuple[Source, SourceInfo]] = (),
    ) -> tuple[bytes, Mapping[str, float], Chosen | None]:
        pictures = tuple((layer.path, header) for layer, header in layers)
        if plan.output.format in _TOLD:
            told = await self._pool.run("tell", source.path, info, plan, pictures, source.digest, source.size)
            return told.body, {}, None
        reply = await self._pool.run("render", source.path, info, plan, pictures)
        timings = _TIMINGS.validate_python(reply.value["timings"])
        return reply.body, timings, _CHOSEN.validate_python(reply.value["chosen"])

    async def draw(self, source: Source, drawing: Drawing, info: SourceInfo, output_format: Format) -> bytes:
        """Return the source, uncropped and encoded, with the drawing over it."""
        reply = await self._pool.run("draw", source.path, info, drawing, output_format)
        return reply.body


class PooledAnalyst:
    """Asks the analysis workers. An engine that cannot look is said once in the log, and in every finding."""

    def __init__(self, pool: Pool, settings: GravitySettings, versions: Mapping[str, str]) -> None:
        self._pool = pool
        self._settings = settings
        self._versions = dict(versions)
        self._objects = _ABSENT
        self._why_no_objects = ""
        self._said: set[str] = set()
        self._faces = ""
        self._why_no_faces = ""
        self.refresh()

    def refresh(self) -> None:
        """Look again at which models are there; call it when files came or went."""
        self._find_objects()
        self._why_no_faces = ""
        face_model = self._settings.face_model
        if face_model is not None:
            try:
                self._faces = yunet.version(face_model)
            except OSError as error:
                self._lose_faces(f"{face_model.name} cannot be read ({error.strerror})")
        elif not models.is_runtime_installed():
            self._lose_faces("mediapipe is not installed: install imgcdn[faces]")
        else:
            bad = models.problems(self._settings.models_dir)
            if bad:
                self._lose_faces("; ".join(f"{name} is {reason}" for name, reason in bad.items()))
            else:
                self._faces = models.version()

    async def inspect(self) -> None:
        """Let a worker say whether the models that are there can be used, too; call it once workers are up."""
        if self._faces != _ABSENT and (why := await self._why_not("faces")):
            self._lose_faces(why)
        if self._objects != _ABSENT and (why := await self._why_not("things")):
            self._lose_objects(why)

    async def _why_not(self, task: str) -> str:
        try:
            return str((await self._pool.run(task)).value["why"])
        except (errors.InternalError, errors.RenderTimeoutError) as error:
            return error.detail

    @property
    def why_no_faces(self) -> str:
        """Say why faces are off, in a sentence for the operator; empty when they are not."""
        return self._why_no_faces

    @property
    def why_no_objects(self) -> str:
        """Say why the object model of the settings cannot be used; empty when it can, or when none is named."""
        return self._why_no_objects

    def _find_objects(self) -> None:
        model, labels = self._settings.object_model, self._settings.object_labels
        if model is None or labels is None:
            return
        try:
            self._objects, self._why_no_objects = objects.version(model, labels), ""
        except OSError as error:
            self._lose_objects(f"{model.name} or its labels cannot be read ({error.strerror})")

    def _lose_objects(self, why: str) -> None:
        self._objects, self._why_no_objects = _ABSENT, why

    def _lose_faces(self, why: str) -> None:
        # Keys must say that an engine is absent, so that nothing is kept under the name of the real one.
        self._faces, self._why_no_faces = _ABSENT, why

    def state(self, engine: str) -> str:
        match engine:
            case "face" | "face-frames":
                return self._faces
            case "objects":
                return self._objects
            case _:
                return self._versions.get(engine, _ABSENT)

    async def look(self, source: Source, look: Look) -> Finding:
        """Return the engine's finding; its crash or time-out is a finding too, so that the chain goes on."""
        is_known_absent = self.state(look.engine) == "absent"  # then the start has told it
        try:
            reply = await self._pool.run("look", source.path, source.digest, look)
        except errors.CorruptImageError as error:
            # The source's fault, so nothing for the log; the render fails as well, and says so to the visitor.
            return Finding(look.engine, is_available=False, why=error.detail, error=error.code)
        except (errors.InternalError, errors.RenderTimeoutError) as error:
            finding = Finding(look.engine, is_available=False, why=error.detail, error=error.code)
        else:
            finding = _FINDING.validate_python(reply.value)
            if look.engine in {"face", FACES_OF_FRAMES} and not finding.is_available:
                self._lose_faces(finding.why)  # its files are there, but it cannot start
            elif look.engine == "objects" and not finding.is_available:
                self._lose_objects(finding.why)
        if not finding.is_available and not is_known_absent and finding.why not in self._said:
            self._said.add(finding.why)
            _log.warning("an engine cannot look; falling back", engine=look.engine, why=finding.why)
        return finding
