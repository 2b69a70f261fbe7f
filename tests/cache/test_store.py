import pickle
import time
from pathlib import Path
from types import ModuleType

import pytest

from imgcdn.cache import table as table_module
from imgcdn.cache.frame import BrokenFrameError, seal, unseal

SMALL = b"small value"
LARGE = bytes(range(256)) * 1024
values = pytest.mark.parametrize("value", [b"", SMALL, LARGE], ids=["empty", "row", "file"])


@values
def test_what_was_set_is_got(store, value):
    assert store.set("k", value)
    assert store.get("k") == value


@values
def test_what_was_set_is_there_after_reopening(store, open_store, value):
    store.set("k", value)
    store.close()
    assert open_store().get("k") == value


def test_an_unknown_key_is_a_miss(store):
    assert store.get("nobody") is None


@values
def test_the_last_value_wins_and_leaves_no_file_of_the_first(store, folder, value):
    store.set("k", LARGE + b"!")
    store.set("k", value)
    assert store.get("k") == value
    assert len(list(folder.glob("??/*.val"))) == (value == LARGE)


@values
def test_a_deleted_value_is_a_miss_and_its_file_gone(store, folder, value):
    store.set("k", value)
    assert store.delete("k")
    assert not store.delete("k")
    assert store.get("k") is None
    assert not list(folder.glob("??/*.val"))


def test_values_up_to_64_kib_are_rows_and_longer_ones_files(store, folder):
    store.set("row", bytes(64 * 1024))
    assert not list(folder.glob("??/*.val"))
    store.set("file", bytes(66 * 1024))
    assert len(list(folder.glob("??/*.val"))) == 1


def test_clearing_counts_forgets_and_gives_the_room_back(store, folder):
    for number in range(150):
        store.set(f"row{number}", bytes(20_000))
    store.set("file", LARGE)
    assert store.clear() == 151
    assert store.get("row1") is None
    assert store.stats().entries == 0
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 200_000


def test_stats_say_entries_bytes_and_budget(open_store):
    store = open_store(budget=50_000_000)
    store.set("row", bytes(20_000))
    store.set("file", LARGE)
    stats = store.stats()
    assert (stats.entries, stats.budget) == (2, 50_000_000)
    assert 20_000 + len(LARGE) < stats.bytes < 20_000 + len(LARGE) + 100_000


async def test_putting_works_from_the_event_loop(store):
    assert await store.put("k", SMALL)
    assert store.get("k") == SMALL


async def test_a_closed_store_misses_and_keeps_nothing(store):
    store.set("k", SMALL)
    store.close()
    assert store.get("k") is None
    assert not store.set("k", SMALL)
    assert not await store.put("k", SMALL)
    assert store.stats().entries == 0


@pytest.mark.parametrize("key", ["", "ä/ö", "nul\0in it", "x" * 5000, 'quote"s'])
def test_any_text_is_a_key(store, key):
    store.set(key, SMALL)
    assert store.get(key) == SMALL


def test_a_key_that_is_no_unicode_is_a_miss_and_no_failure(store):
    assert not store.set("lone \udc80", SMALL)
    assert store.get("lone \udc80") is None
    assert store.is_healthy


def test_a_file_is_adopted_and_found(store, folder):
    source = folder / "download"
    source.write_bytes(LARGE)
    path = store.adopt("k", source)
    assert path is not None
    assert path == store.find("k")
    assert Path(path).read_bytes() == LARGE
    assert not source.exists()


def test_opening_reads_no_folder(store, open_store, monkeypatch):
    def refuse(*_):
        raise AssertionError("walked")

    store.set("k", LARGE)
    store.close()
    for name in ("scandir", "listdir", "walk"):
        monkeypatch.setattr(f"os.{name}", refuse)
    assert open_store().get("k") == LARGE


def test_reading_writes_nothing(store, by_hand):
    store.set("k", SMALL)
    before = by_hand("SELECT * FROM Cache")
    for _ in range(10):
        store.get("k")
    store.close()
    assert by_hand("SELECT * FROM Cache") == before


def test_a_use_is_noted_once_it_is_old_enough(open_store, by_hand):
    store = open_store()
    store.set("old", SMALL)
    store.set("young", SMALL)
    by_hand("UPDATE Cache SET access_time = access_time - 4000 WHERE key = 'old'")
    young = by_hand("SELECT access_time FROM Cache WHERE key = 'young'")
    store.get("old")
    store.get("young")
    store.close()
    ((noted,),) = by_hand("SELECT access_time FROM Cache WHERE key = 'old'")
    assert abs(noted - time.time()) < 10
    assert by_hand("SELECT access_time FROM Cache WHERE key = 'young'") == young


def test_nothing_is_ever_pickled(open_store, folder, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("pickled")

    stand_in = ModuleType("pickle")
    for name in ("dump", "dumps", "load", "loads"):
        setattr(stand_in, name, refuse)
        monkeypatch.setattr(pickle, name, refuse)
    monkeypatch.setattr(table_module.diskcache.core, "pickle", stand_in)
    store = open_store(budget=3_000_000)
    for number in range(40):
        store.set(f"{number}", bytes(number * 5000))
        store.get(f"{number}")
    (folder / "download").write_bytes(LARGE)
    store.adopt("file", folder / "download")
    store.delete("1")
    store.maintain()
    store.clear()
    assert store.is_healthy


def test_other_types_than_text_and_bytes_are_refused(store):
    for key, value in ((1, b""), ("k", "text"), ("k", {"a": 1}), (b"k", b"")):
        with pytest.raises((TypeError, AttributeError)):
            store.set(key, value)


def test_a_frame_is_proved_by_key_and_value():
    framed = seal("k", b"value")
    assert unseal("k", framed) == b"value"
    for key, altered in (
        ("other", framed),
        ("k", framed[:-1]),
        ("k", framed + b"!"),
        ("k", b"X" + framed[1:]),
        ("k", framed[:10]),
        ("k", b""),
        ("k", framed[:-1] + bytes([framed[-1] ^ 1])),
    ):
        with pytest.raises(BrokenFrameError):
            unseal(key, altered)
