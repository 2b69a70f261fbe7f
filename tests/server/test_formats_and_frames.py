"""Formats, frames and pages through the whole server: status, media type, headers, and what is in the body."""

import io
import json
from hashlib import sha256

import numpy as np
import pytest
import pyvips
from PIL import Image
from serving import CHROME, SAFARI_13, SAFARI_15, assert_problem

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="20" height="20" fill="#f00"/>'
    '<image x="20" href="secret.png" width="20" height="20"/></svg>'
)
UNREAD = {
    "a.jxl": (b"\xff\x0a" + bytes(64), "JPEG XL"),
    "a.pdf": (b"%PDF-1.7\n" + bytes(64), "PDF"),
    "a.avifs": (b"\x00\x00\x00\x1cftypavis\x00\x00\x00\x00" + bytes(64), "an AVIF sequence"),
}


def _write(folder):
    film = [Image.new("RGB", (60, 40), colour) for colour in ("red", "lime", "blue", "white", "black")]
    film[0].save(folder / "film.gif", save_all=True, append_images=film[1:], duration=[100, 200, 300, 400, 500], loop=0)
    pages = [Image.new("RGB", size, colour) for size, colour in (((60, 40), "red"), ((40, 80), "lime"))]
    pages[0].save(folder / "pages.tif", save_all=True, append_images=pages[1:])
    light = np.full((100, 160, 3), 0.3, np.float32)
    light[20:40, 30:60] = 8.0
    scene = pyvips.Image.new_from_memory(light.tobytes(), 160, 100, 3, "float").copy(interpretation="scrgb")
    scene.uhdrsave(str(folder / "bright.jpg"))
    (folder / "drawing.svg").write_text(SVG, encoding="utf-8")
    Image.new("RGB", (20, 20), "lime").save(folder / "secret.png")
    for name, (body, _) in UNREAD.items():
        (folder / name).write_bytes(body)


SETTINGS = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("formats")
    _write(made)
    return made


@pytest.fixture(scope="module")
def server(module_serve, folder):
    return module_serve(folder, settings=SETTINGS)


def opened(answer):
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


@pytest.mark.parametrize(
    ("accept", "kind", "frames"), [(CHROME, "webp", 5), (SAFARI_15, "webp", 5), (SAFARI_13, "gif", 5)]
)
def test_an_animation_is_answered_with_one_that_the_browser_takes(server, accept, kind, frames):
    answer = server.ask("GET", "/img/film.gif?w=30", accept=accept)
    assert answer.headers["content-type"] == f"image/{kind}"
    assert opened(answer).n_frames == frames


def test_frames_order_speed_and_loops_can_be_asked_for(server):
    image = opened(server.get("/img/film.gif?w=30&frame=2-5&interval=2&reverse=1&fps=10&loop=2&format=webp&lossless=1"))
    colours = []
    for index in range(image.n_frames):
        image.seek(index)
        colours.append(image.convert("RGB").getpixel((10, 10)))
    assert colours == [(255, 255, 255), (0, 255, 0)]
    assert image.info["loop"] == 2


@pytest.mark.parametrize("query", ["frame=3", "frame=3-3", "frame=3-4&animated=0"])
def test_one_frame_is_a_still_in_the_format_that_is_negotiated(server, query):
    answer = server.ask("GET", f"/img/film.gif?w=30&{query}", accept=SAFARI_13)
    assert answer.headers["content-type"] == "image/png"  # a GIF may be transparent
    assert opened(answer).convert("RGB").getpixel((5, 5)) == (0, 0, 255)


def test_a_frame_or_page_that_is_not_there_is_refused_before_anything_is_rendered(server):
    said = assert_problem(server.get("/img/film.gif?frame=6"), 400, "invalid_parameter", "frame")
    assert said["detail"] == "frame=6 cannot be used: the source has 5 frames, expected 1 to 5"
    said = assert_problem(server.get("/img/pages.tif?page=3&w=10"), 400, "invalid_parameter", "page")
    assert said["detail"] == "page=3 cannot be used: the source has 2 pages, expected 1 to 2"


def test_pages_have_sizes_of_their_own_and_are_looked_at_on_their_own(server):
    assert opened(server.get("/img/pages.tif?format=png")).size == (60, 40)
    second = opened(server.get("/img/pages.tif?page=2&format=png"))
    assert (second.size, second.getpixel((5, 5))) == ((40, 80), (0, 255, 0))
    cropped = opened(server.get("/img/pages.tif?page=2&w=30&h=30&gravity=auto&format=png"))
    assert (cropped.size, cropped.getpixel((5, 5))) == ((30, 30), (0, 255, 0))


def test_ultra_hdr_keeps_its_gain_map_where_it_is_asked_for(server):
    answer = server.get("/img/bright.jpg?w=80&format=uhdr")
    assert answer.headers["content-type"] == "image/jpeg"
    image = pyvips.Image.new_from_buffer(answer.content, "")
    assert (image.width, bool(image.get_typeof("gainmap-data"))) == (80, True)
    assert "filename*=UTF-8''bright.jpg" in answer.headers["content-disposition"]
    plain = pyvips.Image.new_from_buffer(server.get("/img/bright.jpg?w=80").content, "")
    assert not plain.get_typeof("gainmap-data")


@pytest.mark.parametrize(
    ("query", "kind", "ending"),
    [
        ("format=json", "application/json", "json"),
        ("palette=json", "application/json", "json"),
        ("palette=css&prefix=hero", "text/css;charset=us-ascii", "css"),
        ("format=blurhash", "text/plain;charset=us-ascii", "txt"),
        ("format=thumbhash", "text/plain;charset=us-ascii", "txt"),
    ],
)
def test_words_about_a_picture_have_their_media_type_and_are_cached_like_pictures(server, query, kind, ending):
    first = server.ask("GET", f"/img/film.gif?w=30&{query}", accept=CHROME)
    assert first.status_code == 200, first.text
    assert first.headers["content-type"] == kind
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["content-disposition"] == f"inline; filename*=UTF-8''film.{ending}"
    assert "vary" not in first.headers
    assert first.headers["etag"]
    second = server.ask("GET", f"/img/film.gif?{query}&w=30", accept=SAFARI_13)
    assert second.content == first.content
    assert "hit" in second.headers["cache-status"]
    assert server.ask("GET", f"/img/film.gif?w=30&{query}", if_none_match=first.headers["etag"]).status_code == 304
    head = server.ask("HEAD", f"/img/film.gif?w=30&{query}")
    assert (head.headers["content-length"], head.content) == (str(len(first.content)), b"")
    if ending == "json":
        assert json.loads(first.content)


def test_the_digest_and_size_in_json_are_those_of_the_file(server, folder):
    body = (folder / "film.gif").read_bytes()
    found = server.get("/img/film.gif?format=json").json()
    assert (found["digest"], found["bytes"]) == (f"sha256:{sha256(body).hexdigest()}", len(body))
    assert (found["frames"], found["delays_ms"]) == (5, [100, 200, 300, 400, 500])


def test_palette_and_format_say_the_same_thing(server):
    assert_problem(server.get("/img/film.gif?palette=json&format=webp"), 400, "conflicting_parameters", "format")


@pytest.mark.parametrize("name", UNREAD)
def test_a_source_that_this_libvips_cannot_read_is_named(server, name):
    said = assert_problem(server.get(f"/img/{name}?w=10"), 415, "unsupported_source_format")
    assert f"the source is {UNREAD[name][1]}, which the libvips of this server" in said["detail"]


def test_svg_is_off_unless_the_settings_allow_it(server):
    said = assert_problem(server.get("/img/drawing.svg?w=10"), 415, "unsupported_source_format")
    assert "SVG, which the settings of this server do not allow" in said["detail"]


def test_svg_is_drawn_where_it_is_allowed_and_shows_nothing_that_it_refers_to(module_serve, folder):
    server = module_serve(folder, settings=f"{SETTINGS}[limits]\nallow_svg = true\n")
    for query, size in (("w=400", (400, 200)), ("w=200&h=200&gravity=west", (200, 200)), ("", (40, 20))):
        answer = server.ask("GET", f"/img/drawing.svg?{query}", accept=SAFARI_13)
        assert answer.headers["content-type"] == "image/png"
        image = opened(answer).convert("RGBA")
        assert image.size == size
        assert image.getpixel((2, 2)) == (255, 0, 0, 255)
        green = np.asarray(image)[..., 1][np.asarray(image)[..., 3] > 0]
        assert green.max() < 128
    facts = server.get("/img/drawing.svg?format=json").json()
    assert (facts["media_type"], facts["width"]) == ("image/svg+xml", 40)


def test_jpeg_xl_is_refused_by_name_where_it_cannot_be_written(server):
    said = assert_problem(server.get("/img/film.gif?format=jxl"), 501, "feature_not_installed", "format")
    assert "format=jxl" in said["detail"]


def test_debug_and_explain_work_beside_words(server):
    explained = server.get("/img/film.gif?w=30&format=json&explain=1")
    assert explained.status_code == 200
    assert explained.json()["output"]["format"] == "json"
