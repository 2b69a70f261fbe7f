"""From a file at hand to a picture: decided and rendered as for a URL, but nothing except what was seen is kept."""

from imgcdn.model.media import Rendition, Source, SourceInfo, entity_tag
from imgcdn.model.spec import Spec
from imgcdn.pipeline.deciding import Deciding, Decision
from imgcdn.pipeline.ports import Ports
from imgcdn.pipeline.sight import Sight


class UploadedPictures:
    """Pictures of bytes that have no path, for the APIs that take uploads."""

    def __init__(self, ports: Ports, sight: Sight, deciding: Deciding) -> None:
        self._ports = ports
        self._sight = sight
        self._deciding = deciding

    async def probe(self, source: Source) -> SourceInfo:
        """Read the header. Raises the 413, 415 and 422 errors of what cannot or must not be decoded."""
        return await self._sight.probe(source)

    async def decide(self, source: Source, spec: Spec) -> Decision:
        """Return every decision about a picture. Raises the errors of sources and specs."""
        return await self._deciding.decide(spec, None, source, "base", self._sight.override(spec, source), {})

    async def render(self, source: Source, decision: Decision) -> Rendition:
        """Carry the plan out. Raises the errors of the engine."""
        plan, focus = decision.plan, decision.focus
        body, _, _ = await self._ports.engine.render(source, plan, decision.info)
        return Rendition(
            body=body,
            media_type=plan.output.format.media_type,
            width=plan.size.width,
            height=plan.size.height,
            etag=entity_tag(body),
            source_digest=source.digest,
            focus="" if focus is None else focus.field(),
            is_final=focus is None or focus.is_final,
        )
