import asyncio
import resource
import sqlite3
import subprocess
import threading
import time
from contextlib import closing, contextmanager

import pytest

from imgcdn.records import reader, schema


@contextmanager
def full_disk(size: int):
    """Let no file grow beyond this: writes fail as on a full disk, with EFBIG in place of ENOSPC."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_disk(tmp_path, program):
    """A disk of 256 KB that can be made larger. Without the right to mount one, `full_disk` alone must do."""
    mount = program("mount")
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=256k", "none", place], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("mounting needs root")

    def enlarge() -> None:
        subprocess.run([mount, "-o", "remount,size=4m", place], check=True)

    yield place, enlarge
    subprocess.run([program("umount"), "--lazy", place], check=True)


async def eventually(fact) -> None:
    """Wait until a fact holds that the records' own thread brings about."""
    for _ in range(500):
        if fact():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came true")


def failures(logs) -> list:
    return [(entry["doing"], entry["kind"]) for entry in logs if entry["event"] == "records_failed"]


async def assert_works_without_records(records, word, digest, unavailable) -> None:
    for _ in range(20):
        assert records.overrides.get(digest(1)) is None
        assert records.overrides.all() == {}
        assert records.keys.check("imgcdn_sk_anything") is None
        with unavailable():
            await records.overrides.put(digest(1), word)
        with unavailable():
            await records.overrides.drop(digest(1))
        assert records.health()["records"]


async def test_a_file_in_place_of_the_folder_is_reported_once_and_mended_when_it_goes(
    opened, folder, word, digest, unavailable, logs, monkeypatch
):
    folder.write_bytes(b"in the way")
    records = opened()
    await assert_works_without_records(records, word, digest, unavailable)
    assert failures(logs).count(("open", "NotADirectoryError")) + failures(logs).count(("open", "FileExistsError")) == 1
    assert len(failures(logs)) <= 3  # opening, and reading each of two tables
    assert folder.read_bytes() == b"in the way"
    folder.unlink()
    monkeypatch.setattr(reader, "RETRY_S", 3600.0)
    records.database._reader._retry_at = time.monotonic() + 3600
    records.database._writer._retry_at = 0.0  # its pause is over; the reader's ends with it
    await eventually(lambda: records.health() == {})
    await records.overrides.put(digest(1), word)
    assert records.overrides.get(digest(1)) == word
    assert records.health() == {}


async def test_a_word_that_mends_the_records_is_known_at_once(opened, folder, word, digest):
    folder.write_bytes(b"in the way")
    records = opened()
    folder.unlink()
    records.database._writer._retry_at = 0.0  # its pause is over; the reader's ends with it
    await records.overrides.put(digest(1), word)
    assert records.overrides.get(digest(1)) == word


async def test_a_folder_that_nobody_may_write_to_is_reported(opened, tmp_path, word, digest, unavailable):
    records = opened("/proc/imgcdn")
    await assert_works_without_records(records, word, digest, unavailable)


async def test_a_folder_that_cannot_be_used_is_not_tried_at_every_request(opened, folder, word, digest, unavailable):
    folder.write_bytes(b"in the way")
    records = opened()
    folder.unlink()
    with unavailable():
        await records.overrides.put(digest(1), word)
    assert not folder.exists()


async def test_garbage_in_place_of_the_database_is_reported_once_and_left(
    opened, file, word, digest, unavailable, retrying, logs
):
    file.parent.mkdir()
    garbage = b"these were somebody's words" * 1000
    file.write_bytes(garbage)
    records = opened()
    await assert_works_without_records(records, word, digest, unavailable)
    assert "not a database" in records.health()["records"]
    assert sorted(failures(logs)) == [
        (doing, "SQLITE_NOTADB") for doing in ("open", "read keys", "read overrides", "read presets")
    ]
    records.close()
    assert file.read_bytes() == garbage
    assert [path.name for path in file.parent.iterdir()] == ["records.sqlite3"]


async def test_a_database_with_a_damaged_page_is_reported_and_left(opened, file, word, digest, unavailable):
    records = opened()
    for number in range(100):
        await records.overrides.put(digest(number), word)
    records.close()
    content = bytearray(file.read_bytes())
    content[4096:8192] = bytes(range(256)) * 16
    file.write_bytes(content)
    damaged = opened()
    assert "damaged" in damaged.health()["records"] or "malformed" in damaged.health()["records"]
    with unavailable():
        await damaged.overrides.put(digest(1), word)
    assert damaged.overrides.get(digest(1)) is None
    damaged.close()
    assert file.read_bytes() == content


async def test_a_database_mended_by_hand_is_used_again(opened, file, tmp_path, word, digest, retrying, unavailable):
    await opened(tmp_path / "copy").overrides.put(digest(1), word)
    opened(tmp_path / "copy").close()
    file.parent.mkdir()
    file.write_bytes(b"damaged" * 1000)
    records = opened()
    with unavailable():
        await records.overrides.put(digest(2), word)
    with (
        closing(sqlite3.connect(tmp_path / "copy" / "records.sqlite3")) as copy,
        closing(sqlite3.connect(tmp_path / "good")) as good,
    ):
        copy.backup(good)
    (tmp_path / "good").replace(file)
    await eventually(lambda: records.health() == {})
    assert records.overrides.get(digest(1)) == word
    await records.overrides.put(digest(2), word)
    assert opened().overrides.all().keys() == {digest(1), digest(2)}


async def test_a_folder_that_goes_away_is_not_begun_anew_and_what_is_known_stays(
    opened, folder, tmp_path, word, digest, unavailable, retrying
):
    records = opened()
    await records.overrides.put(digest(1), word)
    folder.rename(tmp_path / "away")
    for _ in range(3):
        assert records.overrides.get(digest(1)) == word
        with unavailable():
            await records.overrides.put(digest(2), word)
        assert "gone" in records.health()["records"]
    assert not folder.exists()
    (tmp_path / "away").rename(folder)
    await records.overrides.put(digest(2), word)
    assert records.overrides.all().keys() == records.overrides.all().keys() == {digest(1), digest(2)}
    assert records.health() == {}


async def test_a_full_disk_refuses_words_keeps_those_acknowledged_and_recovers(
    opened, file, word, digest, unavailable, retrying, logs
):
    records = opened()
    await records.overrides.put(digest("first"), word)
    acknowledged = {digest("first")}
    with full_disk(file.with_name(f"{file.name}-wal").stat().st_size + 50_000):
        with unavailable():
            for number in range(1000):
                await records.overrides.put(digest(number), word)
                acknowledged.add(digest(number))
        assert len(acknowledged) > 1
        assert records.health()
        assert records.overrides.get(digest("first")) == word
        assert failures(logs)
    await eventually(lambda: records.health() == {})
    await records.overrides.put(digest("last"), word)
    assert opened().overrides.all().keys() >= acknowledged | {digest("last")}


async def test_a_disk_with_room_for_next_to_nothing_counts_as_full(opened, file, word, digest, unavailable):
    records = opened()
    await records.overrides.put(digest(1), word)
    records.database._writer.close()
    with full_disk(file.with_name(f"{file.name}-wal").stat().st_size + 20_000):
        with unavailable():
            await records.overrides.put(digest(2), word)
        assert records.health()
        assert records.overrides.get(digest(1)) == word


async def test_another_process_that_begins_the_same_database_is_waited_for(opened, file, word, digest):
    """SQLite itself gives up at once when it is to begin a log while another writes without one."""
    file.parent.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE anything (x)")
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO anything VALUES (1)")
        threading.Timer(0.2, lambda: other.execute("COMMIT")).start()
        records = opened(lock_timeout_s=30)
        assert records.health() == {}
        await records.overrides.put(digest(1), word)


async def test_a_disk_without_room_refuses_words_keeps_those_acknowledged_and_recovers(
    opened, small_disk, word, digest, unavailable, retrying
):
    place, enlarge = small_disk
    records = opened(place / "data")
    acknowledged = set()
    with unavailable():
        for number in range(5000):
            await records.overrides.put(digest(number), word)
            acknowledged.add(digest(number))
    assert acknowledged
    assert "full" in records.health()["records"]
    assert records.overrides.all().keys() >= acknowledged
    again = opened(place / "data")
    assert again.overrides.all().keys() >= acknowledged
    assert again.health()
    enlarge()
    await eventually(lambda: records.health() == again.health() == {})
    await again.overrides.put(digest("last"), word)
    assert records.overrides.all().keys() >= acknowledged | {digest("last")}
    records.close()
    again.close()


async def test_a_writer_elsewhere_is_waited_for_in_a_thread_and_then_refused(opened, file, word, digest, unavailable):
    records = opened(lock_timeout_s=0.2)
    await records.overrides.put(digest(1), word)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(records.overrides.put(digest(2), word))
        await asyncio.sleep(0)
        assert records.overrides.get(digest(1)) == word
        assert not task.done()
        with unavailable():
            await task
    assert records.health() == {}
    await records.overrides.put(digest(2), word)
    assert records.overrides.get(digest(2)) == word


async def test_a_database_that_another_program_keeps_to_itself_is_reported_and_used_when_it_lets_go(
    opened, file, word, digest, unavailable, retrying
):
    records = opened()
    await records.overrides.put(digest(1), word)
    records.close()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        again = opened(lock_timeout_s=0.05)
        assert again.overrides.get(digest(1)) is None
        assert "locked" in again.health()["records"]
        with unavailable():
            await again.overrides.put(digest(2), word)
    await eventually(lambda: again.overrides.get(digest(1)) == word and again.health() == {})


async def test_a_table_that_is_missing_does_not_hide_the_others(opened, by_hand, word, digest):
    records = opened()
    await records.overrides.put(digest(1), word)
    other = opened()
    by_hand("DROP TABLE keys")
    assert records.keys.all() == ()
    await other.overrides.put(digest(2), word)
    assert records.overrides.all().keys() == {digest(1), digest(2)}
    assert "read keys: no such table" in records.health()["records"]


async def test_a_failed_migration_leaves_what_was_there_readable(opened, word, digest, monkeypatch):
    records = opened()
    await records.overrides.put(digest(1), word)
    records.close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, ("CREATE NONSENSE",)))
    assert opened().overrides.get(digest(1)) == word
