"""How much of the disk one store may take, and how it comes back under that without one long stall."""

import time
from collections.abc import Callable

from imgcdn.cache import rows
from imgcdn.cache.rows import Sql

_LOW_WATER = 0.9
_LARGEST_SHARE = 10
_VACUUM_PAGES = 1024


class Budget:
    """A limit in bytes, None for no limit, and how often it is worth noting that a value was used."""

    def __init__(self, limit: int | None, touch_after_s: float) -> None:
        self.limit = limit
        self.touch_after_s = touch_after_s
        self._longest_s = touch_after_s
        self._is_trimming = False

    def fits(self, size: int) -> bool:
        """Whether one value of `size` bytes may be kept: not when it would push out a tenth of all others."""
        return self.limit is None or size <= self.limit // _LARGEST_SHARE

    def make_room(self, sql: Sql, evict: Callable[[int], float | None]) -> None:
        """Evict at once as far as the limit asks, then in batches, write by write, to the low-water mark."""
        if self.limit is None:
            return
        low = int(self.limit * _LOW_WATER)
        usage = rows.usage(sql)
        self._is_trimming = usage.used > (low if self._is_trimming else self.limit)
        while self._is_trimming:
            used = evict(usage.used - low)
            if used is None:
                break
            # When the budget turns over within an hour, an hourly note comes too late to save what is in use.
            self.touch_after_s = min(self._longest_s, max(1.0, (time.time() - used) / 8))
            usage = rows.usage(sql)
            if usage.used <= self.limit:
                break
        excess = usage.used + usage.free - self.limit
        if excess > 0 and usage.free > 0:
            sql(f"PRAGMA incremental_vacuum({min(_VACUUM_PAGES, 1 + excess // usage.page_size)})")
