import math
from dataclasses import replace
from pathlib import Path

import pytest

from imgcdn.cache.references import References
from imgcdn.cache.store import Store
from imgcdn.model.reference import Reference

FETCHED = Reference(
    digest="d" * 64, size=1234, path=None, stamp='"etag", date', modified=1.5e9, max_age_s=60, fresh_until=1000.0
)
LOCAL = Reference(
    digest="e" * 64, size=0, path="/srv/ä.jpg", stamp="", modified=None, max_age_s=None, fresh_until=math.inf
)


class CountingStore(Store):
    reads = 0

    def get(self, key: str) -> bytes | None:
        self.reads += 1
        return super().get(key)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counting(folder):
    store = CountingStore(folder)
    yield store
    store.close()


@pytest.mark.parametrize("reference", [FETCHED, LOCAL], ids=["fetched", "local"])
async def test_what_was_put_is_got_from_memory_and_from_disk(store, reference):
    await References(store).put("img/a b.jpg", reference)
    assert References(store).get("img/a b.jpg") == reference
    assert References(store).get("img/other.jpg") is None


async def test_a_stale_reference_is_still_got_because_it_can_be_revalidated(store, clock):
    clock.now = FETCHED.fresh_until + 1e6
    references = References(store, clock=clock)
    await references.put("k", FETCHED)
    assert references.get("k") == FETCHED


async def test_a_fresh_reference_costs_one_disk_read_at_most(counting, clock):
    await References(counting, clock=clock).put("k", FETCHED)
    references = References(counting, clock=clock)
    for _ in range(10):
        assert references.get("k") == FETCHED
    assert counting.reads == 1


async def test_a_reference_gone_stale_is_read_from_disk_once(counting, clock):
    references = References(counting, clock=clock)
    await references.put("k", FETCHED)
    assert references.get("k") == FETCHED
    assert counting.reads == 0
    clock.now = FETCHED.fresh_until
    for _ in range(10):
        assert references.get("k") == FETCHED
    assert counting.reads == 1


async def test_what_another_process_wrote_is_seen_once_ours_is_stale(store, open_store, clock):
    ours, theirs = References(store, clock=clock), References(open_store(), clock=clock)
    await ours.put("k", FETCHED)
    newer = replace(FETCHED, digest="f" * 64, fresh_until=2000.0)
    await theirs.put("k", newer)
    assert ours.get("k") == FETCHED
    clock.now = FETCHED.fresh_until
    assert ours.get("k") == newer


async def test_an_older_record_on_disk_does_not_replace_ours(store, open_store, clock):
    ours, theirs = References(store, clock=clock), References(open_store(), clock=clock)
    await ours.put("k", FETCHED)
    await theirs.put("k", replace(FETCHED, digest="0" * 64, fresh_until=1.0))
    clock.now = FETCHED.fresh_until
    assert ours.get("k") == FETCHED


async def test_memory_is_bounded_and_the_disk_keeps_the_rest(store):
    references = References(store, in_memory=10)
    for number in range(30):
        await references.put(f"{number}", replace(FETCHED, size=number))
    assert len(references._recent) == 10
    assert references.get("3") == replace(FETCHED, size=3)


async def test_looking_again_sees_what_another_process_wrote_even_while_ours_is_fresh(store, open_store, clock):
    ours, theirs = References(store, clock=clock), References(open_store(), clock=clock)
    await ours.put("k", FETCHED)
    newer = replace(FETCHED, digest="f" * 64, fresh_until=2000.0)
    await theirs.put("k", newer)
    assert ours.get("k") == FETCHED
    assert ours.look_again("k") == newer
    assert ours.get("k") == newer
    assert ours.look_again("other") is None


async def test_what_was_seen_before_a_purge_is_kept_neither_in_memory_nor_on_disk(store):
    references = References(store, is_current=lambda since: since == 2)
    await references.put("k", FETCHED, since=1)
    assert references.get("k") is None
    await references.put("k", FETCHED, since=2)
    assert references.get("k") == FETCHED


async def test_a_forgotten_reference_is_read_from_disk(counting, clock):
    references = References(counting, clock=clock)
    await references.put("k", FETCHED)
    references.forget()
    assert references.get("k") == FETCHED
    assert counting.reads == 1


async def test_a_dropped_reference_is_a_miss_here_at_once(store):
    references = References(store)
    await references.put("k", FETCHED)
    assert await references.drop("k")
    assert references.get("k") is None
    assert not await references.drop("k")


async def test_clearing_counts_and_forgets(store):
    references = References(store)
    await references.put("k", FETCHED)
    assert await references.clear() == 1
    assert references.get("k") is None


@pytest.mark.parametrize(
    "record", [b"", b"{}", b"[]", b"null", b"\xff", b'{"digest": 1}', b'{"digest": "d", "size": "many"}']
)
def test_a_bad_record_is_a_miss(store, record):
    store.set("k", record)
    assert References(store).get("k") is None


async def test_without_a_disk_memory_alone_works(tmp_path):
    (tmp_path / "file").write_bytes(b"in the way")
    store = Store(Path(tmp_path / "file" / "x"))
    references = References(store, clock=lambda: 5000.0)
    await references.put("k", FETCHED)
    assert references.get("k") == FETCHED
    store.close()


SEEN_AHEAD = replace(FETCHED, fresh_until=1e6 + 60, seen_at=1e6)


async def test_after_the_clock_went_back_a_reference_is_stale_in_memory_and_on_disk(store, clock):
    clock.now = 1e6
    references = References(store, clock=clock)
    await references.put("k", SEEN_AHEAD)
    assert references.get("k").fresh_until > clock.now
    clock.now = 500.0
    for one in (references, References(store, clock=clock)):
        assert one.get("k").fresh_until == 500.0
        assert one.look_again("k").fresh_until == 500.0


async def test_how_stale_it_is_counts_from_when_the_clock_was_found_put_back(store, clock):
    clock.now = 1e6
    references = References(store, clock=clock)
    await references.put("k", SEEN_AHEAD)
    clock.now = 500.0
    references.get("k")
    clock.now = 900.0
    assert references.get("k").fresh_until == 500.0


async def test_a_clock_that_went_back_costs_two_disk_reads_at_most(counting, clock):
    clock.now = 1e6
    references = References(counting, clock=clock)
    await references.put("k", SEEN_AHEAD)
    clock.now = 500.0
    for _ in range(5):
        references.get("k")
        clock.now += 1
    assert counting.reads <= 2


async def test_what_another_process_saw_after_the_clock_went_back_is_believed(store, open_store, clock):
    clock.now = 1e6
    references = References(store, clock=clock)
    await references.put("k", SEEN_AHEAD)
    clock.now = 500.0
    renewed = replace(FETCHED, seen_at=500.0, fresh_until=560.0)
    await References(open_store(), clock=clock).put("k", renewed)
    assert references.get("k") == renewed


async def test_what_is_renewed_is_known_here_alone_and_read_from_the_disk_no_more(counting, clock):
    references = References(counting, clock=clock)
    await references.put("k", LOCAL)
    renewed = replace(LOCAL, fresh_until=5.0)
    references.renew("k", renewed, 0)
    clock.now = 6.0
    assert references.get("k") == renewed
    assert counting.reads == 0
    assert References(counting).get("k") == LOCAL
    references.forget()
    assert references.get("k") == LOCAL


async def test_what_was_purged_meanwhile_is_not_renewed(store):
    references = References(store, is_current=lambda since: since == 2)
    references.renew("k", LOCAL, 1)
    assert references.get("k") is None
    references.renew("k", LOCAL, 2)
    assert references.get("k") == LOCAL
