import asyncio
import hashlib
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from imgcdn.cache import originals as originals_module
from imgcdn.cache import store as store_module
from imgcdn.cache.originals import Originals
from imgcdn.cache.store import Store

CONTENT = b"\xff\xd8\xff a JPEG" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def originals(store, tmp_path):
    made = Originals(store, tmp_path / "tmp")
    yield made
    made.close()


@pytest.fixture
def broken(tmp_path):
    """Originals whose folders cannot be made."""
    (tmp_path / "file").write_bytes(b"in the way")
    store = Store(tmp_path / "file" / "originals")
    made = Originals(store, tmp_path / "file" / "tmp")
    yield made
    store.close()
    made.close()


def download(originals: Originals, content: bytes = CONTENT, name: str = "part") -> str:
    path = originals.temp_dir / name
    path.write_bytes(content)
    return str(path)


def content(path: str) -> bytes:
    return Path(path).read_bytes()


def inode(path: str) -> int:
    return Path(path).stat().st_ino


def remove(path: str) -> None:
    Path(path).unlink()


def exists(path: str) -> bool:
    return Path(path).exists()


async def test_an_adopted_file_is_moved_and_found(originals):
    temporary = download(originals)
    path = await originals.adopt(DIGEST, temporary)
    assert content(path) == CONTENT
    assert originals.find(DIGEST) == path
    assert not exists(temporary)


def test_an_unknown_digest_is_a_miss(originals):
    assert originals.find(DIGEST) is None


async def test_moving_keeps_the_file_and_copies_nothing(originals):
    temporary = download(originals)
    before = inode(temporary)
    assert inode(await originals.adopt(DIGEST, temporary)) == before


async def test_the_temporary_folder_is_made_when_it_is_asked_for(originals, tmp_path):
    assert originals.temp_dir == tmp_path / "tmp"
    (tmp_path / "tmp").rmdir()
    assert originals.temp_dir.is_dir()


async def test_adopting_a_digest_twice_keeps_the_first_file_and_removes_the_second(originals):
    first = await originals.adopt(DIGEST, download(originals, name="one"))
    second = download(originals, name="two")
    assert await originals.adopt(DIGEST, second) == first
    assert exists(first)
    assert not exists(second)


async def test_two_processes_may_adopt_one_digest_at_once(originals, open_store, tmp_path):
    other = Originals(open_store(), tmp_path / "tmp")
    paths = await asyncio.gather(
        *(
            which.adopt(DIGEST, download(which, name=f"{number}"))
            for number, which in enumerate([originals, other] * 10)
        )
    )
    found = originals.find(DIGEST)
    assert found is not None
    assert found in paths
    assert content(found) == CONTENT
    assert not list((tmp_path / "tmp").iterdir())


async def test_a_file_removed_by_hand_is_a_miss_and_can_be_adopted_again(originals):
    remove(await originals.adopt(DIGEST, download(originals)))
    assert originals.find(DIGEST) is None
    path = await originals.adopt(DIGEST, download(originals))
    assert originals.find(DIGEST) == path


async def test_a_truncated_file_is_a_miss(originals):
    path = await originals.adopt(DIGEST, download(originals))
    os.truncate(path, 7)
    assert originals.find(DIGEST) is None


async def test_the_budget_is_held_and_the_least_recently_used_goes_first(open_store, tmp_path, monkeypatch):
    store = open_store(budget=2**20, touch_after_s=0.0)
    originals = Originals(store, tmp_path / "tmp")
    paths = {}
    for number in range(30):
        paths[number] = await originals.adopt(f"{number}", download(originals, bytes(90_000)))
        originals.find("0")
        await store.background.run(store._note_uses)
        assert store.stats().bytes <= 2**20
    kept = [number for number in range(30) if originals.find(f"{number}")]
    assert kept[0] == 0
    assert kept[1:] == list(range(30 - len(kept) + 1, 30))
    assert sum(map(exists, paths.values())) == len(kept)


async def test_clearing_counts_and_removes_the_files(originals, folder):
    await originals.adopt(DIGEST, download(originals))
    assert await originals.clear() == 1
    assert originals.find(DIGEST) is None
    assert not list(folder.glob("??/*.val"))


async def test_old_temporary_files_are_removed_at_the_first_adoption_and_young_ones_stay(originals, store, monkeypatch):
    old = download(originals, name="left by a killed process")
    real = time.time()
    monkeypatch.setattr(time, "time", lambda: real + 90_000)
    await originals.adopt(DIGEST, download(originals, name="a"))
    await store.background.run(lambda: None)
    assert not exists(old)
    monkeypatch.setattr(time, "time", lambda: real)
    young = download(originals, name="young")
    originals._next_sweep = 0.0
    await originals.adopt("other", download(originals, name="b"))
    await store.background.run(lambda: None)
    assert exists(young)


async def test_without_a_cache_folder_a_download_stays_where_it_is_and_is_found(broken, tmp_path):
    temporary = download(broken)
    assert not temporary.startswith(str(tmp_path / "file"))
    assert await broken.adopt(DIGEST, temporary) == temporary
    assert broken.find(DIGEST) == temporary


async def test_without_a_cache_folder_downloads_do_not_pile_up(broken, monkeypatch):
    monkeypatch.setattr(originals_module, "_LOOSE_FILES", 3)
    for number in range(6):
        await broken.adopt(f"{number}", download(broken, name=f"{number}"))
    assert [bool(broken.find(f"{number}")) for number in range(6)] == [False] * 3 + [True] * 3
    assert len(list(broken.temp_dir.iterdir())) == 3
    left = broken.temp_dir
    broken.close()
    assert not left.exists()


async def test_a_nearly_full_disk_sends_downloads_elsewhere(originals, tmp_path, monkeypatch):
    usage = SimpleNamespace(total=2**40, used=2**40, free=2**20)
    monkeypatch.setattr(originals_module.shutil, "disk_usage", lambda _: usage)
    assert tmp_path not in originals.temp_dir.parents
    monkeypatch.undo()
    assert originals.temp_dir == tmp_path / "tmp"


async def test_a_source_too_large_for_the_budget_is_served_from_where_it_was_downloaded(open_store, tmp_path):
    originals = Originals(open_store(budget=2**20), tmp_path / "tmp")
    temporary = download(originals, bytes(200_000))
    assert await originals.adopt(DIGEST, temporary) == temporary
    assert originals.find(DIGEST) == temporary


async def test_a_known_original_gets_the_tags_of_each_who_brings_it(originals, store, by_hand):
    for name in ("a", "b"):
        await originals.adopt(DIGEST, download(originals, name=name), (f"source:img/{name}",))
    assert set(by_hand("SELECT tag, key FROM Tags")) == {("source:img/a", DIGEST), ("source:img/b", DIGEST)}
    assert content(originals.find(DIGEST)) == CONTENT


async def test_what_could_not_be_kept_can_be_dropped(broken):
    paths = {name: await broken.adopt(name, download(broken, name=name)) for name in "abc"}
    broken.drop_loose(["a", "unknown"])
    assert [exists(path) for path in paths.values()] == [False, True, True]
    broken.drop_loose()
    assert not any(exists(path) for path in paths.values())
    assert broken.find("b") is None


def later(path: str) -> None:
    """Wait until the file system's clock tells a change from the moving in."""
    until = Path(path).stat().st_ctime + store_module._MOVING_S + 0.1
    time.sleep(max(0.0, until - time.time()))


def spoil(path: str) -> None:
    Path(path).write_bytes(CONTENT.replace(b"JPEG", b"jpeg", 1))


async def test_a_file_altered_by_hand_is_dropped_although_its_size_is_right(originals):
    path = await originals.adopt(DIGEST, download(originals))
    later(path)
    spoil(path)
    assert originals.find(DIGEST) is None
    assert await originals.adopt(DIGEST, download(originals)) != path
    assert content(originals.find(DIGEST)) == CONTENT


async def test_a_file_that_was_touched_but_not_altered_is_read_once_and_stays(originals, monkeypatch):
    path = await originals.adopt(DIGEST, download(originals))
    later(path)
    os.utime(path)
    read = []
    digest_of = hashlib.file_digest
    monkeypatch.setattr(
        originals_module.hashlib, "file_digest", lambda file, name: read.append(file) or digest_of(file, name)
    )
    assert [originals.find(DIGEST) for _ in range(3)] == [path] * 3
    assert len(read) == 1


async def test_a_file_that_nobody_touched_is_not_read(originals, monkeypatch):
    monkeypatch.setattr(store_module, "_MOVING_S", 1.0)  # however busy this machine is
    path = await originals.adopt(DIGEST, download(originals))
    later(path)
    monkeypatch.setattr(originals_module.hashlib, "file_digest", lambda *_: pytest.fail("it is read"))
    assert originals.find(DIGEST) == path
