"""Colours and effects through the whole server: asked by URL, rendered by a worker, kept, explained and refused."""

import numpy as np
import pytest
from measuring import opened, pixels_of
from serving import assert_problem


def pixels(server, query, name="cat.png"):
    answer = server.get(f"/img/{name}?w=120&format=png&{query}")
    assert answer.status_code == 200, answer.text
    return pixels_of(opened(answer.content))


@pytest.mark.parametrize(
    "query",
    [
        "bri=130&con=120&sat=140&hue=30",
        "gam=1.5&exposure=20&vib=40&high=-30&shad=30&invert=1",
        "blur=60",
        "sharp=40&usm=40&nr=20&nrs=10",
        "sepia=70",
        "monochrome=ff7a00",
        "duotone=000080,fa8072&duotone_alpha=70",
        "px=8",
        "htn=6",
    ],
)
@pytest.mark.parametrize("name", ["cat.png", "alpha.png", "film.gif"])
def test_a_look_is_rendered_by_the_server(server, name, query):
    plain, made = pixels(server, "", name), pixels(server, query, name)
    assert made.shape[:2] == plain.shape[:2]
    assert np.abs(made[..., :3] - plain[..., :3]).max() > 10


def test_the_order_of_parameters_gives_the_kept_answer(server):
    one = server.get("/img/cat.png?w=90&sepia=40&bri=120&blur=10&format=png")
    other = server.get("/img/cat.png?format=png&blur=10.0&bri=120&w=90&sepia=40")
    assert one.headers["etag"] == other.headers["etag"]
    assert one.content == other.content


def test_explain_tells_what_was_done(server):
    why = server.get("/img/cat.png?w=100&dpr=2&blur=30&sat=50&explain=1").json()["why"]
    assert "effects, in the order of work: blur (a Gaussian with a sigma of 6 px)" in why
    assert any(sentence.startswith("colours are changed") for sentence in why)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("bri=300", "bri"),
        ("gam=0", "gam"),
        ("duotone=000080", "duotone"),
        ("blur=2001", "blur"),
        ("mono=nocolour", "monochrome"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(server, query, param):
    assert_problem(server.get(f"/img/cat.png?{query}"), 400, "invalid_parameter", param)
