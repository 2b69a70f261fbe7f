import asyncio
from pathlib import Path

import pytest
import uvloop
from watching import children, eventually

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
