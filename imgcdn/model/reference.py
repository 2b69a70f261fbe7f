"""What is known of a source without reading it: its digest, how to ask whether it changed, and when to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """One source as last seen.

    `digest` is the SHA-256 of its bytes in hex. `path` is the file itself for a folder, None when the bytes are a
    fetched original kept under the digest. `stamp` is the origin's own text for "unchanged" (validators); only that
    origin reads it. `modified` and `fresh_until` are Unix times in seconds, and so is `gone_at`, when the origin first
    said that it has the source no longer.
    """

    digest: str
    size: int
    path: str | None
    stamp: str
    modified: float | None
    max_age_s: int | None
    fresh_until: float
    gone_at: float | None = None


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


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The origin says that what is known still holds, for `fresh_for_s` more seconds."""

    stamp: str
    max_age_s: int | None
    fresh_for_s: float
