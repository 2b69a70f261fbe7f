"""The stages of a picture in order: refer, name, look up, join, probe, refuse, focus, plan, render, store."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, cast

from imgcdn import errors
from imgcdn.model.analysis import Focus, Override
from imgcdn.model.media import Bucket, Format, Rendition, Source, SourceInfo, entity_tag
from imgcdn.model.overlays import Fonts
from imgcdn.model.plan import TransformPlan
from imgcdn.model.reference import Reference
from imgcdn.model.seen import NOTHING, Seen
from imgcdn.model.spec import Ask, Spec
from imgcdn.pipeline import layers as overlaid
from imgcdn.pipeline.deciding import Deciding
from imgcdn.pipeline.lap import Lap
from imgcdn.pipeline.layers import Laid, Layers
from imgcdn.pipeline.ports import Ports
from imgcdn.pipeline.renewal import Footing, footings
from imgcdn.pipeline.sight import Sight
from imgcdn.pipeline.sources import ChangedMeanwhileError, Referred, Sources, retried
from imgcdn.pipeline.upgrades import Upgrades
from imgcdn.planning import drawing, fingerprint, negotiate, playing
from imgcdn.planning.lending import Lending
from imgcdn.planning.settings import Encoding, Limits

T = TypeVar("T")
Way = Literal["hit", "stored", "passing", "collapsed"]
"""Where an answer came from: the cache, a render that was stored, one that must not last, or another's render."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A rendition and how it came about.

    `timings` are milliseconds by stage. `fresh_for_s` is how long it may be believed from now on, negative when a
    source was stale when it was referred.
    An answer that `is_provisional` stands in for a better format, which is being written. `age_s` is how long ago the
    origin vouched for the source; `fingerprint` is the name of the rendition in the cache,
    `footings` is what `Renewal` needs to tell whether it may go on for longer.
    One that `was_stale` had to wait until the source's origin was asked again, `was_shared` for another's question.
    """

    rendition: Rendition
    source: Source
    cache: Way
    varies: bool
    fresh_for_s: float
    timings: Mapping[str, float]
    is_provisional: bool = False
    age_s: float = 0.0
    layers: tuple[Laid, ...] = ()
    fingerprint: str = ""
    footings: tuple[Footing, ...] = ()
    was_stale: bool = False
    was_shared: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """A source and everything that decides which bytes are made of it."""

    ask: Ask
    source: Source
    bucket: Bucket | None
    override: Override | None
    states: Mapping[str, str]
    key: str
    layers: tuple[Laid, ...]
    """The pictures laid over it."""
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
    seen: Seen = NOTHING
    layers: tuple[Laid, ...] = ()


_MOST_TAGS = 64
"""Tags of one rendition: bytes that thousands of paths share do not collect them all."""
_ABSENT = "absent"
"""What `Analyst.state` says of an engine that is not there."""


def tags_of(ask: Ask, layers: Sequence[Laid] = ()) -> tuple[str, ...]:
    """Name an ask for purges: its source, what lies over it, its mount and its preset."""
    ref = ask.source
    tags = (f"source:{ref.mount}/{ref.path}", f"origin:{ref.mount}", *ask.delivery.tags, *overlaid.tags_of(layers))
    tags = tuple(dict.fromkeys(tags))
    return tags if ask.delivery.preset is None else (*tags, f"preset:{ask.delivery.preset}")


def _asked(answer: Answer, referred: Referred) -> Answer:
    """Tell of an answer that its source was too stale: all of it was, unless the same source makes a new rendition.

    What was fresh when it was referred is no stale answer, however long rendering took.
    """
    if answer.fresh_for_s < 0 and not (referred.is_stale or any(laid.is_stale for laid in answer.layers)):
        answer = replace(answer, fresh_for_s=0.0)
    before = referred.before
    if before is None or (answer.cache != "hit" and before.digest == referred.source.digest):
        return answer
    return replace(answer, was_stale=True, was_shared=referred.was_shared)


class Pipeline:
    """From an understood URL to a rendition."""

    def __init__(
        self,
        ports: Ports,
        sources: Sources,
        sight: Sight,
        limits: Limits,
        encoding: Encoding,
        engine_version: str,
        lending: Lending | None = None,
        fonts: Fonts | None = None,
    ) -> None:
        self._ports = ports
        self._sources = sources
        self._sight = sight
        self._encoding = encoding
        self._upgrades = Upgrades(ports)
        self._layers = Layers(ports, sources, sight, lending or Lending())
        self._fonts = fonts or Fonts()
        self.deciding = Deciding(ports, sight, self._layers, limits, encoding, self._fonts)
        self._recipe = fingerprint.recipe(limits, encoding, engine_version)

    async def answer(self, ask: Ask, accept: str, *, waits: bool = False) -> Answer:
        """Carry an ask through the stages. Raises the errors of `errors`.

        Who `waits` gets an answer that stands in for another only when that other one is written.
        """
        return await retried(lambda: self._try(ask, accept, waits=waits))

    async def _try(self, ask: Ask, accept: str, *, waits: bool) -> Answer:
        timings: dict[str, float] = {}
        bucket = self._bucket(ask.spec, accept)
        since = self._ports.generation()
        with Lap(self._ports.stopwatch, timings, "fetch"):
            referred = await self._sources.refer(ask.source)
            source = referred.source
            layers = await self._layers.refer(ask, source)
        reference = overlaid.staler(referred.reference, layers)
        case = self._case(ask, source, layers, bucket, since)
        kept = self._ports.renditions.get(case.key)
        if kept is not None:
            await self._tag(case, kept)
            return _asked(self._answer(case, reference, kept, "hit", timings), referred)
        if bucket == "avif" and self._encoding.avif == "upgrade" and negotiate.takes_webp(accept):
            stand_in = _asked(await self._stand_in(case, reference, timings), referred)
            if stand_in.cache != "passing":  # an engine that fails just now would spoil the AVIF, too
                await self._upgrade(case, waits=waits)
            return stand_in
        rendition, how = await self._rendered(case, timings)
        return _asked(self._answer(case, reference, rendition, how, timings), referred)

    def _case(self, ask: Ask, source: Source, layers: tuple[Laid, ...], bucket: Bucket | None, since: int) -> _Case:
        override = self._sight.override(ask.spec, source)
        states = self._states(ask, override, layers)
        key = self._name(ask.spec, source.digest, bucket, states)
        return _Case(ask, source, bucket, override, states, key, layers, since)

    def _states(self, ask: Ask, override: Override | None, layers: Sequence[Laid]) -> Mapping[str, str]:
        """Name everything besides source and spec that decides which bytes are made."""
        states = dict(self._sight.states(ask.spec, override))
        if layers:
            states["layers"] = ";".join(laid.source.digest for laid in layers)
        if ask.spec.caption.text is not None:
            states["fonts"] = self._fonts.version
        return states

    async def _stand_in(self, case: _Case, reference: Reference, timings: dict[str, float]) -> Answer:
        """Answer with WebP, for a short time: every browser that takes AVIF takes it."""
        case = self._case(case.ask, case.source, case.layers, "webp", case.since)
        kept, how = self._ports.renditions.get(case.key), cast("Way", "hit")
        if kept is None:
            kept, how = await self._rendered(case, timings)
        else:
            await self._tag(case, kept)
        return replace(self._answer(case, reference, kept, how, timings), is_provisional=True)

    async def _upgrade(self, case: _Case, *, waits: bool) -> None:
        """Have the AVIF written in the background, whether or not somebody waits for it, once for all who do."""

        async def produce() -> tuple[Rendition, Way]:
            return await self._repeated(case) or await self._produced(case, {}, has_time=True)

        if waits:
            await self._upgrades.finish(case.key, produce, lambda: self._kept(case))
        else:
            self._upgrades.begin(case.key, produce, lambda: self._kept(case))

    async def _repeated(self, case: _Case) -> tuple[Rendition, Way] | None:
        """Keep the stand-in as the answer itself where there is no better format: an animation stays WebP."""
        info = await self._sight.probe(case.source, playing.page_of(case.ask.spec))
        if negotiate.choose(case.ask.spec, "avif", info) is Format.AVIF:
            return None
        kept = self._ports.renditions.get(self._case(case.ask, case.source, case.layers, "webp", case.since).key)
        if kept is None or not await self._ports.renditions.put(case.key, kept, kept.tags, case.since):
            return None
        return kept, "stored"

    async def _tag(self, case: _Case, kept: Rendition) -> None:
        """Have a purge by this ask's tags find what was rendered for another ask, before anybody sees them on it."""
        tags = tuple(dict.fromkeys((*kept.tags, *tags_of(case.ask, case.layers))))
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
            if error.param is None:
                await self._sources.doubt(case.ask.source, case.source)
            await self._layers.doubt([laid for laid in case.layers if laid.param == error.param])
            raise
        override = self._sight.override(case.ask.spec, case.source)
        if self._states(case.ask, override, case.layers) != case.states:
            raise ChangedMeanwhileError("what decides the crop changed while it was rendered; asking again is safe")
        self._ports.rendered(rendition, timings)
        # The key says which engines are absent, but not that one failed just now: such a crop must not last.
        if not rendition.is_final and _ABSENT not in case.states.values():
            return rendition, "passing"
        rendition = replace(rendition, tags=tags_of(case.ask, case.layers))
        is_kept = await self._ports.renditions.put(case.key, rendition, rendition.tags, case.since)
        return rendition, "stored" if is_kept else "passing"

    def names(self, ask: Ask, accepts: Sequence[str]) -> tuple[str, ...]:
        """Return the keys under which renditions of an ask may be kept now; none when its source is not known."""
        known = self._sources.known(ask.source)
        layers = self._layers.known(ask)
        if known is None or layers is None:
            return ()
        keys = {self._case(ask, known, layers, self._bucket(ask.spec, accept), 0).key for accept in accepts}
        return tuple(sorted(keys))

    async def original(self, ask: Ask, read: Callable[[str], Awaitable[T | None]]) -> T | None:
        """Return what `read` makes of the source's file, None when that is not at hand or not what it was."""
        source = self._sources.at_hand(ask.source)
        if source is None or ask.spec.redaction.hides_faces or ask.spec.mark.picture is not None:
            return None  # the original shows what this URL must hide, and lacks the mark
        found = await read(source.path)
        try:
            await self._sources.check(ask.source, source)
        except errors.ImgcdnError:
            return None
        return found

    async def explain(self, ask: Ask, accept: str) -> Explanation:
        """Decide as `answer` does, by the same code, but render nothing. Raises the same errors."""
        return await retried(lambda: self._explain(ask, accept))

    async def _explain(self, ask: Ask, accept: str) -> Explanation:
        timings: dict[str, float] = {}
        bucket = self._bucket(ask.spec, accept)
        was_at_hand = self._sources.has(ask.source)
        with Lap(self._ports.stopwatch, timings, "fetch"):
            referred = await self._sources.refer(ask.source)
            source = referred.source
            layers = await self._layers.refer(ask, source)
        reference = overlaid.staler(referred.reference, layers)
        case = self._case(ask, source, layers, bucket, self._ports.generation())
        info, seen, focus, plan = await self._decide(case, timings, has_time=True)
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
            seen=seen,
            layers=layers,
        )

    async def draw(self, ask: Ask, form: Format, *, is_heat: bool) -> bytes:
        """Draw the decisions about an ask over its whole source, encoded as `form`. Raises the same errors."""
        return await retried(lambda: self._draw(ask, form, is_heat=is_heat))

    async def _draw(self, ask: Ask, form: Format, *, is_heat: bool) -> bytes:
        source = (await self._sources.refer(ask.source)).source
        layers = await self._layers.refer(ask, source)
        case = self._case(ask, source, layers, "base", self._ports.generation())
        info, seen, focus, plan = await self._decide(case, {})
        heat, faces = await self._ports.resolver.heat(ask.spec, self._sight.looking(ask.source, source, page=info.page))
        sketch = drawing.draw(ask.spec, info, plan, focus, faces, heat if is_heat else None, seen)
        return await self._ports.engine.draw(source, sketch, info, form)

    def _bucket(self, spec: Spec, accept: str) -> Bucket | None:
        if not negotiate.varies(spec):
            return None
        if negotiate.refuses(accept):
            raise errors.NotAcceptableError("Accept excludes every picture with q=0: expected one with q above 0")
        return negotiate.bucket(accept, offers_avif=self._encoding.offers_avif)

    def _answer(
        self, case: _Case, reference: Reference, rendition: Rendition, how: Way, timings: Mapping[str, float]
    ) -> Answer:
        now = self._ports.clock()
        return Answer(
            rendition,
            overlaid.merged(case.source, case.layers),
            how,
            negotiate.varies(case.ask.spec),
            reference.fresh_until - now,
            timings,
            age_s=max(0.0, now - reference.seen_at) if reference.seen_at else 0.0,
            layers=case.layers,
            fingerprint=case.key,
            footings=footings(case.ask.source, case.source, case.layers),
        )

    def _name(self, spec: Spec, digest: str, bucket: Bucket | None, states: Mapping[str, str]) -> str:
        focus_state = ",".join(f"{name}={state}" for name, state in states.items())
        return fingerprint.fingerprint(digest, self._ports.canonical(spec), bucket, focus_state, self._recipe)

    async def _produce(self, case: _Case, timings: dict[str, float], *, has_time: bool) -> Rendition:
        """Probe, refuse, focus, plan, render; and make sure that the bytes rendered are the bytes that were named."""
        source = case.source
        info, seen, focus, plan = await self._decide(case, timings, has_time=has_time)
        pictures = tuple(zip((laid.source for laid in case.layers), seen.layers, strict=True))
        body, stages, chosen = await self._ports.engine.render(source, plan, info, pictures)
        timings |= stages
        await self._sources.check(case.ask.source, source)
        await self._layers.check(case.layers)
        return Rendition(
            body=body,
            media_type=plan.output.format.media_type,
            width=plan.size.width,
            height=plan.size.height,
            etag=entity_tag(body),
            source_digest=source.digest,
            focus="" if focus is None else focus.field(),
            is_final=focus is None or focus.is_final,
            quality="" if chosen is None else chosen.field(),
        )

    async def _decide(
        self, case: _Case, timings: dict[str, float], *, has_time: bool = False
    ) -> tuple[SourceInfo, Seen, Focus | None, TransformPlan]:
        """Everything between the source and the first decoded pixel."""
        found = await self.deciding.decide(
            case.ask.spec,
            case.ask.source,
            case.source,
            case.bucket or "base",
            case.override,
            timings,
            laid=case.layers,
            has_time=has_time,
        )
        return found.info, found.seen, found.focus, found.plan
