"""The native API of a real server: analysis by path and by upload, overrides that last, crops, explain and debug."""

import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import numpy as np
import painting
import pytest
from measuring import opened, pixels_of
from PIL import Image
from serving import CHROME, assert_problem, eventually

ANALYZE, CROPS, FOCUS, EXPLAIN = "/v1/images/analyze", "/v1/images/crops", "/v1/images/focus", "/v1/explain"
SQUARE = "/img/portrait.jpg?w=100&h=50"


def picture(path: str) -> dict[str, str]:
    return {"source": "img", "path": path}


def analysed(server, path: str, **more) -> dict:
    answer = server.send("POST", ANALYZE, picture(path) | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def upload(server, data: bytes, name: str = "a.jpg"):
    with server.client() as client:
        return client.post(ANALYZE, files={"file": (name, data)})


def focus_of(answer) -> str:
    assert answer.status_code == 200, answer.text
    return answer.headers["x-imgcdn-focus"].partition(";")[0]


@pytest.fixture
def folder(tmp_path, photos):
    """A folder of the test's own, so that it may be written to."""
    made = tmp_path / "photos"
    made.mkdir()
    for name in ("portrait.jpg", "photo.jpg"):
        shutil.copy(photos / name, made)
    return made


# analyze


def test_an_analysis_has_every_key_and_finds_the_face_of_a_portrait(server, face_models):
    found = analysed(server, "portrait.jpg")
    assert set(found) >= {"version", "width", "height", "focal", "faces", "palette", "analyzedAt", "cached", "engine"}
    assert (found["version"], found["width"], found["height"]) == (1, 1440, 1440)
    (face,) = found["faces"]
    left, top, right, bottom = (share * 1440 for share in painting.FACE)
    assert left - 60 < face["x"] < face["x"] + face["width"] < right + 60
    assert top - 60 < face["y"] < face["y"] + face["height"] < bottom + 60
    assert face["confidence"] > 0.5
    suggested = found["focal"]["suggested"]
    assert suggested["source"] == "face"
    assert left < suggested["x"] * 1440 < right
    assert top < suggested["y"] * 1440 < bottom
    assert found["focal"]["crop"]["width"] == found["focal"]["crop"]["height"] == 1440
    assert found["palette"]["dominant"]["hex"] == found["palette"][found["palette"]["dominant"]["name"]]["hex"]
    assert {"face", "auto", "palette"} <= set(found["engine"])


@pytest.mark.parametrize("name", ["turned-1.jpg", "turned-6.jpg", "turned-8.jpg"])
def test_coordinates_are_of_the_upright_source(server, name):
    found = analysed(server, name)
    assert (found["width"], found["height"]) == (120, 80)


@pytest.mark.parametrize(
    "name", ["dot.png", "film.gif", "cmyk.jpg", "deep.png", "alpha.webp", "scan.tif", "modern.avif"]
)
def test_pictures_of_every_kind_can_be_analysed(server, name):
    found = analysed(server, name)
    crop = found["focal"]["crop"]
    assert crop["width"] == crop["height"] == min(found["width"], found["height"])
    assert found["faces"] == []


@pytest.mark.parametrize(("size", "mode"), [((1, 1), "RGB"), ((1, 400), "RGB"), ((400, 1), "L"), ((2000, 100), "RGB")])
def test_a_flat_picture_of_any_shape_has_no_subject_and_no_confidence(server, size, mode):
    file = io.BytesIO()
    Image.new(mode, size, 128).save(file, "PNG")
    found = upload(server, file.getvalue()).json()
    assert (found["width"], found["height"], found["faces"]) == (*size, [])
    assert found["focal"]["suggested"] == {"x": 0.5, "y": 0.5, "confidence": 0.0, "source": "center"}


def test_an_upload_and_a_file_of_the_same_bytes_share_one_record(server, photos, face_models):
    by_path = analysed(server, "portrait.jpg")
    by_upload = upload(server, (photos / "portrait.jpg").read_bytes()).json()
    assert by_upload == by_path | {"cached": True}


def test_refresh_looks_again_and_finds_the_same(server):
    first = analysed(server, "photo.jpg")
    again = analysed(server, "photo.jpg", refresh=True)
    assert again["cached"] is False
    assert again["analyzedAt"] >= first["analyzedAt"]
    for name in ("focal", "faces", "palette", "digest", "engine"):
        assert again[name] == first[name]
    assert analysed(server, "photo.jpg")["cached"] is True


def test_an_analysis_outlives_a_restart_and_a_new_name_and_not_new_bytes(serve, folder, tmp_path):
    before = serve(folder, cache=tmp_path / "cache")
    first = analysed(before, "photo.jpg")
    assert first["cached"] is False
    before.end()
    (folder / "photo.jpg").rename(folder / "new name.jpg")
    after = serve(folder, cache=tmp_path / "cache")
    assert analysed(after, "new name.jpg") == first | {"cached": True}
    assert upload(after, (folder / "new name.jpg").read_bytes()).json()["cached"] is True
    painting.corners(300, 200).save(folder / "new name.jpg")

    def is_new():
        found = analysed(after, "new name.jpg")
        return found["digest"] != first["digest"] and found

    changed = eventually(is_new)
    assert (changed["width"], changed["height"]) == (300, 200)


@pytest.mark.parametrize("data", [b"no picture at all", b"\xff\xd8\xff\xe0 only the beginning", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused_as_such(server, data):
    answer = upload(server, data)
    assert answer.status_code in {415, 422}
    assert_problem(answer, answer.status_code, answer.json()["code"])


def test_a_picture_that_is_cut_off_is_refused_as_damaged(server, photos):
    answer = upload(server, (photos / "cat.png").read_bytes()[:100])
    assert_problem(answer, 422, "corrupt_image")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("no.jpg", 404, "source_not_found"),
        ("sub folder", 404, "source_not_found"),
        ("photo.jpg/", 404, "source_not_found"),
        ("../photos/photo.jpg", 403, "source_forbidden"),
        ("a/../../etc/passwd", 403, "source_forbidden"),
        ("..\\photo.jpg", 403, "source_forbidden"),
        ("//etc/passwd", 403, "source_forbidden"),
        ("photo.jpg\0", 400, "invalid_parameter"),
        ("x" * 4000, 400, "invalid_parameter"),
        ("😀" * 1500, 400, "invalid_parameter"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused_by_every_endpoint(server, path, status, code):
    param = "path" if status == 400 else None
    for method, target, more in (
        ("POST", ANALYZE, {}),
        ("POST", CROPS, {}),
        ("POST", EXPLAIN, {}),
        ("PUT", FOCUS, {"x": 0.5, "y": 0.5}),
        ("DELETE", FOCUS, {}),
    ):
        assert_problem(server.send(method, target, picture(path) | more), status, code, param)


def test_an_upload_that_is_too_large_is_refused_and_the_server_goes_on(module_limited):
    answer = upload(module_limited, b"x" * 300_000)
    assert_problem(answer, 413, "upload_too_large", "body")
    assert_problem(upload(module_limited, b"x" * 2001), 413, "upload_too_large", "file")
    assert module_limited.get("/-/ready").status_code == 200


# many at once


def test_sizes_asked_for_at_once_are_drawn_from_one_look(serve, folder, face_models):
    """Each finding tells how long its look took: two looks would tell two times."""
    server = serve(folder)
    shapes = [(w, h) for w in (90, 120, 200) for h in (60, 150, 310, 400)]

    def told(shape):
        return server.get(f"/img/portrait.jpg?w={shape[0]}&h={shape[1]}&explain=1").json()["focus"]["tried"]

    with ThreadPoolExecutor(len(shapes)) as many:
        asked = list(many.map(told, shapes))
    times = {tuple((one["engine"], one.get("ms")) for one in tried) for tried in asked}
    assert len(times) == 1, times
    assert any(ms is not None for _, ms in times.pop())


# overrides


def test_an_override_changes_the_next_picture_of_every_size_also_of_hot_ones_and_removing_it_restores(
    serve, folder, face_models
):
    server = serve(folder)
    urls = [SQUARE, "/img/portrait.jpg?w=60&h=200", "/img/portrait.jpg?w=90&h=30&gravity=face&format=webp"]
    rest = ["/img/portrait.jpg?w=77", "/img/portrait.jpg?w=90&h=30&gravity=north"]
    with server.client(headers={"accept": CHROME}) as client:
        for url in [*urls, *rest]:
            if "format=" not in url:
                server.upgraded(url)
        before = {url: [client.get(url) for _ in range(3)][-1] for url in [*urls, *rest]}
        assert all(answer.headers["cache-status"].startswith("imgcdn; hit") for answer in before.values())
        put = client.put(FOCUS, json=picture("portrait.jpg") | {"x": 0.02, "y": 0.98, "note": "the boots"})
        assert put.json()["focus"] == {"x": 0.02, "y": 0.98, "note": "the boots"}
        for url in urls:
            answer = client.get(url)
            assert answer.headers["x-imgcdn-focus"] == "override;x=0.020;y=0.980;c=1.00"
            assert answer.content != before[url].content
            assert answer.headers["etag"] != before[url].headers["etag"]
            stale = client.get(url, headers={"if-none-match": before[url].headers["etag"]})
            assert stale.status_code == 200
        for url in rest:
            assert server.upgraded(url).content == before[url].content
        assert client.request("DELETE", FOCUS, json=picture("portrait.jpg")).json()["removed"] is True
        for url in [*urls, *rest]:
            answer = client.get(url)
            assert answer.content == before[url].content
            assert answer.headers["cache-status"].startswith("imgcdn; hit"), "the old rendition is still kept"


def test_an_override_outlives_a_restart_an_emptied_cache_and_a_new_name(serve, folder, tmp_path):
    """The folder of records lies beside the cache folder here, and is no part of it."""
    cache = tmp_path / "cache"
    first = serve(folder, cache=cache)
    put = first.send("PUT", FOCUS, picture("photo.jpg") | {"x": 0.1, "y": 0.9, "note": "n"}).json()
    shown = first.get("/img/photo.jpg?w=50&h=90&format=png").content
    first.end()
    second = serve(folder, cache=cache)
    assert focus_of(second.get("/img/photo.jpg?w=50&h=90&format=png")) == "override"
    second.end()
    shutil.rmtree(cache)
    (folder / "photo.jpg").rename(folder / "renamed.jpg")
    third = serve(folder, cache=cache)
    answer = third.get("/img/renamed.jpg?w=50&h=90&format=png")
    assert (focus_of(answer), answer.content) == ("override", shown)
    assert third.get(f"{FOCUS}?source=img&path=renamed.jpg").json()["focus"] == put["focus"]


# crops


@pytest.mark.parametrize(
    "name", ["cat.png", "100%.jpg", "question?mark#hash.jpg", "sub folder/in ner.jpg", "alpha.png"]
)
def test_the_url_of_a_crop_renders_exactly_its_window(server, photos, name):
    asked = ["1:1", "16:9", "2:3", "auto", "10:1"]
    answer = server.send("POST", CROPS, picture(name) | {"aspect_ratios": asked, "max_candidates": 3})
    croppings = answer.json()["croppings"]
    assert list(dict.fromkeys(one["asked"] for one in croppings)) == asked
    source = pixels_of(Image.open(photos / name))
    for one in croppings:
        place = one["boundary"]
        rows = slice(place["top"], place["top"] + place["height"])
        window = source[rows, place["left"] : place["left"] + place["width"]]
        shown = pixels_of(opened(server.get(f"{one['url']}&format=png").content))
        assert shown.shape == window.shape
        seen = window[..., 3:] > 0 if window.shape[2] == 4 else np.ones_like(window[..., :1], bool)
        assert np.abs(np.where(seen, shown - window, 0)).max() <= 3, "decoders of JPEG differ by a little"


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_crops_of_a_turned_picture_are_upright(server, orientation):
    name = f"turned-{orientation}.jpg"
    (one,) = server.send("POST", CROPS, picture(name) | {"aspect_ratios": ["1:2"]}).json()["croppings"]
    assert (one["boundary"]["width"], one["boundary"]["height"]) == (40, 80)
    assert opened(server.get(one["url"]).content).size == (40, 80)


# explain


@pytest.mark.parametrize(
    "query",
    ["w=90&h=200", "w=120&h=90&gravity=face", "w=80&h=80&gravity=smart&format=webp", "w=300", "ar=16:9&fp=0.2,0.1"],
)
def test_explaining_by_api_says_what_explain_1_says(server, face_models, query):
    url = f"/img/portrait.jpg?{query}"
    in_place = server.get(f"{url}&explain=1", accept=CHROME).json()
    by_url = server.send("POST", EXPLAIN, {"url": url, "accept": CHROME}).json()
    params = dict(pair.split("=") for pair in query.split("&"))
    by_parts = server.send("POST", EXPLAIN, picture("portrait.jpg") | {"params": params, "accept": CHROME}).json()
    for told in (in_place, by_url, by_parts):
        del told["timing_ms"], told["cache"]["ttl"]
    assert by_url["source"].pop("cached") is by_parts["source"].pop("cached") is True
    in_place["source"].pop("cached")
    assert in_place == by_url == by_parts


# debug


SETTINGS = "[http]\nallow_debug = true\n[api]\nmax_upload_bytes = 2000\n"


@pytest.fixture(scope="module")
def module_limited(module_serve, photos, face_models):
    return module_serve(photos, settings=SETTINGS)


@pytest.mark.parametrize("what", ["crop", "heat"])
def test_drawings_are_refused_unless_the_settings_allow_them(server, what):
    assert_problem(server.get(f"{SQUARE}&debug={what}"), 403, "not_allowed", "debug")


@pytest.mark.parametrize("what", ["crop", "heat"])
@pytest.mark.parametrize("gravity", ["auto", "face", "faces", "smart", "attention", "entropy", "north", "obj:dog"])
def test_a_drawing_shows_the_whole_source_and_is_never_kept(module_limited, what, gravity):
    url = f"/img/portrait.jpg?w=100&h=50&gravity={gravity}&debug={what}"
    answer = module_limited.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    drawn = opened(answer.content)
    assert drawn.width == drawn.height
    plain = module_limited.get(f"/img/portrait.jpg?w={drawn.width}&format=png")
    difference = np.abs(pixels_of(drawn)[..., :3] - pixels_of(opened(plain.content))[..., :3]).max(axis=2)
    assert 0.001 < np.mean(difference > 60) < 0.9


@pytest.mark.parametrize(
    ("query", "kind"), [("&format=png", "PNG"), ("&format=avif", "AVIF"), ("", "WEBP"), ("&format=gif", "GIF")]
)
def test_a_drawing_comes_in_the_format_asked_for(module_limited, query, kind):
    answer = module_limited.get(f"{SQUARE}{query}&debug=crop", accept=CHROME)
    assert opened(answer.content).format == kind


@pytest.mark.parametrize("name", ["dot.png", "film.gif", "turned-6.jpg", "alpha.png", "cmyk.jpg", "deep.png"])
def test_pictures_of_every_kind_can_be_drawn_over(module_limited, name):
    for what in ("crop", "heat"):
        answer = module_limited.get(f"/img/{quote(name)}?w=30&h=90&debug={what}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("image/")


# who may ask


def test_a_server_that_is_not_told_to_stay_on_loopback_answers_pictures_and_no_api(serve, photos):
    """127.1 is loopback, but spelt as nobody does: the server must not guess."""
    server = serve(photos, host="127.1")
    for method, target, content in (
        ("POST", ANALYZE, picture("photo.jpg")),
        ("PUT", FOCUS, picture("photo.jpg") | {"x": 0, "y": 0}),
        ("DELETE", FOCUS, picture("photo.jpg")),
        ("POST", CROPS, picture("photo.jpg")),
        ("POST", EXPLAIN, {"url": "/img/photo.jpg"}),
    ):
        assert_problem(server.send(method, target, content), 401, "missing_key")
    refused = server.send("POST", "/api/images/analyze", picture("photo.jpg"))
    assert (refused.status_code, list(refused.json())) == (401, ["error"])
    assert_problem(upload(server, b"x" * 3_000_000), 401, "missing_key")
    assert focus_of(server.get("/img/photo.jpg?w=50&h=90")) == "auto"


def test_a_page_of_another_site_and_a_name_pointed_here_are_refused(server):
    target = f"{ANALYZE}?source=img&path=photo.jpg"
    assert_problem(server.get(target, origin="https://evil.example"), 403, "not_allowed")
    assert_problem(server.get(target, host="evil.example"), 403, "not_allowed")
    assert server.get(target, origin=server.url).status_code == 200
