"""What is seen before anything is planned: a border is looked for once, and no face slips out when nobody can look."""

import asyncio
from dataclasses import replace

import pytest
from fakes import INFO, digest_of

from imgcdn import errors
from imgcdn.model.analysis import FACES_OF_FRAMES, Finding, Look
from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.trimming import Trim, Trimming

FACE = Finding("face", faces=(Region(0.1, 0.1, 0.1, 0.2, 0.9),))
URL = "img/a.jpg?w=300&face_blur=50"
LOST = Finding("face", is_available=False, is_installed=False, why="the models are missing")


@pytest.mark.parametrize(
    "query", ["w=300", "w=300&h=300&gravity=north", "w=300&pad=20&radius=max", "trim=0&face_blur=0"]
)
async def test_asks_that_need_nothing_look_at_nothing(world, query):
    await world.get(f"img/a.jpg?{query}")
    assert not [entry for entry in world.journal if entry == "trim" or entry.startswith(("look f", "look a", "keep"))]


async def test_a_border_is_looked_for_once_for_all_sizes(world):
    for width in (100, 200, 300):
        await world.get(f"img/a.jpg?w={width}&trim=auto")
    assert world.count("trim") == 1


async def test_many_who_ask_at_once_share_one_look_for_the_border(world):
    await asyncio.gather(*(world.get(f"img/a.jpg?w={width}&trim=auto") for width in range(100, 110)))
    assert world.count("trim") == 1


@pytest.mark.parametrize(
    "other",
    ["trim=color", "trim=auto&trim_pad=3", "trim=auto&trim_sd=3", "trim=auto&rect=0,0,99,99", "trim=auto&orient=6"],
)
async def test_another_question_about_the_border_is_another_look(world, other):
    await world.get("img/a.jpg?w=100&trim=auto")
    await world.get(f"img/a.jpg?w=100&{other}")
    assert world.count("trim") == 2


async def test_the_border_is_kept_under_the_digest_of_the_source(world):
    await world.get("img/a.jpg?w=100&trim=auto")
    kept = world.analyses.kept[digest_of(b"first"), Look("trim", trimming=Trimming(Trim.AUTO))]
    assert kept.trimmed == Box(160, 90, 1280, 720)


async def test_the_crop_is_made_of_what_is_left(world):
    found = await world.pipeline.explain(world.ask("img/a.jpg?w=100&h=100&trim=auto&gravity=west"), "")
    assert found.seen.trimmed == Box(160, 90, 1280, 720)
    assert found.plan.window == Box(160, 90, 720, 720)


async def test_the_border_is_looked_for_within_rect(world):
    found = await world.pipeline.explain(world.ask("img/a.jpg?w=100&rect=100,50,1000,500&trim=color"), "")
    assert found.plan.window == Box(200, 100, 800, 400)


async def test_a_source_that_cannot_be_decoded_is_said_to_be_damaged_and_nothing_is_kept(world):
    world.engine.error = errors.CorruptImageError("broken")
    with pytest.raises(errors.CorruptImageError):
        await world.get("img/a.jpg?w=100&trim=auto")
    assert world.analyses.kept == {}
    world.engine.error = None
    assert (await world.get("img/a.jpg?w=100&trim=auto")).cache == "stored"


async def test_faces_to_hide_are_those_that_every_crop_knows(world):
    world.analyst.findings["face"] = FACE
    await world.get("img/a.jpg?w=300&h=300&gravity=face")
    answer = await world.get(URL)
    assert world.count("look face") == 1
    assert b"patches=(Patch(" in answer.rendition.body


async def test_an_animation_is_searched_frame_by_frame(world):
    world.engine.infos[b"first"] = replace(INFO, loader="gifload", frames=9, stored=Size(100, 80))
    world.analyst.findings[FACES_OF_FRAMES] = replace(FACE, engine=FACES_OF_FRAMES)
    answer = await world.get(URL)
    assert world.count(f"look {FACES_OF_FRAMES}") == 1
    assert b"patches=(Patch(" in answer.rendition.body


@pytest.mark.parametrize("query", ["face_blur=50", "face_pixel=1", "face_blur=1&face_pixel=1&gravity=north"])
async def test_without_a_face_engine_faces_are_not_shown_and_the_answer_says_why(world, query):
    world.analyst.findings["face"] = LOST
    with pytest.raises(errors.FeatureNotInstalledError) as caught:
        await world.get(f"img/a.jpg?w=300&{query}")
    assert caught.value.param in {"face_blur", "face_pixel"}
    assert "the models are missing" in caught.value.detail
    assert world.renditions.kept == {}
    assert world.count("render") == 0


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("internal", errors.LookFailedError),
        ("render_timeout", errors.RenderTimeoutError),
        ("corrupt_image", errors.CorruptImageError),
        ("", errors.LookFailedError),
    ],
)
async def test_a_face_engine_that_fails_is_an_error_that_passes(world, code, kind):
    world.analyst.findings["face"] = Finding("face", is_available=False, why="it broke", error=code)
    with pytest.raises(kind):
        await world.get(URL)
    assert world.count("render") == 0
    world.analyst.findings["face"] = FACE
    assert (await world.get(URL)).cache == "stored"


async def test_the_version_of_the_face_engine_is_in_the_key(world):
    world.analyst.findings["face"] = FACE
    await world.get(URL)
    world.analyst.states["face"] = "2"
    assert (await world.get(URL)).cache == "stored"
    assert (await world.get(URL)).cache == "hit"


async def test_an_original_that_shows_what_must_be_hidden_never_stands_in(world):
    async def read(path: str) -> str:
        return path

    await world.get("img/a.jpg?w=300")
    assert await world.pipeline.original(world.ask("img/a.jpg?w=300"), read) is not None
    assert await world.pipeline.original(world.ask(URL), read) is None


async def test_a_drawing_outlines_what_trim_leaves(world):
    body = await world.pipeline.draw(world.ask("img/a.jpg?w=100&h=100&trim=auto"), "png", is_heat=False)
    assert b"Rectangle" in body
