import os
import resource
import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest

from imgcdn.cache import opening
from imgcdn.cache.health import Health

SMALL = b"small value"
LARGE = bytes(range(256)) * 1024


@contextmanager
def full_disk(size: int):
    """Let no file grow beyond this: writes fail as on a full disk, with EFBIG in place of ENOSPC."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def failures(logs) -> list:
    return [(entry["doing"], entry["kind"]) for entry in logs if entry["event"] == "cache_failed"]


def assert_works_without_a_cache(store) -> None:
    for _ in range(50):
        assert not store.set("k", SMALL)
        assert store.get("k") is None
        assert store.find("k") is None
    assert not store.delete("k")
    assert store.clear() == 0
    assert store.stats().entries == 0
    assert store.maintain() == 0
    assert not store.is_healthy


def test_a_file_where_the_folder_should_be_means_no_cache_and_one_error(open_store, tmp_path, logs):
    (tmp_path / "file").write_bytes(b"in the way")
    store = open_store(tmp_path / "file" / "things")
    assert_works_without_a_cache(store)
    assert len(failures(logs)) == 1
    assert "file/things" in store.why


def test_a_folder_where_the_database_should_be_means_no_cache_and_one_error(open_store, folder, logs):
    (folder / "cache.db").mkdir(parents=True)
    assert_works_without_a_cache(open_store())
    assert failures(logs) == [("open", "SQLITE_CANTOPEN")]


def test_a_read_only_database_means_reads_only_and_one_error(store, logs):
    store.set("k", SMALL)
    store._opening.ready().sql("PRAGMA query_only = 1")  # stands for a file system remounted read-only
    store._opening.ready().let_go = lambda: None
    for number in range(50):
        assert not store.set(f"{number}", SMALL)
    assert store.get("k") == SMALL
    assert failures(logs) == [("write", "SQLITE_READONLY")]
    assert "readonly" in store.why


def test_a_full_disk_means_reads_only_one_error_and_no_half_files(store, folder, logs):
    store.set("k", SMALL)
    with full_disk(200_000):
        for number in range(50):
            assert not store.set(f"{number}", LARGE)
        assert store.get("k") == SMALL
        assert not store.is_healthy
    assert len(failures(logs)) == 1
    assert not list(folder.glob("??/*.val"))
    assert store.set("k", LARGE)
    assert store.is_healthy
    assert store.get("k") == LARGE


def test_a_full_disk_can_be_cleared(store, folder, logs):
    for number in range(30):
        store.set(f"{number}", bytes(20_000))
    store.set("file", LARGE)
    store.close()
    store = type(store)(folder)
    with full_disk(33_000):  # the least that SQLite can open a database with
        assert not store.set("more", bytes(50_000))
        assert store.clear() == 31
    assert store.set("k", SMALL)
    assert store.get("k") == SMALL
    assert store.get("1") is None
    assert store.stats().entries == 1
    assert not list(folder.glob("??/*.val"))
    store.close()


def test_clearing_waits_for_a_lock_and_does_not_delete_what_others_use(open_store, folder):
    store = open_store(lock_timeout_s=0.05)
    store.set("k", SMALL)
    with closing(sqlite3.connect(folder / "cache.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.clear() == 0
    assert store.get("k") == SMALL


def test_a_database_that_cannot_grow_means_reads_only_until_it_can(store, logs):
    store.set("k", SMALL)
    log = store._folder / "cache.db-wal"
    with full_disk(log.stat().st_size + 20_000):
        kept = [store.set(f"{number}", bytes(20_000)) for number in range(20)]
        assert not kept[-1]
        assert store.get("k") == SMALL
    assert failures(logs)
    assert store.set("after", bytes(20_000))
    assert store.get("after") == bytes(20_000)
    assert store.is_healthy


def test_a_failed_adoption_leaves_the_file_where_it_was(store, folder, tmp_path):
    download = tmp_path / "download"
    download.write_bytes(LARGE)
    store._opening.ready().sql("PRAGMA query_only = 1")
    assert store.adopt("k", download) is None
    assert download.read_bytes() == LARGE
    assert not list(folder.glob("??/*.val"))
    assert store.adopt("k", tmp_path / "nothing") is None


def test_a_write_waits_for_a_lock_no_longer_than_it_may_and_reads_do_not_wait(open_store, folder, logs):
    store = open_store(lock_timeout_s=0.5)
    store.set("k", SMALL)
    with closing(sqlite3.connect(folder / "cache.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begin = time.monotonic()
        assert not store.set("j", LARGE)
        assert 0.3 < time.monotonic() - begin < 5
        begin = time.monotonic()
        assert store.get("k") == SMALL
        assert time.monotonic() - begin < 0.3
        other.execute("ROLLBACK")
    assert failures(logs) == [("write", "SQLITE_BUSY")]
    assert not list(folder.glob("??/*.val"))
    assert store.set("j", LARGE)
    assert store.is_healthy


def test_a_folder_that_comes_back_is_used_again(open_store, tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "_RETRY_S", 0.05)
    (tmp_path / "file").write_bytes(b"in the way")
    store = open_store(tmp_path / "file" / "things")
    assert not store.set("k", SMALL)
    (tmp_path / "file").unlink()
    deadline = time.monotonic() + 5
    while not store.is_healthy and time.monotonic() < deadline:
        store.get("k")  # on the event loop nothing opens a database: this only asks for it
        time.sleep(0.02)
    assert store.set("k", SMALL)
    assert store.get("k") == SMALL


def test_a_missing_cache_does_not_hold_up_the_event_loop(open_store, tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "_RETRY_S", 0.0)
    (tmp_path / "file").write_bytes(b"in the way")
    store = open_store(tmp_path / "file" / "things")
    here = threading.get_ident()

    def refuse():
        assert threading.get_ident() != here
        raise OSError(5, "still broken")

    monkeypatch.setattr(store._opening, "_open_table", refuse)
    for _ in range(20):
        assert store.get("k") is None
        time.sleep(0.001)


def test_many_threads_may_use_one_store(store):
    seen = []

    def work(name: str) -> None:
        for number in range(40):
            store.set(f"{name}{number}", name.encode() * number)
            seen.append(store.get(f"{name}{number}") == name.encode() * number)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 160
    assert store.stats().entries == 160


def test_each_kind_of_failure_is_logged_once_in_ten_minutes(logs):
    now = 0.0
    health = Health("things", clock=lambda: now)
    for now in (0.0, 1.0, 599.0, 600.0, 601.0):  # noqa: B007 - read by the clock
        health.failed("write", OSError(28, "No space left on device"))
        health.failed("write", OSError(5, "Input/output error"))
    assert failures(logs) == [("write", "OSError 28"), ("write", "OSError 5")] * 2


def test_a_doing_stays_failed_until_that_doing_works(logs):
    health = Health("things")
    health.failed("write", OSError(28, "No space left on device"))
    health.worked("read")
    assert health.why == "write: [Errno 28] No space left on device"
    health.worked("write")
    assert health.is_healthy
    assert health.why == ""
    assert [entry["event"] for entry in logs] == ["cache_failed", "cache_recovered"]


async def test_an_error_of_our_own_in_the_background_is_logged(store, logs):
    store.background.later(lambda: 1 // 0)
    await store.background.run(lambda: None)
    assert [entry["event"] for entry in logs] == ["cache_background_failed"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX only")
def test_an_unreadable_value_is_a_miss_and_a_failure_but_is_not_dropped(store, folder, by_hand, logs):
    store.set("k", LARGE)
    (path,) = folder.glob("??/*.val")
    path.unlink()
    path.mkdir()  # reading it fails with EISDIR
    assert store.get("k") is None
    assert failures(logs) == [("read", "IsADirectoryError 21")]
    assert by_hand("SELECT 1 FROM Cache")
