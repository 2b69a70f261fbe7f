"""What is seen in a source: each engine looks once, and the focus of every request is drawn from what it found."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from imgcdn import errors
from imgcdn.model.analysis import FACES_OF_FRAMES, TRIM, Finding, Focus, Look, Override, Suggestion
from imgcdn.model.geometry import Region, stored_point, upright_point
from imgcdn.model.media import Source, SourceInfo
from imgcdn.model.seen import NOTHING, Seen
from imgcdn.model.spec import SourceRef, Spec
from imgcdn.pipeline.ports import Looking, Ports
from imgcdn.pipeline.sources import Sources
from imgcdn.planning import limits, planner, redaction
from imgcdn.planning.settings import Limits

_OWN_FAULTS = frozenset({errors.CorruptImageError.code, errors.RenderTimeoutError.code})
"""Why looking failed, where the error says so by itself."""


class Sight:
    """Findings by digest, shared by every size, format and API. `ref` is None for bytes that have no path."""

    def __init__(self, ports: Ports, sources: Sources, limits_: Limits) -> None:
        self._ports = ports
        self._sources = sources
        self._limits = limits_

    def override(self, spec: Spec, source: Source) -> Override | None:
        """Return the art director's word when it may decide: not where nothing is cropped, or by arithmetic alone."""
        may_decide = planner.may_choose(spec) and self._ports.resolver.engines(spec)
        return self._ports.overrides.get(source.digest) if may_decide else None

    def states(self, spec: Spec, override: Override | None) -> Mapping[str, str]:
        """Name what may decide the crop, with versions: part of the rendition's key."""
        engines = self._ports.resolver.engines(spec) if override is None else frozenset[str]()
        if redaction.needs_faces(spec):
            engines |= {"face"}
        if spec.trim.mode is not None:
            engines |= {TRIM}
        states = {name: self._ports.analyst.state(name) for name in sorted(engines)}
        if override is not None:
            states["override"] = f"{override.point.x:.6f};{override.point.y:.6f}"
        return states

    async def probe(self, source: Source, page: int = 0) -> SourceInfo:
        """Read the header, of a later page of a document where `page`, from 0, says so.

        Raises the 413 errors of what is too large to be decoded.
        """
        info = await (self._ports.engine.probe(source, page) if page else self._ports.engine.probe(source))
        limits.refuse(info, self._limits)
        return info

    async def see(self, spec: Spec, ref: SourceRef | None, source: Source, info: SourceInfo) -> Seen:
        """Look up what planning must know besides the header: nothing, for most.

        Raises FeatureNotInstalledError and LookFailedError where faces must be found and nobody can look for them.
        """
        seen = NOTHING
        if spec.trim.mode is not None:
            seen = await self._trimmed(spec, ref, source, info)
        if redaction.needs_faces(spec):
            seen = replace(seen, faces=await self._faces_to_hide(spec, ref, source, info))
        return seen

    async def _trimmed(self, spec: Spec, ref: SourceRef | None, source: Source, info: SourceInfo) -> Seen:
        upright = planner.upright_size(spec, info)
        region = planner.region_of(spec, upright)
        part = Region(
            region.left / upright.width,
            region.top / upright.height,
            region.width / upright.width,
            region.height / upright.height,
            1.0,
        )
        turned = replace(info, orientation=planner.orientation_of(spec, info))

        async def ask() -> Finding:
            return Finding(TRIM, trimmed=await self._ports.engine.trim(source, turned, region, spec.trim))

        question = Look(
            TRIM,
            region=None if region.size == upright else part,
            orientation=spec.orientation,
            trimming=spec.trim,
            page=info.page,
        )
        return Seen(trimmed=(await self._found(ref, source, question, ask)).trimmed)

    async def _faces_to_hide(
        self, spec: Spec, ref: SourceRef | None, source: Source, info: SourceInfo
    ) -> tuple[Region, ...]:
        """Return the faces that must not be shown. An engine that cannot look is an error: no face may slip out."""
        engine = "face" if info.frames == 1 else FACES_OF_FRAMES
        finding = await self.looking(ref, source, page=info.page)(Look(engine, orientation=spec.orientation))
        if finding.is_available:
            return redaction.sure_faces(spec, finding.faces)
        param = "face_blur" if spec.redaction.blur else "face_pixel" if spec.redaction.pixel else "faces"
        if not finding.is_installed:
            raise errors.FeatureNotInstalledError(
                f"{param} needs faces to be found, which this server cannot do ({finding.why}): "
                "expected a server with face models, see imgcdn doctor",
                param=param,
            )
        if finding.error in _OWN_FAULTS:
            raise errors.from_code(finding.error, finding.why)
        raise errors.LookFailedError(
            f"{param} needs faces to be found, and looking failed ({finding.why})", param=param
        )

    async def focus(
        self,
        spec: Spec,
        ref: SourceRef | None,
        source: Source,
        info: SourceInfo,
        override: Override | None,
        seen: Seen = NOTHING,
    ) -> Focus | None:
        """Return what must stay in the frame, None when nothing is cut away.

        The override is handed in: it must be the one that the rendition's key names, whatever is said meanwhile.
        """
        upright = planner.upright_size(spec, info)
        aspect = planner.wanted_aspect(spec, upright, self._limits, seen)
        if aspect is None:
            return None
        region = planner.region_of(spec, upright, seen)
        look = self.looking(ref, source, page=info.page)
        word = _turned(override, info, spec.orientation)
        return await self._ports.resolver.focus(spec, region, upright, aspect, look, word)

    async def suggest(self, source: Source, info: SourceInfo, look: Looking) -> Suggestion:
        """Return the one point of the source that matters most."""
        return await self._ports.resolver.suggest(info.upright, look, self._ports.overrides.get(source.digest))

    def looking(self, ref: SourceRef | None, source: Source, *, anew: bool = False, page: int = 0) -> Looking:
        """Return how to ask an engine about this source: what is kept, else one look for all who ask, then kept."""

        async def look(question: Look) -> Finding:
            question = replace(question, page=page) if page else question

            def ask() -> Awaitable[Finding]:
                return self._ports.analyst.look(source, question)

            return await self._found(ref, source, question, ask, anew=anew)

        return look

    async def _found(
        self,
        ref: SourceRef | None,
        source: Source,
        question: Look,
        ask: Callable[[], Awaitable[Finding]],
        *,
        anew: bool = False,
    ) -> Finding:
        """Return what is kept, else what one look finds for all who ask, and keep that."""

        def kept() -> Finding | None:
            return None if anew else self._ports.analyses.get(source.digest, question)

        async def see() -> Finding:
            begun = self._ports.stopwatch()
            finding = await ask()
            took_ms = (self._ports.stopwatch() - begun) * 1e3
            if not finding.is_available:
                return finding
            # A finding is kept for ever, so it must not be one about bytes that came meanwhile.
            if ref is not None:
                await self._sources.check(ref, source)
            finding = replace(finding, made_at=self._ports.clock(), took_ms=round(took_ms, 2))
            await self._ports.analyses.put(source.digest, question, finding)
            return finding

        known = kept()
        if known is not None:
            return known
        return (await self._ports.flight.join(("look", source.digest, repr(question)), see, kept))[0]

    def state(self, engine: str) -> str:
        """Which version of an engine would answer now, or "absent"."""
        return self._ports.analyst.state(engine)


def _turned(override: Override | None, info: SourceInfo, orientation: int | None) -> Override | None:
    """Return the word, which was given for EXIF's upright, for the upright that the URL asks for."""
    if override is None or orientation is None:
        return override
    stored = stored_point(override.point, info.orientation)
    return replace(override, point=upright_point(stored, orientation or 1))
