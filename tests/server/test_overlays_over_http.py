"""Marks, blends and texts on a real server, with marks from folders and from a real origin on loopback."""

import io
import time
from urllib.parse import quote

import lacks
import numpy as np
import pytest
from measuring import opened, pixels_of
from PIL import Image
from scripted import Origin, answer, validated
from serving import assert_problem, eventually

from imgcdn.engine import fonts
from imgcdn.engine.settings import TextSettings
from imgcdn.errors import SettingsError
from imgcdn.settings import load

SETTINGS = """
[[mount]]
name = "img"
origin = "{photos}"

[[mount]]
name = "web"
origin = "{url}"

[[mount]]
name = "alone"
origin = "{photos}"
marks = ["alone"]

[[mount]]
name = "vault"
origin = "{photos}"
signed = true

[signing.keys]
main = "a secret that nobody guesses"

[fetch]
folder_check_s = 0

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""


def flat(colour, size=(100, 50), form="PNG"):
    held = io.BytesIO()
    Image.new("RGB", size, colour).save(held, form)
    return held.getvalue()


@pytest.fixture(scope="module")
def origin():
    made = Origin()
    yield made
    made.close()


@pytest.fixture(scope="module")
def folder(photos, tmp_path_factory):
    """A folder of this module, for its files change."""
    made = tmp_path_factory.mktemp("marked")
    Image.new("RGB", (400, 300), (90, 90, 90)).save(made / "grey.png")
    (made / "mark.png").write_bytes(flat("red"))
    for name in ("photo.jpg", "alpha.png", "film.gif", "cmyk.jpg"):
        if (photos / name).exists():
            (made / name).write_bytes((photos / name).read_bytes())
    return made


@pytest.fixture(scope="module")
def server(module_serve, origin, folder):
    return module_serve(settings=SETTINGS.format(url=origin.url, photos=folder))


def corner(response, left=-40, top=-20):
    """Return the mean colour of a small square near the bottom right corner."""
    assert response.status_code == 200, response.text
    pixels = pixels_of(opened(response.content).convert("RGB"))
    return pixels[top : top + 8, left : left + 8].reshape(-1, 3).mean(axis=0)


def is_near(colour, wanted, by=12):
    return np.abs(np.asarray(colour) - wanted).max() <= by


def test_a_mark_of_the_same_folder_lies_in_the_corner_and_the_answer_names_both_sources(server):
    response = server.get("/img/grey.png?w=400&mark=mark.png&markOpacity=1&format=png")
    assert is_near(corner(response), (255, 0, 0), 1)
    assert opened(response.content).size == (400, 300)
    assert {"source:img/grey.png", "source:img/mark.png"} <= set(response.headers["surrogate-key"].split())


def test_a_mark_of_a_web_origin_is_fetched_once_and_renewed_when_it_changes(server, origin):
    origin.scripts["/brand/a.png"] = validated(flat("lime"), '"1"', Cache_Control="max-age=1")
    url = "/img/grey.png?w=300&mark=/web/brand/a.png&markOpacity=1&format=png"
    first = server.get(url)
    assert is_near(corner(first, -30, -15), (0, 255, 0), 1)
    again = server.get(url)
    assert again.headers["cache-status"].startswith("imgcdn; hit")
    assert origin.asked["/brand/a.png"] == 1
    origin.scripts["/brand/a.png"] = validated(flat("blue"), '"2"', Cache_Control="max-age=1")
    time.sleep(1.2)
    later = eventually(lambda: (r := server.get(url)) and is_near(corner(r, -30, -15), (0, 0, 255), 1) and r)
    assert later.headers["etag"] != first.headers["etag"]


def test_an_answer_is_no_fresher_than_its_mark(server, origin):
    origin.scripts["/brand/brief.png"] = answer(flat("navy"), Cache_Control="max-age=7")
    server.get("/img/grey.png?w=310&mark=/web/brand/brief.png&format=png")
    hit = server.get("/img/grey.png?w=310&mark=/web/brand/brief.png&format=png")
    ttl = int(hit.headers["cache-status"].partition("ttl=")[2])
    assert ttl <= 7


def test_a_mark_whose_file_changes_changes_the_picture(server, folder):
    (folder / "moving.png").write_bytes(flat("yellow"))
    url = "/img/grey.png?w=320&mark=moving.png&markOpacity=1&format=png"
    assert is_near(corner(server.get(url)), (255, 255, 0), 1)
    (folder / "moving.png").write_bytes(flat("purple", (100, 51)))
    assert eventually(lambda: is_near(corner(server.get(url)), (128, 0, 128), 1))


@pytest.mark.parametrize(
    "what", [{"sources": ["web/brand/p.png"]}, {"urls": ["/web/brand/p.png"]}, {"tags": ["origin:web"]}]
)
def test_a_purge_of_the_mark_takes_the_marked_pictures_along(server, origin, what):
    origin.scripts["/brand/p.png"] = answer(flat("teal"), Cache_Control="max-age=3600")
    url = "/img/grey.png?w=330&mark=/web/brand/p.png&markOpacity=1&format=png"
    server.get(url)
    assert server.get(url).headers["cache-status"].startswith("imgcdn; hit")
    origin.scripts["/brand/p.png"] = answer(flat("orange"), Cache_Control="max-age=3600")
    purged = server.send("POST", "/v1/purge", what)
    assert purged.status_code == 200, purged.text
    assert is_near(corner(server.get(url)), (255, 165, 0), 1)


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ("none.png", 404, "source_not_found"),
        ("/img/none.png", 404, "source_not_found"),
        ("/web/none.png", 404, "source_not_found"),
        ("grey.png", 400, "invalid_parameter"),
        ("/img/grey.png", 400, "invalid_parameter"),
        ("/vault/mark.png", 403, "not_allowed"),
        ("/nope/mark.png", 400, "invalid_parameter"),
        ("https://example.com/mark.png", 403, "not_allowed"),
        ("/img/../secret.png", 403, "source_forbidden"),
        ("torn.png", 422, "corrupt_image"),
        ("words.png", 415, "unsupported_source_format"),
        ("drawing.svg", 415, "unsupported_source_format"),
    ],
)
@pytest.mark.parametrize("param", ["watermark", "blend"])
def test_a_layer_that_cannot_be_had_is_an_error_that_names_the_parameter(server, folder, param, said, status, code):
    (folder / "torn.png").write_bytes((folder / "mark.png").read_bytes()[:60])
    (folder / "words.png").write_text("these are words")
    (folder / "drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    response = server.get(f"/img/grey.png?w=300&{param}={quote(said)}")
    assert assert_problem(response, status, code, param)["detail"].startswith(param)


def test_a_mount_may_keep_the_pictures_of_others_away(server):
    assert server.get("/alone/grey.png?w=300&mark=mark.png").status_code == 200
    assert_problem(server.get("/alone/grey.png?w=300&mark=/img/mark.png"), 403, "not_allowed", "watermark")


def test_an_animated_picture_keeps_its_frames_and_bears_the_mark_on_each(server):
    response = server.get("/img/film.gif?format=webp&lossless=1&mark=mark.png&markOpacity=1&markScale=40")
    image = opened(response.content)
    assert image.n_frames > 1
    for index in range(image.n_frames):
        image.seek(index)
        pixels = np.asarray(image.convert("RGB"), float)
        assert is_near(pixels[-9, -9], (255, 0, 0), 2)


def test_an_animated_mark_and_a_clear_one_and_one_in_cmyk_are_laid_too(server):
    for name in ("film.gif", "alpha.png", "cmyk.jpg"):
        for base in ("photo.jpg", "alpha.png"):
            if name != base:
                response = server.get(f"/img/{base}?w=200&mark={name}&blend={name}&blendAlpha=20&markRot=20")
                assert response.status_code == 200, (name, base, response.text)
                assert opened(response.content).width == 200


def test_a_colour_that_is_blended_in_tints_the_picture(server):
    response = server.get("/img/grey.png?w=200&blend=ff0000&blendAlpha=50&format=png")
    assert is_near(corner(response), (172, 45, 45), 2)


def test_the_picture_follows_dpr_with_all_that_lies_on_it(server):
    one = opened(server.get("/img/grey.png?w=200&mark=mark.png&markW=50&markOpacity=1&format=png").content)
    two = opened(server.get("/img/grey.png?w=200&dpr=2&mark=mark.png&markW=50&markOpacity=1&format=png").content)
    reds = [(np.asarray(image.convert("RGB"))[..., 0] > 200).sum() for image in (one, two)]
    assert two.width == 2 * one.width
    assert reds == [50 * 25, 100 * 50]


def test_explain_tells_what_lies_over_the_picture_and_what_changes_nothing(server):
    told = server.get("/img/grey.png?w=400&mark=mark.png&blend=00f&blendAlpha=10&textPad=5&explain=1").json()
    (wash, mark) = told["layers"]
    assert (wash["param"], wash["width"], wash["opacity"]) == ("blend", 400, 0.1)
    assert (mark["param"], mark["picture"]) == ("watermark", "img/mark.png")
    assert (mark["left"], mark["top"], mark["width"], mark["height"]) == (323, 259, 72, 36)
    assert mark["digest"].startswith("sha256:")
    assert any("img/mark.png" in line for line in told["why"])
    assert any("there is no text" in line for line in told["why"])


def test_a_text_in_three_scripts_is_set_and_its_font_is_checked(server):
    if not fonts.examine(TextSettings()).families:
        lacks.lacking("no font is installed")
    plain = server.get("/img/grey.png?w=300&format=png").content
    for text in ("Hello", "مرحبا", "שלום", "😀", "<b>&"):
        response = server.get(f"/img/grey.png?w=300&text={quote(text)}&textColor=fff&textSize=40&format=png")
        assert response.status_code == 200, response.text
        drawn = pixels_of(opened(response.content).convert("RGB")) - pixels_of(opened(plain).convert("RGB"))
        assert drawn.max() > 100
        assert not drawn[:, 290:].any()
    refused = server.get("/img/grey.png?w=300&text=a&textFont=Nobody%20Sans")
    assert (
        "expected one of sans, serif, monospace"
        in assert_problem(refused, 400, "invalid_parameter", "textFont")["detail"]
    )


def test_settings_that_name_no_mount_for_marks_are_refused(tmp_path):
    said = tmp_path / "imgcdn.toml"
    said.write_text(f'[[mount]]\nname = "img"\norigin = "{tmp_path}"\nmarks = ["brand"]\n')
    with pytest.raises(SettingsError, match=r"^mount\.marks = 'brand' of img cannot be used: expected one of img$"):
        load(said, {})


def test_two_urls_that_differ_in_the_mark_alone_are_two_pictures(server, origin):
    origin.scripts["/brand/x.png"] = answer(flat("black"))
    tags = {
        server.get(f"/img/grey.png?w=250&mark={mark}&format=png").headers["etag"]
        for mark in ("mark.png", "/web/brand/x.png", "mark.png&markX=3", "mark.png&markOpacity=0.5")
    }
    assert len(tags) == 4
