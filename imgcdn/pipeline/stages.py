"""The stages of a picture in order: refer, name, look up, join, probe, refuse, focus, plan, render, store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal, cast

from imgcdn import errors
from imgcdn.model.analysis import Focus, Override
from imgcdn.model.media import Bucket, Format, Rendition, Source, SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.reference import Reference
from imgcdn.model.spec import Ask, Spec
from imgcdn.pipeline.lap import Lap
from imgcdn.pipeline.ports import Ports
from imgcdn.pipeline.sight import Sight
from imgcdn.pipeline.sources import ChangedMeanwhileError, Sources, retried
from imgcdn.pipeline.upgrades import Upgrades
from imgcdn.planning import drawing, fingerprint, negotiate, planner
from imgcdn.planning.settings import Encoding, Limits

Way = Literal["hit", "stored", "passing", "collapsed"]
"""Where an answer came from: the cache, a render that was stored, one that must not last, or another's render."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A rendition and how it came about.

    `timings` are milliseconds by stage. `fresh_for_s` is how long it may be believed, negative for a stale source.
    An answer that `is_provisional` stands in for a better format, which is being written.
    """

    rendition: Rendition
    source: Source
    cache: Way
    varies: bool
    fresh_for_s: float
    timings: Mapping[str, float]
    is_provisional: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """A source and everything that decides which bytes are made of it."""

    ask: Ask
    source: Source
    bucket: Bucket | None
    override: Override | None
    states: Mapping[str, str]
    key: str
    since: int
    """The generation in which it was asked for: what is made of it is not kept after a purge."""


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


_MOST_TAGS = 64
"""Tags of one rendition: bytes that thousands of paths share do not collect them all."""
_ABSENT = "absent"
"""What `Analyst.state` says of an engine that is not there."""


def tags_of(ask: Ask) -> tuple[str, ...]:
    """Name an ask for purges: its source, its mount and its preset."""
    ref = ask.source
    tags = (f"source:{ref.mount}/{ref.path}", f"origin:{ref.mount}", *ask.delivery.tags)
    return tags if ask.delivery.preset is None else (*tags, f"preset:{ask.delivery.preset}")


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
        self._upgrades = Upgrades(ports)
        self._recipe = fingerprint.recipe(limits, encoding, engine_version)

    async def answer(self, ask: Ask, accept: str) -> Answer:
        """Carry an ask through the stages. Raises the errors of `errors`."""
        return await retried(lambda: self._try(ask, accept))

    async def _try(self, ask: Ask, accept: str) -> Answer:
        timings: dict[str, float] = {}
        bucket = self._bucket(ask.spec, accept)
        since = self._ports.generation()
        with Lap(self._ports.stopwatch, timings, "fetch"):
            source, reference = await self._sources.refer(ask.source)
        case = self._case(ask, source, bucket, since)
        kept = self._ports.renditions.get(case.key)
        if kept is not None:
            await self._tag(case, kept)
            return self._answer(case, reference, kept, "hit", timings)
        if bucket == "avif" and self._encoding.avif == "upgrade":
            stand_in = await self._stand_in(case, reference, timings)
            if stand_in.cache != "passing":  # an engine that fails just now would spoil the AVIF, too
                self._upgrade(case)
            return stand_in
        rendition, how = await self._rendered(case, timings)
        return self._answer(case, reference, rendition, how, timings)

    def _case(self, ask: Ask, source: Source, bucket: Bucket | None, since: int) -> _Case:
        override = self._sight.override(ask.spec, source)
        states = self._sight.states(ask.spec, override)
        return _Case(ask, source, bucket, override, states, self._name(ask.spec, source.digest, bucket, states), since)

    async def _stand_in(self, case: _Case, reference: Reference, timings: dict[str, float]) -> Answer:
        """Answer with WebP, for a short time: every browser that takes AVIF takes it."""
        case = self._case(case.ask, case.source, "webp", case.since)
        kept, how = self._ports.renditions.get(case.key), cast("Way", "hit")
        if kept is None:
            kept, how = await self._rendered(case, timings)
        else:
            await self._tag(case, kept)
        return replace(self._answer(case, reference, kept, how, timings), is_provisional=True)

    def _upgrade(self, case: _Case) -> None:
        """Write the AVIF while nobody waits for it, and have others who ask for it wait for the same."""

        async def produce() -> tuple[Rendition, Way]:
            return await self._produced(case, {}, has_time=True)

        self._upgrades.begin(case.key, produce, lambda: self._kept(case))

    async def _tag(self, case: _Case, kept: Rendition) -> None:
        """Have a purge by this ask's tags find what was rendered for another ask, before anybody sees them on it."""
        tags = tuple(dict.fromkeys((*kept.tags, *tags_of(case.ask))))
        if len(kept.tags) < len(tags) <= _MOST_TAGS:
            tagged = replace(kept, tags=tags)
            await self._ports.flight.join(
                ("tags", case.key, *tags), lambda: self._ports.renditions.put(case.key, tagged, tags, case.since)
            )

    async def _rendered(self, case: _Case, timings: dict[str, float]) -> tuple[Rendition, Way]:
        """Render once for all who ask meanwhile, in this process and others."""
        (rendition, how), collapsed = await self._ports.flight.join(
            ("rendition", case.key), lambda: self._produced(case, timings), lambda: self._kept(case)
        )
        if collapsed and how == "stored":
            await self._tag(case, rendition)
        return rendition, "collapsed" if collapsed else how

    def _kept(self, case: _Case) -> tuple[Rendition, Way] | None:
        """Return what another process stored meanwhile."""
        kept = self._ports.renditions.get(case.key)
        return None if kept is None else (kept, "hit")

    async def _produced(
        self, case: _Case, timings: dict[str, float], *, has_time: bool = False
    ) -> tuple[Rendition, Way]:
        try:
            rendition = await self._produce(case, timings, has_time=has_time)
        except (errors.CorruptImageError, errors.UnsupportedSourceFormatError) as error:
            if self._ports.generation() != case.since:
                raise ChangedMeanwhileError("the source was purged while it was rendered") from error
            await self._sources.doubt(case.ask.source, case.source)
            raise
        if self._sight.states(case.ask.spec, self._sight.override(case.ask.spec, case.source)) != case.states:
            raise ChangedMeanwhileError("what decides the crop changed while it was rendered; asking again is safe")
        # The key says which engines are absent, but not that one failed just now: such a crop must not last.
        if not rendition.is_final and _ABSENT not in case.states.values():
            return rendition, "passing"
        rendition = replace(rendition, tags=tags_of(case.ask))
        await self._ports.renditions.put(case.key, rendition, rendition.tags, case.since)
        return rendition, "stored"

    def names(self, ask: Ask, accepts: Sequence[str]) -> tuple[str, ...]:
        """Return the keys under which renditions of an ask may be kept now; none when its source is not known."""
        known = self._sources.known(ask.source)
        if known is None:
            return ()
        keys = {self._case(ask, known, self._bucket(ask.spec, accept), 0).key for accept in accepts}
        return tuple(sorted(keys))

    async def explain(self, ask: Ask, accept: str) -> Explanation:
        """Decide as `answer` does, by the same code, but render nothing. Raises the same errors."""
        return await retried(lambda: self._explain(ask, accept))

    async def _explain(self, ask: Ask, accept: str) -> Explanation:
        timings: dict[str, float] = {}
        bucket = self._bucket(ask.spec, accept)
        was_at_hand = self._sources.has(ask.source)
        with Lap(self._ports.stopwatch, timings, "fetch"):
            source, reference = await self._sources.refer(ask.source)
        case = self._case(ask, source, bucket, self._ports.generation())
        info, focus, plan = await self._decide(ask, source, bucket or "base", case.override, timings, has_time=True)
        return Explanation(
            source=source,
            was_at_hand=was_at_hand,
            info=info,
            focus=focus,
            plan=plan,
            accepted=bucket,
            key=case.key,
            kept=self._ports.renditions.get(case.key),
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
        return negotiate.bucket(accept, offers_avif=self._encoding.offers_avif) if negotiate.varies(spec) else None

    def _answer(
        self, case: _Case, reference: Reference, rendition: Rendition, how: Way, timings: Mapping[str, float]
    ) -> Answer:
        fresh_for_s = reference.fresh_until - self._ports.clock()
        varies = negotiate.varies(case.ask.spec)
        return Answer(rendition, case.source, how, varies, fresh_for_s, timings)

    def _name(self, spec: Spec, digest: str, bucket: Bucket | None, states: Mapping[str, str]) -> str:
        focus_state = ",".join(f"{name}={state}" for name, state in states.items())
        return fingerprint.fingerprint(digest, self._ports.canonical(spec), bucket, focus_state, self._recipe)

    async def _produce(self, case: _Case, timings: dict[str, float], *, has_time: bool) -> Rendition:
        """Probe, refuse, focus, plan, render; and make sure that the bytes rendered are the bytes that were named."""
        source = case.source
        info, focus, plan = await self._decide(
            case.ask, source, case.bucket or "base", case.override, timings, has_time=has_time
        )
        body, stages = await self._ports.engine.render(source, plan, info)
        timings |= stages
        await self._sources.check(case.ask.source, source)
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
        self,
        ask: Ask,
        source: Source,
        bucket: Bucket,
        override: Override | None,
        timings: dict[str, float],
        *,
        has_time: bool = False,
    ) -> tuple[SourceInfo, Focus | None, TransformPlan]:
        """Everything between the source and the first decoded pixel."""
        with Lap(self._ports.stopwatch, timings, "probe"):
            info = await self._sight.probe(source)
        with Lap(self._ports.stopwatch, timings, "focus"):
            focus = await self._sight.focus(ask.spec, ask.source, source, info, override)
        chosen = negotiate.choose(ask.spec, bucket, info)
        plan = planner.plan(ask.spec, info, focus, chosen, self._limits, self._encoding, has_time=has_time)
        if focus is not None:
            focus = planner.settled(focus, plan.window, planner.upright_size(ask.spec, info))
        return info, focus, plan
