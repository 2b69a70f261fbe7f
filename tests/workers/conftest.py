import asyncio
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import uvloop
from imgcdn.workers.pool import Pool
from imgcdn.workers.settings import PoolSettings

HERE = str(Path(__file__).parent)


@pytest.hookimpl(optionalhook=True)
def pytest_asyncio_loop_factories(item):
    """What depends on the loop runs on both: the pool's own tests."""
    both = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return both if item.path.name == "test_pool.py" else {"uvloop": both["uvloop"]}


@pytest.fixture
async def make_pool():
    """A pool of sample tasks, which is closed after the test and must then leave no process behind."""
    pools: list[Pool] = []

    async def make(settings_json: str = "{}", *, start: bool = True, env: dict[str, str] | None = None, **settings):
        chosen = PoolSettings(**({"workers": 2} | settings))
        pools.append(Pool("sample", "sample_tasks", settings_json, chosen, {"PYTHONPATH": HERE} | (env or {})))
        if start:
            await pools[-1].start()
            await eventually(lambda: pools[-1].stats.ready == chosen.size)
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close(0)
    assert children() == []


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


async def eventually(fact: Callable[[], bool], within_s: float = 10) -> None:
    """Wait until the fact holds."""
    async with asyncio.timeout(within_s):
        while not fact():
            await asyncio.sleep(0.005)  # noqa: ASYNC110  # a fact of another process has no event
