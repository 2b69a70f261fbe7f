"""The endpoints of the native API on fakes: which picture is meant, what is answered, which methods are served."""

import json

import pytest
from fakes import digest_of
from serving import assert_problem

from imgcdn.dialects.mounts import Mount
from imgcdn.model.analysis import Finding, Thing
from imgcdn.model.geometry import Region

ANALYZE, CROPS, FOCUS, EXPLAIN = "/v1/images/analyze", "/v1/images/crops", "/v1/images/focus", "/v1/explain"
PICTURE = {"source": "img", "path": "a/b.jpg"}
DIGEST = f"sha256:{digest_of(b'first')}"
PROXY = (Mount("img"), Mount("web", is_proxy=True))


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("DELETE", ANALYZE, "GET, HEAD, POST"),
        ("PUT", "/api/images/analyze", "GET, HEAD, POST"),
        ("OPTIONS", ANALYZE, "GET, HEAD, POST"),
        ("POST", FOCUS, "DELETE, GET, HEAD, PUT"),
        ("PATCH", FOCUS, "DELETE, GET, HEAD, PUT"),
        ("GET", CROPS, "POST"),
        ("GET", EXPLAIN, "POST"),
        ("PUT", EXPLAIN, "POST"),
    ],
)
async def test_another_method_is_told_which_are_served(site, method, target, allow):
    answer = await site.ask(method, target)
    said = assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allow
    assert allow in said["detail"]


@pytest.mark.parametrize(
    "target", ["/v1/", "/v1/images", "/v1/images/analyze/", "/v1/images/focus/x", "/api/x", "/v1//"]
)
async def test_other_paths_of_the_apis_are_not_there(site, target):
    assert_problem(await site.ask("GET", target), 404, "not_found")


# which picture


@pytest.mark.parametrize("target", [ANALYZE, CROPS, EXPLAIN])
async def test_an_unknown_mount_is_a_404_that_lists_the_known_ones(site, target):
    said = assert_problem(await site.post(target, source="nope", path="a"), 404, "source_not_found", "source")
    assert "expected one of img, web" in said["detail"]


@pytest.mark.parametrize("target", [ANALYZE, CROPS, EXPLAIN])
async def test_an_unknown_path_is_a_404(site, target):
    assert_problem(await site.post(target, source="img", path="no.jpg"), 404, "source_not_found")


async def test_an_unknown_picture_has_no_focus_to_read_set_or_remove(site):
    for method, place in (("PUT", {"x": 0.5, "y": 0.5}), ("DELETE", {})):
        for picture, param in (({"source": "img", "path": "no.jpg"}, None), ({"source": "no", "path": "a"}, "source")):
            answer = await site.ask(method, FOCUS, json=picture | place)
            assert_problem(answer, 404, "source_not_found", param)
    assert_problem(await site.ask("GET", f"{FOCUS}?source=img&path=no.jpg"), 404, "source_not_found")
    assert site.world.overrides.kept == {}
    assert site.renewed == []


async def test_a_leading_slash_of_a_path_does_not_matter(site):
    assert (await site.post(ANALYZE, source="img", path="/a/b.jpg")).json()["digest"] == DIGEST


@pytest.mark.parametrize("target", [ANALYZE, CROPS])
async def test_a_whole_url_needs_a_mount_that_is_a_proxy(make_site, target):
    url = "https://elsewhere.example/c.jpg"
    assert_problem(await make_site().post(target, url=url), 403, "source_forbidden", "url")
    site = make_site(mounts=PROXY)
    answer = await site.post(target, url=url)
    assert answer.status_code == 200, answer.text
    assert site.world.count("fetch https://elsewhere.example/c.jpg") == 1


async def test_an_upload_by_its_id_is_not_kept_here_yet(site):
    assert_problem(await site.post(ANALYZE, fileId="abc"), 404, "source_not_found", "fileId")


# analyze


@pytest.mark.parametrize("target", [ANALYZE, "/api/images/analyze"])
async def test_one_picture_is_one_record_however_it_is_asked_for(site, target):
    first = await site.post(target, **PICTURE)
    assert first.headers["content-type"] == "application/json"
    assert first.headers["cache-control"] == "no-store"
    ways = [
        await site.post(target, **PICTURE),
        await site.ask("GET", f"{target}?source=img&path=a/b.jpg"),
        await site.ask("POST", target, files={"file": ("x.jpg", b"first")}),
    ]
    assert first.json()["cached"] is False
    for answer in ways:
        assert answer.json() == first.json() | {"cached": True}
    assert site.world.count("look face") == site.world.count("look palette") == 1


async def test_refresh_looks_again_once(site):
    await site.post(ANALYZE, **PICTURE)
    site.world.now += 60
    again = (await site.post(ANALYZE, **PICTURE, refresh=True)).json()
    assert (again["cached"], again["analyzedAt"]) == (False, "1970-01-12T13:47:40Z")
    assert site.world.count("look face") == site.world.count("look auto") == site.world.count("look palette") == 2
    assert (await site.post(ANALYZE, **PICTURE, refresh=False)).json() == again | {"cached": True}


# focus


async def test_a_focus_is_set_read_replaced_and_removed_and_each_change_renews_ready_answers(site):
    query = f"{FOCUS}?source=img&path=a/b.jpg"
    plain = {**PICTURE, "digest": DIGEST}
    assert (await site.ask("GET", query)).json() == {**plain, "focus": None}
    put = await site.ask("PUT", FOCUS, json={**PICTURE, "x": 0, "y": 1, "note": "the hat"})
    assert put.json() == {**plain, "focus": {"x": 0.0, "y": 1.0, "note": "the hat"}}
    assert (await site.ask("GET", query)).json() == put.json()
    assert len(site.renewed) == 1
    await site.ask("PUT", FOCUS, json={**PICTURE, "x": 0.25, "y": 0.75})
    assert (await site.ask("GET", query)).json()["focus"] == {"x": 0.25, "y": 0.75, "note": ""}
    gone = await site.ask("DELETE", FOCUS, json=PICTURE)
    assert gone.json() == {**plain, "focus": None, "removed": True}
    assert len(site.renewed) == 3
    assert (await site.ask("DELETE", query)).json()["removed"] is False


async def test_a_focus_is_what_analyze_crops_and_explain_say_next(site):
    await site.ask("PUT", FOCUS, json={**PICTURE, "x": 0.125, "y": 0.5})
    focal = (await site.post(ANALYZE, **PICTURE)).json()["focal"]
    assert focal["suggested"] == {"x": 0.125, "y": 0.5, "confidence": 1.0, "source": "override"}
    (crop,) = (await site.post(CROPS, **PICTURE, aspect_ratios=["1:1"])).json()["croppings"]
    assert (crop["engine"], crop["confidence"], crop["boundary"]["left"]) == ("override", 1.0, 0)
    told = (await site.post(EXPLAIN, **PICTURE, params={"w": 9, "h": 9})).json()
    assert (told["focus"]["engine"], told["focus"]["tried"][0]) == (
        "override",
        {"engine": "override", "result": "used"},
    )


# crops


async def test_every_ratio_asked_for_is_answered_in_its_order_and_spelling(site):
    asked = ["16:9", "1:1", "32:18", "1.5", "1:10", "10:1"]
    answer = await site.post(CROPS, **PICTURE, aspect_ratios=asked)
    said = answer.json()
    assert [one["aspect_ratio"] for one in said["croppings"]] == asked == [one["asked"] for one in said["croppings"]]
    assert set(said) == {"croppings", "matched_hints", "matches", "request_id"}
    assert said["matched_hints"] == said["matches"] == []
    for one in said["croppings"]:
        place = one["boundary"]
        assert one["url"] == f"/img/a/b.jpg?rect={place['left']},{place['top']},{place['width']},{place['height']}"
        width, _, height = one["aspect_ratio"].partition(":")
        assert place["width"] / place["height"] == pytest.approx(float(width) / float(height or 1), rel=0.01)


@pytest.mark.parametrize(
    ("hints", "matched"),
    [
        ([], []),
        (["dog", "cat", "Animals"], ["dog", "Animals"]),
        (["cat", "boat"], []),
    ],
)
async def test_the_hints_that_were_found_in_the_picture_are_named(site, hints, matched):
    things = (Thing("dog", Region(0.1, 0.1, 0.2, 0.2, 0.9)),)
    site.world.analyst.findings["objects"] = Finding("objects", things=things)
    for ratio in ("1:1", "2:1"):
        said = (await site.post(CROPS, **PICTURE, aspect_ratios=[ratio], hints=hints)).json()
        assert said["matched_hints"] == matched == [one["hint"] for one in said["matches"]]
        assert {(one["label"], one["nearness"]) for one in said["matches"]} <= {("dog", 1.0)}
        assert said["croppings"][0]["engine"].startswith("obj:") is bool(matched)


async def test_no_hint_is_matched_where_an_override_decides_or_nothing_knows_objects(site):
    unable = Finding("objects", is_available=False, is_installed=False, why="no model")
    site.world.analyst.findings["objects"] = unable
    assert (await site.post(CROPS, **PICTURE, aspect_ratios=["1:1"], hints=["dog"])).json()["matched_hints"] == []
    things = (Thing("dog", Region(0.1, 0.1, 0.2, 0.2, 0.9)),)
    site.world.analyst.findings["objects"] = Finding("objects", things=things)
    await site.ask("PUT", FOCUS, json={**PICTURE, "x": 0.5, "y": 0.5})
    assert (await site.post(CROPS, **PICTURE, aspect_ratios=["1:1"], hints=["dog"])).json()["matched_hints"] == []


async def test_auto_is_one_ratio_of_the_configured_list(make_site):
    site = make_site(crop_ratios=("2:1", "1:2"))
    said = (await site.post(CROPS, **PICTURE)).json()["croppings"]
    assert {one["asked"] for one in said} == {"auto"}
    assert len({one["aspect_ratio"] for one in said}) == 1
    assert said[0]["aspect_ratio"] in {"2:1", "1:2"}


async def test_the_callers_request_id_comes_back_and_one_is_made_without(site):
    given = await site.ask("POST", CROPS, json=PICTURE, headers={"x-request-id": "mine-1"})
    assert given.json()["request_id"] == "mine-1"
    assert (await site.post(CROPS, **PICTURE)).json()["request_id"]


async def test_the_url_of_a_crop_can_be_asked_for_whatever_the_file_is_called(site):
    name = "50%25 & ä/ö?#+ 1.jpg"
    site.world.folder.put(name, b"named")
    (one,) = (await site.post(CROPS, source="img", path=name, aspect_ratios=["1:1"])).json()["croppings"]
    picture = await site.ask("GET", one["url"])
    assert picture.status_code == 200
    assert picture.content.startswith(b"named")


async def test_the_url_of_a_crop_of_a_proxied_picture_can_be_asked_for(make_site):
    site = make_site(mounts=PROXY)
    answer = await site.post(CROPS, url="https://elsewhere.example/c.jpg", aspect_ratios=["1:1"])
    assert (await site.ask("GET", answer.json()["croppings"][0]["url"])).content.startswith(b"from afar")


# explain


async def test_a_url_and_its_parts_are_explained_alike_and_as_explain_1_does(site):
    params = {"w": 120, "h": "90", "gravity": "face,north", "flip": True, "dpr": 1.5, "format": "png"}
    query = "w=120&h=90&gravity=face,north&flip=true&dpr=1.5&format=png"
    assert (await site.post(EXPLAIN, **PICTURE)).json()["source"]["cached"] is False
    by_parts = (await site.post(EXPLAIN, **PICTURE, params=params)).json()
    by_url = (await site.post(EXPLAIN, url=f"/img/a/b.jpg?{query}")).json()
    in_place = (await site.ask("GET", f"/img/a/b.jpg?{query}&explain=1")).json()
    for told in (by_parts, by_url, in_place):
        assert told.pop("timing_ms")
    assert by_parts == by_url == in_place
    assert by_parts["source"]["cached"] is True
    assert (by_url["output"]["width"], by_url["output"]["height"]) == (180, 135)


async def test_the_accept_header_to_decide_for_is_todays_unless_it_is_given(site):
    async def form(**more) -> str:
        return (await site.post(EXPLAIN, **PICTURE, params={"w": 5}, **more)).json()["output"]["format"]

    assert [await form(), await form(accept="image/webp"), await form(accept="")] == ["avif", "webp", "jpeg"]


async def test_a_picture_of_a_mount_with_its_own_host_is_explained_by_name(make_site):
    site = make_site(mounts=(Mount("img", hosts=("pics.example",)), Mount("web", hosts=("127.0.0.1",))))
    answer = await site.post(EXPLAIN, **PICTURE, params={"w": 9})
    assert answer.json()["source"]["digest"] == DIGEST


async def test_a_preset_counts_in_an_explanation(site):
    told = (await site.post(EXPLAIN, **PICTURE, params={"preset": "small"})).json()
    assert (told["plan"]["w"], told["plan"]["h"]) == (10, 10)
    assert_problem(await site.post(EXPLAIN, **PICTURE, params={"preset": "nope"}), 404, "preset_not_found", "preset")


@pytest.mark.parametrize(
    "url", ["/nope/a.jpg", "http://127.0.0.1/img/a/b.jpg", "img", "/", "/v1/images/analyze", "?w=5"]
)
async def test_a_url_under_no_mount_is_a_404(site, url):
    assert_problem(await site.post(EXPLAIN, url=url), 404, "not_found")


async def test_answers_are_json_that_every_parser_reads(site):
    answer = await site.post(ANALYZE, **PICTURE)
    json.loads(answer.content, parse_constant=pytest.fail)
