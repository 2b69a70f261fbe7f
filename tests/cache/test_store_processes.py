import hashlib
import multiprocessing
import signal
import subprocess
import sys
import time
from pathlib import Path

from imgcdn.cache.store import Store

WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_store_processes import value
from imgcdn.cache.store import Store
store = Store(Path(sys.argv[1]), budget=8 * 2**20)
print("begun", flush=True)
number = 0
while True:
    number += 1
    store.set(f"{number % 200}", value(f"{number % 200}", number))
"""


def value(key: str, salt: int) -> bytes:
    """A value that proves itself, small for two keys of three and a file for the others."""
    seed = hashlib.sha256(f"{key} {salt}".encode()).digest()
    return key.encode().ljust(8) + seed * (3000 if int(key) % 3 == 0 else 30)


def is_whole(key: str, found: bytes) -> bool:
    seed = found[8:40]
    return found[:8] == key.encode().ljust(8) and found[8:] == seed * (len(found[8:]) // 32)


def work(folder: str, salt: int, start, failures) -> None:
    """Write, read and delete in one of several processes; put what was wrong on the queue."""
    store = Store(Path(folder), budget=6 * 2**20, lock_timeout_s=5)
    number = 0
    start.wait(30)
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        number += 1
        key = f"{number * 7 % 120}"
        if not store.set(key, value(key, salt)):
            failures.put(f"not kept: {store.why}")
        if number % 11 == 0:
            store.delete(key)
        other = f"{number * 13 % 120}"
        found = store.get(other)
        if found is not None and not is_whole(other, found):
            failures.put(f"broken: {other}")
    if not store.is_healthy:
        failures.put(store.why)
    if store.stats().bytes > 6 * 2**20:
        failures.put("over budget")
    store.close()
    failures.put(number)


def test_two_processes_write_one_folder_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    reports = context.Queue()
    start = context.Barrier(2)
    writers = [context.Process(target=work, args=(str(tmp_path / "things"), salt, start, reports)) for salt in (1, 2)]
    for writer in writers:
        writer.start()
    counts = [reports.get(timeout=30) for _ in writers]
    for writer in writers:
        writer.join(30)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert all(isinstance(count, int) and count > 20 for count in counts), counts
    assert reports.empty()


def test_a_writer_killed_at_any_moment_leaves_only_whole_values(tmp_path, logs):
    folder = tmp_path / "things"
    for pause in (0.05, 0.15, 0.3, 0.4):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(Path(__file__).parent)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begun\n"
        time.sleep(pause)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        store = Store(folder, budget=8 * 2**20)
        found = {f"{number}": store.get(f"{number}") for number in range(200)}
        whole = [key for key, content in found.items() if content is not None and is_whole(key, content)]
        assert len(whole) == sum(content is not None for content in found.values())
        assert whole
        assert store.is_healthy
        assert store.set("1", b"after")
        store.close()
    assert not [entry for entry in logs if entry["event"] != "cache_recovered"]
