import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from imgcdn.cache.flight import Flights
from imgcdn.cache.locks import Locks

HOLDER = """
import asyncio, sys
from pathlib import Path
from imgcdn.cache.locks import Locks
async def main():
    async with Locks(Path(sys.argv[1])).held(sys.argv[2]) as is_held:
        print(is_held, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
asyncio.run(main())
"""
PRODUCER = """
import asyncio, os, sys
from pathlib import Path
from imgcdn.cache.flight import Flights
from imgcdn.cache.locks import Locks
from imgcdn.cache.store import Store
folder = Path(sys.argv[1])
store = Store(folder / "things")
flights = Flights(Locks(folder / "locks"))
async def produce(key):
    with (folder / "produced").open("a") as file:
        file.write(key + "\\n")
    await asyncio.sleep(0.02)
    await store.put(key, key.encode())
    return key.encode()
async def main():
    print("begun", flush=True)
    sys.stdin.readline()
    for number in range(20):
        key = f"{number}"
        value = store.get(key)
        if value is None:
            value, _ = await flights.join(("rendition", key), lambda: produce(key), lambda: store.get(key))
        assert value == key.encode()
asyncio.run(main())
store.close()
"""


def started(code: str, *given: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", code, *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    )


def ended(process: subprocess.Popen) -> int:
    process.communicate("go\n", timeout=30)
    return process.returncode


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "locks"


@pytest.fixture
def holder(path):
    process = started(HOLDER, str(path), "k")
    assert process.stdout.readline() == "True\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


async def test_two_names_are_held_side_by_side_and_given_back(path):
    locks = Locks(path)
    for _ in range(3):
        async with locks.held("a") as first, locks.held("b") as second:
            assert first
            assert second
    locks.close()
    assert path.stat().st_size == 0


async def test_what_another_process_holds_is_waited_for(path, holder):
    locks = Locks(path)

    async def hold() -> bool:
        async with locks.held("k") as is_held:
            return is_held

    waiting = asyncio.create_task(hold())
    await asyncio.sleep(0.1)
    assert not waiting.done()
    async with locks.held("other") as is_held:
        assert is_held
    holder.stdin.write("go\n")
    holder.stdin.flush()
    assert await asyncio.wait_for(waiting, 10)
    locks.close()


async def test_one_name_is_held_once_in_a_process_too(path):
    locks = Locks(path, wait_s=0.02)
    async with locks.held("k") as first, locks.held("k") as second:
        assert (first, second) == (True, False)
    async with locks.held("k") as third:
        assert third
    locks.close()


async def test_a_process_that_is_killed_lets_go(path, holder):
    locks = Locks(path)
    holder.kill()
    async with locks.held("k") as is_held:
        assert is_held
    locks.close()


async def test_after_a_while_the_work_goes_on_without_the_lock(path, holder):
    locks = Locks(path, wait_s=0.05)
    begun = time.monotonic()
    async with locks.held("k") as is_held:
        assert not is_held
    assert time.monotonic() - begun >= 0.05
    locks.close()


async def test_one_who_is_cancelled_while_waiting_holds_nothing(path, holder):
    locks = Locks(path)

    async def hold() -> None:
        async with locks.held("k"):
            raise AssertionError("held")

    waiting = asyncio.create_task(hold())
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled()
    assert not locks._held
    locks.close()


async def test_work_that_fails_lets_go(path):
    locks = Locks(path)
    with pytest.raises(ValueError, match="broken"):
        async with locks.held("k"):
            raise ValueError("broken")
    other = started(HOLDER, str(path), "k")
    assert other.stdout.readline() == "True\n"
    assert ended(other) == 0
    locks.close()


async def test_a_lock_file_that_was_deleted_is_begun_anew(path):
    locks = Locks(path)
    async with locks.held("k"):
        path.unlink()
    async with locks.held("k") as is_held:
        assert is_held
        assert os.path.samestat(path.stat(), os.fstat(locks._file))
    locks.close()


async def test_without_a_folder_there_are_no_locks_and_one_warning(tmp_path, logs):
    (tmp_path / "file").write_bytes(b"in the way")
    locks = Locks(tmp_path / "file" / "locks")
    for _ in range(5):
        async with locks.held("k") as is_held:
            assert not is_held
    assert [entry["event"] for entry in logs] == ["cache_locks_failed"]


async def test_a_flight_takes_what_another_process_produced_meanwhile(path, holder):
    flights = Flights(Locks(path))
    kept: list[str] = []

    async def produce() -> str:
        raise AssertionError("produced")

    async def join() -> tuple[str, bool]:
        return await flights.join("elsewhere", produce, lambda: kept[0] if kept else None)

    kept.append("value")
    assert await join() == ("value", False)


async def test_a_flight_without_a_second_look_asks_for_no_lock(path):
    flights = Flights(Locks(path))

    async def produce() -> str:
        return "value"

    assert await flights.join("k", produce) == ("value", False)
    assert not path.exists()


def test_two_processes_produce_each_of_20_misses_once(tmp_path):
    both = [started(PRODUCER, str(tmp_path)) for _ in range(2)]
    for process in both:
        assert process.stdout.readline() == "begun\n"
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [ended(process) for process in both] == [0, 0]
    produced = (tmp_path / "produced").read_text().split()
    assert sorted(produced, key=int) == [f"{number}" for number in range(20)]
