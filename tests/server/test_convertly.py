"""Convertly's API on a real server: stored files, analyze, presets, purge, signed transforms, and errors in its form."""

import json
import shutil
import subprocess
import time
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit

import painting
import pytest
from measuring import opened
from PIL import Image
from serving import command, environment, eventually

FILES, ANALYZE, PRESETS = "/api/files", "/api/images/analyze", "/api/cdn-presets"
PURGE, SIGN = "/api/cdn-purge", "/api/media/signed-transform"
STATUSES = {400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503}
SETTINGS = """
[[mount]]
name = "img"
origin = "{photos}"

[[mount]]
name = "remote"
origin = "proxy"
allow_hosts = ["images.example.com"]

[presets]
fixed = "w=30&h=30"

[api]
max_upload_bytes = 2000000

[limits]
max_source_pixels = 6000000

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""


@pytest.fixture(scope="module")
def server(module_serve, photos):
    return module_serve(settings=SETTINGS.format(photos=photos))


def said(answer, status: int = 200) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def failed(answer, status: int, *names: str) -> str:
    """Require this family's form: one sentence, one of its statuses."""
    assert status in STATUSES
    told = said(answer, status)
    assert set(told) == {"error"}
    for name in names:
        assert name in told["error"], told
    assert answer.headers["x-request-id"]
    assert ("retry-after" in answer.headers) == (status in {429, 503})
    return told["error"]


def upload(server, data: bytes, part: str = "file", **fields):
    with server.client() as client:
        return client.post(FILES, files={part: ("a picture.jpg", data)}, data=fields)


@pytest.fixture
def stored(server, photos) -> str:
    return said(upload(server, (photos / "portrait.jpg").read_bytes()))["fileId"]


@pytest.fixture
def preset(server):
    """Make presets that are gone after the test."""
    made = []

    def make(name: str, query: str) -> str:
        record = said(server.send("POST", PRESETS, {"name": name, "query": query}))
        made.append(record["id"])
        return record["id"]

    yield make
    for one in made:
        server.send("DELETE", f"{PRESETS}/{one}", None)


# Stored files


def test_an_upload_is_described_as_what_it_is(server, photos):
    data = (photos / "turned-6.jpg").read_bytes()
    kept = said(upload(server, data))
    file_id = kept.pop("fileId")
    assert kept == {"width": 120, "height": 80, "format": "jpeg", "bytes": len(data)}
    assert said(server.get(f"{FILES}/{file_id}")) == kept | {"fileId": file_id}


@pytest.mark.parametrize(
    ("name", "form"),
    [("cat.png", "png"), ("film.gif", "gif"), ("alpha.webp", "webp"), ("modern.avif", "avif"), ("scan.tif", "tiff")],
)
def test_pictures_of_every_kind_can_be_stored_and_rendered(server, photos, name, form):
    kept = said(upload(server, (photos / name).read_bytes()))
    assert kept["format"] == form
    answer = server.get(f"/files/{kept['fileId']}?w=20&h=10&format=png")
    assert opened(answer.content).size == (20, 10)


def test_a_stored_file_is_rendered_with_tags_that_purge_it(server, stored):
    answer = server.get(f"/files/{stored}?w=60&h=30&gravity=north")
    assert answer.status_code == 200
    tags = answer.headers["cache-tag"].split(",")
    assert {f"asset:{stored}", "origin:files"} <= set(tags)
    assert set(answer.headers["surrogate-key"].split(" ")) == set(tags)
    named = server.get(f"/files/{stored}/the team.jpg?w=60&h=30&gravity=north")
    assert named.content == answer.content
    assert f"asset:{stored}" in named.headers["cache-tag"]
    assert "the%20team.jpg" in named.headers["content-disposition"]


def test_a_picture_with_a_stored_mark_is_purged_by_the_marks_tag(server, stored, photos):
    mark = said(upload(server, (photos / "dot.png").read_bytes()))["fileId"]
    url = f"/files/{stored}?w=61&mark=/files/{mark}&format=png"
    assert f"asset:{mark}" in server.get(url).headers["cache-tag"]
    assert "hit" in server.get(url).headers["cache-status"]
    said(server.send("POST", PURGE, {"tags": [f"asset:{mark}"]}))
    assert "fwd=uri-miss" in server.get(url).headers["cache-status"]
    said(server.ask("DELETE", f"{FILES}/{mark}"))
    assert server.get(url).status_code == 404


def test_a_stored_file_can_be_analysed_cropped_and_explained(server, stored, photos):
    by_id = said(server.send("POST", ANALYZE, {"fileId": stored}))
    with server.client() as client:
        by_upload = said(client.post(ANALYZE, files={"file": ("a.jpg", (photos / "portrait.jpg").read_bytes())}))
    assert by_upload == by_id | {"cached": True}
    assert (by_id["width"], by_id["height"]) == (1440, 1440)
    crops = server.send("POST", "/v1/images/crops", {"fileId": stored, "aspect_ratios": ["2:1"]}).json()
    url = crops["croppings"][0]["url"]
    assert url.startswith(f"/files/{stored}?rect=")
    assert server.get(url).status_code == 200


def test_deleting_a_file_takes_down_what_was_made_of_it_also_what_is_hot(server, stored):
    urls = [f"/files/{stored}?w=50", f"/files/{stored}/name.jpg?w=51", f"/files/{stored}/p/fixed?format=png"]
    with server.client() as client:
        for url in urls * 3:
            assert client.get(url).status_code == 200
        assert said(client.delete(f"{FILES}/{stored}")) == {"ok": True, "fileId": stored}
        for url in urls:
            assert client.get(url).status_code == 404
        failed(client.get(f"{FILES}/{stored}"), 404, stored)
        failed(client.delete(f"{FILES}/{stored}"), 404, stored)
        failed(client.post(ANALYZE, json={"fileId": stored}), 404, stored)


def test_the_same_bytes_stored_twice_stay_when_one_of_them_is_deleted(server, photos):
    data = (photos / "photo.jpg").read_bytes()
    one, other = (said(upload(server, data))["fileId"] for _ in range(2))
    assert one != other
    before = server.get(f"/files/{other}?w=40&format=png").content
    server.get(f"/files/{one}?w=40&format=png")
    said(server.send("DELETE", f"{FILES}/{one}", None))
    assert server.get(f"/files/{one}?w=40&format=png").status_code == 404
    assert server.get(f"/files/{other}?w=40&format=png").content == before


def test_a_stored_file_outlives_a_restart_and_an_emptied_cache(serve, photos, tmp_path):
    cache = tmp_path / "cache"
    first = serve(photos, cache=cache)
    kept = said(upload(first, (photos / "cat.png").read_bytes()))
    before = first.get(f"/files/{kept['fileId']}?w=33&format=png").content
    assert first.stop(9) == -9, "killed"
    shutil.rmtree(cache)
    second = serve(photos, cache=cache)
    assert said(second.get(f"{FILES}/{kept['fileId']}")) == kept
    assert second.get(f"/files/{kept['fileId']}?w=33&format=png").content == before


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"no picture at all", 415), (b"\xff\xd8\xff\xe0 only the beginning", 422), (b"", 400), (b"<svg/>", 415)],
)
def test_what_is_no_picture_is_refused_and_not_kept(server, data, status):
    failed(upload(server, data), status)
    place = server.cache.parent / "data" / "files" / "incoming"
    assert not list(place.glob("*"))


def test_an_upload_over_the_limit_is_cut_off(server):
    failed(upload(server, b"x" * 2_000_001), 413, "file")
    failed(upload(server, b"x" * 5_000_000), 413, "body")


def test_a_picture_of_too_many_pixels_is_refused(server, tmp_path):
    Image.new("L", (3000, 3000)).save(tmp_path / "large.png")
    failed(upload(server, (tmp_path / "large.png").read_bytes()), 413)


def test_a_form_that_is_not_one_picture_is_refused_by_the_name_of_its_part(server, photos):
    data = (photos / "dot.png").read_bytes()
    failed(upload(server, data, part="image"), 400, "image")
    failed(upload(server, data, folder="a"), 400, "folder")
    with server.client() as client:
        failed(client.post(FILES, files=[("file", ("a", data)), ("file", ("b", data))]), 400, "file")
        failed(client.post(FILES, json={"file": "a"}), 415, "content-type")
        failed(client.post(FILES), 415, "content-type")
        failed(client.post(FILES, content=b"--x", headers={"content-type": "multipart/form-data; boundary=x"}), 400)
        failed(client.post(FILES, content=b"", headers={"content-type": "multipart/form-data"}), 400)
        failed(client.post(FILES, data={"file": "text"}, files={}), 415)


@pytest.mark.parametrize("file_id", ["none", "0" * 32, "%2e%2e", "a" * 5000, "%00", "%FF"])
def test_an_id_that_nobody_has_is_not_found(server, file_id):
    for method in ("GET", "DELETE"):
        failed(server.ask(method, f"{FILES}/{file_id}"), 404)


# Analyze


def test_analyze_refuses_what_it_cannot_understand_in_this_familys_form(server, photos):
    failed(server.send("POST", ANALYZE, {}), 400, "fileId")
    failed(server.send("POST", ANALYZE, {"fileId": 7}), 400, "fileId")
    failed(server.send("POST", ANALYZE, {"fileId": "a", "url": "https://images.example.com/a.jpg"}), 400)
    failed(server.send("POST", ANALYZE, {"fileId": "a", "why": 1}), 400, "why")
    failed(server.send("POST", ANALYZE, {"fileId": "a/../b"}), 404)
    failed(server.send("POST", ANALYZE, {"url": "https://elsewhere.example/a.jpg"}), 403)
    failed(server.send("POST", ANALYZE, {"source": "img", "path": "none.jpg"}), 404)
    with server.client() as client:
        failed(client.post(ANALYZE, content=b"x"), 415)
        failed(client.post(ANALYZE, content=b"{", headers={"content-type": "application/json"}), 400, "JSON")
        failed(client.post(ANALYZE, files={"file": ("a", b"nothing")}), 415)
        failed(client.post(ANALYZE, files={"file": ("a", (photos / "cat.png").read_bytes()[:100])}), 422)


# Presets


def test_a_preset_serves_pictures_changes_them_at_once_and_is_gone_when_deleted(server, preset):
    card = preset("card", "w=40&h=20")
    url, by_path = "/img/photo.jpg?preset=card&format=png", "/img/photo.jpg/p/card?format=png"
    with server.client() as client:
        for _ in range(3):
            assert opened(client.get(url).content).size == (40, 20)
        assert client.get(by_path).content == client.get(url).content
        assert "preset:card" in client.get(url).headers["cache-tag"].split(",")
        assert opened(client.get(f"{url}&w=80").content).size == (80, 20), "the URL's parameters win"
        changed = said(client.patch(f"{PRESETS}/{card}", json={"params": {"w": 60, "h": 60, "flop": True}}))
        assert (changed["id"], changed["query"]) == (card, "w=60&h=60&flop=true")
        assert changed["updatedAt"] > changed["createdAt"]
        assert opened(client.get(url).content).size == (60, 60)
        assert opened(client.get(by_path).content).size == (60, 60)
        renamed = said(client.patch(f"{PRESETS}/{card}", json={"name": "tile"}))
        assert renamed["query"] == changed["query"]
        assert client.get(url).status_code == 404
        tile = url.replace("card", "tile")
        for _ in range(3):
            assert client.get(tile).status_code == 200
        assert said(client.delete(f"{PRESETS}/{card}")) == {"ok": True, "name": "tile"}
        assert client.get(tile).status_code == 404
        failed(client.delete(f"{PRESETS}/{card}"), 404, card)
        failed(client.patch(f"{PRESETS}/{card}", json={"name": "again"}), 404, card)


def test_presets_are_listed_with_those_of_the_settings(server, preset):
    made = preset("listed", "w=7")
    found = {one["name"]: one for one in said(server.get(PRESETS))["presets"]}
    assert found["listed"]["id"] == made
    assert found["listed"]["source"] == "api"
    assert found["fixed"] == {
        "id": "settings:fixed",
        "name": "fixed",
        "query": "w=30&h=30",
        "source": "settings",
        "active": True,
        "createdAt": None,
        "updatedAt": None,
    }


def test_a_name_that_is_taken_is_a_conflict(server, preset):
    one, other = preset("one", "w=1"), preset("other", "w=2")
    failed(server.send("POST", PRESETS, {"name": "one", "query": "w=3"}), 409, "one")
    failed(server.send("PATCH", f"{PRESETS}/{other}", {"name": "one"}), 409, "one")
    failed(server.send("POST", PRESETS, {"name": "fixed", "query": "w=3"}), 409, "fixed")
    failed(server.send("PATCH", f"{PRESETS}/{one}", {"name": "fixed"}), 409, "fixed")
    failed(server.send("PATCH", f"{PRESETS}/settings:fixed", {"query": "w=3"}), 409, "fixed")
    failed(server.send("DELETE", f"{PRESETS}/settings:fixed", None), 409, "fixed")
    assert said(server.send("PATCH", f"{PRESETS}/{one}", {"name": "one"}))["query"] == "w=1"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"query": "w=1"}, ["name"]),
        ({"name": "a"}, ["query or params"]),
        ({"name": "a", "query": "w=1", "params": {"w": 1}}, ["query or params"]),
        ({"name": "Avatar", "query": "w=1"}, ["name=Avatar"]),
        ({"name": "a" * 33, "query": "w=1"}, ["32"]),
        ({"name": "a b", "query": "w=1"}, ["name"]),
        ({"name": "a", "query": "w=0"}, ["w=0"]),
        ({"name": "a", "query": "wdth=5"}, ["wdth"]),
        ({"name": "a", "query": "w=1&width=1"}, ["width"]),
        ({"name": "a", "query": "preset=fixed"}, ["preset"]),
        ({"name": "a", "query": "sig=abc"}, ["sig"]),
        ({"name": "a", "params": {"w": [1]}}, ["params.w"]),
        ({"name": "a", "params": {}}, ["params"]),
        ({"name": "a", "query": ""}, ["query"]),
        ({"name": 5, "query": "w=1"}, ["name"]),
        ({"name": "a", "query": "w=1", "extra": 1}, ["extra"]),
    ],
)
def test_a_preset_that_cannot_be_used_is_refused_by_the_name_of_its_field(server, body, names):
    failed(server.send("POST", PRESETS, body), 400, *names)


def test_a_change_of_nothing_is_refused(server, preset):
    made = preset("still", "w=5")
    failed(server.send("PATCH", f"{PRESETS}/{made}", {}), 400, "name, query or params")
    failed(server.send("PATCH", f"{PRESETS}/{made}", {"query": "w=x"}), 400, "w=x")
    failed(server.send("PATCH", f"{PRESETS}/{made}", {"name": "No"}), 400, "name=No")


def test_presets_outlive_a_kill_and_are_seen_by_every_front(serve, photos, tmp_path):
    cache = tmp_path / "cache"
    first = serve(photos, cache=cache)
    said(first.send("POST", PRESETS, {"name": "kept", "query": "w=21&h=12"}))
    assert first.stop(9) == -9
    second = serve(photos, "--fronts", "2", cache=cache)
    url = "/img/photo.jpg?preset=kept&format=png"
    assert opened(second.get(url).content).size == (21, 12)
    said(second.send("PUT", "/v1/presets/kept", {"query": "w=12&h=21"}))

    def all_see_it():
        return all(opened(second.get(url).content).size == (12, 21) for _ in range(12))

    eventually(all_see_it, 5)


def test_the_native_spelling_writes_in_the_same_book(server):
    place = "/v1/presets/native-one"
    made = said(server.send("PUT", place, {"query": "w=15"}))
    again = said(server.send("PUT", place, {"params": {"w": 16}}))
    assert (again["id"], again["query"]) == (made["id"], "w=16")
    assert said(server.get(place)) == again
    assert again in said(server.get("/v1/presets"))["presets"]
    assert again in said(server.get(PRESETS))["presets"]
    assert said(server.send("DELETE", place, None)) == {"ok": True, "name": "native-one"}
    for answer, status, code in (
        (server.get(place), 404, "preset_not_found"),
        (server.send("DELETE", place, None), 404, "preset_not_found"),
        (server.send("PUT", "/v1/presets/fixed", {"query": "w=1"}), 409, "conflict"),
        (server.send("DELETE", "/v1/presets/fixed", None), 409, "conflict"),
        (server.send("PUT", "/v1/presets/No", {"query": "w=1"}), 400, "invalid_parameter"),
        (server.send("PUT", place, {"query": "w=none"}), 400, "invalid_parameter"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"


# Purge


def test_a_purge_forgets_urls_and_tags_and_says_which(server, stored):
    asset, picture = f"/files/{stored}?w=22&format=png", "/img/cat.png?w=23&format=png"
    whole = f"https://cdn.example.com{picture}"
    with server.client() as client:
        for url in (asset, picture):
            client.get(url)
            assert "hit" in client.get(url).headers["cache-status"]
        asked = {"urls": [whole], "tags": [f"asset:{stored}", "preset:none"]}
        assert said(client.post(PURGE, json=asked)) == {
            "ok": True,
            "purged": [whole],
            "purgedTags": [f"asset:{stored}", "preset:none"],
        }
        for url in (asset, picture):
            assert "fwd=uri-miss" in client.get(url).headers["cache-status"]
        for what in ({"urls": [picture]}, {"tags": ["origin:img"]}):
            assert said(client.post(PURGE, json=what))["ok"] is True
            assert "fwd=uri-miss" in client.get(picture).headers["cache-status"]


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        ({}, 400, ["urls or tags"]),
        ({"urls": []}, 400, ["urls or tags"]),
        ({"tags": []}, 400, ["tags"]),
        ({"urls": ["/img/a.jpg"] * 31}, 400, ["urls"]),
        ({"tags": ["a"] * 31}, 400, ["tags"]),
        ({"tags": ["a" * 129]}, 400, ["tags"]),
        ({"tags": [""]}, 400, ["tags"]),
        ({"tags": "origin:img"}, 400, ["tags"]),
        ({"urls": ["img/a.jpg"]}, 400, ["urls"]),
        ({"urls": ["http://[::1"]}, 400, ["urls"]),
        ({"urls": ["/img/a.jpg?w=0"]}, 400, ["w=0"]),
        ({"urls": ["/nothing/a.jpg"]}, 404, ["nothing"]),
        ({"urls": ["/img/a.jpg?preset=none"]}, 404, ["none"]),
        ({"all": True}, 400, ["all"]),
    ],
)
def test_a_purge_that_cannot_be_understood_forgets_nothing(server, body, status, names):
    failed(server.send("POST", PURGE, body), status, *names)


def test_the_most_that_may_be_purged_at_once_is_taken(server):
    body = {"urls": [f"/img/photo.jpg?w={width}" for width in range(1, 31)], "tags": [f"t{n}" for n in range(30)]}
    told = said(server.send("POST", PURGE, body))
    assert (told["purged"], told["purgedTags"]) == (body["urls"], body["tags"])
    assert said(server.send("POST", PURGE, {"tags": ["x" * 128]}))["purgedTags"] == ["x" * 128]


# Signed transforms


def test_a_signed_transform_renders_for_its_time_and_nothing_else(server):
    body = {
        "sourceUrl": "/img/photo.jpg",
        "width": 64,
        "height": 32,
        "fit": "cover",
        "cropLeft": 10,
        "cropTop": 20,
        "cropWidth": 200,
        "cropHeight": 100,
        "format": "png",
        "quality": 70,
        "expiresIn": 60,
    }
    before = int(time.time())
    told = said(server.send("POST", SIGN, body))
    ends = datetime.fromisoformat(told["expiresAt"]).timestamp()
    assert before + 60 <= ends <= time.time() + 60
    assert told["url"].startswith(server.url)
    target = told["url"].removeprefix(server.url)
    answer = server.get(target)
    assert opened(answer.content).size == (64, 32)
    asked = parse_qs(urlsplit(target).query)
    assert (asked["rect"], asked["q"], asked["exp"]) == (["10,20,200,100"], ["70"], [str(int(ends))])
    assert server.get(target.replace("w=64", "w=65")).json()["code"] == "bad_signature"
    assert server.get(target.replace(f"exp={int(ends)}", f"exp={int(ends) + 9}")).json()["code"] == "bad_signature"


def test_a_signed_transform_holds_an_hour_unless_it_says_otherwise(server):
    told = said(server.send("POST", SIGN, {"sourceUrl": "/img/photo.jpg", "preset": "fixed"}))
    assert abs(datetime.fromisoformat(told["expiresAt"]).timestamp() - time.time() - 3600) < 30
    assert opened(server.get(told["url"].removeprefix(server.url)).content).size == (30, 30)


def test_a_source_of_ours_may_be_named_whole_and_one_of_a_proxy_is_signed_as_its_path(server):
    own = said(server.send("POST", SIGN, {"sourceUrl": f"{server.url}/img/with%20spaces.jpg", "width": 9}))
    assert opened(server.get(own["url"].removeprefix(server.url)).content).size[0] == 9
    far = "https://images.example.com/a b.jpg?size=1"
    told = said(server.send("POST", SIGN, {"sourceUrl": far, "width": 9}))
    assert told["url"].startswith(f"{server.url}/remote/{quote(far, safe='')}?")


def test_urls_signed_with_the_servers_own_key_hold_over_a_restart_and_on_every_front(serve, photos, tmp_path):
    cache = tmp_path / "cache"
    first = serve(photos, cache=cache)
    told = said(first.send("POST", SIGN, {"sourceUrl": "/img/photo.jpg", "width": 31}))
    target = told["url"].removeprefix(first.url)
    first.end()
    second = serve(photos, "--fronts", "2", cache=cache)
    assert {second.get(target).status_code for _ in range(8)} == {200}


def test_a_key_of_the_settings_signs_and_signed_mounts_take_it(serve, photos):
    settings = f"""
    [[mount]]
    name = "img"
    origin = "{photos}"
    signed = true

    [signing.keys]
    first = "0123456789abcdef"

    [api]
    public_url = "https://pictures.example.com"
    """
    server = serve(settings=settings)
    told = said(server.send("POST", SIGN, {"sourceUrl": "https://pictures.example.com/img/photo.jpg", "width": 31}))
    assert told["url"].startswith("https://pictures.example.com/img/photo.jpg?")
    target = told["url"].removeprefix("https://pictures.example.com")
    assert "kid=first" in target
    assert server.get(target).status_code == 200
    assert server.get("/img/photo.jpg?w=31").status_code == 403


@pytest.mark.parametrize(
    ("change", "status", "names"),
    [
        ({"sourceUrl": None}, 400, ["sourceUrl"]),
        ({"sourceUrl": "img/photo.jpg"}, 400, ["sourceUrl"]),
        ({"sourceUrl": "/img/photo.jpg?w=3"}, 400, ["sourceUrl"]),
        ({"sourceUrl": "/nothing/photo.jpg"}, 404, ["nothing"]),
        ({"sourceUrl": "/v1/presets"}, 404, []),
        ({"sourceUrl": "https://elsewhere.example/a.jpg"}, 403, ["elsewhere"]),
        ({"sourceUrl": "http://127.0.0.1/a.jpg"}, 403, []),
        ({"sourceUrl": "ftp://images.example.com/a.jpg"}, 403, ["ftp"]),
        ({"sourceUrl": "http://[::1"}, 400, ["sourceUrl"]),
        ({"width": 0}, 400, ["width"]),
        ({"width": 9000}, 400, ["width"]),
        ({"width": "9"}, 400, ["width"]),
        ({"fit": "squeeze"}, 400, ["fit"]),
        ({"format": "bmp"}, 400, ["format"]),
        ({"quality": 101}, 400, ["quality"]),
        ({"preset": "none"}, 404, ["none"]),
        ({"expiresIn": 59}, 400, ["expiresIn"]),
        ({"expiresIn": 604_801}, 400, ["expiresIn"]),
        ({"cropLeft": 1}, 400, ["cropTop"]),
        ({"cropLeft": 1, "cropTop": 1, "cropWidth": 0, "cropHeight": 1}, 400, ["cropWidth"]),
        ({"gravity": "face"}, 400, ["gravity"]),
    ],
)
def test_a_transform_that_cannot_be_signed_is_refused_by_the_name_of_its_field(server, change, status, names):
    body = {"sourceUrl": "/img/photo.jpg", "width": 10} | change
    failed(server.send("POST", SIGN, {key: value for key, value in body.items() if value is not None}), status, *names)


# Who may, and what is not there


def test_only_a_secret_key_comes_in_and_each_refusal_has_this_familys_form(keyed):
    server, secret, publishable = keyed
    calls = (
        ("POST", FILES, {"files": {"file": ("a", b"x")}}),
        ("GET", f"{FILES}/a", {}),
        ("DELETE", f"{FILES}/a", {}),
        ("POST", ANALYZE, {"json": {"fileId": "a"}}),
        ("GET", PRESETS, {}),
        ("POST", PRESETS, {"json": {"name": "a", "query": "w=1"}}),
        ("PATCH", f"{PRESETS}/a", {"json": {"name": "b"}}),
        ("DELETE", f"{PRESETS}/a", {}),
        ("POST", PURGE, {"json": {"tags": ["a"]}}),
        ("POST", SIGN, {"json": {"sourceUrl": "/img/photo.jpg"}}),
    )
    with server.client() as client:
        for method, target, content in calls:
            failed(client.request(method, target, **content), 401, "key")
            wrong = {"headers": {"x-api-key": "imgcdn_sk_wrong"}}
            failed(client.request(method, target, **content, **wrong), 401, "key")
            weak = {"headers": {"authorization": f"Bearer {publishable}"}}
            failed(client.request(method, target, **content, **weak), 403, "publishable")
            strong = client.request(method, target, **content, headers={"x-api-key": secret})
            assert strong.status_code in {200, 404, 415}, strong.text


@pytest.fixture(scope="module")
def keyed(module_serve, photos):
    """A server with keys: itself, a secret one, a publishable one."""
    server = module_serve(photos)
    folder = environment({"IMGCDN_DATA__DIR": str(server.cache.parent / "data")})

    def add(kind: str) -> str:
        line = command("keys", "add", "test", "--kind", kind)
        return subprocess.run(line, env=folder, capture_output=True, text=True, check=True).stdout.strip()

    secret, publishable = add("secret"), add("publishable")
    eventually(lambda: server.get(PRESETS).status_code == 401, 5)
    return server, secret, publishable


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/api/none"),
        ("GET", "/api/"),
        ("PUT", FILES),
        ("GET", FILES),
        ("PATCH", f"{FILES}/a"),
        ("DELETE", PRESETS),
        ("GET", f"{PRESETS}/a"),
        ("GET", PURGE),
        ("GET", SIGN),
        ("PUT", ANALYZE),
    ],
)
def test_what_is_not_there_is_not_found_whatever_the_method(server, method, target):
    failed(server.ask(method, target), 404)


def test_without_a_mount_of_uploads_nothing_is_stored(serve, photos, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    painting.corners(30, 20).save(folder / "a.png")
    server = serve(settings=f'[[mount]]\nname = "files"\norigin = "{folder}"\n')
    failed(upload(server, (photos / "dot.png").read_bytes()), 403, "origin")
    assert server.get("/files/a.png").status_code == 200, "a mount of that name stays what it is"
    failed(server.send("POST", ANALYZE, {"fileId": "a.png"}), 404)


def test_a_mount_of_uploads_may_have_another_name(serve, photos):
    server = serve(settings='[[mount]]\nname = "assets"\norigin = "files"\n')
    kept = said(upload(server, (photos / "dot.png").read_bytes()))
    answer = server.get(f"/assets/{kept['fileId']}")
    assert "origin:assets" in answer.headers["cache-tag"]
    assert server.get(f"/files/{kept['fileId']}").status_code == 404


def test_while_records_cannot_be_used_nothing_is_promised(serve, photos, tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    server = serve(photos, cache=tmp_path / "cache")
    failed(server.send("POST", PRESETS, {"name": "a", "query": "w=1"}), 503)
    failed(upload(server, (photos / "dot.png").read_bytes()), 503)
    failed(server.send("POST", SIGN, {"sourceUrl": "/img/photo.jpg"}), 503)
    assert server.get("/img/photo.jpg?w=5").status_code == 200


def test_urls_of_a_mount_with_another_grammar_are_not_made_up(serve, photos):
    server = serve(settings=f'[[mount]]\nname = "ix"\norigin = "{photos}"\ndialect = "imgix"\n')
    failed(server.send("POST", SIGN, {"sourceUrl": "/ix/photo.jpg", "width": 10}), 400, "sourceUrl", "imgix")
    candidates = server.get("/v1/srcset?url=/ix/photo.jpg").json()
    assert "fm=" in json.dumps(candidates), "whoever can say it in that grammar does"
    assert "format=" not in json.dumps(candidates)
