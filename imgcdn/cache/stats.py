"""What a store holds, for people and for metrics."""

from dataclasses import dataclass

from imgcdn.cache import rows
from imgcdn.cache.rows import Sql


@dataclass(frozen=True, slots=True)
class Stats:
    """What a store holds: values, bytes on disk, and the bytes it may take (None is no limit).

    `evicted` is how many values this process removed to keep the budget since it opened the database; `oldest` and
    `newest` are when what was used longest ago and what was used last were used, in Unix seconds.
    """

    entries: int
    bytes: int
    budget: int | None
    evicted: int = 0
    oldest: float | None = None
    newest: float | None = None


def count(sql: Sql, budget: int | None, evicted: int) -> Stats:
    """Read all of it from counters and the ends of an index: the same time for any number of values."""
    oldest, newest = rows.uses(sql)
    return Stats(rows.count(sql), rows.usage(sql).used, budget, evicted, oldest, newest)
