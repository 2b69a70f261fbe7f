import os
import pickle
import sqlite3
import time
from pathlib import Path

import pytest

SMALL = b"small value"
LARGE = bytes(range(256)) * 1024


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self):
        return (Path.touch, (self._path,))


def value_file(folder: Path) -> Path:
    (path,) = folder.glob("??/*.val")
    return path


def warnings(logs) -> list:
    return [entry["why"] for entry in logs if entry["event"] == "cache_value_dropped"]


def assert_dropped(store, by_hand, logs, words: str) -> None:
    """The value is a miss, said to be one, and its row is gone."""
    assert store.get("k") is None
    assert words in warnings(logs)[0]
    store.close()
    assert not by_hand("SELECT 1 FROM Cache WHERE key = 'k'")
    assert store.is_healthy


def test_an_altered_row_is_dropped(store, by_hand, logs):
    store.set("k", SMALL)
    by_hand("UPDATE Cache SET value = CAST(replace(value, 'small', 'SMALL') AS BLOB)")
    assert_dropped(store, by_hand, logs, "digest")


def test_a_row_of_bytes_without_a_frame_is_dropped(store, by_hand, logs):
    store.set("k", SMALL)
    by_hand("UPDATE Cache SET value = ?", b"not ours")
    assert_dropped(store, by_hand, logs, "frame")


@pytest.mark.parametrize("value", ["text", 1, 1.5, None])
def test_a_row_of_an_other_type_is_dropped(store, by_hand, logs, value):
    store.set("k", SMALL)
    by_hand("UPDATE Cache SET value = ?", value)
    assert_dropped(store, by_hand, logs, "mode 1")


@pytest.mark.parametrize("column", ["access_time", "size"])
def test_a_row_with_text_for_a_number_is_dropped(store, by_hand, logs, column):
    store.set("k", SMALL)
    by_hand(f"UPDATE Cache SET {column} = 'soon'")  # noqa: S608
    assert_dropped(store, by_hand, logs, "columns")


def test_a_value_under_another_key_is_dropped(store, by_hand, logs):
    store.set("other", SMALL)
    by_hand("UPDATE Cache SET key = 'k'")
    assert_dropped(store, by_hand, logs, "digest")


def test_an_altered_file_is_dropped_and_removed(store, folder, by_hand, logs):
    store.set("k", LARGE)
    path = value_file(folder)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert_dropped(store, by_hand, logs, "digest")
    assert not path.exists()


@pytest.mark.parametrize("size", [0, 10, 70_000])
def test_a_truncated_file_is_dropped(store, folder, by_hand, logs, size):
    store.set("k", LARGE)
    os.truncate(value_file(folder), size)
    assert_dropped(store, by_hand, logs, "frame" if size < 36 else "digest")


def test_a_missing_file_is_dropped(store, folder, by_hand, logs):
    store.set("k", LARGE)
    value_file(folder).unlink()
    assert_dropped(store, by_hand, logs, "missing")


def test_a_truncated_adopted_file_is_dropped(store, folder, logs):
    (folder / "download").write_bytes(LARGE)
    path = store.adopt("k", folder / "download")
    os.truncate(path, 5)
    assert store.find("k") is None
    assert "size" in warnings(logs)[0]


def test_a_dropped_value_can_be_set_again(store, folder):
    store.set("k", LARGE)
    value_file(folder).write_bytes(b"")
    assert store.get("k") is None
    assert store.set("k", SMALL)
    assert store.get("k") == SMALL


def test_a_planted_pickle_value_is_dropped_and_not_run(store, by_hand, logs, tmp_path):
    store.set("k", SMALL)
    by_hand("UPDATE Cache SET mode = 4, value = ?", pickle.dumps(Bomb(tmp_path / "boom")))
    assert_dropped(store, by_hand, logs, "mode 4")
    assert not (tmp_path / "boom").exists()


def test_a_planted_pickle_file_is_dropped_and_not_run(store, folder, by_hand, logs, tmp_path):
    store.set("k", LARGE)
    value_file(folder).write_bytes(pickle.dumps(Bomb(tmp_path / "boom")))
    by_hand("UPDATE Cache SET mode = 4")
    assert_dropped(store, by_hand, logs, "mode 4")
    assert not (tmp_path / "boom").exists()


def test_a_planted_pickle_key_never_matches_and_is_not_run(store, by_hand, tmp_path):
    store.set("k", SMALL)
    by_hand("UPDATE Cache SET raw = 0, key = ?", pickle.dumps(Bomb(tmp_path / "boom")))
    assert store.get("k") is None
    assert store.clear() == 1
    assert not (tmp_path / "boom").exists()


@pytest.mark.parametrize("name", ["../precious", "/etc/hostname", "ab/../../precious", "", "ab/\0.val"])
def test_a_file_name_that_leads_out_of_the_folder_is_neither_read_nor_removed(store, folder, by_hand, logs, name):
    precious = folder.parent / "precious"
    precious.write_bytes(b"mine")
    store.set("k", LARGE)
    by_hand("UPDATE Cache SET filename = ?", name)
    assert_dropped(store, by_hand, logs, "file name")
    assert precious.exists()


def test_evicting_and_clearing_remove_no_file_outside_the_folder(store, folder, by_hand):
    precious = folder.parent / "precious"
    precious.write_bytes(b"mine")
    store.set("k", LARGE)
    by_hand("UPDATE Cache SET filename = '../precious'")
    assert store.clear() == 1
    assert precious.exists()


def test_a_file_that_is_no_database_is_moved_aside_and_a_new_one_begun(folder, open_store, logs):
    folder.mkdir()
    (folder / "cache.db").write_bytes(b"this is no database, whatever its name says. " * 100)
    store = open_store()
    assert store.set("k", SMALL)
    assert store.get("k") == SMALL
    assert store.is_healthy
    assert (folder / "cache.db.corrupt-1").exists()
    assert [entry["event"] for entry in logs].count("cache_database_moved_aside") == 1


def test_only_the_last_damaged_database_is_kept(folder, open_store):
    folder.mkdir()
    for _ in range(3):
        (folder / "cache.db").write_bytes(b"rubbish" * 1000)
        open_store().close()
    assert [path.name for path in folder.glob("*.corrupt-*")] == ["cache.db.corrupt-3"]


def test_a_database_damaged_in_the_middle_is_moved_aside_while_running(folder, open_store):
    store = open_store()
    for number in range(300):
        store.set(f"{number}", bytes([number % 256]) * 5000)
    store.close()
    size = (folder / "cache.db").stat().st_size
    with (folder / "cache.db").open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    store = open_store()
    for number in range(300):
        assert store.get(f"{number}") in {None, bytes([number % 256]) * 5000}
    assert store.set("k", SMALL)
    assert store.get("k") == SMALL
    assert list(folder.glob("cache.db.corrupt-*"))


@pytest.mark.parametrize("left", [0, 100, 6000])
def test_a_database_truncated_under_a_running_store_leads_to_misses_and_a_new_one(folder, open_store, left):
    store = open_store()
    for number in range(100):
        store.set(f"{number}", bytes(5000))
    store.close()  # folds the log into the database
    store = open_store()
    assert store.get("1") == bytes(5000)
    os.truncate(folder / "cache.db", left)
    for number in range(100):
        assert store.get(f"{number}") in {None, bytes(5000)}
    store.set("k", SMALL)
    store.set("k", SMALL)
    assert store.get("k") == SMALL


def test_a_folder_deleted_under_a_running_store_is_begun_anew(folder, store):
    store.set("k", SMALL)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert store.set("k", LARGE)
    assert store.get("k") == LARGE
    assert (folder / "cache.db").exists()


def test_a_database_moved_aside_by_another_process_is_not_moved_again(folder, open_store):
    ours, theirs = open_store(), open_store()
    ours.set("k", SMALL)
    (folder / "cache.db").rename(folder / "cache.db.corrupt-1")
    for suffix in ("-wal", "-shm"):
        (folder / f"cache.db{suffix}").rename(folder / f"cache.db.corrupt-1{suffix}")
    assert ours.set("k", SMALL)
    assert theirs.set("j", SMALL)
    assert ours.get("j") == SMALL
    assert not list(folder.glob("*.corrupt-2"))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO Settings VALUES ('disk_surprise', 1)",
        "INSERT INTO Settings VALUES ('sqlite_no such pragma', 1)",
        "UPDATE Settings SET value = 'many' WHERE key = 'count'",
        "UPDATE Settings SET value = NULL WHERE key = 'size'",
        "DELETE FROM Settings",
        "DROP TABLE Settings",
        "DROP TABLE Cache",
    ],
)
def test_altered_tables_never_raise_and_mend(open_store, by_hand, statement):
    open_store(budget=10_000_000).close()
    by_hand(statement)
    store = open_store(budget=10_000_000)
    store.get("k")
    store.stats()
    store.set("k", SMALL)
    store.set("k", SMALL)
    assert store.get("k") == SMALL


def test_files_without_a_row_are_collected_once_they_are_old(store, folder, monkeypatch):
    store.set("k", LARGE)
    known = value_file(folder)
    orphan = known.with_name("0" * 30 + ".val")
    orphan.write_bytes(b"left by a killed process")
    assert store.maintain() == 0
    later = time.time() + 7200
    monkeypatch.setattr(time, "time", lambda: later)
    assert store.maintain() == 1
    assert known.exists()
    assert not orphan.exists()


def test_sqlite_errors_of_a_damaged_file_carry_the_codes_that_are_looked_for(tmp_path):
    (tmp_path / "x.db").write_bytes(b"rubbish" * 1000)
    with pytest.raises(sqlite3.DatabaseError) as caught:
        sqlite3.connect(tmp_path / "x.db").execute("SELECT * FROM sqlite_master")
    assert caught.value.sqlite_errorcode == sqlite3.SQLITE_NOTADB
