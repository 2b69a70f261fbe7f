import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from imgcdn.records import place, schema
from imgcdn.records.settings import DataSettings


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


async def test_only_the_server_may_read_its_folder(opened, folder, word, digest, open_umask):
    await opened(folder / "deep" / "er").overrides.put(digest(1), word)
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "deep", folder / "deep" / "er")] == [0o700] * 3
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder / "deep" / "er").iterdir()}
    assert modes == dict.fromkeys(("records.sqlite3", "records.sqlite3-wal", "records.sqlite3-shm"), 0o600)


def test_every_commit_is_synced(opened):
    writer = opened().database._writer._connection
    assert writer.execute("PRAGMA synchronous").fetchall() == [(2,)]
    assert writer.execute("PRAGMA journal_mode").fetchall() == [("wal",)]


def test_the_event_loop_never_waits_for_a_lock(opened):
    records = opened()
    records.overrides.all()
    assert records.database._reader._connection.execute("PRAGMA busy_timeout").fetchall() == [(0,)]


def test_the_event_loop_never_writes(opened):
    records = opened()
    records.overrides.all()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        records.database._reader._connection.execute("DELETE FROM overrides")


async def test_an_empty_file_becomes_a_database(opened, file, word, digest):
    file.parent.mkdir()
    file.touch()
    records = opened()
    await records.overrides.put(digest(1), word)
    assert records.health() == {}


async def test_the_database_of_the_first_version_is_brought_up_to_date(opened, file, word, digest, by_hand):
    file.parent.mkdir()
    for statement in (*schema.MIGRATIONS[0], "PRAGMA user_version = 1"):
        by_hand(statement)
    by_hand(
        "INSERT INTO overrides (digest, x, y, note, made_at) VALUES (?, 0.25, 0.75, ?, ?)",
        digest(1),
        word.note,
        word.made_at,
    )
    records = opened()
    assert records.overrides.get(digest(1)) == word
    assert await records.keys.add("shop", "secret")
    assert by_hand("PRAGMA user_version") == [(len(schema.MIGRATIONS),)]


def test_a_migration_that_fails_changes_nothing(opened, file, by_hand, monkeypatch):
    opened().close()
    monkeypatch.setattr(
        schema, "MIGRATIONS", (*schema.MIGRATIONS, ("CREATE TABLE half (name TEXT)", "CREATE NONSENSE"))
    )
    assert "NONSENSE" in opened().health()["records"]
    assert by_hand("PRAGMA user_version") == [(len(schema.MIGRATIONS) - 1,)]
    assert not by_hand("SELECT * FROM sqlite_schema WHERE name = 'half'")


async def test_the_database_of_a_newer_version_is_read_and_not_written(opened, by_hand, word, digest, unavailable):
    records = opened()
    await records.overrides.put(digest(1), word)
    records.close()
    by_hand("PRAGMA user_version = 99")
    older = opened()
    assert older.overrides.get(digest(1)) == word
    assert "a newer imgcdn" in older.health()["records"]
    with unavailable():
        await older.overrides.put(digest(2), word)
    assert by_hand("PRAGMA user_version") == [(99,)]


async def test_a_database_put_back_from_a_copy_is_read_anew(opened, file, tmp_path, word, digest):
    records = opened()
    await records.overrides.put(digest(1), word)
    with closing(sqlite3.connect(file)) as live, closing(sqlite3.connect(tmp_path / "copy")) as copy:
        live.backup(copy)
    await records.overrides.put(digest(2), word)
    await records.overrides.drop(digest(1))
    assert records.overrides.all().keys() == {digest(2)}
    with closing(sqlite3.connect(file)) as live, closing(sqlite3.connect(tmp_path / "copy")) as copy:
        copy.backup(live)
    assert records.overrides.all().keys() == {digest(1)}


async def test_a_folder_that_took_the_place_of_another_is_followed(opened, folder, tmp_path, word, digest):
    await opened(tmp_path / "other").overrides.put(digest(2), word)
    opened(tmp_path / "other")
    records = opened()
    await records.overrides.put(digest(1), word)
    folder.rename(tmp_path / "away")
    shutil.copytree(tmp_path / "other", folder)
    assert records.overrides.all().keys() == {digest(2)}
    await records.overrides.put(digest(3), word)
    assert opened().overrides.all().keys() == {digest(2), digest(3)}


def test_a_log_without_its_database_is_not_thrown_away(opened, file):
    file.parent.mkdir()
    log = file.with_name("records.sqlite3-wal")
    log.write_bytes(b"people's words")
    assert "records.sqlite3-wal" in opened().health()["records"]
    assert log.read_bytes() == b"people's words"
    assert not file.exists()


_TRY_TO_LOCK = """
import sqlite3, sys
try:
    sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
    print("free")
except sqlite3.OperationalError as error:
    print(error)
"""


def test_preparing_a_file_that_is_there_leaves_the_locks_on_it(file):
    """Closing any descriptor of a file drops the locks that its process holds on it, SQLite's too."""
    place.prepare(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        place.prepare(file)
        tried = subprocess.run([sys.executable, "-c", _TRY_TO_LOCK, file], capture_output=True, text=True, check=True)
    assert tried.stdout == "database is locked\n"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"XDG_DATA_HOME": "/srv/data", "HOME": "/home/ada"}, "/srv/data/imgcdn"),
        ({"XDG_DATA_HOME": "relative", "HOME": "/home/ada"}, "/home/ada/.local/share/imgcdn"),
        ({"HOME": "/home/ada"}, "/home/ada/.local/share/imgcdn"),
    ],
)
def test_records_are_kept_where_xdg_says(monkeypatch, variables, expected):
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(DataSettings().dir) == expected


def test_a_tilde_in_the_folder_is_the_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    assert str(DataSettings(dir="~/records").dir) == "/home/ada/records"
