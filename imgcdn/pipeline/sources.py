"""From a path to bytes that have a digest: known and fresh, stale but good enough, or asked of the origin."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from math import inf
from typing import TypeVar

from imgcdn import errors
from imgcdn.model.media import Source
from imgcdn.model.reference import Fetched, Reference, Unchanged
from imgcdn.model.spec import SourceRef
from imgcdn.pipeline.ports import Ports
from imgcdn.planning.settings import Freshness

T = TypeVar("T")

_MOST_TRIES = 3
_CHANGED = "the source changes while it is rendered; asking again is safe"
_MOST_FAILURES = 50_000
"""Failures remembered; a scan for pictures that are not there must not fill the memory."""
_GONE = (errors.SourceNotFoundError, errors.SourceGoneError, errors.SourceForbiddenError)
"""Storage that lists nothing to strangers says 403 for what it does not have."""
_NO_PICTURE = (errors.UnsupportedSourceFormatError, errors.CorruptImageError)
_LASTING = (*_GONE, *_NO_PICTURE, errors.SourceTooLargeError)
_FAILED = (errors.SourceError, errors.SourceTimeoutError)
_STALE_BY_S = 1.0
"""How stale a source counts that something was purged under: it goes out for a short time only."""


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


@dataclass(frozen=True, slots=True)
class _Failure:
    error: errors.ImgcdnError
    until: float


@dataclass(frozen=True, slots=True)
class Referred:
    """A source as it is known; one that `is_stale` was so when it was referred, whatever is made of it takes.

    `before` is what was known of it, and too stale, when its remote origin was asked while the caller waited;
    `was_shared` says that the caller waited for another's question.
    """

    source: Source
    reference: Reference
    is_stale: bool
    before: Reference | None = None
    was_shared: bool = False


@dataclass(frozen=True, slots=True)
class _Stale:
    """The seconds for which a source may be used over its life: while it is renewed, and while its origin fails."""

    revalidate_s: float = inf
    error_s: float = inf


class Sources:
    """Sources by reference, each fetched once however many ask.

    One that `respects_terms` shows none stale for longer than its origin allows (RFC 9111 §4.2.4).
    """

    def __init__(self, ports: Ports, freshness: Freshness, *, respects_terms: bool = True) -> None:
        self._ports = ports
        self._respects_terms = respects_terms
        self._freshness = freshness
        self._failures: OrderedDict[str, _Failure] = OrderedDict()

    async def refer(self, ref: SourceRef) -> Referred:
        """Return the source as it is known; one that is not known, or too stale, is asked of its origin first.

        Raises what origins raise.
        """
        key = f"{ref.mount}/{ref.path}"
        since = self._ports.generation()
        known = self._ports.references.get(key)
        source = None if known is None else self._source(known)
        is_fresh = known is not None and known.fresh_until > self._ports.clock()
        if source is not None and known is not None and (is_fresh or self._may_go_out(key, ref, known, since)):
            return Referred(source, known, not is_fresh)
        self._raise_known(key, ref)
        # A file that is known is asked for its stamp alone: that is less than asking what others found.
        is_glance = known is not None and not self._ports.origins[ref.mount].is_remote
        try:
            reference, was_shared = await self._ports.flight.join(
                ("source", key, since),  # nobody who asks after a purge is answered from before it
                lambda: self._fetch(key, ref, known, since),
                None if is_glance else lambda: self._fetched_elsewhere(key),
            )
        except errors.ImgcdnError as error:
            spared = self._spared(key, error)
            if spared is None:
                raise
            return spared
        source = self._source(reference)
        if source is None:
            raise ChangedMeanwhileError("the source was evicted while it was used; asking again is safe")
        before = None if is_fresh or not self._ports.origins[ref.mount].is_remote else known
        # One that is believed for no time at all was asked for just now all the same.
        is_stale = reference.fresh_until + _STALE_BY_S <= self._ports.clock()
        return Referred(source, reference, is_stale, before, was_shared)

    def has(self, ref: SourceRef) -> bool:
        """Whether a picture is at hand, so that `refer` asks no origin."""
        known = self._ports.references.get(f"{ref.mount}/{ref.path}")
        return known is not None and known.fresh_until > self._ports.clock() and self._source(known) is not None

    def known(self, ref: SourceRef) -> Source | None:
        """Return the source as it was last seen, fresh or not, without asking its origin."""
        known = self._ports.references.get(f"{ref.mount}/{ref.path}")
        return None if known is None else _described(known, "")

    def at_hand(self, ref: SourceRef) -> Source | None:
        """Return the source with its file, fresh or not, without asking its origin; None when there is none."""
        known = self._ports.references.get(f"{ref.mount}/{ref.path}")
        return None if known is None else self._source(known)

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

    async def doubt(self, ref: SourceRef, source: Source) -> None:
        """Ask the origin again soon, and for all of it, for what turned out to be no whole picture.

        An origin that broke off halfway may have given the part the entity tag of the whole. Raises
        ChangedMeanwhileError when asking again may help now: there is another, or what was there before goes out.
        """
        key = f"{ref.mount}/{ref.path}"
        since = self._ports.generation()
        known = self._ports.references.get(key)
        if known is None or known.path is not None:
            return
        is_other = known.digest != source.digest or self._source(known) is None
        if is_other or await self._restored(key, known, since):
            raise ChangedMeanwhileError(_CHANGED)
        soon = min(known.fresh_until, self._ports.clock() + self._freshness.not_found_s)
        if known.stamp or soon < known.fresh_until:
            await self._ports.references.put(key, replace(known, stamp="", fresh_until=soon), since)

    async def _restored(self, key: str, known: Reference, since: int) -> bool:
        """Put what was there before in the place of a damaged picture, as when its origin fails; say whether it is."""
        if known.earlier is None:
            return False
        digest, size, fresh_until = known.earlier
        before = replace(
            known, digest=digest, size=size, stamp="", modified=None, fresh_until=fresh_until, earlier=None
        )
        if self._source(before) is None or not self._is_spared(before):
            return False
        self._note(key, errors.CorruptImageError("the origin sends a damaged picture"))
        await self._ports.references.put(key, before, since)
        return True

    def forget_failures(self) -> None:
        """Ask origins again for what they lately had not: somebody says that it is there now."""
        self._failures.clear()

    def _may_go_out(self, key: str, ref: SourceRef, known: Reference, since: int) -> bool:
        """Whether a stale source is served as it is, while its origin is asked in the background or just failed."""
        if not self._ports.origins[ref.mount].is_remote:
            return False
        over_s = self._ports.clock() - known.fresh_until
        if self._failed(key) is not None:
            return self._is_spared(known)
        if known.gone_at is not None or over_s > self._freshness.stale_s or over_s > self._allowed(known).revalidate_s:
            return False
        self._ports.flight.begin(
            ("source", key, since),
            lambda: self._fetch(key, ref, known, since),
            lambda: self._fetched_elsewhere(key),
        )
        return True

    def _fetched_elsewhere(self, key: str) -> Reference | None:
        """Return what another process learned of a source meanwhile."""
        known = self._ports.references.look_again(key)
        is_fresh = known is not None and known.fresh_until > self._ports.clock()
        return known if known is not None and is_fresh and self._source(known) is not None else None

    def _is_spared(self, known: Reference) -> bool:
        """Whether a source is served although its origin fails, or has it no longer."""
        now = self._ports.clock()
        if now - known.fresh_until > self._allowed(known).error_s:
            return False
        if known.gone_at is not None:
            return now - known.gone_at <= self._freshness.gone_grace_s
        return now - known.fresh_until <= self._freshness.stale_if_error_s

    def _allowed(self, known: Reference) -> _Stale:
        """Return for how long the origin lets a source be used stale."""
        terms = known.terms if self._respects_terms else None
        if terms is None:
            return _Stale()
        return _Stale(
            inf if terms.revalidate_s is None else terms.revalidate_s, inf if terms.error_s is None else terms.error_s
        )

    def _spared(self, key: str, error: errors.ImgcdnError) -> Referred | None:
        known = self._ports.references.get(key)
        if known is None or known.path is not None or not isinstance(error, (*_LASTING, *_FAILED)):
            return None
        source = self._source(known)
        return Referred(source, known, is_stale=True) if source is not None and self._is_spared(known) else None

    def _failed(self, key: str) -> _Failure | None:
        failure = self._failures.get(key)
        if failure is None:
            return None
        left_s = failure.until - self._ports.clock()  # more than any failure is believed: the clock was put back
        return failure if 0 < left_s <= max(self._freshness.not_found_s, self._freshness.failed_s) else None

    def _raise_known(self, key: str, ref: SourceRef) -> None:
        failure = self._failed(key) if self._ports.origins[ref.mount].is_remote else None
        if failure is not None:
            # A new one each time, for tracebacks and parameters are written into it.
            raise type(failure.error)(failure.error.detail, param=failure.error.param)

    def _note(self, key: str, error: errors.ImgcdnError) -> None:
        life_s = self._freshness.not_found_s if isinstance(error, _LASTING) else self._freshness.failed_s
        self._failures[key] = _Failure(error, self._ports.clock() + life_s)
        self._failures.move_to_end(key)
        if len(self._failures) > _MOST_FAILURES:
            self._failures.popitem(last=False)

    def _source(self, reference: Reference) -> Source | None:
        path = reference.path or self._ports.originals.find(reference.digest)
        if path is None:
            return None
        return _described(reference, path)

    async def _fetch(self, key: str, ref: SourceRef, known: Reference | None, since: int) -> Reference:
        if known is not None and self._source(known) is None:
            known = None
        origin = self._ports.origins[ref.mount]
        try:
            got = await origin.get(ref.path, known)
            if isinstance(got, Fetched) and got.is_temporary:
                path = await self._ports.originals.adopt(got.digest, got.path, (f"source:{key}",))
                await self._examine(replace(got, path=path))
        except (*_LASTING, *_FAILED) as error:
            if origin.is_remote:
                self._note(key, error)
                await self._note_gone(key, known, error, since)
            raise
        self._failures.pop(key, None)
        if isinstance(got, Unchanged):
            if known is None:
                raise errors.SourceError("the origin answered 'unchanged' to a first question")
            now = self._ports.clock()
            reference = replace(
                known,
                stamp=got.stamp,
                max_age_s=got.max_age_s,
                terms=got.terms,
                fresh_until=now + got.fresh_for_s,
                gone_at=None,
                seen_at=now,
            )
        else:
            reference = replace(self._reference(got), earlier=_earlier(known, got))
        if self._ports.generation() != since:
            # Perhaps this was purged. Who asked before is answered, or purges in a row would leave nobody an answer.
            return replace(reference, fresh_until=self._ports.clock() - _STALE_BY_S)
        if isinstance(got, Unchanged) and not origin.is_remote:
            # Another process, or this one after a start, finds a record that is stale and asks as cheaply.
            self._ports.references.renew(key, reference, since)
        else:
            await self._ports.references.put(key, reference, since)
        return reference

    async def _examine(self, got: Fetched) -> None:
        """Refuse what is no picture before it takes a picture's place: error pages come as 200, too."""
        try:
            await self._ports.engine.probe(Source(got.digest, got.path, got.size, got.modified, got.max_age_s))
        except _NO_PICTURE:
            raise
        except errors.ImgcdnError:
            return  # nobody had the time to look; rendering will tell

    async def _note_gone(self, key: str, known: Reference | None, error: errors.ImgcdnError, since: int) -> None:
        """Remember since when a source is gone; after the grace, forget it."""
        if known is None or not isinstance(error, _GONE):
            return
        if known.gone_at is None:
            await self._ports.references.put(key, replace(known, gone_at=self._ports.clock()), since)
        elif not self._is_spared(known):
            await self._ports.references.drop(key)

    def _reference(self, got: Fetched) -> Reference:
        path = None if got.is_temporary else got.path
        now = self._ports.clock()
        return Reference(
            got.digest,
            got.size,
            path,
            got.stamp,
            got.modified,
            got.max_age_s,
            fresh_until=now + got.fresh_for_s,
            seen_at=now,
            terms=got.terms,
        )


def _described(known: Reference, path: str) -> Source:
    return Source(known.digest, path, known.size, known.modified, known.max_age_s, known.terms)


def _earlier(known: Reference | None, got: Fetched) -> tuple[str, int, float] | None:
    """Return what `got` replaces, for `Sources.doubt`."""
    if known is None or known.path is not None:
        return None
    return known.earlier if known.digest == got.digest else (known.digest, known.size, known.fresh_until)
