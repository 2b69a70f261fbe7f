"""What a source is about, on fakes: its analysis once for all who ask, and crops of several shapes."""

import asyncio
from base64 import b64encode
from dataclasses import replace
from fractions import Fraction

import pytest
from fakes import INFO, World, digest_of

from imgcdn import errors
from imgcdn.model.analysis import Finding, ImportanceMap, Override
from imgcdn.model.geometry import Point, Region, Size
from imgcdn.model.media import Source
from imgcdn.model.spec import SourceRef

A = SourceRef("img", "a.jpg")
SURE, UNSURE, WEAK = (Region(x, 0.1, 0.1, 0.2, score) for x, score in ((0.1, 0.9), (0.4, 0.6), (0.7, 0.3)))
RIGHT = ImportanceMap(
    16,
    9,
    16 / 9,
    b64encode(bytes(255 if 12 <= x < 15 and 2 <= y < 7 else 0 for y in range(9) for x in range(16))).decode(),
    b64encode(bytes(5 * 8)).decode(),
)
"""All that stands out lies near the right edge."""


@pytest.fixture
def seen(world) -> World:
    world.analyst.findings["face"] = Finding("face", faces=(UNSURE, SURE, WEAK))
    world.analyst.findings["auto"] = Finding("auto", importance=RIGHT)
    return world


# analysis


async def test_an_analysis_looks_once_per_engine_and_is_cached_from_then_on(seen):
    first = await seen.insight.analyse(A)
    seen.now += 30
    second = await seen.insight.analyse(A)
    assert [seen.count(f"look {engine}") for engine in ("face", "auto", "palette")] == [1, 1, 1]
    assert (first.is_cached, second.is_cached) == (False, True)
    assert second == replace(first, is_cached=True)
    assert (first.digest, first.size) == (digest_of(b"first"), Size(1600, 900))
    assert first.made_at == 1_000_000.0
    assert set(first.engines) == {"face", "auto", "palette"}


async def test_many_analyses_at_once_look_once_per_engine(seen):
    found = await asyncio.gather(*(seen.insight.analyse(A) for _ in range(50)))
    assert [seen.count(f"look {engine}") for engine in ("face", "auto", "palette")] == [1, 1, 1]
    assert len({analysis.suggestion.point for analysis in found}) == 1


async def test_an_analysis_made_anew_looks_again_once_per_engine(seen):
    await seen.insight.analyse(A)
    seen.now += 1000
    again = await seen.insight.analyse(A, anew=True)
    assert [seen.count(f"look {engine}") for engine in ("face", "auto", "palette")] == [2, 2, 2]
    assert (again.is_cached, again.made_at) == (False, seen.now)
    assert (await seen.insight.analyse(A)).made_at == seen.now


async def test_after_a_picture_was_served_its_analysis_lacks_the_colours_alone(seen):
    await seen.get("img/a.jpg?w=100&h=100")
    assert not (await seen.insight.analyse(A)).is_cached
    assert [seen.count(f"look {engine}") for engine in ("face", "auto", "palette")] == [1, 1, 1]


async def test_an_analysis_is_cached_also_where_an_engine_is_missing(seen):
    seen.analyst.states["face"] = "absent"
    seen.analyst.findings["face"] = Finding("face", is_available=False, is_installed=False, why="no model")
    assert not (await seen.insight.analyse(A)).is_cached
    again = await seen.insight.analyse(A)
    assert again.is_cached
    assert (again.suggestion.faces, again.engines["face"]) == ((), "absent")


async def test_bytes_without_a_path_share_the_analysis_of_a_file_with_the_same_bytes(seen):
    seen.disk["/upload"] = b"first"
    upload = Source(digest_of(b"first"), "/upload", 5, None, None)
    uploaded = await seen.insight.analyse(upload)
    assert await seen.insight.analyse(A) == replace(uploaded, is_cached=True)


async def test_faces_are_sorted_by_score_and_the_surest_is_the_focal_point(seen):
    found = (await seen.insight.analyse(A)).suggestion
    assert found.faces == (SURE, UNSURE)
    assert (found.source, found.point, found.confidence) == ("face", SURE.centre, 0.9)


async def test_without_a_face_the_focal_point_is_where_most_stands_out(seen):
    seen.analyst.findings["face"] = Finding("face")
    found = (await seen.insight.analyse(A)).suggestion
    assert found.source == "smart-crop"
    assert found.point.x > 0.6
    assert found.faces == ()


async def test_where_nothing_stands_out_the_middle_is_suggested_with_no_confidence(world):
    world.analyst.findings["face"] = Finding("face")
    world.analyst.findings["auto"] = Finding("auto", importance=replace(RIGHT, saliency=b64encode(bytes(144)).decode()))
    found = (await world.insight.analyse(A)).suggestion
    assert (found.source, found.point, found.confidence) == ("center", Point(0.5, 0.5), 0.0)


async def test_an_override_is_the_focal_point_and_its_square_is_the_window(seen):
    seen.overrides.kept[digest_of(b"first")] = Override(Point(0.0, 1.0), "", 1.0)
    found = (await seen.insight.analyse(A)).suggestion
    assert (found.source, found.point, found.confidence) == ("override", Point(0.0, 1.0), 1.0)
    assert (found.window.x, found.window.width) == (0.0, 900 / 1600)


async def test_a_file_replaced_while_it_is_analysed_is_analysed_anew(seen):
    def once() -> None:
        seen.analyst.meanwhile = lambda: None
        seen.folder.put("a.jpg", b"second")

    seen.analyst.meanwhile = once
    assert (await seen.insight.analyse(A)).digest == digest_of(b"second")
    assert {digest for digest, _ in seen.analyses.kept} == {digest_of(b"second")}


async def test_an_upload_is_not_disturbed_by_a_file_of_the_same_bytes_that_changes(seen):
    seen.disk["/upload"] = b"first"
    upload = Source(digest_of(b"first"), "/upload", 5, None, None)
    uploaded = []

    def once() -> None:
        seen.analyst.meanwhile = lambda: None
        seen.folder.put("a.jpg", b"second")
        uploaded.append(asyncio.ensure_future(seen.insight.analyse(upload)))  # it joins the look under way

    seen.analyst.meanwhile = once
    assert (await seen.insight.analyse(A)).digest == digest_of(b"second")
    assert (await uploaded[0]).digest == digest_of(b"first")


@pytest.mark.parametrize("kind", [errors.CorruptImageError, errors.RenderTimeoutError, errors.InternalError])
async def test_a_picture_that_nobody_could_look_at_is_an_error_and_not_a_picture_without_a_subject(seen, kind):
    for engine in ("face", "auto", "palette"):
        seen.analyst.findings[engine] = Finding(engine, is_available=False, why="it is cut off", error=kind.code)
    with pytest.raises(kind, match="it is cut off"):
        await seen.insight.analyse(A)
    assert seen.analyses.kept == {}


async def test_too_large_a_source_is_refused_before_anybody_looks(seen):
    seen.engine.infos[b"first"] = replace(INFO, stored=Size(20_000, 20_000))
    with pytest.raises(errors.TooManyPixelsError):
        await seen.insight.analyse(A)
    with pytest.raises(errors.TooManyPixelsError):
        await seen.insight.crops(A, [Fraction(1)], ("auto",), 1)
    assert seen.count("look face") == 0


# crops


async def test_crops_are_the_windows_that_pictures_of_the_shape_are_cut_to(seen):
    ratios = [Fraction(1), Fraction(1, 2), Fraction(3)]
    found = await seen.insight.crops(A, ratios, ("auto",), 1)
    assert list(found) == ratios
    for ratio, (best,) in found.items():
        told = await seen.pipeline.explain(seen.ask(f"img/a.jpg?ar={ratio.numerator}:{ratio.denominator}"), "")
        assert best.window == told.plan.window
        assert (best.aspect, best.engine) == (ratio, "auto")
        assert 0 < best.confidence <= 1


async def test_several_candidates_come_best_first_and_never_twice(seen):
    (found,) = (await seen.insight.crops(A, [Fraction(1)], ("auto",), 10)).values()
    assert 1 < len(found) <= 10
    assert len({one.window for one in found}) == len(found)
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)
    assert all(one.window.width == one.window.height == 900 for one in found)


async def test_all_ratios_share_one_look_per_engine(seen):
    await seen.insight.crops(A, [Fraction(n, 10) for n in range(1, 21)], ("auto",), 3)
    assert [seen.count(f"look {engine}") for engine in ("face", "auto")] == [1, 1]


async def test_a_shape_that_the_picture_has_already_is_all_of_it(seen):
    (found,) = (await seen.insight.crops(A, [Fraction(16, 9)], ("auto",), 3)).values()
    (only,) = found
    assert (only.window.left, only.window.top, only.window.width, only.window.height) == (0, 0, 1600, 900)


async def test_an_override_decides_the_crops(seen):
    seen.overrides.kept[digest_of(b"first")] = Override(Point(0.0, 0.5), "", 1.0)
    (found,) = (await seen.insight.crops(A, [Fraction(1)], ("auto",), 3)).values()
    assert [(one.engine, one.confidence, one.window.left) for one in found] == [("override", 1.0, 0)]


async def test_crops_of_a_file_replaced_meanwhile_are_of_the_new_one(seen):
    def once() -> None:
        seen.analyst.meanwhile = lambda: None
        seen.engine.infos[b"second"] = replace(INFO, stored=Size(50, 50))
        seen.folder.put("a.jpg", b"second")

    seen.analyst.meanwhile = once
    ((found,),) = (await seen.insight.crops(A, [Fraction(1, 2)], ("auto",), 1)).values()
    assert (found.window.width, found.window.height) == (25, 50)
