"""From a path to bytes that have a digest: known and fresh, or asked of the origin."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from imgcdn import errors
from imgcdn.model.media import Source
from imgcdn.model.reference import Fetched, Reference, Unchanged
from imgcdn.model.spec import SourceRef
from imgcdn.pipeline.ports import Ports

T = TypeVar("T")

_MOST_TRIES = 3
_CHANGED = "the source changes while it is rendered; asking again is safe"


class ChangedMeanwhileError(errors.InternalError):
    """What the work rests on was replaced while it was under way: a file, an override, an engine."""


async def retried(work: Callable[[], Awaitable[T]]) -> T:
    """Do the work again when what it rests on changed meanwhile: what is new is known by then."""
    for _ in range(_MOST_TRIES - 1):
        try:
            return await work()
        except ChangedMeanwhileError:
            continue
    return await work()


class Sources:
    """Sources by reference, each fetched once however many ask."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def refer(self, ref: SourceRef) -> tuple[Source, Reference]:
        """Return the source as it is known, asking its origin when what is known is stale or its bytes are gone."""
        key = f"{ref.mount}/{ref.path}"
        known = self._ports.references.get(key)
        source = self._at_hand(known)
        if source is not None and known is not None:
            return source, known
        reference, _ = await self._ports.flight.join(("source", key), lambda: self._fetch(key, ref, known))
        source = self._source(reference)
        if source is None:
            raise errors.InternalError("the source was evicted while it was used; asking again is safe")
        return source, reference

    def has(self, ref: SourceRef) -> bool:
        """Whether a picture is at hand, so that `refer` asks no origin."""
        return self._at_hand(self._ports.references.get(f"{ref.mount}/{ref.path}")) is not None

    def _at_hand(self, known: Reference | None) -> Source | None:
        return self._source(known) if known is not None and known.fresh_until > self._ports.clock() else None

    async def check(self, ref: SourceRef, source: Source) -> None:
        """Refuse what was made of a folder's file that was replaced meanwhile: it would go under the old digest."""
        key = f"{ref.mount}/{ref.path}"
        known = self._ports.references.get(key)
        if known is None or known.path is None:
            return
        if known.digest != source.digest:
            raise ChangedMeanwhileError(_CHANGED)
        origin = self._ports.origins[ref.mount]
        if known.path == source.path and origin.holds(known):
            return
        got = await origin.get(ref.path, known)
        if isinstance(got, Fetched):
            await self._ports.references.put(key, self._reference(got))
            if got.digest != source.digest:
                raise ChangedMeanwhileError(_CHANGED)

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
