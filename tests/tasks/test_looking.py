"""What an analysis worker answers: one finding for all frames of an animation, and the same as ever for a still."""

from base64 import b64decode
from dataclasses import asdict

import networks
import numpy as np
import painting
import pytest
import pyvips

from imgcdn.engine import preview, probe
from imgcdn.gravity import importance, palette, saliency
from imgcdn.gravity.faces import SIDE
from imgcdn.gravity.settings import GravitySettings
from imgcdn.model.analysis import Look
from imgcdn.model.media import Preview
from imgcdn.tasks import looking

RED = (230, 20, 20)


@pytest.fixture(scope="module", autouse=True)
def _worker(face_models, tmp_path_factory):
    """A worker's engines in this process, with red for faces."""
    model = networks.write_red_finder(tmp_path_factory.mktemp("model") / "red.onnx")
    before = looking._eyes
    looking._eyes = looking._Eyes()
    looking.start(GravitySettings(face_model=model).model_dump_json())
    yield
    looking._eyes = before


def film(path, boxes: list[tuple[int, int] | None], *, width: int = 480, height: int = 240, side: int = 96):
    """Write an animation of grey frames, each with a red box that has its left upper corner there, or none.

    A darker line grows along the lower edge, so that no two frames are the same and are written as one.
    """
    frames = np.full((len(boxes), height, width, 3), 120, np.uint8)
    for index, (frame, box) in enumerate(zip(frames, boxes, strict=True)):
        frame[-2:, : 8 + 8 * index] = 90
        if box is not None:
            frame[box[1] : box[1] + side, box[0] : box[0] + side] = RED
    strip = pyvips.Image.new_from_memory(frames.tobytes(), width, height * len(boxes), 3, "uchar")
    strip = strip.copy(interpretation="srgb")
    strip.set_type(pyvips.GValue.gint_type, "page-height", height)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [40] * len(boxes))
    options = {"dither": 0} if path.suffix == ".gif" else {"lossless": True, "effort": 0}
    strip.write_to_file(str(path), **options)
    return path


def look(path, engine: str, aspect: float | None = None):
    return looking.look(str(path), str(path), Look(engine, aspect))[0]


LATE = [None] * 5 + [(352, 64)] * 3
"""Of these eight frames five are sampled, and two of those show the box."""


@pytest.mark.parametrize("name", ["late.gif", "late.webp"])
def test_a_face_in_the_later_frames_only_is_found(tmp_path, name):
    found = look(film(tmp_path / name, LATE), "face")
    assert found["faces"]
    best = found["faces"][0]
    assert best["x"] <= 400 / 480 <= best["x"] + best["width"]
    assert best["score"] == pytest.approx(0.7, abs=0.01)
    assert found["why"] == ""


def test_a_face_that_walks_is_held_whole_from_its_first_place_to_its_last(tmp_path):
    steps = [(96 + 32 * step, 64) for step in range(5)]
    best = look(film(tmp_path / "walk.webp", steps), "face")["faces"][0]
    # The box of one sight is 96 px wide, its middle within 32 px of the red square's.
    assert best["x"] * 480 <= 96 + 32 + 0.1
    assert (best["x"] + best["width"]) * 480 >= 224 + 96 - 32 - 0.1
    assert best["score"] > 0.9


@pytest.mark.parametrize("name", ["late.gif", "late.webp"])
def test_what_matters_in_the_later_frames_is_on_the_map(tmp_path, name):
    found = look(film(tmp_path / name, LATE), "auto")["importance"]
    cells = np.frombuffer(b64decode(found["saliency"]), np.uint8).reshape(found["height"], found["width"])
    row, column = np.unravel_index(cells.argmax(), cells.shape)
    assert 352 / 480 <= (column + 0.5) / found["width"] <= 448 / 480
    assert 64 / 240 <= (row + 0.5) / found["height"] <= 160 / 240


def test_the_point_of_an_animation_is_the_middle_of_its_frames_points(tmp_path):
    path = film(tmp_path / "walk.webp", [(96, 64), (128, 64), (160, 64), (192, 64), (320, 64)])
    info = probe.probe(str(path))
    question = Look("attention", 1.0)
    points = [saliency.look(frame, question).point for frame in preview.sampled(str(path), info, SIDE)]
    found = look(path, "attention", 1.0)["point"]
    assert found["x"] == sorted(point.x for point in points)[2]
    assert found["y"] == sorted(point.y for point in points)[2]


def test_the_colours_of_an_animation_are_those_of_all_its_frames(tmp_path):
    found = look(film(tmp_path / "late.webp", LATE), "palette")["palette"]
    assert (found["vibrant"]["red"], found["vibrant"]["green"]) == pytest.approx((230, 20), abs=12)
    share = found["vibrant"]["population"] / (112 * 112)
    assert share == pytest.approx(2 / 5 * 96 * 96 / (480 * 240), rel=0.2)
    still = look(film(tmp_path / "first.webp", [None, None]), "palette")["palette"]
    assert still["vibrant"] is None


def test_a_still_is_answered_as_its_engine_answers_for_its_one_preview(photos):
    path = photos / "photo.jpg"
    seen = preview.preview(str(path), probe.probe(str(path)), SIDE)
    assert look(path, "auto")["importance"] == asdict(importance.measure(seen))
    assert look(path, "palette")["palette"] == asdict(palette.measure(seen))
    assert look(path, "attention", 1.0) == asdict(saliency.look(seen, Look("attention", 1.0)))


def test_previews_are_forgotten_one_source_after_the_other(tmp_path):
    kept = looking._eyes.previews
    kept.clear()
    stills = [tmp_path / f"{index}.png" for index in range(6)]
    for path in stills:
        painting.corners(40, 30).save(path)
        look(path, "palette")
    assert [key[0] for key in kept] == [str(path) for path in stills[-4:]]
    moving = film(tmp_path / "late.webp", LATE)
    look(moving, "palette")
    assert [(key[0], len(frames)) for key, frames in kept.items()] == [(str(moving), 5)]
    look(stills[0], "palette")
    assert [key[0] for key in kept] == [str(stills[0])]


def test_the_same_frames_are_decoded_once_for_all_engines(tmp_path, monkeypatch):
    decoded = []
    real = preview.sampled

    def count(*arguments: object) -> tuple[Preview, ...]:
        decoded.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(preview, "sampled", count)
    path = film(tmp_path / "once.webp", LATE)
    for engine in ("face", "auto", "attention", "palette"):
        look(path, engine, 1.0 if engine == "attention" else None)
    assert len(decoded) == 1


def test_a_worker_says_that_faces_can_be_found():
    assert looking.faces()[0] == {"why": ""}


def test_a_person_who_comes_late_is_found_by_the_own_models_too(tmp_path, face_models, monkeypatch):
    monkeypatch.setattr(looking, "_eyes", looking._Eyes())
    looking._eyes.settings = GravitySettings(models_dir=face_models)
    person = np.asarray(painting.sample("astronaut.png").convert("RGB").resize((240, 240)))
    frames = np.full((6, 240, 480, 3), 120, np.uint8)
    for index, frame in enumerate(frames):
        frame[-2:, : 8 + 8 * index] = 90
    frames[3:, :, 240:] = person
    strip = pyvips.Image.new_from_memory(frames.tobytes(), 480, 240 * 6, 3, "uchar").copy(interpretation="srgb")
    strip.set_type(pyvips.GValue.gint_type, "page-height", 240)
    strip.webpsave(str(tmp_path / "person.webp"), Q=90, effort=0)
    best = look(tmp_path / "person.webp", "face")["faces"][0]
    looking._eyes.detector.close()
    # The astronaut's face is at (0.43, 0.23) of the photo, which fills the right half of two of the five frames sampled.
    assert best["x"] <= 0.5 + 0.43 / 2 <= best["x"] + best["width"]
    assert best["y"] <= 0.23 <= best["y"] + best["height"]
    assert 0.5 < best["score"] < 0.7
