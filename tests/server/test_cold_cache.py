"""A crowd that asks for one picture at once costs one fetch, one look and one render."""

import asyncio
from collections import Counter

import httpx
import pytest
from scripted import Origin, answer

CROWD = 200


async def crowd(server, target, count=CROWD, accepts=("*/*",)):
    """Send requests together, each on a connection of its own."""
    limits = httpx.Limits(max_connections=count, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False, limits=limits) as client:
        asked = (client.get(target, headers={"accept": accepts[n % len(accepts)]}) for n in range(count))
        return await asyncio.gather(*asked)


def told(answers):
    """Count what Cache-Status says: stored, collapsed or hit."""
    return Counter(found.headers["cache-status"].split(";")[-1 if "fwd" in found.headers["cache-status"] else 1].strip()
                   for found in answers)  # fmt: skip


@pytest.fixture(scope="module")
def origin(photos):
    made = Origin()
    # Slow enough that all ask before the first is answered.
    made.scripts["/cold.jpg"] = answer((photos / "portrait.jpg").read_bytes(), delay_s=1)
    made.scripts["/sizes.jpg"] = answer((photos / "photo.jpg").read_bytes(), delay_s=1)
    made.scripts["/gone.jpg"] = answer(status=404, delay_s=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(module_serve, origin, face_models):
    return module_serve(settings=f'[[mount]]\nname = "web"\norigin = "{origin.url}"\n')


@pytest.fixture(scope="module")
def waiting(module_serve, origin):
    mount = f'[[mount]]\nname = "web"\norigin = "{origin.url}"\n'
    return module_serve(settings=f'{mount}[encoding]\navif = "wait"\n[gravity]\npull_models = false\n')


async def test_a_crowd_costs_one_fetch_and_one_render(server, origin):
    answers = await crowd(server, "/web/cold.jpg?w=400&h=200&gravity=face")
    assert {found.status_code for found in answers} == {200}
    assert len({found.content for found in answers}) == 1
    assert len({found.headers["etag"] for found in answers}) == 1
    assert origin.asked["/cold.jpg"] == 1
    said = told(answers)
    assert said["stored"] == 1
    assert said["stored"] + said["collapsed"] + said["hit"] == CROWD


async def test_different_sizes_share_the_fetch(server, origin):
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as client:
        answers = await asyncio.gather(*(client.get(f"/web/sizes.jpg?w={20 + n}") for n in range(30)))
    assert {found.status_code for found in answers} == {200}
    assert origin.asked["/sizes.jpg"] == 1
    assert told(answers)["stored"] == 30


async def test_a_crowd_of_different_browsers_gets_each_its_format_from_one_render_each(server):
    answers = await crowd(server, "/web/sizes.jpg?w=333", 60, ("image/avif,image/webp", "image/webp", "*/*"))
    assert {found.status_code for found in answers} == {200}
    kinds = Counter(found.headers["content-type"] for found in answers)
    assert kinds == {"image/webp": 40, "image/jpeg": 20}
    assert told(answers)["stored"] == 2
    assert (
        server.upgraded("/web/sizes.jpg?w=333", "image/avif,image/webp")
        .headers["cache-status"]
        .startswith("imgcdn; hit")
    )


async def test_where_avif_is_waited_for_a_crowd_of_different_browsers_costs_one_render_each(waiting):
    answers = await crowd(waiting, "/web/sizes.jpg?w=334", 60, ("image/avif", "image/webp", "*/*"))
    assert {found.status_code for found in answers} == {200}
    kinds = Counter(found.headers["content-type"] for found in answers)
    assert kinds == {"image/avif": 20, "image/webp": 20, "image/jpeg": 20}
    assert told(answers)["stored"] == 3


async def test_a_crowd_for_what_is_not_there_costs_one_question(server, origin):
    answers = await crowd(server, "/web/gone.jpg?w=10", 50)
    assert {found.status_code for found in answers} == {404}
    assert origin.asked["/gone.jpg"] == 1


async def test_whoever_leaves_takes_the_work_from_nobody(server, origin, photos):
    origin.scripts["/left.jpg"] = answer((photos / "portrait.jpg").read_bytes(), delay_s=1)
    target = "/web/left.jpg?w=300"
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as client:
        first = asyncio.create_task(client.get(target))
        await asyncio.sleep(0.3)
        second = asyncio.create_task(client.get(target))
        await asyncio.sleep(0.2)
        first.cancel()
        found = await second
    assert found.status_code == 200
    assert origin.asked["/left.jpg"] == 1
