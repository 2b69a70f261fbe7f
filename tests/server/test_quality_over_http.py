"""A quality that the pixels decide, through a real server: the answer says it, and explain does."""

import painting
import pytest
from measuring import opened
from serving import CHROME, assert_problem


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("coded")
    photo = painting.sample("coffee.png").convert("RGB")
    photo.save(made / "photo.png")
    first = photo.resize((60, 40))
    first.save(made / "film.gif", save_all=True, append_images=[first.rotate(90), first.rotate(180)], duration=100)
    return made


@pytest.fixture(scope="module")
def coding(module_serve, folder):
    return module_serve(folder, settings='[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n')


def test_an_answer_says_which_quality_was_chosen_and_for_what(coding):
    assert coding.get("/img/photo.png?w=200&format=webp&q=auto").headers["x-imgcdn-quality"] == "76;content=photo"
    assert "x-imgcdn-quality" not in coding.get("/img/photo.png?w=200&format=webp").headers


def test_explain_says_how_it_is_found_and_then_what_it_was(coding):
    path = "/img/photo.png?w=210&format=webp&q=auto:good"
    before = coding.get(f"{path}&explain=1").json()
    assert before["output"]["quality"] is None
    assert "not known before it is rendered" in before["why"][-1]
    said = coding.get(path).headers["x-imgcdn-quality"]
    after = coding.get(f"{path}&explain=1").json()
    assert after["output"]["quality"] == int(said.partition(";")[0])
    assert said in after["why"][-1]
    assert coding.get(path).headers["x-imgcdn-quality"] == said


def test_better_modes_are_larger(coding):
    sizes = [
        len(coding.get(f"/img/photo.png?w=180&format=avif&q=auto:{mode}").content) for mode in ("eco", "good", "best")
    ]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("accept", ["image/*", "image/webp", CHROME])
def test_a_limit_of_bytes_holds_for_every_browser(coding, accept):
    for _ in range(2):
        found = coding.get("/img/photo.png?w=300&max_bytes=6000", accept=accept)
        assert found.status_code == 200
        assert len(found.content) <= 6000
        assert int(found.headers["x-imgcdn-quality"].partition(";")[0]) >= 20


def test_what_cannot_be_so_small_is_sent_and_said_to_be_over(coding):
    found = coding.get("/img/photo.png?w=300&format=jpeg&max_bytes=500")
    assert found.status_code == 200
    assert found.headers["x-imgcdn-quality"] == "20;over"


def test_the_wish_for_little_data_lowers_what_auto_chose(coding):
    path = "/img/photo.png?w=220&format=webp&q=auto&ch=Save-Data"
    plain, saving = (coding.get(path, save_data=said).headers["x-imgcdn-quality"] for said in ("off", "on"))
    assert (plain, saving) == ("76;content=photo", "61;content=photo")


def test_palettes_density_and_chroma_arrive(coding):
    assert opened(coding.get("/img/photo.png?w=100&format=png&colorquant=32").content).mode == "P"
    assert opened(coding.get("/img/photo.png?w=100&format=jpeg&dpi=300").content).info["dpi"] == (300, 300)
    assert opened(coding.get("/img/photo.png?w=100&format=jpeg&chroma=444").content).layer[0][1:3] == (1, 1)


def test_an_animation_gets_one_quality(coding):
    found = coding.get("/img/film.gif?format=webp&q=auto:good")
    assert opened(found.content).n_frames == 3
    assert "likeness=" in found.headers["x-imgcdn-quality"]


def test_a_limit_of_bytes_without_loss_is_refused(coding):
    assert_problem(
        coding.get("/img/photo.png?max_bytes=5000&lossless=1&format=webp"), 400, "conflicting_parameters", "max_bytes"
    )
