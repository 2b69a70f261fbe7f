"""The stages of a picture in order: refer, name, look up, join, probe, refuse, focus, plan, render, store."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from imgcdn.model.analysis import Focus, Override
from imgcdn.model.media import Bucket, Format, Rendition, Source, SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.reference import Reference
from imgcdn.model.spec import Ask, Spec
from imgcdn.pipeline.lap import Lap
from imgcdn.pipeline.ports import Ports
from imgcdn.pipeline.sight import Sight
from imgcdn.pipeline.sources import ChangedMeanwhileError, Sources, retried
from imgcdn.planning import drawing, fingerprint, negotiate, planner
from imgcdn.planning.settings import Encoding, Limits

Way = Literal["hit", "stored", "passing", "collapsed"]
"""Where an answer came from: the cache, a render that was stored, one that must not last, or another's render."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A rendition and how it came about.

    `timings` are milliseconds by stage; `fresh_for_s` is how long it may be believed.
    """

    rendition: Rendition
    source: Source
    cache: Way
    varies: bool
    fresh_for_s: float
    timings: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every decision about an ask, and the rendition if it is kept; `accepted` is None when the URL names a format.

    `was_at_hand` says that the source was known and fresh, so that no origin was asked.
    """

    source: Source
    was_at_hand: bool
    info: SourceInfo
    focus: Focus | None
    plan: TransformPlan
    accepted: Bucket | None
    key: str
    kept: Rendition | None
    fresh_for_s: float
    timings: Mapping[str, float]


_ABSENT = "absent"
"""What `Analyst.state` says of an engine that is not there."""


class Pipeline:
    """From an understood URL to a rendition."""

    def __init__(
        self, ports: Ports, sources: Sources, sight: Sight, limits: Limits, encoding: Encoding, engine_version: str
    ) -> None:
        self._ports = ports
        self._sources = sources
        self._sight = sight
        self._limits = limits
        self._encoding = encoding
        self._recipe = fingerprint.recipe(limits, encoding, engine_version)

    async def answer(self, ask: Ask, accept: str) -> Answer:
        """Carry an ask through the stages. Raises the errors of `errors`."""
        return await retried(lambda: self._try(ask, accept))

    async def _try(self, ask: Ask, accept: str) -> Answer:
        timings: dict[str, float] = {}
        varies = negotiate.varies(ask.spec)
        bucket = self._bucket(ask.spec, accept)
        with Lap(self._ports.stopwatch, timings, "fetch"):
            source, reference = await self._sources.refer(ask.source)
        override = self._sight.override(ask.spec, source)
        states = self._sight.states(ask.spec, override)
        key = self._name(ask.spec, source.digest, bucket, states)
        kept = self._ports.renditions.get(key)
        if kept is not None:
            return self._answer(kept, source, reference, "hit", timings, varies=varies)

        async def produce() -> tuple[Rendition, Way]:
            rendition = await self._produce(ask, source, bucket or "base", override, timings)
            if self._sight.states(ask.spec, self._sight.override(ask.spec, source)) != states:
                raise ChangedMeanwhileError("what decides the crop changed while it was rendered; asking again is safe")
            # The key says which engines are absent, but not that one failed just now: such a crop must not last.
            if not rendition.is_final and _ABSENT not in states.values():
                return rendition, "passing"
            await self._ports.renditions.put(key, rendition)
            return rendition, "stored"

        (rendition, how), collapsed = await self._ports.flight.join(("rendition", key), produce)
        how = "collapsed" if collapsed else how
        return self._answer(rendition, source, reference, how, timings, varies=varies)

    async def explain(self, ask: Ask, accept: str) -> Explanation:
        """Decide as `answer` does, by the same code, but render nothing. Raises the same errors."""
        return await retried(lambda: self._explain(ask, accept))

    async def _explain(self, ask: Ask, accept: str) -> Explanation:
        timings: dict[str, float] = {}
        bucket = self._bucket(ask.spec, accept)
        was_at_hand = self._sources.has(ask.source)
        with Lap(self._ports.stopwatch, timings, "fetch"):
            source, reference = await self._sources.refer(ask.source)
        override = self._sight.override(ask.spec, source)
        key = self._name(ask.spec, source.digest, bucket, self._sight.states(ask.spec, override))
        info, focus, plan = await self._decide(ask, source, bucket or "base", override, timings)
        return Explanation(
            source=source,
            was_at_hand=was_at_hand,
            info=info,
            focus=focus,
            plan=plan,
            accepted=bucket,
            key=key,
            kept=self._ports.renditions.get(key),
            fresh_for_s=max(0.0, reference.fresh_until - self._ports.clock()),
            timings=timings,
        )

    async def draw(self, ask: Ask, form: Format, *, is_heat: bool) -> bytes:
        """Draw the decisions about an ask over its whole source, encoded as `form`. Raises the same errors."""
        return await retried(lambda: self._draw(ask, form, is_heat=is_heat))

    async def _draw(self, ask: Ask, form: Format, *, is_heat: bool) -> bytes:
        source, _ = await self._sources.refer(ask.source)
        info, focus, plan = await self._decide(ask, source, "base", self._sight.override(ask.spec, source), {})
        heat, faces = await self._ports.resolver.heat(ask.spec, self._sight.looking(ask.source, source))
        sketch = drawing.draw(ask.spec, info, plan, focus, faces, heat if is_heat else None)
        return await self._ports.engine.draw(source, sketch, info, form)

    def _bucket(self, spec: Spec, accept: str) -> Bucket | None:
        return negotiate.bucket(accept, offers_avif=self._encoding.avif) if negotiate.varies(spec) else None

    def _answer(
        self,
        rendition: Rendition,
        source: Source,
        reference: Reference,
        how: Way,
        timings: Mapping[str, float],
        *,
        varies: bool,
    ) -> Answer:
        fresh_for_s = max(0.0, reference.fresh_until - self._ports.clock())
        return Answer(rendition, source, how, varies, fresh_for_s, timings)

    def _name(self, spec: Spec, digest: str, bucket: Bucket | None, states: Mapping[str, str]) -> str:
        focus_state = ",".join(f"{name}={state}" for name, state in states.items())
        return fingerprint.fingerprint(digest, self._ports.canonical(spec), bucket, focus_state, self._recipe)

    async def _produce(
        self, ask: Ask, source: Source, bucket: Bucket, override: Override | None, timings: dict[str, float]
    ) -> Rendition:
        """Probe, refuse, focus, plan, render; and make sure that the bytes rendered are the bytes that were named."""
        info, focus, plan = await self._decide(ask, source, bucket, override, timings)
        body, stages = await self._ports.engine.render(source, plan, info)
        timings |= stages
        await self._sources.check(ask.source, source)
        return Rendition(
            body=body,
            media_type=plan.output.format.media_type,
            width=plan.size.width,
            height=plan.size.height,
            etag=sha256(body).hexdigest()[:32],
            source_digest=source.digest,
            focus="" if focus is None else focus.field(),
            is_final=focus is None or focus.is_final,
        )

    async def _decide(
        self, ask: Ask, source: Source, bucket: Bucket, override: Override | None, timings: dict[str, float]
    ) -> tuple[SourceInfo, Focus | None, TransformPlan]:
        """Everything between the source and the first decoded pixel."""
        with Lap(self._ports.stopwatch, timings, "probe"):
            info = await self._sight.probe(source)
        with Lap(self._ports.stopwatch, timings, "focus"):
            focus = await self._sight.focus(ask.spec, ask.source, source, info, override)
        chosen = negotiate.choose(ask.spec, bucket, info)
        return info, focus, planner.plan(ask.spec, info, focus, chosen, self._limits, self._encoding)
