import time

import pytest

from imgcdn.cache import budget as budget_module
from imgcdn.cache import rows

MIB = 2**20


@pytest.mark.parametrize("size", [20_000, 100_000], ids=["rows", "files"])
def test_the_budget_holds_after_every_write_and_the_latest_stay(open_store, size):
    store = open_store(budget=3 * MIB)
    count = 3 * 3 * MIB // size
    for number in range(count):
        assert store.set(f"{number}", bytes(size))
        assert store.stats().bytes <= 3 * MIB
    kept = [number for number in range(count) if store.get(f"{number}") is not None]
    assert kept == list(range(count - len(kept), count))
    assert len(kept) * size > 0.8 * 3 * MIB


@pytest.mark.parametrize("sizes", [(20_000, 100_000), (100_000, 20_000)], ids=["rows, files", "files, rows"])
def test_the_disk_itself_holds_the_budget_when_rows_make_way_for_files_and_back(open_store, folder, sizes):
    store = open_store(budget=4 * MIB)
    for size in sizes:
        for number in range(8 * MIB // size):
            store.set(f"{size} {number}", bytes(size))
    store.close()
    taken = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert taken <= 4 * MIB + 100_000


def test_eviction_goes_down_to_the_low_water_mark_and_not_much_further(open_store):
    store = open_store(budget=3 * MIB)
    low = []
    before = 0
    for number in range(400):
        store.set(f"{number}", bytes(20_000))
        used = store.stats().bytes
        if used < before:
            low.append(used)
        before = used
    assert low
    assert all(0.85 * 3 * MIB < used <= 0.92 * 3 * MIB for used in low)


def test_what_was_used_stays_and_what_was_not_goes(open_store, monkeypatch):
    monkeypatch.setattr(budget_module, "_NOTE_EVERY_S", 0.0)
    store = open_store(budget=3 * MIB, touch_after_s=0.0)
    for number in range(100):
        store.set(f"{number}", bytes(20_000))
        time.sleep(0.0001)
    for number in range(0, 100, 10):
        store.get(f"{number}")
    store.background.close(lambda: None)
    for number in range(100, 200):
        store.set(f"{number}", bytes(20_000))
    kept = {number for number in range(200) if store.get(f"{number}") is not None}
    used = set(range(0, 100, 10))
    assert used <= kept
    oldest = min(kept - used)
    assert oldest > 20
    assert kept - used == set(range(oldest, 200)) - used


def test_a_value_of_more_than_a_tenth_of_the_budget_is_not_kept(open_store, folder):
    store = open_store(budget=MIB)
    store.set("small", b"x")
    assert not store.set("k", bytes(MIB // 10 + 1))
    (folder / "download").write_bytes(bytes(MIB // 10 + 1))
    assert store.adopt("k", folder / "download") is None
    assert (folder / "download").exists()
    assert store.get("small") == b"x"
    assert store.is_healthy


def test_without_a_budget_nothing_is_evicted(open_store):
    store = open_store()
    for number in range(200):
        store.set(f"{number}", bytes(10_000))
    assert store.stats().entries == 200


def test_a_budget_lowered_at_the_next_start_is_held_at_the_next_write(open_store):
    store = open_store(budget=4 * MIB)
    for number in range(150):
        store.set(f"{number}", bytes(20_000))
    store.close()
    store = open_store(budget=MIB)
    store.set("new", b"x")
    assert store.stats().bytes <= MIB
    assert store.get("new") == b"x"


def test_a_use_is_noted_oftener_when_the_budget_turns_over_fast(open_store):
    store = open_store(budget=MIB)
    for number in range(100):
        store.set(f"{number}", bytes(20_000))
    assert store._budget.touch_after_s == 1.0


@pytest.mark.parametrize("size", [20_000, 100_000], ids=["rows", "files"])
def test_what_is_written_after_the_clock_went_back_stays_and_what_was_used_in_the_future_goes(
    open_store, by_hand, size
):
    store = open_store(budget=3 * MIB)
    for number in range(2 * MIB // size):
        store.set(f"old {number}", bytes(size))
    by_hand("UPDATE Cache SET access_time = access_time + 86400 * 30")
    count = 2 * MIB // size
    for number in range(count):
        assert store.set(f"new {number}", bytes(size))
    assert all(store.get(f"new {number}") is not None for number in range(count))
    assert store.stats().bytes <= 3 * MIB


def test_with_much_room_left_most_writes_count_nothing_and_with_little_each_one_does(open_store, monkeypatch):
    counted = []
    counting = rows.usage
    monkeypatch.setattr(rows, "usage", lambda sql: counted.append(1) or counting(sql))
    roomy = open_store(budget=2**30)
    for number in range(100):
        roomy.set(f"{number}", bytes(1000))
    assert len(counted) < 50
    roomy.close()
    counted.clear()
    tight = open_store(budget=100_000)
    for number in range(100):
        tight.set(f"{number}", bytes(1000))
    assert len(counted) >= 100


def test_the_log_of_the_database_which_no_budget_counts_stays_small(open_store, folder):
    store = open_store()
    for number in range(800):
        store.set(f"{number}", bytes(20_000))
    assert 0 < (folder / "cache.db-wal").stat().st_size < 2.5 * MIB
