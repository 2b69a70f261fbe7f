"""What the origin of a source says about keeping it, besides how long shared caches may believe it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """One origin's words. Seconds are None where it says nothing.

    Nobody may keep what is `unkept` (no-store), only browsers what is `private`; what is `checked` (no-cache) is asked
    for at each use, and what is `strict` (must-revalidate) may not be used once it is stale. `browser_s` was left of
    the life in browsers when the answer came, where shared caches have one of their own (s-maxage). `revalidate_s` and
    `error_s` are for how long it may be used stale while it is renewed, and while its origin fails: 0 where never.
    """

    unkept: bool = False
    private: bool = False
    checked: bool = False
    strict: bool = False
    browser_s: int | None = None
    revalidate_s: int | None = None
    error_s: int | None = None

    @property
    def is_shared(self) -> bool:
        """Whether shared caches may use an answer without asking for it again."""
        return not (self.unkept or self.private or self.checked)


SILENT = Terms()
"""The terms of who sets none."""


def joined(every: Iterable[Terms | None]) -> Terms | None:
    """Return what all of several origins allow, `browser_s` apart."""
    said = [terms for terms in every if terms is not None]
    if not said:
        return None
    return Terms(
        unkept=any(terms.unkept for terms in said),
        private=any(terms.private for terms in said),
        checked=any(terms.checked for terms in said),
        strict=any(terms.strict for terms in said),
        revalidate_s=least(*(terms.revalidate_s for terms in said)),
        error_s=least(*(terms.error_s for terms in said)),
    )


def least(*seconds: int | None) -> int | None:
    """Return the least of those that are there, None when none is."""
    return min((one for one in seconds if one is not None), default=None)
