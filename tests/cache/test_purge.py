import asyncio
import hashlib
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from imgcdn.cache import batches
from imgcdn.cache.caches import Caches, open_caches
from imgcdn.cache.purge import Purged
from imgcdn.cache.settings import CacheSettings
from imgcdn.model.analysis import Finding, Look
from imgcdn.model.media import Rendition
from imgcdn.model.reference import Reference

FOREVER = 1e12
PURGER = """
import asyncio, os, sys
from pathlib import Path
from imgcdn.cache.caches import open_caches
from imgcdn.cache.settings import CacheSettings
os.nice(19)  # whoever is to kill it in the midst is quicker
async def main():
    caches = open_caches(CacheSettings(dir=Path(sys.argv[1])), lambda _: "1")
    print("begun", flush=True)
    print(await caches.purge.prefix("img/a/"), flush=True)
    caches.close()
asyncio.run(main())
"""


def exists(path: str) -> bool:
    return Path(path).exists()


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def reference(content: str) -> Reference:
    return Reference(digest(content), len(content), None, "etag", None, None, FOREVER)


def rendition(content: str, size: int = 100) -> Rendition:
    return Rendition(bytes(size), "image/webp", 1, 2, "e", digest(content))


async def fill(caches: Caches, source: str, content: str, *, sizes: tuple[int, ...] = (100, 100_000)) -> None:
    """Keep a source as the pipeline does: its original, its reference, and a rendition of each size."""
    part = caches.temp_dir / "part"
    part.write_text(content)
    named = (f"source:{source}",)
    await caches.originals.adopt(digest(content), str(part), named)
    await caches.references.put(source, reference(content))
    for number, size in enumerate(sizes):
        key = f"{digest(content)[:8]} {number}"
        await caches.renditions.put(key, rendition(content, size), (*named, f"preset:p{number}"))


def held(caches: Caches, content: str) -> list[int]:
    """Which renditions of a source's bytes are kept."""
    return [number for number in range(3) if caches.renditions.get(f"{digest(content)[:8]} {number}") is not None]


def entries(caches: Caches) -> tuple[int, int, int]:
    found = caches.stats()
    return found["references"].entries, found["renditions"].entries, found["originals"].entries


@pytest.fixture
def settings(tmp_path) -> CacheSettings:
    return CacheSettings(dir=tmp_path / "cache")


@pytest.fixture
def caches(settings):
    opened = open_caches(settings, lambda _: "1")
    yield opened
    opened.close()


@pytest.fixture
def other(settings):
    """What another process on the same folder has."""
    opened = open_caches(settings, lambda _: "1")
    yield opened
    opened.close()


async def test_a_hard_purge_of_a_source_takes_reference_renditions_and_original(caches, settings):
    await fill(caches, "img/a.jpg", "a")
    await fill(caches, "img/b.jpg", "b")
    path = caches.originals.find(digest("a"))
    assert await caches.purge.sources(["img/a.jpg", "img/unknown.jpg"]) == Purged(1, 2, 1)
    assert caches.references.get("img/a.jpg") is None
    assert held(caches, "a") == []
    assert caches.originals.find(digest("a")) is None
    assert not exists(path)
    assert caches.references.get("img/b.jpg") == reference("b")
    assert held(caches, "b") == [0, 1]
    assert caches.originals.find(digest("b")) is not None
    assert len(list((settings.dir / "renditions").glob("*/*.val"))) == 1


async def test_a_hard_purge_takes_what_was_made_of_earlier_bytes_as_well(caches):
    await fill(caches, "img/a.jpg", "old")
    await fill(caches, "img/a.jpg", "new")
    assert await caches.purge.sources(["img/a.jpg"]) == Purged(1, 4, 2)
    assert entries(caches) == (0, 0, 0)


async def test_bytes_that_two_paths_share_go_and_the_other_path_has_its_origin_asked(caches):
    await fill(caches, "img/a.jpg", "same")
    await fill(caches, "img/copy.jpg", "same")
    assert await caches.purge.sources(["img/a.jpg"]) == Purged(1, 2, 1)
    assert caches.references.get("img/copy.jpg") == reference("same")
    assert caches.originals.find(digest("same")) is None


async def test_a_soft_purge_keeps_all_and_ends_the_time_for_which_the_reference_is_fresh(caches):
    await fill(caches, "img/a.jpg", "a")
    begun = time.time()
    assert await caches.purge.sources(["img/a.jpg"], is_soft=True) == Purged(1, 0, 0)
    known = caches.references.get("img/a.jpg")
    assert begun <= known.fresh_until <= time.time()
    assert known == replace(reference("a"), fresh_until=known.fresh_until)
    assert held(caches, "a") == [0, 1]
    assert await caches.purge.sources(["img/a.jpg"], is_soft=True) == Purged()


@pytest.mark.parametrize("is_soft", [True, False], ids=["soft", "hard"])
async def test_a_prefix_purges_what_begins_so_and_nothing_else(caches, is_soft):
    names = ["img/a", "img/a/1", "img/a/2", "img/a/é", "img/a0", "img/b", "imga/1"]
    for name in names:
        await fill(caches, name, name)
    done = await caches.purge.prefix("img/a/", is_soft=is_soft)
    assert done == (Purged(3) if is_soft else Purged(3, 6, 3))
    fresh = [name for name in names if (known := caches.references.get(name)) and known.fresh_until == FOREVER]
    assert fresh == ["img/a", "img/a0", "img/b", "imga/1"]
    assert [name for name in names if held(caches, name)] == (names if is_soft else fresh)


async def test_a_prefix_finds_renditions_whose_reference_is_gone(caches):
    await fill(caches, "img/a/1", "1")
    await caches.references.drop("img/a/1")
    assert await caches.purge.prefix("img/a/") == Purged(0, 2, 1)
    assert entries(caches) == (0, 0, 0)


async def test_a_tag_purges_its_renditions_and_has_the_origins_of_their_sources_asked(caches):
    await fill(caches, "img/a.jpg", "a", sizes=(10, 20, 30))
    await fill(caches, "img/b.jpg", "b", sizes=(10,))
    assert await caches.purge.tag("preset:p1") == Purged(1, 1, 0)
    assert held(caches, "a") == [0, 2]
    assert caches.references.get("img/a.jpg") is None
    assert caches.references.get("img/b.jpg") == reference("b")
    assert await caches.purge.tag("preset:p0", is_soft=True) == Purged(1, 0, 0)
    assert caches.references.get("img/b.jpg").fresh_until < FOREVER
    assert held(caches, "b") == [0]


async def test_the_tag_of_a_digest_purges_the_original_of_those_bytes(caches):
    await fill(caches, "img/a.jpg", "a")
    assert await caches.purge.tag(f"digest:{digest('a')}") == Purged(1, 2, 1)
    assert entries(caches) == (0, 0, 0)


async def test_renditions_are_purged_by_their_keys(caches):
    await fill(caches, "img/a.jpg", "a")
    key = f"{digest('a')[:8]} 1"
    assert await caches.purge.renditions([key, "unknown"], is_soft=True) == Purged(1, 0, 0)
    assert await caches.purge.renditions([key, "unknown"]) == Purged(1, 1, 0)
    assert held(caches, "a") == [0]


@pytest.mark.parametrize("is_soft", [True, False], ids=["soft", "hard"])
async def test_all_is_purged_and_analyses_are_kept(caches, is_soft):
    for number in range(5):
        await fill(caches, f"img/{number}", f"{number}")
    await caches.analyses.put("d", Look("face"), Finding("face"))
    assert await caches.purge.everything(is_soft=is_soft) == (Purged(5) if is_soft else Purged(5, 10, 5))
    assert entries(caches) == ((5, 10, 5) if is_soft else (0, 0, 0))
    assert caches.analyses.get("d", Look("face")) == Finding("face")


async def test_many_rows_are_purged_over_many_pages(caches, monkeypatch):
    monkeypatch.setattr("imgcdn.cache.purge._PAGE", 7)
    for number in range(40):
        await fill(caches, f"img/{number}", f"{number}", sizes=(10,))
    reports = []
    assert await caches.purge.prefix("img/1", is_soft=True) == Purged(11)
    assert await caches.purge.tag("preset:p0", is_soft=True) == Purged(29)
    assert await caches.purge.prefix("img/1", report=reports.append) == Purged(11, 11, 11)
    assert reports[-1] == Purged(11, 11, 11)
    assert await caches.purge.tag("preset:p0") == Purged(29, 29, 0)
    assert await caches.purge.everything() == Purged(0, 0, 29)


async def test_originals_that_could_not_be_kept_go_as_well(caches, tmp_path):
    loose = tmp_path / "loose"
    loose.write_bytes(b"a")
    caches.originals._keep_loose(digest("a"), str(loose))
    await caches.references.put("img/a.jpg", reference("a"))
    await caches.purge.sources(["img/a.jpg"])
    assert not loose.exists()


async def test_another_process_forgets_its_references_within_50_ms(caches, other):
    await fill(caches, "img/a.jpg", "a")
    other.memory.look()
    assert other.references.get("img/a.jpg") == reference("a")
    forgotten = []
    other.memory.follow(lambda: forgotten.append(1))
    await caches.purge.sources(["img/a.jpg"])
    await asyncio.sleep(0.06)
    other.memory.look()
    assert forgotten == [1]
    assert other.references.get("img/a.jpg") is None


async def test_what_was_begun_before_a_purge_is_not_kept_after_it(caches, other):
    since = other.memory.look()
    await caches.purge.sources(["img/a.jpg"])
    await other.references.put("img/a.jpg", reference("old"), since)
    await other.renditions.put("k", rendition("old"), (), since)
    assert other.references.get("img/a.jpg") is None
    assert other.renditions.get("k") is None
    other.memory.catch_up()
    since = other.memory.look()
    await other.references.put("img/a.jpg", reference("new"), since)
    await other.renditions.put("k", rendition("new"), (), since)
    assert caches.references.get("img/a.jpg") == reference("new")
    assert caches.renditions.get("k") == rendition("new")


async def test_renditions_put_while_a_purge_runs_never_outlast_it(caches, other):
    """A front that works on old bytes all the time, against a purge: in the end nothing of them is there."""
    stop = asyncio.Event()

    async def front() -> int:
        number = 0
        while not stop.is_set():
            since = other.memory.look()
            known = other.references.get("img/a.jpg")
            if known is not None:
                number += 1
                await asyncio.sleep(0.002)
                await other.renditions.put(f"r{number}", rendition("old"), ("source:img/a.jpg",), since)
            await asyncio.sleep(0)
        return number

    for _ in range(5):
        await fill(caches, "img/a.jpg", "old")
        stop.clear()
        fronts = [asyncio.create_task(front()) for _ in range(4)]
        await asyncio.sleep(0.03)
        await caches.purge.sources(["img/a.jpg"])
        await asyncio.sleep(0.06)
        stop.set()
        assert min(await asyncio.gather(*fronts)) > 0
        assert entries(caches) == (0, 0, 0)


async def test_others_write_many_times_while_a_large_purge_runs(caches, settings):
    with closing(sqlite3.connect(settings.dir / "renditions" / "cache.db", timeout=10)) as seed, seed:
        seed.executemany(
            "INSERT INTO Cache (key, raw, store_time, access_time, mode, value, tag) VALUES (?, 1, 1.0, 1.0, 1, ?, ?)",
            ((f"{number}", bytes(5000), f'["source:img/{number}"]') for number in range(5000)),
        )
    writes: list[int] = []
    stop = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(settings.dir / "renditions" / "cache.db", timeout=10)) as writer:
            while not stop.wait(0.003):
                writer.execute("UPDATE Settings SET value = value WHERE key = 'count'")
                writer.commit()
                writes.append(1)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert (await caches.purge.prefix("img/")).renditions == 5000
    finally:
        stop.set()
        thread.join()
    assert len(writes) > 10


async def test_a_purge_leaves_the_event_loop_free(caches):
    here = threading.get_ident()
    threads: set[int] = set()
    remove = batches.remove

    def watched(*given, **more):
        threads.add(threading.get_ident())
        return remove(*given, **more)

    await fill(caches, "img/a.jpg", "a")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "remove", watched)
        await caches.purge.sources(["img/a.jpg"])
    assert threads
    assert here not in threads


async def test_a_purge_that_cannot_write_says_so(caches, settings, logs):
    await fill(caches, "img/a.jpg", "a")
    for store in caches.stores.values():
        store.background.close(lambda: None)
    done = await caches.purge.sources(["img/a.jpg"])
    assert (done.references, done.renditions, done.originals) == (0, 0, 0)
    assert {problem.partition(":")[0] for problem in done.problems} == {"references", "renditions", "originals"}


async def test_a_purge_of_a_folder_that_cannot_be_used_says_so(tmp_path, logs):
    (tmp_path / "file").write_bytes(b"in the way")
    caches = open_caches(CacheSettings(dir=tmp_path / "file" / "cache"), lambda _: "1")
    done = await caches.purge.everything()
    assert len(done.problems) == 3
    assert "file/cache" in done.problems[0]
    caches.close()


def rows_of(folder: Path) -> tuple[list, ...]:
    """What SQLite itself says of the renditions: damage, rows, rows as counted, and tags without a row."""
    with closing(sqlite3.connect(folder / "renditions" / "cache.db")) as database:
        return tuple(
            database.execute(statement).fetchall()[0][0]
            for statement in (
                "PRAGMA integrity_check",
                "SELECT count(*) FROM Cache",
                "SELECT value FROM Settings WHERE key = 'count'",
                "SELECT count(*) FROM Tags WHERE key NOT IN (SELECT key FROM Cache)",
            )
        )


def kill_a_purge(folder: Path, left: int) -> None:
    """Begin a purge in another process, and kill it when so many renditions are left."""
    purger = subprocess.Popen(
        [sys.executable, "-c", PURGER, str(folder)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert purger.stdout.readline() == b"begun\n"
    with closing(sqlite3.connect(folder / "renditions" / "cache.db")) as database:
        while database.execute("SELECT count(*) FROM Cache").fetchall()[0][0] > left and purger.poll() is None:
            time.sleep(0.0005)
    assert purger.poll() is None  # it was in the midst of it
    purger.send_signal(signal.SIGKILL)
    purger.wait()
    purger.stdout.close()


async def test_a_purge_killed_at_any_moment_leaves_whole_stores_and_the_next_one_does_the_rest(settings, logs):
    caches = open_caches(settings, lambda _: "1")
    for number in range(300):
        folder = "a" if number % 2 else "b"
        await fill(caches, f"img/{folder}/{number}", f"{number}", sizes=(5000, 70_000))
    caches.close()
    for left in (600, 590, 500, 400):
        kill_a_purge(settings.dir, left)
        damage, rows, counted, orphans = rows_of(settings.dir)
        assert (damage, counted, orphans) == ("ok", rows, 0)
        assert rows > 300
    caches = open_caches(settings, lambda _: "1")
    done = await caches.purge.prefix("img/a/")
    assert not done.problems
    assert entries(caches) == (150, 300, 150)
    assert all(held(caches, f"{number}") == [0, 1] for number in range(0, 300, 2))
    caches.close()


async def test_a_purge_while_servers_write_ends_and_they_lose_nothing_else(caches, other):
    for number in range(50):
        await fill(caches, f"img/a/{number}", f"a{number}", sizes=(1000,))

    async def write() -> None:
        for number in range(100):
            await fill(other, f"img/b/{number}", f"b{number}", sizes=(1000,))

    _, done = await asyncio.gather(write(), caches.purge.prefix("img/a/"))
    assert done == Purged(50, 50, 50)
    assert entries(caches) == (100, 100, 100)
    assert caches.health() == other.health() == {}
