"""`explain=1`: the decisions of a URL, which must be those of the picture itself."""

import pytest

GRAVITIES = ("auto", "smart", "face", "faces", "entropy", "attention", "north", "obj:dog", "face,east")


def explained(server, url: str) -> dict:
    answer = server.get(f"{url}&explain=1")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


@pytest.mark.parametrize("gravity", GRAVITIES)
def test_the_window_explained_is_the_window_rendered(server, face_models, gravity):
    url = f"/img/portrait.jpg?w=90&h=200&format=png&gravity={gravity}"
    why, picture = explained(server, url), server.get(url)
    place = ",".join(str(why["window"][side]) for side in ("left", "top", "width", "height"))
    same = server.get(f"/img/portrait.jpg?w=90&h=200&format=png&gravity=center&rect={place}")
    assert same.content == picture.content
    engine, x, *_ = picture.headers["x-imgcdn-focus"].split(";")
    assert engine == why["focus"]["engine"]
    assert float(x.removeprefix("x=")) == pytest.approx(why["focus"]["x"], abs=0.001)


def test_auto_names_the_windows_it_weighed_with_the_parts_of_their_scores(server, face_models):
    why = explained(server, "/img/portrait.jpg?w=90&h=200&format=jpeg")
    best = why["candidates"][0]
    assert why["focus"]["engine"] == "auto"
    assert {"faces", "saliency", "centre"} <= set(best["parts"])
    assert best["score"] == pytest.approx(sum(best["parts"].values()), abs=1e-3)
    assert abs(best["window"]["left"] - why["window"]["left"]) <= 2


def test_the_explanation_says_who_was_asked_and_what_came_of_it(server, face_models):
    tried = explained(server, "/img/photo.jpg?w=90&h=200&gravity=face&format=jpeg")["focus"]["tried"]
    assert [one["engine"] for one in tried] == ["override", "face", "smart"]
    assert tried[0]["result"] == "none"
    assert tried[1]["result"] not in {"used", "none"}
    assert tried[2]["result"] == "used"


def test_the_explanation_says_whether_the_picture_is_kept_and_how_large_it_is(server):
    url = "/img/photo.jpg?w=77&h=66&gravity=south&format=jpeg"
    before = explained(server, url)
    body = server.get(url).content
    after = explained(server, url)
    assert (before["cache"]["status"], before["output"]["bytes"]) == ("miss", None)
    assert (after["cache"]["status"], after["output"]["bytes"]) == ("hit", len(body))
    assert before["cache"]["key"] == after["cache"]["key"]


@pytest.mark.parametrize(
    ("accept", "form", "why"),
    [
        ("image/avif,image/webp,*/*", "avif", "Accept lists image/avif"),
        ("image/webp", "webp", "Accept lists image/webp"),
        ("*/*", "jpeg", "Accept lists no modern format that is offered"),
    ],
)
def test_the_explanation_says_why_this_format(server, accept, form, why):
    answer = server.get("/img/photo.jpg?w=50&explain=1", accept=accept).json()
    assert (answer["output"]["format"], answer["output"]["why"]) == (form, why)
    assert answer["focus"] is None


def test_errors_are_those_of_the_picture(server):
    assert server.get("/img/no.jpg?w=50&explain=1").json()["code"] == "source_not_found"
    assert server.get("/img/photo.jpg?w=50&explain=why").json()["param"] == "explain"
