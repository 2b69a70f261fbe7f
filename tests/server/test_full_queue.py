"""More work than can be done is refused at once, and what is ready stays quick."""

import asyncio
import statistics
import time

import httpx
import pytest
from serving import assert_problem

SETTINGS = """
[render]
workers = 1
queue = 1

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""
BURST = 16


@pytest.fixture(scope="module")
def server(module_serve, photos):
    made = module_serve(photos, settings=SETTINGS)
    # The header is known from here on, so that only renders wait.
    assert made.get("/img/large.jpg?w=10").status_code == 200
    return made


async def burst(client, offset):
    """Send heavy renders together; each takes about a second."""
    targets = [f"/img/large.jpg?w={1500 + offset + n}&format=webp" for n in range(BURST)]
    return await asyncio.gather(*(client.get(target) for target in targets))


async def test_what_does_not_fit_is_refused_at_once_and_hits_stay_quick(server):
    hot = "/img/photo.jpg?w=50"
    limits = httpx.Limits(max_connections=BURST + 2)
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False, limits=limits) as client:
        assert (await client.get(hot)).status_code == 200
        begun = time.monotonic()
        under_way = asyncio.create_task(burst(client, 0))
        await asyncio.sleep(0.2)
        waits = []
        while not under_way.done() and len(waits) < 100:
            asked = time.monotonic()
            found = await client.get(hot)
            waits.append(time.monotonic() - asked)
            assert found.headers["cache-status"].startswith("imgcdn; hit")
            await asyncio.sleep(0.01)
        answers = await under_way
    assert time.monotonic() - begun < 45
    made = [found for found in answers if found.status_code == 200]
    refused = [found for found in answers if found.status_code != 200]
    assert len(made) >= 2, "the one that was worked on and the one that waited"
    assert len(refused) >= BURST - 6
    for found in refused:
        assert_problem(found, 503, "overloaded")
        assert int(found.headers["retry-after"]) >= 1
        assert found.headers["cache-control"] == "no-store"
        assert found.elapsed.total_seconds() < 5
    assert waits
    assert statistics.median(waits) < 0.25
    assert server.get("/-/ready").status_code == 200


async def test_after_the_burst_everything_is_as_before(server):
    assert server.get("/img/photo.jpg?w=51").status_code == 200
    assert server.get("/img/large.jpg?w=1600&format=webp").status_code == 200
