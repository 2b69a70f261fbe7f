"""What is seen in a source: each engine looks once, and the focus of every request is drawn from what it found."""

from collections.abc import Mapping
from dataclasses import replace

from imgcdn.model.analysis import Finding, Focus, Look, Override, Suggestion
from imgcdn.model.geometry import stored_point, upright_point
from imgcdn.model.media import Source, SourceInfo
from imgcdn.model.spec import SourceRef, Spec
from imgcdn.pipeline.ports import Looking, Ports
from imgcdn.pipeline.sources import Sources
from imgcdn.planning import limits, planner
from imgcdn.planning.settings import Limits


class Sight:
    """Findings by digest, shared by every size, format and API. `ref` is None for bytes that have no path."""

    def __init__(self, ports: Ports, sources: Sources, limits_: Limits) -> None:
        self._ports = ports
        self._sources = sources
        self._limits = limits_

    def override(self, spec: Spec, source: Source) -> Override | None:
        """Return the art director's word when it may decide this crop: not when the crop is arithmetic alone."""
        return self._ports.overrides.get(source.digest) if self._ports.resolver.engines(spec) else None

    def states(self, spec: Spec, override: Override | None) -> Mapping[str, str]:
        """Name what may decide the crop, with versions: part of the rendition's key."""
        if override is not None:
            return {"override": f"{override.point.x:.6f};{override.point.y:.6f}"}
        return {name: self._ports.analyst.state(name) for name in sorted(self._ports.resolver.engines(spec))}

    async def probe(self, source: Source) -> SourceInfo:
        """Read the header. Raises the 413 errors of what is too large to be decoded."""
        info = await self._ports.engine.probe(source)
        limits.refuse(info, self._limits)
        return info

    async def focus(
        self, spec: Spec, ref: SourceRef | None, source: Source, info: SourceInfo, override: Override | None
    ) -> Focus | None:
        """Return what must stay in the frame, None when nothing is cut away.

        The override is handed in: it must be the one that the rendition's key names, whatever is said meanwhile.
        """
        upright = planner.upright_size(spec, info)
        aspect = planner.wanted_aspect(spec, upright, self._limits)
        if aspect is None:
            return None
        region = planner.region_of(spec, upright)
        look = self.looking(ref, source)
        word = _turned(override, info, spec.orientation)
        return await self._ports.resolver.focus(spec, region, upright, aspect, look, word)

    async def suggest(self, source: Source, info: SourceInfo, look: Looking) -> Suggestion:
        """Return the one point of the source that matters most."""
        return await self._ports.resolver.suggest(info.upright, look, self._ports.overrides.get(source.digest))

    def looking(self, ref: SourceRef | None, source: Source, *, anew: bool = False) -> Looking:
        """Return how to ask an engine about this source: what is kept, else one look for all who ask, then kept."""

        async def look(question: Look) -> Finding:
            kept = None if anew else self._ports.analyses.get(source.digest, question)
            if kept is not None:
                return kept

            async def see() -> Finding:
                begun = self._ports.stopwatch()
                finding = await self._ports.analyst.look(source, question)
                took_ms = (self._ports.stopwatch() - begun) * 1e3
                if not finding.is_available:
                    return finding
                # A finding is kept for ever, so it must not be one about bytes that came meanwhile.
                if ref is not None:
                    await self._sources.check(ref, source)
                finding = replace(finding, made_at=self._ports.clock(), took_ms=round(took_ms, 2))
                await self._ports.analyses.put(source.digest, question, finding)
                return finding

            def again() -> Finding | None:
                return None if anew else self._ports.analyses.get(source.digest, question)

            return (await self._ports.flight.join(("look", source.digest, repr(question)), see, again))[0]

        return look

    def state(self, engine: str) -> str:
        """Which version of an engine would answer now, or "absent"."""
        return self._ports.analyst.state(engine)


def _turned(override: Override | None, info: SourceInfo, orientation: int | None) -> Override | None:
    """Return the word, which was given for EXIF's upright, for the upright that the URL asks for."""
    if override is None or orientation is None:
        return override
    stored = stored_point(override.point, info.orientation)
    return replace(override, point=upright_point(stored, orientation or 1))
