import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from imgcdn.cache.renditions import Renditions
from imgcdn.cache.store import Store
from imgcdn.model.media import Rendition

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
    assert renditions.body("fingerprint", b'"abc"') == rendition.body
    assert renditions.body("fingerprint", b'"abd"') is None
    assert renditions.body("other", b'"abc"') is None


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
