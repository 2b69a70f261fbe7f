import asyncio
import hashlib
import multiprocessing
import signal
import subprocess
import sys
import time
from pathlib import Path

from imgcdn.model.analysis import Override
from imgcdn.model.geometry import Point
from imgcdn.records.records import open_records
from imgcdn.records.settings import DataSettings

WRITER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_processes import name, told
from imgcdn.records.records import open_records
from imgcdn.records.settings import DataSettings

async def write():
    records = open_records(DataSettings(dir=sys.argv[1]))
    number = int(sys.argv[3])
    while True:
        await records.overrides.put(name(number), told(number))
        print(number, flush=True)
        number += 1

asyncio.run(write())
"""


def name(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def told(number: int) -> Override:
    return Override(Point(1 / (number + 1), 0.5), f"note {number}", float(number))


def test_every_acknowledged_word_outlives_a_writer_killed_at_any_moment(tmp_path):
    acknowledged: set[int] = set()
    for first in (0, 10_000, 20_000):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "data"), str(Path(__file__).parent), str(first)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(20):
            acknowledged.add(int(writer.stdout.readline()))
        writer.send_signal(signal.SIGKILL)
        rest, _ = writer.communicate()
        acknowledged.update(int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n"))
        records = open_records(DataSettings(dir=tmp_path / "data"))
        known = records.overrides.all()
        assert {number: known.get(name(number)) for number in acknowledged} == {
            number: told(number) for number in acknowledged
        }
        assert records.health() == {}
        records.close()
    assert len(acknowledged) >= 60


def work(folder: str, first: int, start, reports) -> None:
    """Begin at the same moment as another process, tell, take back, and wait to hear what the other told."""

    async def run() -> None:
        start.wait(30)
        records = open_records(DataSettings(dir=Path(folder), lock_timeout_s=20))
        for number in range(first, first + 40):
            await records.overrides.put(name(number), told(number))
        assert await records.overrides.drop(name(first))
        expected = {name(number) for begin in (0, 100) for number in range(begin + 1, begin + 40)}
        until = time.monotonic() + 20
        while records.overrides.all().keys() != expected and time.monotonic() < until:
            await asyncio.sleep(0.05)
        reports.put((records.overrides.all().keys() == expected, records.health()))
        start.wait(30)
        records.close()

    asyncio.run(run())


def test_two_servers_begin_and_write_one_folder_at_once_and_hear_of_each_other(tmp_path):
    context = multiprocessing.get_context("spawn")
    reports = context.Queue()
    start = context.Barrier(2)
    servers = [context.Process(target=work, args=(str(tmp_path / "data"), first, start, reports)) for first in (0, 100)]
    for server in servers:
        server.start()
    heard = [reports.get(timeout=60) for _ in servers]
    for server in servers:
        server.join(30)
    assert [server.exitcode for server in servers] == [0, 0]
    assert heard == [(True, {}), (True, {})]
