"""The stages of a request on fakes: in which order they run, what is shared, and what is never kept."""

import asyncio
from dataclasses import replace
from hashlib import sha256

import pytest
from fakes import INFO, MODIFIED, World, digest_of

from imgcdn import errors
from imgcdn.model.analysis import Finding
from imgcdn.model.geometry import Point, Region, Size
from imgcdn.planning.settings import Encoding, Limits

CROP = "img/a.jpg?w=300&h=300"
AVIF, WEBP = "image/avif,image/webp,*/*", "image/webp,*/*"
MISSING = Finding("face", is_available=False, why="there is no model")


# the order of work


async def test_a_miss_runs_the_stages_in_the_order_of_the_design(world):
    answer = await world.get(CROP)
    assert [line for line in world.journal if line != "unchanged a.jpg"] == [
        "fetch a.jpg",
        "look up",
        "probe",
        "look face",
        "keep face",
        "look auto",
        "keep auto",
        "look attention",
        "keep attention",
        "render",
        "store",
    ]
    assert answer.cache == "stored"


async def test_the_file_is_checked_once_more_after_looking_and_after_rendering_before_anything_is_kept(world):
    await world.get(CROP)
    lines = world.journal
    assert lines[lines.index("keep attention") - 1] == "unchanged a.jpg"
    assert lines[lines.index("store") - 1] == "unchanged a.jpg"


async def test_a_second_ask_is_a_hit_that_asks_neither_origin_nor_engine(world):
    first = await world.get(CROP)
    world.journal.clear()
    second = await world.get(CROP)
    assert world.journal == ["look up"]
    assert (second.cache, second.rendition) == ("hit", first.rendition)


async def test_an_answer_tells_what_was_made_of_what(world):
    world.folder.max_age_s = 500
    answer = await world.get(CROP)
    made = answer.rendition
    assert made.body.startswith(b"first")
    assert (made.width, made.height, made.media_type) == (300, 300, "image/jpeg")
    assert made.etag == sha256(made.body).hexdigest()[:32]
    assert made.source_digest == answer.source.digest == digest_of(b"first")
    assert made.focus == "attention;x=0.500;y=0.500;c=0.50"
    assert (answer.source.modified, answer.source.max_age_s) == (MODIFIED, 500)
    assert answer.fresh_for_s == 60


async def test_each_stage_that_ran_says_how_long_it_took(world):
    answer = await world.get(CROP)
    assert set(answer.timings) == {"fetch", "probe", "focus", "decode", "resize", "encode"}
    assert answer.timings["encode"] == 3.0
    assert all(value > 0 for value in answer.timings.values())
    assert set((await world.get(CROP)).timings) == {"fetch"}


@pytest.mark.parametrize("query", ["w=300", "", "w=300&h=300&gravity=north", "w=300&h=300&fp=0.1,0.2"])
async def test_nothing_is_looked_at_when_the_picture_is_kept_whole_or_the_crop_is_arithmetic(world, query):
    await world.get(f"img/a.jpg?{query}")
    assert world.count("look attention") == world.count("keep") == 0


# what is shared


async def test_two_hundred_asks_at_once_make_one_fetch_one_look_and_one_render(world):
    answers = await asyncio.gather(*(world.get(CROP) for _ in range(200)))
    assert [world.count(entry) for entry in ("fetch", "probe", "look attention", "render", "store")] == [1] * 5
    assert len({answer.rendition for answer in answers}) == 1
    ways = [answer.cache for answer in answers]
    assert (ways.count("stored"), ways.count("collapsed")) == (1, 199)


async def test_sizes_of_one_ratio_asked_for_at_once_share_the_fetch_and_the_look(world):
    await asyncio.gather(*(world.get(f"img/a.jpg?w={n}&h={n}") for n in range(100, 120)))
    assert [world.count(entry) for entry in ("fetch", "look attention", "render")] == [1, 1, 20]


async def test_the_order_of_parameters_and_delivery_do_not_make_another_rendition(world):
    await world.get("img/a.jpg?w=300&h=200&q=50")
    assert (await world.get("img/a.jpg?q=50&v=7&height=200&width=300&dl=x.jpg")).cache == "hit"


async def test_the_same_bytes_under_two_paths_share_analysis_and_rendition(world):
    world.folder.put("copy.jpg", b"first")
    await world.get(CROP)
    world.journal.clear()
    answer = await world.get("img/copy.jpg?w=300&h=300")
    assert answer.cache == "hit"
    other = await world.get("img/copy.jpg?w=400&h=400")
    assert other.cache == "stored"
    assert world.count("look attention") == 0


async def test_the_same_bytes_behind_two_mounts_share_a_rendition(world):
    world.web.put("b.jpg", b"first")
    await world.get(CROP)
    assert (await world.get("web/b.jpg?w=300&h=300")).cache == "hit"


async def test_all_crops_of_a_source_share_one_search_for_faces(world):
    world.analyst.findings["face"] = Finding("face", faces=(Region(0.1, 0.1, 0.1, 0.2, 0.9),))
    for query in ("w=300&h=300", "w=100&h=300", "w=300&h=100&rect=0,0,800,900", "w=99&h=99&gravity=faces"):
        await world.get(f"img/a.jpg?{query}" + ("" if "gravity" in query else "&gravity=face"))
    assert world.count("look face") == 1


# formats


async def test_a_negotiated_answer_varies_and_each_bucket_has_its_own_rendition():
    world = World(encoding=Encoding(avif="wait"))
    world.folder.put("a.jpg", b"a")
    answers = [await world.get(CROP, accept) for accept in (AVIF, WEBP, "*/*", "image/avif;q=0.9", "")]
    assert [answer.rendition.media_type.removeprefix("image/") for answer in answers] == [
        "avif",
        "webp",
        "jpeg",
        "avif",
        "jpeg",
    ]
    assert [answer.cache for answer in answers] == ["stored", "stored", "stored", "hit", "hit"]
    assert all(answer.varies for answer in answers)


async def test_a_format_in_the_url_does_not_vary_and_is_one_rendition_for_every_accept(world):
    answers = [await world.get(f"{CROP}&format=png", accept) for accept in (AVIF, WEBP, "")]
    assert {answer.rendition.media_type for answer in answers} == {"image/png"}
    assert [answer.cache for answer in answers] == ["stored", "hit", "hit"]
    assert not any(answer.varies for answer in answers)


async def test_alpha_and_animation_decide_the_format_once_the_source_is_known(world):
    world.engine.infos[b"first"] = replace(INFO, has_alpha=True)
    assert (await world.get(CROP)).rendition.media_type == "image/png"
    world.folder.put("b.gif", b"moves")
    world.engine.infos[b"moves"] = replace(INFO, frames=3)
    assert (await world.get("img/b.gif?w=50")).rendition.media_type == "image/gif"


# freshness


async def test_a_source_is_not_asked_about_again_while_it_is_fresh(world):
    await world.get(CROP)
    world.folder.put("a.jpg", b"second")
    world.now += 59
    answer = await world.get(CROP)
    assert (answer.cache, answer.fresh_for_s) == ("hit", 1)


async def test_a_stale_source_that_did_not_change_keeps_its_renditions_and_is_fresh_again(world):
    await world.get(CROP)
    world.now += 61
    world.journal.clear()
    answer = await world.get(CROP)
    assert world.journal == ["unchanged a.jpg", "look up"]
    assert (answer.cache, answer.fresh_for_s) == ("hit", 60)


async def test_a_changed_source_has_other_renditions_and_an_analysis_of_its_own(world):
    first = await world.get(CROP)
    world.folder.put("a.jpg", b"second")
    world.now += 61
    second = await world.get(CROP)
    assert (second.cache, second.source.digest) == ("stored", digest_of(b"second"))
    assert second.rendition.body.startswith(b"second")
    assert second.rendition.etag != first.rendition.etag
    assert world.count("look attention") == 2
    assert {digest for digest, _ in world.analyses.kept} == {digest_of(b"first"), digest_of(b"second")}


async def test_two_hundred_asks_for_a_stale_source_ask_its_origin_once(world):
    await world.get(CROP)
    world.now += 61
    world.journal.clear()
    await asyncio.gather(*(world.get(CROP) for _ in range(200)))
    assert world.count("unchanged") == 1


async def test_an_original_from_the_web_is_kept_under_its_digest_and_read_from_there(world):
    answer = await world.get("web/a.jpg?w=300")
    assert answer.source.path == f"/originals/{digest_of(b'from afar')}"
    await world.get("web/a.jpg?w=400")
    assert (world.count("fetch"), world.count("adopt")) == (1, 1)


async def test_an_evicted_original_is_fetched_anew_and_not_asked_whether_it_changed(world):
    await world.get("web/a.jpg?w=300")
    world.originals.evict(digest_of(b"from afar"))
    world.journal.clear()
    assert (await world.get("web/a.jpg?w=300")).cache == "hit"
    assert world.journal == ["fetch a.jpg", "adopt", "probe", "look up"]


async def test_an_origin_that_says_unchanged_to_a_first_question_is_an_error_of_the_source(world):
    class Confused:
        is_remote = False

        async def get(self, path, known):
            return await world.folder.get("a.jpg", world.references.get("img/a.jpg"))

    await world.get(CROP)
    world.pipeline._ports.origins["img"] = Confused()
    with pytest.raises(errors.SourceError, match="unchanged"):
        await world.get("img/other.jpg?w=300")


# limits and errors


@pytest.mark.parametrize(
    ("info", "error"),
    [
        (replace(INFO, stored=Size(10_000, 10_000)), errors.TooManyPixelsError),
        (replace(INFO, frames=300), errors.TooManyFramesError),
    ],
)
async def test_a_source_beyond_the_limits_is_refused_by_its_header_before_anything_is_decoded(world, info, error):
    world.engine.infos[b"first"] = info
    with pytest.raises(error):
        await world.get(CROP)
    assert world.count("probe") == 1
    assert world.count("look attention") == world.count("render") == world.count("store") == 0


async def test_the_limits_of_the_settings_count():
    world = World(limits=Limits(max_source_pixels=1000))
    world.folder.put("a.jpg", b"first")
    with pytest.raises(errors.TooManyPixelsError, match="at most 1000 px"):
        await world.get(CROP)


async def test_an_error_of_the_engine_reaches_every_caller_and_nothing_is_stored(world):
    world.engine.error = errors.CorruptImageError("broken")
    answers = await asyncio.gather(*(world.get(CROP) for _ in range(20)), return_exceptions=True)
    assert all(answer is world.engine.error for answer in answers)
    assert world.count("render") == 1
    assert world.renditions.kept == {}


async def test_after_an_error_the_next_ask_tries_again(world):
    world.engine.error = errors.RenderTimeoutError("slow")
    with pytest.raises(errors.RenderTimeoutError):
        await world.get(CROP)
    world.engine.error = None
    assert (await world.get(CROP)).cache == "stored"


async def test_a_source_that_is_not_there_is_an_error_for_every_caller_and_is_not_remembered_here(world):
    answers = await asyncio.gather(*(world.get("img/no.jpg") for _ in range(20)), return_exceptions=True)
    assert all(isinstance(answer, errors.SourceNotFoundError) for answer in answers)
    assert world.count("missing") == 1
    world.folder.put("no.jpg", b"now it is")
    assert (await world.get("img/no.jpg")).cache == "stored"


async def test_an_impossible_crop_reaches_the_caller_before_any_look_or_render(world):
    with pytest.raises(errors.ImpossibleCropError):
        await world.get("img/a.jpg?w=10&h=10&rect=5000,0,10,10")
    assert world.count("look attention") == world.count("render") == 0


# engines that are missing


async def test_findings_of_an_engine_that_could_not_look_are_not_kept_and_the_answer_says_it_is_provisional(world):
    world.analyst.findings["face"] = MISSING
    answer = await world.get(f"{CROP}&gravity=face")
    assert not answer.rendition.is_final
    assert "smart" in {look.engine for _, look in world.analyses.kept}
    assert "face" not in {look.engine for _, look in world.analyses.kept}


async def test_a_fallback_for_an_absent_engine_is_kept_only_until_the_engine_arrives(world):
    world.analyst.states["face"] = "absent"
    world.analyst.findings["face"] = MISSING
    await world.get(f"{CROP}&gravity=face")
    assert (await world.get(f"{CROP}&gravity=face")).cache == "hit"
    world.analyst.states["face"] = "blazeface-1"
    world.analyst.findings["face"] = Finding("face", faces=(Region(0.1, 0.1, 0.1, 0.2, 0.9),))
    answer = await world.get(f"{CROP}&gravity=face")
    assert (answer.cache, answer.rendition.is_final) == ("stored", True)
    assert answer.rendition.focus.startswith("face;")


async def test_a_fallback_for_an_engine_that_just_failed_is_answered_but_not_kept(world):
    world.analyst.findings["face"] = MISSING
    assert not (await world.get(f"{CROP}&gravity=face")).rendition.is_final
    assert world.renditions.kept == {}
    del world.analyst.findings["face"]
    answer = await world.get(f"{CROP}&gravity=face")
    assert (answer.cache, answer.rendition.is_final) == ("stored", True)


async def test_a_newer_engine_makes_crops_that_depend_on_it_new_and_no_others(world):
    faced, plain, compass = (f"{CROP}&gravity={name}" for name in ("face", "attention", "north"))
    for url in (faced, plain, compass):
        await world.get(url)
    world.analyst.states["face"] = "2"
    assert [(await world.get(url)).cache for url in (faced, plain, compass)] == ["stored", "hit", "hit"]


# sources that change under the work


async def test_a_source_replaced_while_it_is_rendered_is_rendered_again_and_never_stored_under_the_old_digest(world):
    def replace_once() -> None:
        world.engine.meanwhile = lambda: None
        world.folder.put("a.jpg", b"second")

    world.engine.meanwhile = replace_once
    answer = await world.get(CROP)
    assert answer.rendition.body.startswith(b"second")
    assert answer.source.digest == answer.rendition.source_digest == digest_of(b"second")
    assert [kept.source_digest for kept in world.renditions.kept.values()] == [digest_of(b"second")]
    assert world.count("render") == 2


async def test_everybody_who_waited_for_a_source_that_was_replaced_gets_the_new_picture(world):
    def replace_once() -> None:
        world.engine.meanwhile = lambda: None
        world.folder.put("a.jpg", b"second")

    world.engine.meanwhile = replace_once
    answers = await asyncio.gather(*(world.get(CROP) for _ in range(50)))
    assert {answer.rendition.source_digest for answer in answers} == {digest_of(b"second")}
    assert world.count("render") == 2


async def test_a_source_replaced_while_it_is_looked_at_leaves_no_finding_under_the_old_digest(world):
    def replace_once() -> None:
        world.analyst.meanwhile = lambda: None
        world.analyst.findings["attention"] = Finding("attention", point=Point(0.9, 0.9))
        world.folder.put("a.jpg", b"second")

    world.analyst.meanwhile = replace_once
    answer = await world.get(CROP)
    assert {digest for digest, _ in world.analyses.kept} == {digest_of(b"second")}
    assert answer.source.digest == digest_of(b"second")


async def test_a_source_that_changes_during_every_try_is_an_error_after_three_and_nothing_is_stored(world):
    versions = iter(range(100))
    world.engine.meanwhile = lambda: world.folder.put("a.jpg", b"version %d" % next(versions))
    with pytest.raises(errors.InternalError, match="asking again is safe"):
        await world.get(CROP)
    assert world.count("render") == 3
    assert world.renditions.kept == {}


async def test_a_kept_original_is_not_asked_about_again_after_rendering(world):
    world.engine.meanwhile = lambda: world.web.put("a.jpg", b"newer")
    answer = await world.get("web/a.jpg?w=300")
    assert answer.rendition.source_digest == digest_of(b"from afar")
    assert world.count("fetch") + world.count("unchanged") == 1


async def test_a_rendition_that_asks_share_carries_the_tags_of_each(world):
    await world.get("img/a.jpg?w=300")
    (key,) = world.renditions.kept
    assert world.renditions.kept[key].tags == ("source:img/a.jpg", "origin:img")
    world.folder.put("copy.jpg", world.folder.pictures["a.jpg"])
    for _ in range(3):
        assert (await world.get("img/copy.jpg?w=300")).cache == "hit"
    assert world.renditions.kept[key].tags == ("source:img/a.jpg", "origin:img", "source:img/copy.jpg")
    assert world.count("store") == 2, "once is enough"


async def test_bytes_that_many_paths_share_do_not_collect_tags_without_end(world):
    for number in range(200):
        world.folder.put(f"{number}.jpg", b"the same")
        await world.get(f"img/{number}.jpg?w=300")
    assert len(next(iter(world.renditions.kept.values())).tags) == 64


async def test_who_follows_another_s_render_has_its_own_tags_on_it(world):
    world.folder.put("copy.jpg", world.folder.pictures["a.jpg"])
    answers = await asyncio.gather(*(world.get(f"img/{name}.jpg?w=300") for name in ("a", "copy")))
    assert {answer.cache for answer in answers} == {"stored", "collapsed"}
    (kept,) = world.renditions.kept.values()
    assert {"source:img/a.jpg", "source:img/copy.jpg"} <= set(kept.tags)
