"""What a finished answer rests on, and how much longer it may go out: asked by the hot path when its time is up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from imgcdn.model.media import Source
from imgcdn.model.spec import SourceRef
from imgcdn.pipeline.layers import Laid
from imgcdn.pipeline.ports import Ports


@dataclass(frozen=True, slots=True)
class Footing:
    """One source of an answer, as it was when the answer was made."""

    ref: SourceRef
    digest: str
    modified: float | None


def footings(ref: SourceRef, source: Source, layers: Sequence[Laid]) -> tuple[Footing, ...]:
    """Name what an answer rests on; nothing where an origin gave it a life, which its headers count down."""
    every = ((ref, source), *((laid.ref, laid.source) for laid in layers))
    if any(one.max_age_s is not None for _, one in every):
        return ()
    return tuple(Footing(where, one.digest, one.modified) for where, one in every)


class Renewal:
    """Tells how long answers may go on, from what is known of their sources, or what a look at a folder says."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def left_s(self, answer: Sequence[Footing]) -> float:
        """Return the seconds for which all that an answer rests on is as it was; none when that must be asked."""
        if len(answer) == 1:  # nearly always, and asked for each answer that the disk has
            return self._left_s(answer[0])
        return min(map(self._left_s, answer), default=0.0)

    def _left_s(self, footing: Footing) -> float:
        ref, now = footing.ref, self._ports.clock()
        key = f"{ref.mount}/{ref.path}"
        since = self._ports.generation()
        known = self._ports.references.get(key)
        if known is None or (known.digest, known.modified) != (footing.digest, footing.modified):
            return 0.0
        if known.max_age_s is not None or known.terms is not None:
            return 0.0  # since it was asked again its origin may allow less than the headers say
        if known.fresh_until > now:
            return known.fresh_until - now
        seen = self._ports.origins[ref.mount].glance(ref.path, known)
        if seen is None:
            return 0.0
        renewed = replace(known, fresh_until=now + seen.fresh_for_s, gone_at=None, seen_at=now)
        self._ports.references.renew(key, renewed, since)
        return seen.fresh_for_s
