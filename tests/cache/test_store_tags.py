import time

from imgcdn.cache import batches, search, tags


def tagged(store, *wanted: str) -> set[str]:
    return {found.key for found in store.work("search", lambda table: search.by_tags(wanted, 1000, table))}


def all_tags(by_hand) -> set[tuple[str, str]]:
    return set(by_hand("SELECT tag, key FROM Tags"))


def test_a_value_is_found_by_each_of_its_tags(store):
    store.set("a", b"1", ["x", "y"])
    store.set("b", b"2", ["y"])
    store.set("c", b"3")
    assert tagged(store, "x") == {"a"}
    assert tagged(store, "y") == {"a", "b"}
    assert tagged(store, "x", "y", "z") == {"a", "b"}
    assert store.get("a") == b"1"


def test_a_value_that_is_put_again_has_its_new_tags_alone(store, by_hand):
    store.set("a", b"1", ["x", "y"])
    store.set("a", b"2", ["y", "z"])
    assert all_tags(by_hand) == {("y", "a"), ("z", "a")}
    store.set("a", b"3")
    assert all_tags(by_hand) == set()


def test_a_file_that_is_moved_in_has_tags(store, folder):
    (folder / "part").write_bytes(b"source")
    assert store.adopt("digest", folder / "part", ["source:img/a.jpg"])
    assert tagged(store, "source:img/a.jpg") == {"digest"}


def test_tags_are_added_to_a_value_that_is_there(store, by_hand):
    store.set("a", b"1", ["x"])
    for more in (["y"], ["y", "x"], []):
        assert store.work("write", lambda table, more=more: batches.tag(table, "a", more))
    assert all_tags(by_hand) == {("x", "a"), ("y", "a")}
    assert not store.work("write", lambda table: batches.tag(table, "b", ["y"]))
    assert store.get("a") == b"1"


def test_whichever_way_a_row_goes_its_tags_go_with_it(open_store, by_hand):
    store = open_store(budget=2_000_000)
    store.set("deleted", b"1", ["x"])
    store.delete("deleted")
    store.set("removed", b"1", ["x"])
    store.work("write", lambda table: batches.remove(["removed"], table, leaves_no_trace=True))
    store.set("altered", b"1", ["x"])
    by_hand("UPDATE Cache SET value = x'00' WHERE key = 'altered'")
    assert store.get("altered") is None
    for number in range(300):
        store.set(f"{number}", bytes(20_000), [f"tag {number}", "x"])
    kept = {key for (key,) in by_hand("SELECT key FROM Cache")}
    assert 0 < len(kept) < 300
    assert {key for _, key in all_tags(by_hand)} == kept
    store.clear()
    assert all_tags(by_hand) == set()


def test_tags_altered_by_hand_are_no_error(store, by_hand):
    for number, column in enumerate(["{", '"text"', "[1, null]", "5", ""]):
        store.set(f"{number}", b"1", ["x"])
        by_hand("UPDATE Cache SET tag = ? WHERE key = ?", column, f"{number}")
    by_hand("UPDATE Cache SET tag = x'ff' WHERE key = '0'")
    assert tagged(store, "x") == set()
    for number in range(5):
        assert store.set(f"{number}", b"2", ["x"])
        assert store.delete(f"{number}")
    assert store.is_healthy


def test_tags_that_sqlite_cannot_hold_are_left_out_and_the_value_is_kept(store, by_hand):
    assert store.set("a", b"1", ["\ud800", "nul\0nul", "", "ä 'x\"", "y"])
    assert all_tags(by_hand) == {("ä 'x\"", "a"), ("y", "a")}
    assert tags.written(()) is None


def test_a_value_that_is_not_wanted_any_more_is_not_kept(store, folder):
    large = bytes(200_000)
    for value in (b"small", large):
        assert not store.set("k", value, (), lambda: False)
        assert store.get("k") is None
    assert not list(folder.glob("*/*.val"))
    assert store.set("k", large, (), lambda: True)
    assert store.get("k") == large


def test_whether_a_value_is_wanted_is_asked_while_nobody_else_can_write(store, open_store):
    other = open_store(lock_timeout_s=0.05)
    assert store.set("k", b"1", (), lambda: not other.set("other", b"2"))
    assert store.get("k") == b"1"


def test_many_rows_are_removed_in_short_transactions(store, folder, monkeypatch):
    for number in range(100):
        store.set(f"{number}", bytes(100_000 if number % 3 == 0 else 100))
    monkeypatch.setattr(batches, "_HOLD_S", 0.0)
    keys = [f"{number}" for number in range(90)]
    done = store.work("write", lambda table: batches.remove(keys, table, leaves_no_trace=True))
    assert done == batches.Batch(1, 1)
    monkeypatch.setattr(batches, "_HOLD_S", 60.0)
    done = store.work("write", lambda table: batches.remove(keys, table, leaves_no_trace=True))
    assert done == batches.Batch(90, 89)
    assert store.stats().entries == 10
    assert len(list(folder.glob("*/*.val"))) == len([n for n in range(90, 100) if n % 3 == 0])


def test_what_is_removed_without_a_trace_is_in_no_file_of_the_database(store, folder):
    secret = b"a picture that must not be here" * 50
    store.set("k", secret, ["x"])
    store.set("other", b"stays")
    store.work("write", lambda table: batches.remove(["k"], table, leaves_no_trace=True))
    store.work("write", batches.settle)
    for file in folder.iterdir():
        assert not file.is_file() or secret[:31] not in file.read_bytes(), file
    assert store.get("other") == b"stays"


def test_a_page_of_keys_is_a_span_of_the_index(store, by_hand):
    names = ["img/a.jpg", "img/b.jpg", "img/b/c.jpg", "img/c.jpg", "imh/a.jpg", "ä/\U0010ffff", "ä/\U0010ffffx"]
    for name in names:
        store.set(name, b"1")

    def keys(span: search.Span, limit: int = 100) -> list[str]:
        return [one.key for one in store.work("search", lambda table: search.by_key(span, limit, table))]

    assert keys(search.EVERYTHING) == names
    assert keys(search.EVERYTHING, 2) == names[:2]
    assert keys(search.EVERYTHING.after("img/b.jpg")) == names[2:]
    assert keys(search.beginning("img/")) == names[:4]
    assert keys(search.beginning("img/b")) == names[1:3]
    assert keys(search.beginning("")) == names
    assert keys(search.beginning("ä/\U0010ffff")) == names[-2:]
    assert keys(search.beginning("\ud7ff")) == []
    ((_, _, _, plan),) = by_hand(
        "EXPLAIN QUERY PLAN SELECT key, tag FROM Cache WHERE key >= 'a' AND key < 'b' AND raw = 1 ORDER BY key LIMIT 9"
    )
    assert plan.startswith("SEARCH Cache USING INDEX Cache_key_raw")


def test_stats_say_when_what_is_kept_was_used(store):
    assert (store.stats().oldest, store.stats().newest) == (None, None)
    begun = time.time()
    store.set("a", b"1")
    store.set("b", b"1")
    found = store.stats()
    assert begun - 1 < found.oldest < found.newest < time.time() + 1
