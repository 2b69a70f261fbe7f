"""How much of the disk one store may take, and how it comes back under that without one long stall."""

import time
from typing import Any, Protocol

from imgcdn.cache import rows

_LOW_WATER = 0.9
_LARGEST_SHARE = 10
_VACUUM_PAGES = 1024
_SLACK_SHARE = 64
"""What part of the room that is left may be written before anybody counts again."""
_COUNT_EVERY_S = 1.0
"""How long it may be before anybody counts again: other processes write as well."""
_PER_VALUE = 4096
"""What a value takes besides its own bytes, at most: its row, its tags, and its share of half-empty pages."""
_NOTE_EVERY_S = 10.0
_NOTE_KEYS = 1024


class Shrinkable(Protocol):
    """A table that can be made smaller."""

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]: ...

    def evict_oldest(self, need: int) -> float | None:
        """Delete a batch, at most `need` bytes of it; return when the last was used, None if there was nothing."""
        ...

    def give_back(self, pages: int) -> None:
        """Return up to so many empty pages of the database to the disk."""
        ...


class Uses:
    """Keys that were used and whose rows do not say so yet, collected so that reads need not write."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._next_note = 0.0

    def add(self, key: str, now: float) -> bool:
        """Remember that a key was used, and say whether it is time to write that down."""
        self._keys.add(key)
        if now < self._next_note and len(self._keys) < _NOTE_KEYS:
            return False
        self._next_note = now + _NOTE_EVERY_S
        return True

    def take(self) -> list[str]:
        """Return the keys, and forget them."""
        keys, self._keys = self._keys, set()
        return list(keys)  # in one go: another thread may still be adding to that set


class Budget:
    """A limit in bytes, None for no limit, and how often it is worth noting that a value was used."""

    def __init__(self, limit: int | None, touch_after_s: float) -> None:
        self.limit = limit
        self.touch_after_s = touch_after_s
        self._longest_s = touch_after_s
        self._is_trimming = False
        self._slack = 0
        self._count_at = 0.0

    def fits(self, size: int) -> bool:
        """Whether one value of `size` bytes may be kept: not when it would push out a tenth of all others."""
        return self.limit is None or size <= self.limit // _LARGEST_SHARE

    def make_room(self, table: Shrinkable, added: int) -> None:
        """Evict at once as far as the limit asks, then in batches, write by write, to the low-water mark.

        `added` are the bytes of the value just written; with much room left, only every so many writes count what is
        there.
        """
        if self.limit is None:
            return
        self._slack -= added + _PER_VALUE
        if self._slack > 0 and time.monotonic() < self._count_at:
            return
        low = int(self.limit * _LOW_WATER)
        usage = rows.usage(table.sql)
        self._is_trimming = usage.used > (low if self._is_trimming else self.limit)
        while self._is_trimming:
            used = table.evict_oldest(usage.used - low)
            if used is None:
                break
            # When the budget turns over within an hour, an hourly note comes too late to save what is in use.
            self.touch_after_s = min(self._longest_s, max(1.0, (time.time() - used) / 8))
            usage = rows.usage(table.sql)
            if usage.used <= self.limit:
                break
        excess = usage.used + usage.free - self.limit
        self._slack = 0 if self._is_trimming else -excess // _SLACK_SHARE
        self._count_at = time.monotonic() + _COUNT_EVERY_S
        if excess > 0 and usage.free > 0:
            table.give_back(min(_VACUUM_PAGES, 1 + excess // usage.page_size))
