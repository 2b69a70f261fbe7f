"""What is known of a source without reading it: its digest, how to ask whether it changed, and when to."""

from dataclasses import dataclass, replace
from typing import Final, Self

from imgcdn.model.terms import Terms

AHEAD_S: Final = 5.0
"""How far ahead of the clock a noted time may lie: clocks are set right by little steps."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One source as last seen.

    `digest` is the SHA-256 of its bytes in hex. `path` is the file itself for a folder, None when the bytes are a
    fetched original kept under the digest. `stamp` is the origin's own text for "unchanged" (validators); only that
    origin reads it. `modified`, `seen_at` and `fresh_until` are Unix times in seconds, and so is `gone_at`, when the
    origin first said that it has the source no longer. `seen_at` is when the origin was asked last, 0 if unknown.
    `earlier` is the digest, size and `fresh_until` of the bytes that these replaced, should these turn out damaged.
    `terms` is what the origin says of keeping besides `max_age_s`, None when that is nothing.
    """

    digest: str
    size: int
    path: str | None
    stamp: str
    modified: float | None
    max_age_s: int | None
    fresh_until: float
    gone_at: float | None = None
    seen_at: float = 0.0
    earlier: tuple[str, int, float] | None = None
    terms: Terms | None = None

    def believed(self, now: float) -> Self:
        """Return what may be believed of this at `now`: stale from now on if it was seen later than that.

        The clock was put back then, and would have this believed for as long again.
        """
        if self.seen_at <= now + AHEAD_S:
            return self
        gone_at = None if self.gone_at is None else min(self.gone_at, now)
        return replace(self, seen_at=now, fresh_until=min(self.fresh_until, now), gone_at=gone_at)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source read from its origin. A file that `is_temporary` belongs to the caller, to keep or to delete."""

    path: str
    digest: str
    size: int
    stamp: str
    modified: float | None
    max_age_s: int | None
    fresh_for_s: float
    is_temporary: bool
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The origin says that what is known still holds, for `fresh_for_s` more seconds."""

    stamp: str
    max_age_s: int | None
    fresh_for_s: float
    terms: Terms | None = None
