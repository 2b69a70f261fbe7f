"""Pictures laid over others, on fakes: named in the key and the tags, as fresh as the stalest, never what they were not."""

from dataclasses import replace

import pytest
from fakes import INFO, World

from imgcdn import errors
from imgcdn.pipeline.layers import tags_of
from imgcdn.planning.lending import Lending
from imgcdn.planning.tagging import Tagging

MARKED = "img/a.jpg?w=300&mark=logo.png"


@pytest.fixture
def world():
    made = World()
    made.folder.put("a.jpg", b"first")
    made.folder.put("logo.png", b"logo")
    made.web.put("logo.png", b"logo from afar")
    return made


async def test_a_marks_bytes_reach_the_engine_behind_those_of_the_picture(world):
    answer = await world.get(MARKED)
    assert answer.rendition.body.startswith(b"firstlogo")
    assert answer.cache == "stored"


async def test_blend_and_mark_are_handed_over_in_the_order_of_the_plan(world):
    world.folder.put("b.jpg", b"beneath")
    answer = await world.get("img/a.jpg?w=300&mark=logo.png&blend=b.jpg")
    assert answer.rendition.body.startswith(b"firstbeneathlogo")


async def test_a_marked_picture_is_kept_under_the_tags_of_both(world):
    answer = await world.get("img/a.jpg?w=300&mark=/web/logo.png")
    assert answer.rendition.tags == ("source:img/a.jpg", "origin:img", "source:web/logo.png", "origin:web")


async def test_a_marked_picture_has_the_tags_of_its_marks_mount_and_that_of_an_upload():
    world = World(lending=Lending(tagging=Tagging({"web": ("brand",)}, frozenset({"web"}))))
    world.folder.put("a.jpg", b"first")
    world.web.put("logo.png", b"logo")
    answer = await world.get("img/a.jpg?w=300&mark=/web/logo.png")
    assert answer.rendition.tags[-2:] == ("brand", "asset:logo.png")
    assert tags_of(answer.layers)[-2:] == ("brand", "asset:logo.png")


async def test_a_second_ask_is_a_hit_that_probes_and_renders_nothing(world):
    first = await world.get(MARKED)
    world.journal.clear()
    second = await world.get(MARKED)
    assert second.cache == "hit"
    assert second.rendition == first.rendition
    assert world.count("render") == world.count("probe") == 0


async def test_a_mark_that_changed_makes_another_picture(world):
    first = await world.get(MARKED)
    world.now += 120
    world.folder.put("logo.png", b"new logo")
    second = await world.get(MARKED)
    assert second.cache == "stored"
    assert second.rendition.body.startswith(b"firstnew logo")
    assert second.rendition.etag != first.rendition.etag


async def test_a_mark_that_is_replaced_while_it_is_rendered_is_read_again(world):
    def replaced():
        world.engine.meanwhile = lambda: None
        world.folder.put("logo.png", b"newer")

    world.engine.meanwhile = replaced
    answer = await world.get(MARKED)
    assert answer.rendition.body.startswith(b"firstnewer")
    assert world.count("render") == 2


async def test_an_answer_is_as_fresh_as_the_stalest_and_lives_as_short_as_the_shortest(world):
    world.folder.fresh_for_s, world.folder.max_age_s = 600.0, 500
    world.web.fresh_for_s, world.web.max_age_s = 30.0, 40
    answer = await world.get("img/a.jpg?w=300&mark=/web/logo.png")
    assert answer.fresh_for_s == 30.0
    assert answer.source.max_age_s == 40
    alone = await world.get("img/a.jpg?w=300")
    assert alone.fresh_for_s == 600.0
    assert alone.source.max_age_s == 500


async def test_a_missing_mark_is_an_error_that_names_the_parameter(world):
    with pytest.raises(errors.SourceNotFoundError, match=r"^watermark=none\.png: ") as caught:
        await world.get("img/a.jpg?w=300&mark=none.png")
    assert caught.value.param == "watermark"
    assert world.count("render") == 0


async def test_a_mark_that_is_no_picture_is_an_error_that_names_the_parameter(world):
    world.engine.unreadable[b"logo"] = errors.UnsupportedSourceFormatError("no picture")
    with pytest.raises(errors.UnsupportedSourceFormatError) as caught:
        await world.get(MARKED)
    assert caught.value.param == "watermark"


async def test_a_mark_with_too_many_pixels_is_refused_with_the_parameter(world):
    world.engine.infos[b"logo"] = replace(INFO, stored=type(INFO.stored)(100_000, 100_000))
    with pytest.raises(errors.TooManyPixelsError) as caught:
        await world.get(MARKED)
    assert caught.value.param == "watermark"


@pytest.mark.parametrize("said", ["a.jpg", "/img/a.jpg", "copy.jpg"])
async def test_no_picture_is_marked_with_itself_under_whatever_name(world, said):
    world.folder.put("copy.jpg", b"first")
    with pytest.raises(errors.InvalidParameterError, match="the picture itself"):
        await world.get(f"img/a.jpg?w=300&mark={said}")


async def test_a_purge_can_name_every_key_of_a_marked_picture_once_its_mark_is_known(world):
    ask = world.ask(MARKED)
    assert world.pipeline.names(ask, ["", "image/webp"]) == ()
    await world.get(MARKED)
    names = world.pipeline.names(ask, ["", "image/webp"])
    assert len(names) == 2
    assert set(world.renditions.kept) <= set(names)


async def test_explain_tells_the_layers_and_renders_nothing(world):
    found = await world.pipeline.explain(world.ask(MARKED), "")
    assert [(laid.param, laid.ref.path) for laid in found.layers] == [("watermark", "logo.png")]
    assert found.seen.layers == (INFO,)
    assert world.count("render") == 0


async def test_the_settings_decide_who_lends_to_a_mount():
    world = World(lending=Lending(lenders={"img": frozenset({"img"})}))
    world.folder.put("a.jpg", b"first")
    world.web.put("logo.png", b"logo")
    with pytest.raises(errors.NotAllowedError) as caught:
        await world.get("img/a.jpg?w=300&mark=/web/logo.png")
    assert caught.value.param == "watermark"
    assert world.count("fetch logo.png") == 0


async def test_a_font_that_is_not_there_is_refused_before_anything_is_rendered(world):
    with pytest.raises(errors.InvalidParameterError) as caught:
        await world.get("img/a.jpg?w=300&text=hi&textFont=Comic")
    assert caught.value.param == "textFont"
    assert world.count("render") == 0
    assert (await world.get("img/a.jpg?w=300&text=hi&textFont=fake%20sans")).cache == "stored"


async def test_the_original_never_stands_in_for_a_picture_that_was_to_be_marked(world):
    async def read(path):
        return path

    await world.get(MARKED)
    assert await world.pipeline.original(world.ask(MARKED), read) is None
    assert await world.pipeline.original(world.ask("img/a.jpg?w=300"), read) == "/folder/a.jpg"
