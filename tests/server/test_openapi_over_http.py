"""The OpenAPI document and its page as a server sends them, and that what the native API answers is what they say."""

import re
import shutil

import pytest

from imgcdn.apis.reasoning import ExplainReply
from imgcdn.apis.replies import Alive, AnalysisReply, CropsReply, FocusReply, PurgeReply, Readiness, WarmReply


@pytest.fixture(scope="module")
def own(module_serve, photos, face_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    for name in ("portrait.jpg", "photo.jpg", "film.gif", "dot.png"):
        shutil.copy(photos / name, folder)
    return module_serve(folder)


def named(path, **more):
    return {"source": "img", "path": path} | more


def test_the_document_is_sent_as_json_without_a_key(own):
    answer = own.get("/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["openapi"].startswith("3.1.")
    assert own.ask("HEAD", "/v1/openapi.json").content == b""


def test_the_page_fetches_nothing_but_the_document(own):
    answer = own.get("/v1/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    (nonce,) = set(re.findall(r"'nonce-([\w-]+)'", policy))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert set(re.findall(r'nonce="([^"]*)"', answer.text)) == {nonce}
    assert len(re.findall("nonce=", answer.text)) == len(re.findall("<script|<style", answer.text)) == 2
    assert re.findall(r"(?:https?:)?//[\w.]+\.\w+", answer.text) == []
    assert not re.search(r"\son\w+=|\sstyle=|innerHTML|document\.write|eval\(", answer.text)


def test_the_nonce_of_the_page_is_used_once(own):
    assert (
        own.get("/v1/docs").headers["content-security-policy"] != own.get("/v1/docs").headers["content-security-policy"]
    )


@pytest.mark.parametrize("path", ["portrait.jpg", "photo.jpg", "film.gif", "dot.png"])
def test_an_analysis_is_what_the_document_says(own, path):
    answer = own.send("POST", "/v1/images/analyze", named(path))
    AnalysisReply.model_validate_json(answer.content, strict=True)


def test_crops_are_what_the_document_says(own):
    body = named("portrait.jpg", aspect_ratios=["1:1", "auto", "3/2"], hints=["face"], max_candidates=3)
    found = CropsReply.model_validate_json(own.send("POST", "/v1/images/crops", body).content, strict=True)
    assert len(found.croppings) >= 3


def test_an_override_is_what_the_document_says(own):
    target = "/v1/images/focus?source=img&path=photo.jpg"
    put = own.send("PUT", "/v1/images/focus", named("photo.jpg", x=0.25, y=1, note="so"))
    assert FocusReply.model_validate_json(put.content, strict=True).focus is not None
    read = FocusReply.model_validate_json(own.get(target).content, strict=True)
    assert read.focus is not None
    dropped = FocusReply.model_validate_json(own.ask("DELETE", target).content, strict=True)
    assert dropped.removed
    assert dropped.focus is None


@pytest.mark.parametrize(
    "query",
    [
        "",
        "w=100",
        "w=60&h=60",
        "w=60&h=60&gravity=face,north",
        "w=60&h=60&gravity=smart&dpr=2",
        "w=60&h=60&gravity=entropy",
        "w=60&h=60&fp=0.2,0.3",
        "w=60&h=60&rotate=12.5&bg=tomato&trim=auto",
        "w=100&mark=/img/dot.png&markW=20",
        "w=100&blend=ff8800&text=Hello",
        "w=60&h=60&gravity=faces&format=avif&q=40",
        "format=blurhash",
    ],
)
@pytest.mark.parametrize("path", ["portrait.jpg", "film.gif"])
def test_reasons_are_what_the_document_says(own, path, query):
    answer = own.send("POST", "/v1/explain", {"url": f"/img/{path}?{query}"})
    assert answer.status_code == 200, answer.text
    ExplainReply.model_validate_json(answer.content, strict=True)
    own.get(f"/img/{path}?{query}")
    ExplainReply.model_validate_json(own.get(f"/img/{path}?{query}&explain=1").content, strict=True)


def test_a_purge_and_a_warming_are_what_the_document_says(own):
    warmed = own.send("POST", "/v1/warm", {"urls": ["/img/photo.jpg?w=20", "/img/none.jpg"], "wait": False})
    assert WarmReply.model_validate_json(warmed.content, strict=True).failed
    purged = own.send("POST", "/v1/purge", {"sources": ["img/photo.jpg"]})
    assert PurgeReply.model_validate_json(purged.content, strict=True).references == 1


def test_probes_are_what_the_document_says(own):
    Alive.model_validate_json(own.get("/-/healthz").content, strict=True)
    Readiness.model_validate_json(own.get("/-/ready").content, strict=True)
