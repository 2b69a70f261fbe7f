"""`http.on_error = "source"`: an `<img>` whose picture cannot be rendered shows the original, with the true status."""

import os
import signal
import threading
import time

import painting
import psutil
import pytest
from PIL import Image
from scripted import Origin, answer
from serving import CHROME, assert_problem, eventually

from imgcdn.dialects.signing import Signing

SECRET = "a-secret-of-this-server"
SETTINGS = """
[[mount]]
name = "web"
origin = "{url}"

[[mount]]
name = "private"
origin = "{folder}"
signed = true

[signing.keys]
main = "{secret}"

[fetch]
allow_private = ["127.0.0.1/32"]

[http]
on_error = "source"
placeholder_colour = "#abcdef"

[render]
workers = 1
timeout_s = 8

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""
OUTSIDE = "rect=9000,9000,10,10"
"""A window that lies outside every picture here, so that rendering fails and the original is whole."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, photos):
    place = tmp_path_factory.mktemp("originals")
    for name in ("photo.jpg", "cat.png", "alpha.webp", "film.gif", "modern.avif", "scan.tif", "located.jpg"):
        (place / name).write_bytes((photos / name).read_bytes())
    whole = (photos / "photo.jpg").read_bytes()
    (place / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (place / "page.jpg").write_bytes(b"<html><script>alert(1)</script></html>")
    (place / "drawn.svg").write_bytes(b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    (place / "huge.jpg").write_bytes(whole + bytes(16_000_000))
    Image.new("1", (9000, 9000)).save(place / "bomb.png")
    return place


@pytest.fixture(scope="module")
def origin(photos):
    made = Origin()
    made.scripts["/photo.jpg"] = answer((photos / "photo.jpg").read_bytes(), Cache_Control="max-age=600")
    made.scripts["/broken.jpg"] = answer(status=500)
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(module_serve, folder, origin):
    return module_serve(folder, settings=SETTINGS.format(url=origin.url, folder=folder, secret=SECRET))


def shown(server, target, status, code, accept=CHROME, method="GET"):
    """Ask as an `<img>` does; require the true status, and what every answer of an error says."""
    given = server.ask(method, target, accept=accept)
    assert (given.status_code, given.headers["x-imgcdn-error"]) == (status, code), given.headers
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert given.headers["cache-control"] in {"public, max-age=60", "no-store"}
    assert "Accept" in given.headers["vary"]
    return given


def is_placeholder(given):
    return given.headers["content-type"] == "image/svg+xml" and b"#abcdef" in given.content


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("photo.jpg", "image/jpeg"),
        ("cat.png", "image/png"),
        ("alpha.webp", "image/webp"),
        ("film.gif", "image/gif"),
        ("modern.avif", "image/avif"),
    ],
)
def test_an_original_that_browsers_show_is_sent_as_it_is_with_the_true_status(server, folder, name, media_type):
    given = shown(server, f"/img/{name}?{OUTSIDE}", 422, "impossible_crop")
    assert given.headers["content-type"] == media_type
    assert given.content == (folder / name).read_bytes()
    assert given.headers["cache-control"] == "public, max-age=60"


def test_a_damaged_original_is_shown_as_far_as_it_goes(server, folder):
    given = shown(server, "/img/cut.jpg?w=300", 422, "corrupt_image")
    assert given.headers["content-type"] == "image/jpeg"
    assert given.content == (folder / "cut.jpg").read_bytes()


def test_head_of_an_original_that_stands_in_has_its_headers_and_no_body(server, folder):
    given = shown(server, f"/img/photo.jpg?{OUTSIDE}", 422, "impossible_crop", method="HEAD")
    assert given.content == b""
    assert int(given.headers["content-length"]) == (folder / "photo.jpg").stat().st_size


def test_an_original_that_was_fetched_stands_in_without_asking_its_origin_again(server, origin, folder):
    given = shown(server, f"/web/photo.jpg?{OUTSIDE}", 422, "impossible_crop")
    assert given.content == (folder / "photo.jpg").read_bytes()
    assert origin.asked["/photo.jpg"] == 1


def test_a_render_that_takes_too_long_shows_the_original_and_is_not_kept(server, folder):
    assert server.get("/img/photo.jpg?w=20").status_code == 200, "its header is known"
    (worker,) = server.workers()
    os.kill(worker, signal.SIGSTOP)
    given = shown(server, "/img/photo.jpg?w=311&format=webp", 504, "render_timeout")
    assert given.content == (folder / "photo.jpg").read_bytes()
    assert given.headers["cache-control"] == "no-store"
    eventually(lambda: server.get("/img/photo.jpg?w=312").status_code == 200, 40, "the worker was replaced")


def test_a_decoder_that_crashes_leaves_the_original_to_be_shown(server, folder):
    (worker,) = eventually(lambda: server.workers() or None, 40, "there is a worker")
    clock = psutil.Process(worker)
    idle_s = clock.cpu_times().user

    def kill():
        eventually(lambda: clock.cpu_times().user > idle_s + 0.1, 40, "it is at work")
        os.kill(worker, signal.SIGSEGV)

    killing = threading.Thread(target=kill)
    killing.start()
    given = shown(server, "/img/photo.jpg?w=1700&format=avif&q=90", 422, "corrupt_image")
    killing.join()
    assert given.content == (folder / "photo.jpg").read_bytes()
    eventually(lambda: server.get("/img/photo.jpg?w=314").status_code == 200, 40, "the worker was replaced")


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        (f"/img/scan.tif?{OUTSIDE}", 422, "impossible_crop"),
        ("/img/page.jpg?w=300", 415, "unsupported_source_format"),
        ("/img/drawn.svg?w=300", 415, "unsupported_source_format"),
        ("/img/bomb.png?w=300", 413, "too_many_pixels"),
        (f"/img/huge.jpg?{OUTSIDE}", 422, "impossible_crop"),
        ("/img/nothing.jpg?w=300", 404, "source_not_found"),
        ("/img/photo.jpg?w=wide", 400, "invalid_parameter"),
        ("/web/broken.jpg?w=300", 502, "source_error"),
        ("/private/photo.jpg?w=300", 403, "bad_signature"),
    ],
)
def test_what_no_browser_shows_or_was_refused_is_a_placeholder(server, target, status, code):
    assert is_placeholder(shown(server, target, status, code))


def test_an_original_that_says_where_it_was_taken_is_never_sent(server, folder):
    assert b"GPSLatitude" in (folder / "located.jpg").read_bytes()
    assert is_placeholder(shown(server, f"/img/located.jpg?{OUTSIDE}", 422, "impossible_crop"))


def test_exif_without_a_place_is_no_reason_to_hide_an_original(server, folder):
    painting.save_turned(painting.corners(120, 80), folder / "turned.jpg", 6)
    given = shown(server, f"/img/turned.jpg?{OUTSIDE}", 422, "impossible_crop")
    assert given.content == (folder / "turned.jpg").read_bytes()


def test_a_signed_url_gives_nobody_the_original(server):
    made = Signing({"main": SECRET}, time.time).sign("/private/photo.jpg", OUTSIDE)
    assert is_placeholder(shown(server, made, 422, "impossible_crop"))


def test_a_program_gets_the_problem_all_the_same(server):
    said = server.ask("GET", f"/img/photo.jpg?{OUTSIDE}", accept="*/*")
    assert_problem(said, 422, "impossible_crop", "rect")
    assert "Accept" in said.headers["vary"]


def test_a_file_that_was_replaced_by_a_link_is_not_followed(server, folder, tmp_path):
    secret = tmp_path / "secret.jpg"
    secret.write_bytes((folder / "photo.jpg").read_bytes() + b"secret")
    inside = folder / "swapped.jpg"
    inside.write_bytes((folder / "photo.jpg").read_bytes())
    assert server.get("/img/swapped.jpg?w=30").status_code == 200
    inside.unlink()
    inside.symlink_to(secret)
    given = server.ask("GET", f"/img/swapped.jpg?{OUTSIDE}", accept=CHROME)
    assert given.status_code >= 400
    assert b"secret" not in given.content
