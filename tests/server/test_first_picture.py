"""From a folder and a URL to the right picture, and never the same work twice."""

import os
import shutil
import signal
import time

import numpy as np
import painting
import pytest
from measuring import opened, pixels_of, psnr
from PIL import Image
from serving import LOOKING, assert_problem

from imgcdn import samples
from imgcdn.model.spec import COMPASS

FIRST = "/img/astronaut.png?w=400&h=300&gravity=face"


def stages(response):
    """Read Server-Timing: milliseconds by stage."""
    pairs = (entry.split(";dur=") for entry in response.headers["server-timing"].split(", "))
    return {name: float(value) for name, value in pairs}


def focus(response):
    """Read X-Imgcdn-Focus: engine, x, y."""
    engine, *parameters = response.headers["x-imgcdn-focus"].split(";")
    values = dict(parameter.split("=") for parameter in parameters)
    return engine, float(values["x"]), float(values["y"])


@pytest.fixture(scope="module")
def readme(module_serve, face_models):
    """The server that README's first command starts: no folder, so the sample photos."""
    return module_serve()


def test_the_first_url_of_the_readme_is_in_the_readme(repository):
    assert f"http://127.0.0.1:8000{FIRST}" in (repository / "README.md").read_text(encoding="utf-8")


def test_the_first_picture_of_the_readme_shows_the_face(readme):
    answer = readme.get(FIRST)
    assert answer.status_code == 200
    shown = opened(answer.content)
    assert shown.size == (400, 300)
    engine, x, y = focus(answer)
    assert engine == "face"
    left, top, right, bottom = painting.FACE
    assert left < x < right
    assert top < y < bottom
    # Where was it cut? The window is as wide as the picture, and 384 px high.
    source = np.asarray(painting.sample("astronaut.png"))
    likeness = {}
    for place in range(0, 129, 2):
        window = Image.fromarray(source[place : place + 384]).resize((400, 300), Image.Resampling.LANCZOS)
        likeness[place] = psnr(pixels_of(window), pixels_of(shown))
    place = max(likeness, key=lambda at: likeness[at])
    assert likeness[place] > 28
    assert place <= top * 512
    assert place + 384 >= bottom * 512


def test_the_second_request_is_a_hit(readme):
    first = readme.get("/img/coffee.png?w=222")
    second = readme.get("/img/coffee.png?w=222")
    assert first.headers["cache-status"] == "imgcdn; fwd=uri-miss; stored"
    assert second.headers["cache-status"].startswith("imgcdn; hit")
    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]


def test_the_order_of_parameters_and_the_default_said_aloud_make_no_new_picture(readme):
    first = readme.get("/img/coffee.png?w=211&h=100&gravity=auto")
    for target in ("/img/coffee.png?h=100&w=211", "/img/coffee.png?format=auto&h=100&width=211&q=80"):
        again = readme.get(target)
        assert again.status_code == 200
        if "q=80" not in target:
            assert again.headers["cache-status"].startswith("imgcdn; hit")
        assert again.content == first.content


def test_the_server_says_on_its_first_lines_what_to_open(readme):
    assert f"serves on http://127.0.0.1:{readme.port}" in readme.said
    assert f"http://127.0.0.1:{readme.port}/img/astronaut.png?w=400&h=300&gravity=face" in readme.said


@pytest.mark.parametrize(
    "gravity",
    ["auto", "smart", "face", "faces", "entropy", "attention", "subject", "obj:dog", *COMPASS],
)
def test_every_gravity_answers_and_says_what_decided(readme, gravity):
    answer = readme.get(f"/img/astronaut.png?w=120&h=240&gravity={gravity}")
    assert answer.status_code == 200
    assert opened(answer.content).size == (120, 240)
    engine, x, y = focus(answer)
    expected = {"subject": "smart", "obj:dog": "smart"}.get(gravity, gravity)
    assert engine == expected
    assert 0 <= x <= 1
    assert 0 <= y <= 1


def test_a_picture_that_needs_no_choice_names_no_focus(readme):
    assert "x-imgcdn-focus" not in readme.get("/img/astronaut.png?w=100").headers


def test_after_a_restart_the_first_request_is_a_hit_from_disk(serve, photos, face_models, tmp_path):
    target = "/img/portrait.jpg?w=300&h=200&gravity=face"
    server = serve(photos, cache=tmp_path / "cache")
    made = server.get(target)
    assert made.headers["cache-status"] == "imgcdn; fwd=uri-miss; stored"
    server.end()
    server.start()  # on the same port, at once
    again = server.get(target)
    assert again.headers["cache-status"].startswith("imgcdn; hit")
    assert again.content == made.content
    assert again.headers["x-imgcdn-focus"] == made.headers["x-imgcdn-focus"]
    # And a new size of what was looked at before the restart does not look again.
    other = server.get("/img/portrait.jpg?w=150&h=100&gravity=face")
    assert focus(other)[0] == "face"
    assert stages(other)["focus"] < 5


def test_a_renamed_copy_shares_what_was_seen_and_made(serve, photos, face_models, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    shutil.copy(photos / "portrait.jpg", folder / "before.jpg")
    server = serve(folder)
    made = server.get("/img/before.jpg?w=300&h=200&gravity=face")
    assert focus(made)[0] == "face"
    (folder / "before.jpg").rename(folder / "after.jpg")
    # Stopped, so that a question to the analysis worker would have to wait.
    (looking,) = server.workers(LOOKING)
    os.kill(looking, signal.SIGSTOP)
    try:
        again = server.get("/img/after.jpg?w=300&h=200&gravity=face")
        other = server.get("/img/after.jpg?w=150&h=100&gravity=face")
    finally:
        os.kill(looking, signal.SIGCONT)
    assert again.headers["cache-status"].startswith("imgcdn; hit")
    assert again.content == made.content
    assert other.headers["x-imgcdn-focus"] == made.headers["x-imgcdn-focus"]
    assert stages(other)["focus"] < 5
    time.sleep(1.1)  # what is known of a folder's file is believed for a second
    assert_problem(server.get("/img/before.jpg?w=300&h=200&gravity=face"), 404, "source_not_found")


def test_a_file_that_changed_is_shown_as_it_is_now(serve, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (40, 40), "red").save(folder / "a.png")
    server = serve(folder, env={"IMGCDN_FETCH__FOLDER_CHECK_S": "0.2"})
    before = server.get("/img/a.png?format=png")
    Image.new("RGB", (60, 40), "blue").save(folder / "b.png")
    (folder / "b.png").replace(folder / "a.png")
    time.sleep(0.4)
    after = server.get("/img/a.png?format=png")
    assert opened(before.content).size == (40, 40)
    assert opened(after.content).size == (60, 40)
    assert before.headers["etag"] != after.headers["etag"]


def test_the_sample_folder_is_the_one_that_is_served(readme):
    assert (samples.folder() / "rocket.jpg").is_file()
    assert readme.get("/img/rocket.jpg?w=10").status_code == 200


def test_health_and_readiness_are_told(readme):
    assert readme.get("/-/healthz").json() == {"status": "alive"}
    ready = readme.get("/-/ready")
    assert ready.json() == {"ready": True, "why_not": {}, "degraded": {}}
    assert ready.headers["cache-control"] == "no-store"
