"""How long an answer may go on is what its sources say, each of them."""

from dataclasses import replace

import pytest
from fakes import MODIFIED, World

from imgcdn.pipeline.renewal import Footing, Renewal


@pytest.fixture
def world():
    made = World()
    made.folder.put("a.jpg", b"a picture")
    made.folder.put("logo.png", b"a logo")
    made.web.put("a.jpg", b"a picture")
    return made


async def left_s(world, url, after_s):
    """Ask for a picture, and some time later how long it may go on."""
    answer = await world.get(url)
    world.now += after_s
    return Renewal(world.ports).left_s(answer.footings)


async def test_what_is_fresh_may_go_on_for_what_is_left(world):
    assert await left_s(world, "img/a.jpg?w=40", after_s=20) == 40
    assert world.count("glance") == 0


async def test_what_another_url_made_fresh_again_is_fresh(world):
    answer = await world.get("img/a.jpg?w=40")
    world.now += 61
    await world.get("img/a.jpg?w=50")
    world.now += 10
    assert Renewal(world.ports).left_s(answer.footings) == 50


async def test_a_stale_file_is_glanced_at_once_for_all(world):
    answer = await world.get("img/a.jpg?w=40")
    world.now += 61
    renewal = Renewal(world.ports)
    assert [renewal.left_s(answer.footings) for _ in range(3)] == [60, 60, 60]
    assert world.count("glance") == 1


async def test_a_file_that_changed_is_not_believed(world):
    answer = await world.get("img/a.jpg?w=40")
    world.folder.put("a.jpg", b"another picture")
    world.now += 61
    assert Renewal(world.ports).left_s(answer.footings) == 0
    await world.get("img/a.jpg?w=50")
    assert Renewal(world.ports).left_s(answer.footings) == 0, "what is known now is another picture"


async def test_a_file_of_the_same_bytes_with_another_date_is_answered_anew(world):
    answer = await world.get("img/a.jpg?w=40")
    known = world.references.kept["img/a.jpg"]
    assert answer.footings == (Footing(answer.footings[0].ref, known.digest, MODIFIED),)
    world.references.kept["img/a.jpg"] = replace(known, modified=MODIFIED + 1)
    assert Renewal(world.ports).left_s(answer.footings) == 0


async def test_a_stale_web_source_is_asked_and_not_glanced_at(world):
    assert await left_s(world, "web/a.jpg?w=40", after_s=61) == 0


async def test_an_answer_whose_life_an_origin_limits_is_never_renewed(world):
    world.web.max_age_s = 100
    assert (await world.get("web/a.jpg?w=40")).footings == ()
    assert await left_s(world, "web/a.jpg?w=40", after_s=0) == 0


async def test_an_answer_ends_when_its_origin_begins_to_limit_its_life(world):
    answer = await world.get("web/a.jpg?w=40")
    assert Renewal(world.ports).left_s(answer.footings) == 60
    known = world.references.kept["web/a.jpg"]
    world.references.kept["web/a.jpg"] = replace(known, max_age_s=5)
    assert Renewal(world.ports).left_s(answer.footings) == 0


async def test_every_layer_counts(world):
    answer = await world.get("img/a.jpg?w=400&mark=logo.png")
    assert [footing.ref.path for footing in answer.footings] == ["a.jpg", "logo.png"]
    assert Renewal(world.ports).left_s(answer.footings) == 60
    world.folder.put("logo.png", b"another logo")
    world.now += 61
    assert Renewal(world.ports).left_s(answer.footings) == 0
