"""The stages of a request in order, and the ports they need. Everything concrete is joined in `app`."""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal, Protocol, TypeVar

from imgcdn import errors
from imgcdn.model.analysis import Finding, Focus, Look
from imgcdn.model.geometry import Box, Size
from imgcdn.model.media import Bucket, Rendition, Source, SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.reference import Fetched, Reference, Unchanged
from imgcdn.model.spec import Ask, SourceRef, Spec
from imgcdn.planning import fingerprint, limits, negotiate, planner
from imgcdn.planning.settings import Encoding, Limits

T = TypeVar("T")
Looking = Callable[[Look], Awaitable[Finding]]


class Origin(Protocol):
    """A place sources come from."""

    async def get(self, path: str, known: Reference | None) -> Fetched | Unchanged:
        """Read the source at `path`, or say that `known` still holds. Raises the 4xx and 5xx of `errors`."""
        ...


class References(Protocol):
    def get(self, key: str) -> Reference | None: ...
    async def put(self, key: str, reference: Reference) -> None: ...


class Originals(Protocol):
    """Fetched source files, kept under their digest."""

    def find(self, digest: str) -> str | None:
        """Return the path of the kept file, or None when it was never kept or has been evicted."""
        ...

    async def adopt(self, digest: str, path: str) -> str:
        """Move the temporary file at `path` in, and return where it is now."""
        ...


class Analyses(Protocol):
    def get(self, digest: str, look: Look) -> Finding | None: ...
    async def put(self, digest: str, look: Look, finding: Finding) -> None: ...


class Renditions(Protocol):
    def get(self, key: str) -> Rendition | None: ...
    async def put(self, key: str, rendition: Rendition) -> None: ...


class Flight(Protocol):
    """One producer per key; followers wait for the same value."""

    async def join(self, key: Hashable, produce: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
        """Return the value, and whether this call was a follower (its work collapsed into another's)."""
        ...


class Analyst(Protocol):
    """Engines that look at pictures, in processes of their own."""

    def state(self, engine: str) -> str:
        """Which version of `engine` would answer now, or "absent": part of every key that depends on its answer."""
        ...

    async def look(self, source: Source, look: Look) -> Finding: ...


class Resolver(Protocol):
    """Chooses what must stay in the frame."""

    def engines(self, spec: Spec) -> frozenset[str]:
        """Name the engines whose answer may decide the crop."""
        ...

    async def focus(self, spec: Spec, region: Box, upright: Size, aspect: float, look: Looking) -> Focus: ...


class Engine(Protocol):
    """Probing and rendering, in processes of their own."""

    async def probe(self, source: Source) -> SourceInfo: ...

    async def render(self, source: Source, plan: TransformPlan, info: SourceInfo) -> tuple[bytes, Mapping[str, float]]:
        """Return the encoded picture and the milliseconds that each stage took."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything concrete that the stages need."""

    origins: Mapping[str, Origin]
    references: References
    originals: Originals
    analyses: Analyses
    renditions: Renditions
    flight: Flight
    analyst: Analyst
    resolver: Resolver
    engine: Engine
    canonical: Callable[[Spec], str]
    clock: Callable[[], float]
    """Unix time in seconds."""
    stopwatch: Callable[[], float]
    """Seconds that only ever grow."""


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
    """Every decision about an ask, and the rendition if it is kept; `accepted` is None when the URL names a format."""

    source: Source
    info: SourceInfo
    focus: Focus | None
    plan: TransformPlan
    accepted: Bucket | None
    key: str
    kept: Rendition | None
    fresh_for_s: float
    timings: Mapping[str, float]


_MOST_TRIES = 3
_ABSENT = "absent"
"""What `Analyst.state` says of an engine that is not there."""
_CHANGED = "the source changes while it is rendered; asking again is safe"


class _SourceChangedError(errors.InternalError):
    pass


class Pipeline:
    """From an understood URL to a rendition."""

    def __init__(self, ports: Ports, limits_: Limits, encoding: Encoding, engine_version: str) -> None:
        self._ports = ports
        self._limits = limits_
        self._encoding = encoding
        self._recipe = fingerprint.recipe(limits_, encoding, engine_version)

    async def answer(self, ask: Ask, accept: str) -> Answer:
        """Carry an ask through the stages. Raises the errors of `errors`."""
        for _ in range(_MOST_TRIES - 1):
            try:
                return await self._try(ask, accept)
            except _SourceChangedError:
                continue  # a folder's file was replaced under the render; its new bytes are known by now
        return await self._try(ask, accept)

    async def _try(self, ask: Ask, accept: str) -> Answer:
        timings: dict[str, float] = {}
        varies = negotiate.varies(ask.spec)
        bucket = negotiate.bucket(accept, offers_avif=self._encoding.avif) if varies else None
        with _Lap(self._ports.stopwatch, timings, "fetch"):
            source, reference = await self._refer(ask.source)
        states = self._states(ask.spec)
        key = self._name(ask.spec, source.digest, bucket, states)
        kept = self._ports.renditions.get(key)
        if kept is not None:
            return self._answer(kept, source, reference, "hit", timings, varies=varies)

        async def produce() -> tuple[Rendition, Way]:
            rendition = await self._produce(ask, source, bucket or "base", timings)
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
        timings: dict[str, float] = {}
        bucket = negotiate.bucket(accept, offers_avif=self._encoding.avif) if negotiate.varies(ask.spec) else None
        with _Lap(self._ports.stopwatch, timings, "fetch"):
            source, reference = await self._refer(ask.source)
        key = self._name(ask.spec, source.digest, bucket, self._states(ask.spec))
        info, focus, plan = await self._decide(ask, source, bucket or "base", timings)
        return Explanation(
            source=source,
            info=info,
            focus=focus,
            plan=plan,
            accepted=bucket,
            key=key,
            kept=self._ports.renditions.get(key),
            fresh_for_s=max(0.0, reference.fresh_until - self._ports.clock()),
            timings=timings,
        )

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

    def _states(self, spec: Spec) -> Mapping[str, str]:
        return {name: self._ports.analyst.state(name) for name in sorted(self._ports.resolver.engines(spec))}

    def _name(self, spec: Spec, digest: str, bucket: Bucket | None, states: Mapping[str, str]) -> str:
        focus_state = ",".join(f"{name}={state}" for name, state in states.items())
        return fingerprint.fingerprint(digest, self._ports.canonical(spec), bucket, focus_state, self._recipe)

    async def _refer(self, ref: SourceRef) -> tuple[Source, Reference]:
        """Return the source as it is known, asking its origin when what is known is stale or its bytes are gone."""
        key = f"{ref.mount}/{ref.path}"
        known = self._ports.references.get(key)
        if known is not None and known.fresh_until > self._ports.clock():
            source = self._source(known)
            if source is not None:
                return source, known
        reference, _ = await self._ports.flight.join(("source", key), lambda: self._fetch(key, ref, known))
        source = self._source(reference)
        if source is None:
            raise errors.InternalError("the source was evicted while it was used; asking again is safe")
        return source, reference

    def _source(self, reference: Reference) -> Source | None:
        path = reference.path or self._ports.originals.find(reference.digest)
        if path is None:
            return None
        return Source(reference.digest, path, reference.size, reference.modified, reference.max_age_s)

    async def _fetch(self, key: str, ref: SourceRef, known: Reference | None) -> Reference:
        if known is not None and self._source(known) is None:
            known = None
        got = await self._ports.origins[ref.mount].get(ref.path, known)
        if isinstance(got, Unchanged):
            if known is None:
                raise errors.SourceError("the origin answered 'unchanged' to a first question")
            fresh_until = self._ports.clock() + got.fresh_for_s
            reference = replace(known, stamp=got.stamp, max_age_s=got.max_age_s, fresh_until=fresh_until)
        else:
            if got.is_temporary:
                await self._ports.originals.adopt(got.digest, got.path)
            reference = self._reference(got)
        await self._ports.references.put(key, reference)
        return reference

    def _reference(self, got: Fetched) -> Reference:
        path = None if got.is_temporary else got.path
        fresh_until = self._ports.clock() + got.fresh_for_s
        return Reference(got.digest, got.size, path, got.stamp, got.modified, got.max_age_s, fresh_until)

    async def _produce(self, ask: Ask, source: Source, bucket: Bucket, timings: dict[str, float]) -> Rendition:
        """Probe, refuse, focus, plan, render; and make sure that the bytes rendered are the bytes that were named."""
        info, focus, plan = await self._decide(ask, source, bucket, timings)
        body, stages = await self._ports.engine.render(source, plan, info)
        timings |= stages
        await self._still_the_same(ask.source, source)
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
        self, ask: Ask, source: Source, bucket: Bucket, timings: dict[str, float]
    ) -> tuple[SourceInfo, Focus | None, TransformPlan]:
        """Everything between the source and the first decoded pixel."""
        watch = self._ports.stopwatch
        with _Lap(watch, timings, "probe"):
            info = await self._ports.engine.probe(source)
        limits.refuse(info, self._limits)
        with _Lap(watch, timings, "focus"):
            focus = await self._focus(ask, source, info)
        chosen = negotiate.choose(ask.spec, bucket, info)
        return info, focus, planner.plan(ask.spec, info, focus, chosen, self._limits, self._encoding)

    async def _focus(self, ask: Ask, source: Source, info: SourceInfo) -> Focus | None:
        spec = ask.spec
        upright = planner.upright_size(spec, info)
        aspect = planner.wanted_aspect(spec, upright, self._limits)
        if aspect is None:
            return None

        async def look(question: Look) -> Finding:
            kept = self._ports.analyses.get(source.digest, question)
            if kept is not None:
                return kept

            async def see() -> Finding:
                finding = await self._ports.analyst.look(source, question)
                if finding.is_available:
                    # A finding is kept for ever, so it must not be one about bytes that came meanwhile.
                    await self._still_the_same(ask.source, source)
                    await self._ports.analyses.put(source.digest, question, finding)
                return finding

            return (await self._ports.flight.join(("look", source.digest, question), see))[0]

        return await self._ports.resolver.focus(spec, planner.region_of(spec, upright), upright, aspect, look)

    async def _still_the_same(self, ref: SourceRef, source: Source) -> None:
        """Refuse what was made of a folder's file that was replaced meanwhile: it would go under the old digest."""
        key = f"{ref.mount}/{ref.path}"
        known = self._ports.references.get(key)
        if known is None or known.path is None:
            return
        if known.digest != source.digest:
            raise _SourceChangedError(_CHANGED)
        got = await self._ports.origins[ref.mount].get(ref.path, known)
        if isinstance(got, Fetched):
            await self._ports.references.put(key, self._reference(got))
            if got.digest != source.digest:
                raise _SourceChangedError(_CHANGED)


class _Lap:
    """Adds the time spent inside to a record of timings, in milliseconds."""

    def __init__(self, stopwatch: Callable[[], float], timings: dict[str, float], stage: str) -> None:
        self._stopwatch, self._timings, self._stage = stopwatch, timings, stage
        self._begun = 0.0

    def __enter__(self) -> None:
        self._begun = self._stopwatch()

    def __exit__(self, *_: object) -> None:
        self._timings[self._stage] = (self._stopwatch() - self._begun) * 1e3
