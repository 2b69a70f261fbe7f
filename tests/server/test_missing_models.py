"""Without its models a face engine is neither a crash nor a silence: the chain goes on, the log says it once."""

import json
import shutil
import socket
import time

import pytest
from measuring import opened
from serving import eventually, free_port

from imgcdn.gravity import models

SETTINGS = '[gravity]\nmodels_dir = "{}"\npull_models = false\n'


def _cut(folder, face_models):
    for model in models.MODELS:
        (folder / model.name).write_bytes((face_models / model.name).read_bytes()[:50_000])


def _one_is_missing(folder, face_models):
    shutil.copy(face_models / models.FULL_RANGE.name, folder)


def _none(folder, face_models):
    pass


@pytest.fixture(
    scope="module",
    params=[(_none, "missing"), (_cut, "damaged"), (_one_is_missing, "missing")],
    ids=["none", "cut", "one-is-missing"],
)
def without(request, module_serve, photos, face_models, tmp_path_factory):
    """A server whose face models cannot be used, and the word that says why."""
    break_them, why = request.param
    folder = tmp_path_factory.mktemp("models")
    break_them(folder, face_models)
    return module_serve(photos, settings=SETTINGS.format(folder)), why


def test_faces_fall_to_smart_for_a_short_time_and_the_log_says_it_once(without):
    server, why = without
    for target in ("w=200&h=100&gravity=face", "w=100&h=200&gravity=faces", "w=90&h=90&fpz=2&gravity=face"):
        found = server.get(f"/img/portrait.jpg?{target}")
        assert found.status_code == 200
        assert found.headers["x-imgcdn-focus"].startswith("smart;")
        assert found.headers["cache-control"] == "public, max-age=60, stale-if-error=604800"
        assert opened(found.content).size == tuple(int(part[2:]) for part in target.split("&")[:2])
    said = [json.loads(line) for line in server.said.splitlines() if line.startswith("{")]
    told = [line for line in said if line["level"] in {"warning", "error"}]
    told = [line for line in told if "API key" not in line["event"]]  # who may ask is another matter
    assert len(told) == 1, told
    assert told[0]["event"] == "faces are off"
    assert why in told[0]["why"]


def test_readiness_names_what_is_missing(without):
    server, why = without
    ready = server.get("/-/ready")
    assert ready.status_code == 200
    assert why in ready.json()["degraded"]["faces"]


def test_an_analysis_has_no_faces_says_that_the_engine_is_absent_and_is_cached_all_the_same(without):
    server, _ = without
    first, second = (
        server.send("POST", "/v1/images/analyze", {"source": "img", "path": "portrait.jpg"}).json() for _ in range(2)
    )
    assert first["faces"] == []
    assert first["engine"]["face"] == "absent"
    assert first["focal"]["suggested"]["source"] in {"smart-crop", "center"}
    assert first["palette"]["dominant"] is not None
    assert second == first | {"cached": True}


def test_an_explanation_says_why_there_were_no_faces(without):
    server, why = without
    told = server.get("/img/portrait.jpg?w=200&h=100&gravity=face&explain=1").json()
    face = next(one for one in told["focus"]["tried"] if one["engine"] == "face")
    assert why in face["result"]
    assert told["focus"]["engine"] == "smart"


def test_a_list_in_the_url_is_the_callers_own_order(without):
    server, _ = without
    north = server.get("/img/portrait.jpg?w=200&h=100&gravity=face,north")
    assert north.headers["x-imgcdn-focus"].startswith("north;x=0.500;y=0.000")
    assert (
        server.get("/img/portrait.jpg?w=200&h=100&gravity=faces,entropy")
        .headers["x-imgcdn-focus"]
        .startswith("entropy;")
    )


def test_what_needs_no_face_lasts_as_long_as_ever(without):
    server, _ = without
    for gravity in ("smart", "north", "auto"):
        found = server.get(f"/img/portrait.jpg?w=200&h=100&gravity={gravity}")
        assert "max-age=2592000" in found.headers["cache-control"]


def test_a_fallback_is_kept_but_never_under_the_name_of_the_real_crop(serve, photos, face_models, tmp_path):
    folder, cache = tmp_path / "models", tmp_path / "cache"
    folder.mkdir()
    target = "/img/portrait.jpg?w=200&h=100&gravity=face"
    before = serve(photos, settings=SETTINGS.format(folder), cache=cache)
    assert before.get(target).headers["x-imgcdn-focus"].startswith("smart;")
    assert before.get(target).headers["cache-status"].startswith("imgcdn; hit")
    before.end()
    for model in models.MODELS:
        shutil.copy(face_models / model.name, folder)
    after = serve(photos, settings=SETTINGS.format(folder), cache=cache)
    found = after.get(target)
    assert found.headers["x-imgcdn-focus"].startswith("face;")
    assert "max-age=2592000" in found.headers["cache-control"]


def test_a_text_model_that_cannot_be_used_is_told_and_hints_are_matched_by_name(serve, photos, tmp_path):
    server = serve(photos, settings=SETTINGS.format(tmp_path / "models") + f'text_model = "{tmp_path / "none"}"\n')
    assert "cannot be read" in server.get("/-/ready").json()["degraded"]["meaning"]
    body = {"source": "img", "path": "photo.jpg", "aspect_ratios": ["1:1"], "hints": ["feline"]}
    assert server.send("POST", "/v1/images/crops", body).json()["matches"] == []


def test_a_server_that_cannot_fetch_models_serves_and_ends_without_them(serve, photos, tmp_path, face_models):
    """The package index here accepts connections and never answers, as behind a firewall that drops."""
    folder = tmp_path / "models"
    with socket.create_server(("127.0.0.1", 0)) as index:
        url = f"http://127.0.0.1:{index.getsockname()[1]}/simple"
        settings = f'[gravity]\nmodels_dir = "{folder}"\n'
        server = serve(photos, settings=settings, env={"PIP_INDEX_URL": url, "PIP_CONFIG_FILE": "/dev/null"})
        index.settimeout(20)
        asked, _ = index.accept()
        found = server.get("/img/portrait.jpg?w=200&h=100&gravity=face")
        assert found.headers["x-imgcdn-focus"].startswith("smart;")
        assert len(server.workers("pip")) == 1
        begun = time.monotonic()
        server.end()
        assert time.monotonic() - begun < 10
        asked.close()
    assert list(folder.iterdir()) == [], "neither models nor half a download"


def test_a_server_that_is_refused_the_models_says_so_and_serves(serve, photos, tmp_path, face_models):
    settings = f'[gravity]\nmodels_dir = "{tmp_path / "models"}"\n'
    env = {
        "PIP_INDEX_URL": f"http://127.0.0.1:{free_port()}/simple",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_RETRIES": "0",
    }
    server = serve(photos, settings=settings, env=env)
    eventually(lambda: "faces are off" in server.said, 30)
    assert server.get("/img/portrait.jpg?w=200&h=100&gravity=face").headers["x-imgcdn-focus"].startswith("smart;")


@pytest.mark.parametrize("content", [b"", b"this is no model", bytes(200_000)], ids=["empty", "text", "zeros"])
def test_a_corrupt_model_named_in_the_settings_turns_faces_off_and_the_server_is_up(serve, photos, tmp_path, content):
    model = tmp_path / "yunet.onnx"
    model.write_bytes(content)
    server = serve(photos, settings=f'[gravity]\nface_model = "{model}"\n')
    assert server.get("/-/ready").json()["degraded"]["faces"]
    assert "faces are off" in server.said
    assert server.get("/img/portrait.jpg?w=200&h=100&gravity=face").headers["x-imgcdn-focus"].startswith("smart;")
    found = server.send("POST", "/v1/images/analyze", {"source": "img", "path": "portrait.jpg"}).json()
    assert (found["faces"], found["engine"]["face"]) == ([], "absent")
