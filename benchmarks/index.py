"""What a million rows cost: look-ups in stores of 1,000 and 1,000,000 values, reads of 10,000 renditions, purges."""

import argparse
import asyncio
import hashlib
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from imgcdn.cache.caches import Caches, open_caches
from imgcdn.cache.frame import seal
from imgcdn.cache.generation import Generation, Memory
from imgcdn.cache.locks import Locks
from imgcdn.cache.renditions import Renditions
from imgcdn.cache.settings import CacheSettings
from imgcdn.cache.store import Store
from imgcdn.model.media import Rendition

_LIMIT = 2.0
"""A look-up among a million may take so many times one among a thousand."""
_INSERT = "INSERT INTO Cache (key, raw, store_time, access_time, mode, value, tag) VALUES (?, 1, ?, ?, 1, ?, ?)"


def name(number: int) -> str:
    """A key as the pipeline's are: a SHA-256 in hex."""
    return hashlib.sha256(b"%d" % number).hexdigest()


def rows(count: int, size: int) -> Iterator[tuple[str, float, float, bytes, str]]:
    now, body = time.time(), random.Random(4).randbytes(size)
    for number in range(count):
        key = name(number)
        yield (
            key,
            now,
            now,
            seal(key, body),
            f'["digest:{name(-number - 1)}", "source:img/{number % 1000}/{number}.jpg"]',
        )


def build(folder: Path, count: int, size: int) -> Store:
    """Make a store of so many values; its own indexes, tags and counts are made at the end, which is quicker."""
    Store(folder).close()
    with closing(sqlite3.connect(folder / "cache.db")) as database:
        database.execute("PRAGMA synchronous = 0")
        database.execute("PRAGMA cache_size = -400000")
        with database:
            made = database.execute(
                "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND tbl_name = 'Cache'"
                " AND sql IS NOT NULL"
            ).fetchall()
            for kind, called, _ in made:
                database.execute(f"DROP {kind} {called}")
            database.executemany(_INSERT, rows(count, size))
            database.execute(
                "INSERT INTO Tags SELECT tags.value, Cache.key FROM Cache, json_each(Cache.tag) AS tags ORDER BY 1, 2"
            )
            database.execute("UPDATE Settings SET value = ? WHERE key = 'count'", (count,))
            for _, _, statement in made:
                database.execute(statement)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Store(folder)


def each(work: Callable[[str], object], keys: list[str]) -> float:
    """Return the median time of one call, in microseconds."""
    times = []
    for key in keys:
        begun = time.perf_counter()
        found = work(key)
        times.append(time.perf_counter() - begun)
        assert found is not None
    return statistics.median(times) * 1e6


def look_ups(folder: Path, large: int, rounds: int) -> None:
    """The same number of look-ups in turn here and there, keys at random over the whole store."""
    counts = (1_000, large)
    stores = {}
    for count in counts:
        begun = time.perf_counter()
        stores[count] = build(folder / f"{count}", count, 300)
        print(f"built {count:,} rows in {time.perf_counter() - begun:.1f} s", flush=True)
    dice = random.Random(5)
    found: dict[int, list[float]] = {count: [] for count in counts}
    for turn in range(rounds):
        for count in counts if turn % 2 == 0 else counts[::-1]:
            found[count].append(each(stores[count].get, [name(dice.randrange(count)) for _ in range(2_000)]))
    for count in counts:
        print(f"look-up among {count:>9,}: {statistics.median(found[count]):.1f} µs")
    ratios = [b / a for a, b in zip(found[counts[0]], found[counts[1]], strict=True)]
    ratio = statistics.median(ratios)
    verdict = "ok" if ratio <= _LIMIT else "TOO SLOW"
    print(f"ratio {ratio:.2f} ({min(ratios):.2f}-{max(ratios):.2f}), limit {_LIMIT}: {verdict}", flush=True)
    for store in stores.values():
        store.close()


def renditions(folder: Path, count: int, size: int) -> None:
    """Renditions as a hit from disk reads them: row, proof and header, of about 20 KB each."""
    store = Store(folder / "renditions")
    kept = Renditions(store)
    body = random.Random(6).randbytes(size)

    async def fill() -> None:
        for number in range(count):
            await kept.put(name(number), Rendition(body, "image/webp", 400, 300, "e" * 32, name(-number - 1)))

    begun = time.perf_counter()
    asyncio.run(fill())
    print(f"put {count:,} renditions of {size:,} bytes: {(time.perf_counter() - begun) / count * 1e6:.0f} µs each")
    dice = random.Random(7)
    times = [each(kept.get, [name(dice.randrange(count)) for _ in range(2_000)]) for _ in range(7)]
    print(f"get one of them: {statistics.median(times):.1f} µs")
    store.close()


def many(work: Callable[[], object], count: int = 100_000) -> float:
    """Return the least time of one call over five rounds, in microseconds."""
    rounds = []
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(count):
            work()
        rounds.append((time.perf_counter() - begun) / count)
    return min(rounds) * 1e6


def between_processes(folder: Path) -> None:
    """What the counter and the locks cost."""
    generation = Generation(folder / "generation")
    generation.bump()
    memory = Memory(generation)
    print(f"read the generation: {many(generation.value, 10_000):.2f} µs")
    print(f"count it on: {many(generation.bump, 2_000):.0f} µs")
    print(f"look whether memory is still right (read at most every 50 ms): {many(memory.look):.3f} µs")
    locks = Locks(folder / "locks")

    async def hold() -> float:
        begun = time.perf_counter()
        for number in range(10_000):
            async with locks.held(f"{number}"):
                pass
        return (time.perf_counter() - begun) / 10_000 * 1e6

    print(f"take and give back a lock: {asyncio.run(hold()):.1f} µs")


async def _purged(caches: Caches, database: Path) -> None:
    waits: list[float] = []
    done = asyncio.Event()

    def write() -> float:
        with closing(sqlite3.connect(database, timeout=10)) as other:
            begun = time.perf_counter()
            other.execute("UPDATE Settings SET value = value WHERE key = 'count'")
            other.commit()
            return time.perf_counter() - begun

    async def writer() -> None:
        while not done.is_set():
            waits.append(await asyncio.to_thread(write))
            await asyncio.sleep(0.005)

    beside = asyncio.create_task(writer())
    for what, purge in (
        ("one source", caches.purge.sources(["img/7/7.jpg"])),
        ("a folder of a thousandth", caches.purge.prefix("img/8/")),
        ("a folder of a tenth", caches.purge.prefix("img/9")),
        ("all", caches.purge.everything()),
    ):
        waits.clear()
        begun = time.perf_counter()
        counts = await purge
        taken = time.perf_counter() - begun
        sorted_waits = sorted(waits) or [0.0]
        middle, high, most = (sorted_waits[int((len(sorted_waits) - 1) * share)] * 1e3 for share in (0.5, 0.99, 1))
        print(
            f"purge {what}: {counts.renditions:,} renditions in {taken:.2f} s; another writer waits"
            f" {middle:.1f} ms (median), {high:.0f} ms (p99), {most:.0f} ms (most)",
            flush=True,
        )
    done.set()
    await beside


def purges(folder: Path, count: int, size: int) -> None:
    settings = CacheSettings(dir=folder / "purged")
    build(settings.dir / "renditions", count, size).close()
    caches = open_caches(settings, lambda _: "")
    asyncio.run(_purged(caches, settings.dir / "renditions" / "cache.db"))
    caches.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--renditions", type=int, default=10_000)
    parser.add_argument("--purged", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="imgcdn-bench-") as temporary:
        folder = Path(temporary)
        between_processes(folder)
        look_ups(folder, given.rows, given.rounds)
        renditions(folder, given.renditions, 20_000)
        purges(folder, given.purged, 2_000)


if __name__ == "__main__":
    main()
