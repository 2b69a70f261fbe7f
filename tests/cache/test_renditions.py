import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from imgcdn.cache.renditions import Renditions
from imgcdn.cache.store import Store
from imgcdn.model.media import Rendition, entity_tag

SMALL = Rendition(
    body=b"RIFF....WEBP",
    media_type="image/webp",
    width=400,
    height=300,
    etag='"abc"',
    source_digest="d" * 64,
    focus="face;x=0.613;y=0.288;c=0.91",
    is_final=False,
)
LARGE = replace(SMALL, body=bytes(range(256)) * 1024, focus="", is_final=True)
EMPTY = replace(SMALL, body=b"")


@pytest.mark.parametrize("rendition", [SMALL, LARGE, EMPTY], ids=["row", "file", "empty"])
async def test_what_was_put_is_got(store, rendition):
    renditions = Renditions(store)
    await renditions.put("fingerprint", rendition)
    assert renditions.get("fingerprint") == rendition
    assert renditions.get("other") is None


@pytest.mark.parametrize("rendition", [SMALL, LARGE, EMPTY], ids=["row", "file", "empty"])
async def test_a_body_alone_is_got_under_its_etag_only(store, rendition):
    renditions = Renditions(store)
    await renditions.put("fingerprint", replace(rendition, etag="abc"))
    body, reread = renditions.body("fingerprint", b'"abc"')
    assert body == rendition.body
    assert reread is None, "the tag is not made of these bytes, and so would prove nothing"
    assert renditions.body("fingerprint", b'"abd"') is None
    assert renditions.body("other", b'"abc"') is None


def file_of(folder):
    (path,) = folder.rglob("*.val")
    return path


async def reread_of(store, body):
    """Keep a picture under its own entity tag, and return what reads it again."""
    renditions = Renditions(store)
    tag = entity_tag(body)
    await renditions.put("k", replace(SMALL, body=body, etag=tag))
    found, reread = renditions.body("k", f'"{tag}"'.encode())
    assert found == body
    return reread


async def test_a_body_in_a_file_is_read_again_without_the_database(open_store, folder, by_hand):
    store = open_store(row_bytes=4096)
    reread = await reread_of(store, LARGE.body)
    assert reread() == LARGE.body
    by_hand("UPDATE Cache SET filename = 'ab/' || hex(randomblob(15)) || '.val'")
    assert reread() == LARGE.body


async def test_a_body_in_a_row_is_asked_for_each_time(open_store):
    assert await reread_of(open_store(row_bytes=4096), b"short") is None


@pytest.mark.parametrize("spoil", ["flip", "cut", "lose", "empty"])
async def test_a_file_that_is_not_what_it_was_is_not_read_again(open_store, folder, spoil):
    reread = await reread_of(open_store(row_bytes=4096), LARGE.body)
    path = file_of(folder)
    held = path.read_bytes()
    match spoil:
        case "flip":
            path.write_bytes(held[:-9] + bytes([held[-9] ^ 1]) + held[-8:])
        case "cut":
            path.write_bytes(held[:-1])
        case "lose":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
    assert reread() is None


async def test_what_is_replaced_deleted_or_cleared_is_not_read_again(open_store):
    store = open_store(row_bytes=4096)
    renditions = Renditions(store)
    reread = await reread_of(store, LARGE.body)
    await renditions.put("k", LARGE)
    assert reread() is None
    reread = await reread_of(store, LARGE.body)
    await renditions.drop("k")
    assert reread() is None
    reread = await reread_of(store, LARGE.body)
    await renditions.clear()
    assert reread() is None


async def test_reading_again_counts_as_a_use(open_store, by_hand):
    store = open_store(row_bytes=4096, touch_after_s=3600.0)
    reread = await reread_of(store, LARGE.body)
    by_hand("UPDATE Cache SET access_time = 5.0")
    _, reread = Renditions(store).body("k", f'"{entity_tag(LARGE.body)}"'.encode())
    by_hand("UPDATE Cache SET access_time = 5.0")
    reread._place.used = 5.0
    assert reread() == LARGE.body
    await asyncio.sleep(0)
    store.close()
    assert by_hand("SELECT access_time > 1e9 FROM Cache") == [(1,)]


async def test_a_rendition_altered_on_disk_is_a_miss(store, by_hand):
    renditions = Renditions(store)
    await renditions.put("k", SMALL)
    by_hand("UPDATE Cache SET value = CAST(replace(value, 'WEBP', 'WEBQ') AS BLOB)")
    assert renditions.body("k", b'"abc"') is None
    assert renditions.get("k") is None


async def test_an_etag_altered_on_disk_is_a_miss(store, by_hand):
    renditions = Renditions(store)
    await renditions.put("k", SMALL)
    by_hand("UPDATE Cache SET value = CAST(replace(value, 'abc', 'abd') AS BLOB)")
    assert renditions.get("k") is None


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"\0\0\0",
        b"\0\0\0\2{}body",
        b"\0\0\0\2[]body",
        b"\0\0\0\4nullbody",
        b"\xff\xff\xff\xffbody",
        b'\0\0\0\x0f{"width": "one"',
        b"\0\0\0\2\xff\xffbody",
    ],
)
def test_a_bad_record_is_a_miss(store, record):
    store.set("k", record)
    assert Renditions(store).get("k") is None


async def test_writing_does_not_hold_up_the_event_loop(store, monkeypatch):
    here = threading.get_ident()
    threads = []
    keep = Store.set

    def watched(self, *given):
        threads.append(threading.get_ident())
        return keep(self, *given)

    monkeypatch.setattr(Store, "set", watched)
    await asyncio.gather(*(Renditions(store).put(f"{number}", SMALL) for number in range(5)))
    assert here not in threads
    assert len(threads) == 5


async def test_one_of_more_than_a_tenth_of_the_budget_is_not_kept(open_store):
    renditions = Renditions(open_store(budget=2**20))
    await renditions.put("k", LARGE)
    assert renditions.get("k") is None


async def test_dropping_and_clearing_forget(store):
    renditions = Renditions(store)
    for key in "abc":
        await renditions.put(key, SMALL)
    assert await renditions.drop("a")
    assert renditions.get("a") is None
    assert await renditions.clear() == 2
    assert renditions.get("b") is None


async def test_without_a_disk_there_are_only_misses(tmp_path):
    (tmp_path / "file").write_bytes(b"in the way")
    store = Store(Path(tmp_path / "file" / "x"))
    renditions = Renditions(store)
    await renditions.put("k", SMALL)
    assert renditions.get("k") is None
    store.close()
