"""Trimmed borders, hidden faces, edges and grounds through a real server, its workers and its cache."""

import numpy as np
import painting
import pytest
from measuring import opened, pixels_of
from PIL import Image, ImageChops
from serving import assert_problem

NO_MODELS = '[gravity]\nmodels_dir = "{}"\npull_models = false\n[http]\non_error = "source"\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("dressed")
    image = Image.new("RGB", (700, 600), "white")
    image.paste(painting.sample("astronaut.png"), (120, 40))
    image.save(made / "framed.png")
    painting.save_turned(image, made / "turned.jpg", 6, quality=92)
    first = image.resize((350, 300))
    rest = [ImageChops.offset(first, 60, 20), first.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    first.save(made / "film.gif", save_all=True, append_images=rest, duration=100)
    return made


@pytest.fixture(scope="module")
def dressed(module_serve, folder, face_models):
    return module_serve(folder)


def sharpness(image, left, top, right, bottom):
    grey = np.asarray(image.convert("L").crop((left, top, right, bottom)), float)
    return np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()


def test_a_border_is_trimmed_before_the_crop_is_chosen(dressed):
    why = dressed.get("/img/framed.png?w=200&h=100&trim=color&gravity=face&explain=1").json()
    assert why["window"]["left"] == 120
    assert why["window"]["width"] == 512
    assert any(line.startswith("trim=color leaves 512x") for line in why["why"]), why["why"]
    assert opened(dressed.get("/img/framed.png?trim=color&format=png").content).size[0] == 512


def test_a_turned_file_is_trimmed_as_it_is_seen(dressed):
    picture = opened(dressed.get("/img/turned.jpg?trim=auto&format=png").content)
    assert abs(picture.width - 512) <= 10
    assert abs(picture.height - 512) <= 10


@pytest.mark.parametrize("query", ["face_blur=100", "face_pixel=100"])
@pytest.mark.parametrize("name", ["framed.png", "turned.jpg"])
def test_the_face_is_found_and_hidden_and_nothing_else(dressed, name, query):
    plain = opened(dressed.get(f"/img/{name}?w=700&format=png").content)
    made = opened(dressed.get(f"/img/{name}?w=700&format=png&{query}").content)
    face = (300, 120, 370, 200)
    assert sharpness(made, *face) < 0.5 * sharpness(plain, *face)
    below = np.asarray(plain.crop((120, 330, 632, 552))).astype(int)
    assert np.abs(below - np.asarray(made.crop((120, 330, 632, 552))).astype(int)).max() == 0


def test_a_face_that_moves_is_hidden_in_every_frame(dressed, folder):
    made = opened(dressed.get("/img/film.gif?face_blur=100&format=webp&lossless=1").content)
    plain = Image.open(folder / "film.gif")
    assert made.n_frames == plain.n_frames == 3
    for index, (left, top) in enumerate([(155, 62), (215, 82), (160, 62)]):
        made.seek(index)
        plain.seek(index)
        face = (left, top, left + 33, top + 38)
        assert sharpness(made, *face) < 0.5 * sharpness(plain.convert("RGB"), *face), index


def test_edges_and_grounds_come_out_in_the_size_asked_for(dressed):
    for query in (
        "w=200&h=100&radius=max&border=4&borderColor=fff",
        "w=200&h=100&pad=10&bg=eee&mask=ellipse",
        "w=200&h=100&fit=contain&fill=blur",
        "w=200&h=100&fit=contain&extend=copy",
        "w=100&h=50&dpr=2&mask=corners&transparency=grid",
    ):
        for accept in ("image/webp", ""):
            answer = dressed.get(f"/img/framed.png?{query}", accept=accept)
            assert answer.status_code == 200, answer.text
            assert opened(answer.content).size == (200, 100), query


def test_round_corners_are_transparent_for_browsers_that_take_webp_and_white_for_others(dressed):
    modern = pixels_of(opened(dressed.get("/img/turned.jpg?w=90&h=90&radius=max", accept="image/webp").content))
    old = pixels_of(opened(dressed.get("/img/turned.jpg?w=90&h=90&radius=max").content))
    assert modern[0, 0, 3] == 0
    assert (old[0, 0, :3] > 250).all()


@pytest.mark.parametrize(
    ("query", "param"), [("w=20&pad=10", "w"), ("w=90&h=90&fit=contain&fill=blur&extend=copy", "extend")]
)
def test_what_cannot_be_is_refused_by_name(dressed, query, param):
    assert_problem(dressed.get(f"/img/turned.jpg?{query}"), 400, "conflicting_parameters", param)


def test_a_server_that_cannot_find_faces_shows_none_that_must_be_hidden(serve, folder, tmp_path):
    server = serve(folder, settings=NO_MODELS.format(tmp_path))
    for _ in range(2):
        answer = server.get("/img/framed.png?w=300&face_blur=50")
        said = assert_problem(answer, 501, "feature_not_installed", "face_blur")
        assert "face" in said["detail"]
    picture = server.get("/img/framed.png?w=300&face_pixel=50", accept="image/*", sec_fetch_dest="image")
    assert picture.status_code == 501
    assert not picture.headers["content-type"].startswith("image/png"), "the original never stands in"
    assert server.get("/img/framed.png?w=300").status_code == 200
