"""What is seen and what an art director said, on fakes: looked at once, named in every key, laid where it belongs."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from fakes import INFO, World, digest_of

from imgcdn import errors
from imgcdn.model.analysis import Finding, ImportanceMap, Look, Override
from imgcdn.model.geometry import Point, Region, Size
from imgcdn.model.media import Format
from imgcdn.model.spec import ENGINES

CROP = "img/a.jpg?w=300&h=300"
WORD = Override(Point(0.125, 0.75), "the hat", 1.0)
SAID = "override;x=0.125;y=0.750;c=1.00"
FACE = Finding("face", faces=(Region(0.1, 0.1, 0.1, 0.2, 0.9),))


def say(world: World, word: Override = WORD, data: bytes = b"first") -> None:
    world.overrides.kept[digest_of(data)] = word


def unsay(world: World, data: bytes = b"first") -> None:
    world.overrides.kept.pop(digest_of(data), None)


async def focus_of(world: World, url: str) -> str:
    return (await world.get(url)).rendition.focus


# an art director's word


@pytest.mark.parametrize("gravity", [*ENGINES, "obj:dog", "face,north", "smart,auto"])
async def test_an_override_beats_every_engine_and_none_is_asked(world, gravity):
    world.analyst.findings["face"] = FACE
    say(world)
    engines_are_asked = world.pipeline._ports.resolver.engines(world.ask(f"{CROP}&gravity={gravity}").spec)
    assert engines_are_asked
    assert await focus_of(world, f"{CROP}&gravity={gravity}") == SAID
    assert world.count("look face") == world.count("look auto") == world.count("look attention") == 0


@pytest.mark.parametrize("query", ["gravity=north", "gravity=center", "gravity=north,face", "fp=0.9,0.9"])
async def test_an_override_does_not_beat_what_the_url_itself_says(world, query):
    before = await world.get(f"{CROP}&{query}")
    say(world)
    after = await world.get(f"{CROP}&{query}")
    assert after.cache == "hit", "a crop that is arithmetic alone keeps its key"
    assert after.rendition == before.rendition
    assert not before.rendition.focus.startswith("override")


@pytest.mark.parametrize("query", ["w=300", "", "w=300&h=300&fit=fill"])
async def test_an_override_changes_nothing_where_nothing_is_cut_away(world, query):
    before = await world.get(f"img/a.jpg?{query}")
    say(world)
    after = await world.get(f"img/a.jpg?{query}")
    assert (after.rendition.focus, after.rendition.body) == ("", before.rendition.body)


@pytest.mark.parametrize(
    "query", ["", "w=200", "h=50", "w=200&h=100&fit=contain", "w=9&h=9&fit=fill", "w=50&fit=cover"]
)
async def test_an_override_renames_nothing_whose_ask_crops_nothing(world, query):
    before = await world.get(f"img/a.jpg?{query}")
    say(world)
    after = await world.get(f"img/a.jpg?{query}")
    assert (after.cache, after.rendition) == ("hit", before.rendition)
    assert (await world.get(CROP)).rendition.focus == SAID


async def test_a_word_renews_every_rendition_and_taking_it_back_finds_the_old_ones_again(world):
    urls = [CROP, "img/a.jpg?w=90&h=200", f"{CROP}&gravity=face", f"{CROP}&format=webp", f"{CROP}&rect=0,0,600,500"]
    before = [await world.get(url) for url in urls]
    say(world)
    said = [await world.get(url) for url in urls]
    say(world, Override(Point(0.126, 0.75), "", 2.0))
    other = [await world.get(url) for url in urls]
    unsay(world)
    after = [await world.get(url) for url in urls]
    assert {answer.cache for answer in [*before, *said, *other]} == {"stored"}
    assert {answer.cache for answer in after} == {"hit"}
    assert [answer.rendition for answer in after] == [answer.rendition for answer in before]
    assert {answer.rendition.focus for answer in said} == {SAID}


async def test_a_word_is_on_the_bytes_so_a_renamed_file_keeps_it_and_a_changed_one_does_not(world):
    say(world)
    world.folder.put("renamed.jpg", b"first")
    world.folder.put("changed.jpg", b"other bytes")
    assert await focus_of(world, "img/renamed.jpg?w=300&h=300") == SAID
    assert not (await focus_of(world, "img/changed.jpg?w=300&h=300")).startswith("override")


async def test_a_word_that_comes_while_a_picture_is_rendered_is_in_the_answer_already(world):
    def once() -> None:
        world.engine.meanwhile = lambda: None
        say(world)

    world.engine.meanwhile = once
    answers = await asyncio.gather(*(world.get(CROP) for _ in range(20)))
    assert {answer.rendition.focus for answer in answers} == {SAID}
    assert [kept.focus for kept in world.renditions.kept.values()] == [SAID]
    unsay(world)
    assert (await world.get(CROP)).cache == "stored", "nothing was stored under the key of what was before"


async def test_a_word_that_comes_while_a_picture_is_looked_at_is_in_the_answer_already(world):
    def once() -> None:
        world.analyst.meanwhile = lambda: None
        say(world)

    world.analyst.meanwhile = once
    assert await focus_of(world, CROP) == SAID
    assert [kept.focus for kept in world.renditions.kept.values()] == [SAID]


async def test_a_word_that_is_taken_back_while_it_is_rendered_leaves_nothing_under_its_key(world):
    say(world)

    def once() -> None:
        world.engine.meanwhile = lambda: None
        unsay(world)

    world.engine.meanwhile = once
    assert await focus_of(world, CROP) == "attention;x=0.500;y=0.500;c=0.50"
    assert [kept.focus for kept in world.renditions.kept.values()] == ["attention;x=0.500;y=0.500;c=0.50"]


async def test_a_word_that_comes_and_goes_within_one_render_leaves_no_trace(world):
    world.engine.while_probing = lambda: say(world)
    world.engine.meanwhile = lambda: unsay(world)
    await world.get(CROP)
    world.engine.while_probing = world.engine.meanwhile = lambda: None
    answer = await world.get(CROP)
    assert answer.rendition.focus.startswith("attention")
    assert not any(kept.focus.startswith("override") for kept in world.renditions.kept.values())


async def test_an_explanation_names_the_key_of_the_focus_that_it_tells(world):
    world.engine.while_probing = lambda: say(world)
    told = await world.pipeline.explain(world.ask(CROP), "")
    world.engine.while_probing = lambda: None
    unsay(world)
    answer = await world.get(CROP)
    assert told.focus.field() == answer.rendition.focus
    assert world.renditions.kept[told.key] == answer.rendition


FORWARD = {
    1: lambda cells: cells,
    2: lambda cells: cells[:, ::-1],
    3: lambda cells: cells[::-1, ::-1],
    4: lambda cells: cells[::-1],
    5: lambda cells: cells.T,
    6: lambda cells: np.rot90(cells, -1),
    7: lambda cells: cells[::-1, ::-1].T,
    8: lambda cells: np.rot90(cells, 1),
}
"""How the stored pixels are turned upright, by EXIF orientation."""


def marked(orientation: int) -> Point:
    """Return where the marked cell of a stored picture of 8 x 5 cells lies once it is turned."""
    stored = np.zeros((5, 8))
    stored[1, 6] = 1
    upright = FORWARD[orientation](stored)
    (y,), (x,) = np.nonzero(upright)
    return Point((x + 0.5) / upright.shape[1], (y + 0.5) / upright.shape[0])


@pytest.mark.parametrize("asked", range(9))
@pytest.mark.parametrize("exif", range(1, 9))
async def test_a_word_lies_on_the_same_pixels_whatever_orientation_the_url_takes(world, exif, asked):
    world.engine.infos[b"first"] = replace(INFO, stored=Size(800, 500), orientation=exif)
    say(world, Override(marked(exif), "", 1.0))
    told = await world.pipeline.explain(world.ask(f"img/a.jpg?w=100&h=100&orient={asked}"), "")
    there = marked(asked or 1)
    assert (told.focus.point.x, told.focus.point.y) == pytest.approx((there.x, there.y))
    width, height = (500, 800) if asked >= 5 else (800, 500)
    assert told.plan.window.left <= there.x * width <= told.plan.window.right
    assert told.plan.window.top <= there.y * height <= told.plan.window.bottom
    plain = await world.pipeline.explain(world.ask("img/a.jpg?w=100&h=100"), "")
    assert plain.focus.point == marked(exif)


# looked at once


@pytest.mark.parametrize("gravity", ["auto", "face", "faces", "smart", "attention"])
async def test_many_sizes_and_formats_asked_for_at_once_make_one_look_of_each_engine(world, gravity):
    world.analyst.findings["auto"] = Finding("auto", importance=ImportanceMap(1, 1, 16 / 9, "/w==", "/w=="))
    urls = [f"img/a.jpg?w={n}&h={n}&gravity={gravity}&format={form}" for n in range(50, 60) for form in Format]
    await asyncio.gather(*(world.get(url) for url in urls))
    looks = [line for line in world.journal if line.startswith("look ") and line != "look up"]
    assert looks
    assert len(looks) == len(set(looks)), looks


async def test_pictures_explanations_drawings_analyses_and_crops_share_one_look(world):
    ask = world.ask(CROP)
    await asyncio.gather(
        world.get(CROP),
        world.pipeline.explain(ask, ""),
        world.pipeline.draw(ask, Format.JPEG, is_heat=True),
        world.insight.analyse(ask.source),
        world.get("img/a.jpg?w=30&h=80"),
    )
    assert world.count("look face") == world.count("look auto") == world.count("look palette") == 1


async def test_a_renamed_file_is_not_looked_at_again_and_a_changed_one_is(world):
    await world.get(CROP)
    world.folder.put("new name.jpg", world.folder.pictures.pop("a.jpg"))
    await world.get("img/new name.jpg?w=310&h=310")
    assert world.count("look face") == 1
    world.folder.put("new name.jpg", b"second")
    world.now += 61
    await world.get("img/new name.jpg?w=310&h=310")
    assert world.count("look face") == 2


async def test_only_the_engine_whose_version_changed_looks_again(world):
    await world.get(CROP)
    world.analyst.states["auto"] = "2"
    world.journal.clear()
    assert (await world.get(CROP)).cache == "stored"
    assert [line for line in world.journal if line.startswith("look ") and line != "look up"] == ["look auto"]


async def test_a_look_says_when_it_was_kept_and_how_long_it_took(world):
    await world.get(CROP)
    finding = world.analyses.get(digest_of(b"first"), Look("face"))
    assert finding.made_at == world.now
    assert finding.took_ms > 0


# what changes meanwhile


def changing_once(world: World):
    def once() -> None:
        world.analyst.meanwhile = lambda: None
        world.folder.put("a.jpg", b"second")

    return once


async def test_a_file_replaced_while_its_crop_is_explained_is_explained_anew(world):
    world.analyst.meanwhile = changing_once(world)
    told = await world.pipeline.explain(world.ask(CROP), "")
    assert told.source.digest == digest_of(b"second")


async def test_a_file_replaced_while_it_is_drawn_over_is_drawn_anew(world):
    world.analyst.meanwhile = changing_once(world)
    assert (await world.pipeline.draw(world.ask(CROP), Format.JPEG, is_heat=False)).startswith(b"second")


async def test_explaining_what_changes_all_the_time_is_an_error_after_three_tries(world):
    versions = iter(range(100))
    world.analyst.meanwhile = lambda: world.folder.put("a.jpg", b"version %d" % next(versions))
    with pytest.raises(errors.InternalError, match="asking again is safe"):
        await world.pipeline.explain(world.ask(CROP), "")
    assert world.count("look") - world.count("look up") == 3
