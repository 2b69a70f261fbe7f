"""AVIF with a deadline: the first visitor gets WebP at once, and AVIF is written meanwhile."""

import asyncio

import pytest
from fakes import World

from imgcdn.model.analysis import Finding, Override
from imgcdn.model.geometry import Point, Size
from imgcdn.model.media import SourceInfo
from imgcdn.planning.settings import Encoding

URL = "img/a.jpg?w=300&h=300"
AVIF = "image/avif,image/webp,*/*"
MOVING = SourceInfo("gifload", Size(320, 180), 1, 12, False, False, 8, False, False)


@pytest.fixture
def world() -> World:
    made = World()
    made.folder.put("a.jpg", b"a")
    return made


async def settled(world: World) -> None:
    await asyncio.gather(*world.flight.begun, return_exceptions=True)


async def test_the_first_visitor_gets_webp_for_a_short_time_and_the_next_one_avif(world):
    first = await world.get(URL, AVIF)
    assert (first.rendition.media_type, first.is_provisional, first.varies) == ("image/webp", True, True)
    await settled(world)
    second = await world.get(URL, AVIF)
    assert (second.rendition.media_type, second.is_provisional, second.cache) == ("image/avif", False, "hit")


async def test_webp_and_base_visitors_are_served_as_ever(world):
    webp = await world.get(URL, "image/webp")
    base = await world.get(URL, "*/*")
    assert [(one.rendition.media_type, one.is_provisional) for one in (webp, base)] == [
        ("image/webp", False),
        ("image/jpeg", False),
    ]
    assert world.flight.begun == []


async def test_the_stand_in_is_the_rendition_of_webp_visitors_and_rendered_once(world):
    first = await world.get(URL, AVIF)
    await settled(world)
    again = await world.get(URL, "image/webp")
    assert (again.cache, again.rendition) == ("hit", first.rendition)
    assert world.count("render") == 2


async def test_many_visitors_at_once_start_one_upgrade(world):
    await asyncio.gather(*(world.get(URL, AVIF) for _ in range(20)))
    await settled(world)
    assert world.count("render") == 2


async def test_an_upgrade_that_fails_leaves_the_stand_in_and_is_tried_again_after_a_rest(world):
    await world.get(URL, "image/webp")
    world.engine.error = RuntimeError("no memory")  # type: ignore[assignment]
    for _ in range(5):
        assert (await world.get(URL, AVIF)).rendition.media_type == "image/webp"
        await settled(world)
    assert world.count("render") == 2, "what just failed is not tried for each visitor"
    world.engine.error = None
    world.now += 61
    assert (await world.get(URL, AVIF)).is_provisional
    await settled(world)
    assert (await world.get(URL, AVIF)).rendition.media_type == "image/avif"


async def test_without_a_cache_avif_is_not_written_at_all(world):
    world.renditions.put = lambda *_: asyncio.sleep(0, result=False)
    for _ in range(5):
        assert (await world.get(URL, AVIF)).rendition.media_type == "image/webp"
        await settled(world)
    assert world.count("render") == 5


async def test_a_purge_in_between_lets_the_next_visitor_start_the_upgrade_again(world):
    await world.get(URL, "image/webp")
    world.engine.error = RuntimeError("no memory")  # type: ignore[assignment]

    def purge() -> None:
        world.generation += 1

    world.engine.meanwhile = purge
    await world.get(URL, AVIF)
    await settled(world)
    world.engine.error, world.engine.meanwhile = None, lambda: None
    await world.get(URL, AVIF)
    await settled(world)
    assert (await world.get(URL, AVIF)).rendition.media_type == "image/avif"


async def test_a_crop_that_is_not_to_last_is_not_upgraded(world):
    world.analyst.findings["auto"] = Finding("auto", is_available=False)
    first = await world.get(URL, AVIF)
    assert (first.cache, first.is_provisional) == ("passing", True)
    assert world.flight.begun == []


async def test_an_animation_is_never_avif_and_settles_on_webp():
    world = World()
    world.folder.put("film.gif", b"film")
    world.engine.infos[b"film"] = MOVING
    await world.get("img/film.gif?w=90", AVIF)
    await settled(world)
    second = await world.get("img/film.gif?w=90", AVIF)
    assert (second.rendition.media_type, second.is_provisional) == ("image/webp", False)
    assert world.count("render") == 1, "it is the same picture under both names"


async def test_a_format_in_the_url_is_waited_for_with_little_effort(world):
    answer = await world.get(f"{URL}&format=avif", "")
    assert (answer.rendition.media_type, answer.is_provisional) == ("image/avif", False)
    assert b"effort=1," in answer.rendition.body


async def test_an_upgrade_has_time_for_more_effort(world):
    await world.get(URL, AVIF)
    await settled(world)
    assert b"effort=4," in (await world.get(URL, AVIF)).rendition.body


@pytest.mark.parametrize(("mode", "kind"), [("wait", "image/avif"), ("never", "image/webp")])
async def test_settings_turn_the_upgrade_off(mode, kind):
    world = World(encoding=Encoding(avif=mode))
    world.folder.put("a.jpg", b"a")
    answer = await world.get(URL, AVIF)
    assert (answer.rendition.media_type, answer.is_provisional) == (kind, False)
    assert world.flight.begun == []


async def test_an_override_that_comes_meanwhile_leaves_no_avif_under_the_wrong_key(world):
    digest = (await world.get(URL, "image/webp")).source.digest
    await world.get(URL, AVIF)
    world.overrides.kept[digest] = Override(Point(0.1, 0.1), "", 0.0)
    await settled(world)
    del world.overrides.kept[digest]
    after = await world.get(URL, AVIF)
    assert (
        after.is_provisional
        or after.rendition.focus.startswith("auto")
        or not after.rendition.focus.startswith("override")
    )
