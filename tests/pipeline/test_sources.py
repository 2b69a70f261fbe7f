"""What is served of a web source whose life is over, and how long its failures are believed."""

import asyncio

import pytest
from fakes import World

from imgcdn import errors
from imgcdn.model.terms import Terms
from imgcdn.planning.settings import Freshness

URL = "web/a.jpg?w=300&h=300&gravity=north&format=jpeg"
DAY = 86_400


@pytest.fixture
def world() -> World:
    made = World(
        freshness=Freshness(stale_s=DAY, stale_if_error_s=7 * DAY, gone_grace_s=60, not_found_s=60, failed_s=5)
    )
    made.web.put("a.jpg", b"old")
    return made


async def settled(world: World) -> None:
    await asyncio.gather(*world.flight.begun, return_exceptions=True)


async def test_a_stale_source_is_served_at_once_and_asked_for_once_in_the_background(world):
    old = await world.get(URL)
    world.now += 100
    world.web.put("a.jpg", b"new")
    answers = await asyncio.gather(*(world.get(URL) for _ in range(5)))
    assert {answer.rendition.body for answer in answers} == {old.rendition.body}
    assert all(answer.fresh_for_s < 0 for answer in answers)
    await settled(world)
    assert world.count("fetch") == 2
    fresh = await world.get(URL)
    assert fresh.rendition.body != old.rendition.body
    assert fresh.fresh_for_s > 0


async def test_an_unchanged_source_makes_all_its_renditions_fresh_again_without_a_render(world):
    await world.get(URL)
    world.now += 100
    await world.get(URL)
    await settled(world)
    after = await world.get(URL)
    assert (after.cache, world.count("render"), world.count("unchanged")) == ("hit", 1, 1)
    assert after.fresh_for_s > 0


async def test_a_source_staler_than_that_is_waited_for(world):
    await world.get(URL)
    world.now += 2 * DAY
    world.web.put("a.jpg", b"new")
    answer = await world.get(URL)
    assert answer.fresh_for_s > 0
    assert world.count("fetch") == 2


async def test_a_failing_origin_is_covered_by_the_stale_source_and_not_asked_again_at_once(world):
    old = await world.get(URL)
    world.now += 2 * DAY
    world.web.error = errors.SourceError("it is down")
    answers = [await world.get(URL) for _ in range(3)]
    assert {answer.rendition.body for answer in answers} == {old.rendition.body}
    assert world.count("fail") == 1
    world.now += 6
    await world.get(URL)
    await settled(world)
    assert world.count("fail") == 2


async def test_a_stale_source_is_not_served_for_ever(world):
    await world.get(URL)
    world.now += 8 * DAY
    world.web.error = errors.SourceTimeoutError("too slow")
    with pytest.raises(errors.SourceTimeoutError):
        await world.get(URL)


# what the origin allows of stale use (RFC 9111 §4.2.4)

NEVER = Terms(strict=True, revalidate_s=0, error_s=0)


async def test_a_source_that_may_not_be_stale_is_asked_for_first(world):
    world.web.terms = NEVER
    old = await world.get(URL)
    world.now += 61
    world.web.put("a.jpg", b"new")
    new = await world.get(URL)
    assert new.rendition.body != old.rendition.body
    assert new.fresh_for_s > 0
    assert new.source.terms == NEVER


@pytest.mark.parametrize("failure", [errors.SourceError("it is down"), errors.SourceTimeoutError("too slow")])
async def test_a_source_that_may_not_be_stale_covers_no_failure(world, failure):
    world.web.terms = NEVER
    await world.get(URL)
    world.now += 61
    world.web.error = failure
    for _ in range(2):
        with pytest.raises(type(failure)):
            await world.get(URL)
    assert world.count("fail") == 1
    world.now += 6
    world.web.error = None
    assert (await world.get(URL)).cache == "hit", "what is there is asked for, and used again"


async def test_a_source_that_may_not_be_stale_has_no_grace_when_it_is_gone(world):
    world.web.terms = NEVER
    await world.get(URL)
    del world.web.pictures["a.jpg"]
    world.now += 61
    with pytest.raises(errors.SourceNotFoundError):
        await world.get(URL)


async def test_a_source_is_stale_for_as_long_as_its_origin_allows_and_no_longer(world):
    world.web.terms = Terms(revalidate_s=30, error_s=300)
    await world.get(URL)
    world.now += 60 + 29
    assert (await world.get(URL)).fresh_for_s < 0
    await settled(world)
    world.now += 60 + 31
    assert (await world.get(URL)).fresh_for_s > 0, "it was waited for"
    world.web.error = errors.SourceError("it is down")
    world.now += 60 + 290
    assert (await world.get(URL)).fresh_for_s < 0
    world.now += 20
    with pytest.raises(errors.SourceError):
        await world.get(URL)


async def test_a_304_may_set_other_terms(world):
    world.web.terms = NEVER
    await world.get(URL)
    world.web.terms = None
    world.now += 61
    assert (await world.get(URL)).source.terms is None
    world.now += 61
    world.web.error = errors.SourceError("it is down")
    assert (await world.get(URL)).fresh_for_s < 0


async def test_a_source_that_is_gone_is_served_for_a_grace_and_then_forgotten(world):
    old = await world.get(URL)
    del world.web.pictures["a.jpg"]
    world.now += 100
    assert (await world.get(URL)).rendition.body == old.rendition.body
    await settled(world)
    world.now += 30
    assert (await world.get(URL)).rendition.body == old.rendition.body
    world.now += 100
    with pytest.raises(errors.SourceNotFoundError):
        await world.get(URL)
    assert world.references.get("web/a.jpg") is None


async def test_a_source_that_comes_back_within_the_grace_is_served_on(world):
    await world.get(URL)
    gone = world.web.pictures.pop("a.jpg")
    world.now += 100
    await world.get(URL)
    await settled(world)
    world.web.put("a.jpg", gone)
    world.now += 61
    answer = await world.get(URL)
    assert answer.fresh_for_s > 0
    reference = world.references.get("web/a.jpg")
    assert reference is not None
    assert reference.gone_at is None


@pytest.mark.parametrize(
    ("error", "life_s"),
    [(errors.SourceNotFoundError("no"), 60), (errors.SourceGoneError("no"), 60), (errors.SourceError("down"), 5)],
)
async def test_a_failure_is_believed_for_its_own_time(world, error, life_s):
    world.web.error = error
    for _ in range(3):
        with pytest.raises(type(error)):
            await world.get("web/other.jpg?w=100")
    assert world.count("fail") == 1
    world.now += life_s + 1
    with pytest.raises(type(error)):
        await world.get("web/other.jpg?w=100")
    assert world.count("fail") == 2


async def test_a_folder_is_asked_every_time_for_what_it_has_not(world):
    for _ in range(2):
        with pytest.raises(errors.SourceNotFoundError):
            await world.get("img/new.jpg?w=100")
    world.folder.put("new.jpg", b"new")
    assert (await world.get("img/new.jpg?w=100&format=jpeg")).rendition.body


async def test_a_stale_file_of_a_folder_is_never_served_for_the_new_one(world):
    world.folder.put("b.jpg", b"old")
    await world.get("img/b.jpg?w=100&format=jpeg")
    world.now += 100
    world.folder.put("b.jpg", b"newer")
    assert (await world.get("img/b.jpg?w=100&format=jpeg")).rendition.body.startswith(b"newer")


async def test_an_error_page_sent_as_200_does_not_take_the_place_of_a_picture(world):
    old = await world.get(URL)
    world.web.put("a.jpg", b"<html>")
    world.engine.unreadable[b"<html>"] = errors.UnsupportedSourceFormatError("it is a page")
    world.now += 100
    for _ in range(3):
        assert (await world.get(URL)).rendition.body == old.rendition.body
        await settled(world)
    assert world.count("fetch") == 2, "what it sent is believed for a minute"
    world.web.put("a.jpg", b"new")
    world.now += 61
    await world.get(URL)
    await settled(world)
    assert (await world.get(URL)).rendition.body.startswith(b"new")


async def test_what_never_was_a_picture_is_refused_for_a_minute_and_not_for_its_whole_life(world):
    world.web.fresh_for_s = 7 * DAY
    world.web.put("page.jpg", b"<html>")
    world.engine.unreadable[b"<html>"] = errors.UnsupportedSourceFormatError("it is a page")
    for _ in range(3):
        with pytest.raises(errors.UnsupportedSourceFormatError):
            await world.get("web/page.jpg?w=100")
    assert world.count("fetch") == 1
    world.web.put("page.jpg", b"picture")
    world.now += 61
    assert (await world.get("web/page.jpg?w=100")).rendition.body.startswith(b"picture")


async def test_a_picture_that_breaks_off_is_asked_for_again_within_a_minute_and_whole(world):
    world.web.fresh_for_s = 7 * DAY
    world.web.put("half.jpg", b"half")
    world.engine.error = errors.CorruptImageError("it breaks off")
    with pytest.raises(errors.CorruptImageError):
        await world.get("web/half.jpg?w=100")
    reference = world.references.get("web/half.jpg")
    assert (reference.stamp, reference.fresh_until) == ("", world.now + 60)
    world.engine.error = None
    world.web.put("half.jpg", b"whole")
    world.now += 61
    await world.get("web/half.jpg?w=100")
    await settled(world)
    assert (await world.get("web/half.jpg?w=100")).rendition.body.startswith(b"whole")


@pytest.mark.parametrize("error", [errors.SourceForbiddenError("no"), errors.SourceNotFoundError("no")])
async def test_a_source_that_was_taken_away_is_refused_for_good_after_the_grace(world, error):
    await world.get(URL)
    world.web.error = error
    world.now += 100
    await world.get(URL)
    await settled(world)
    for _ in range(5):
        world.now += 61
        for _ in range(2):  # asked of the origin, and remembered
            with pytest.raises(type(error)):
                await world.get(URL)


@pytest.mark.parametrize("error", [errors.SourceTooLargeError("it grew"), errors.SourceTimeoutError("too slow")])
async def test_a_source_that_cannot_be_had_is_the_stale_one_whoever_asks(world, error):
    old = await world.get(URL)
    world.web.error = error
    world.now += 2 * DAY
    answers = [await world.get(URL) for _ in range(3)]
    assert {answer.rendition.body for answer in answers} == {old.rendition.body}
    assert all(answer.fresh_for_s < 0 for answer in answers)


async def test_purges_in_a_row_leave_nobody_without_an_answer(world):
    fetch = world.web.get

    async def get(path, known):
        world.generation += 1
        return await fetch(path, known)

    world.web.get = get
    answers = [await world.get(URL) for _ in range(3)]
    assert all(answer.fresh_for_s < 0 for answer in answers), "it is not kept by others for long"
    assert world.references.kept == {}


async def test_a_clock_that_is_put_back_prolongs_no_failure(world):
    world.web.error = errors.SourceError("down")
    with pytest.raises(errors.SourceError):
        await world.get("web/other.jpg?w=100")
    world.now -= 7 * DAY
    world.web.error = None
    world.web.put("other.jpg", b"there")
    assert (await world.get("web/other.jpg?w=100")).rendition.body


async def test_a_picture_that_is_purged_while_it_is_rendered_is_no_damaged_picture(world):
    world.engine.error = errors.CorruptImageError("there is no such file")

    def purge() -> None:
        world.generation += 1
        world.engine.error = None if world.count("render") == 2 else world.engine.error

    world.engine.meanwhile = purge
    assert (await world.get(URL)).rendition.body


async def test_a_picture_that_comes_cut_short_is_covered_by_the_one_that_it_replaced(world):
    old = await world.get(URL)
    world.web.put("a.jpg", b"half")
    world.now += 2 * DAY  # too stale to go out while the origin is asked
    world.engine.error = errors.CorruptImageError("it breaks off")
    for _ in range(3):
        found = await world.get(URL)
        assert found.rendition.body == old.rendition.body
        assert found.fresh_for_s < 0
    assert world.count("fetch") == 2, "what it sent is believed for a minute"
    world.engine.error = None
    world.web.put("a.jpg", b"whole")
    world.now += 61
    assert (await world.get(URL)).rendition.body.startswith(b"whole")


async def test_a_picture_that_stays_cut_short_is_refused_when_the_one_before_is_too_old(world):
    await world.get(URL)
    world.web.put("a.jpg", b"half")
    world.now += 8 * DAY
    world.engine.error = errors.CorruptImageError("it breaks off")
    with pytest.raises(errors.CorruptImageError):
        await world.get(URL)


async def test_a_file_that_is_lost_while_it_is_rendered_is_fetched_again(world):
    await world.get(URL)
    digest = world.references.get("web/a.jpg").digest
    render = world.engine.render

    async def lose(*args):
        world.engine.render = render
        world.originals.evict(digest)
        raise errors.CorruptImageError("there is no such file")

    world.engine.render = lose
    assert (await world.get("web/a.jpg?w=77")).rendition.body
    assert world.count("fetch") == 2


async def test_a_source_that_was_fresh_is_no_stale_one_however_long_rendering_takes(world):
    world.folder.fresh_for_s = 1.0
    world.folder.put("slow.jpg", b"a large picture")
    render = world.engine.render

    async def slow(*arguments, **named):
        world.now += 5
        return await render(*arguments, **named)

    world.engine.render = slow
    answer = await world.get("img/slow.jpg?w=4000")
    assert (answer.cache, answer.fresh_for_s) == ("stored", 0.0)


async def test_a_source_that_is_looked_at_each_time_is_no_stale_one(world):
    world.folder.fresh_for_s = 0.0
    world.folder.put("each.jpg", b"a picture")
    for _ in range(2):
        world.now += 5
        assert (await world.get("img/each.jpg?w=40")).fresh_for_s == 0.0
