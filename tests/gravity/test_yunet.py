"""YuNet through OpenCV, on networks written here: one that takes red for faces, and files that are no YuNet."""

import math

import networks
import numpy as np
import pytest

from imgcdn.gravity import models, yunet
from imgcdn.gravity.yunet import YuNetDetector
from imgcdn.model.media import Preview

pytestmark = pytest.mark.usefixtures("face_models")  # OpenCV comes with what they need


def picture(width: int, height: int, *boxes: tuple[int, int, int, int]) -> Preview:
    """Grey with red boxes: left, top, right, bottom."""
    pixels = np.full((height, width, 3), 128, np.uint8)
    for left, top, right, bottom in boxes:
        pixels[top:bottom, left:right] = (230, 20, 20)
    return Preview(width, height, pixels.tobytes())


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    with YuNetDetector(networks.write_red_finder(tmp_path_factory.mktemp("model") / "red.onnx")) as made:
        yield made


@pytest.mark.parametrize("side", [None, 320, 640], ids=["any-size", "fixed-320", "fixed-640"])
@pytest.mark.parametrize(("width", "height"), [(640, 640), (640, 427), (333, 500), (1279, 900), (100, 90)])
def test_a_face_is_found_where_it_is_whatever_size_model_and_preview_have(tmp_path, side, width, height):
    left, top = width // 2, height // 4
    box = (left, top, left + min(100, width // 2), top + min(100, height // 2))
    with YuNetDetector(networks.write_red_finder(tmp_path / "red.onnx", side=side)) as detector:
        found = detector.detect(picture(width, height, box))
    assert found
    assert found[0].score > 0.9
    for face in found:
        # A box is drawn about the cell of 32 px that is red; at the small scale a cell is four times as large.
        assert abs(face.centre.x * width - (box[0] + box[2]) / 2) <= 100
        assert abs(face.centre.y * height - (box[1] + box[3]) / 2) <= 100


def test_a_picture_without_red_has_no_face(detector):
    assert detector.detect(picture(640, 480)) == ()


def test_red_and_blue_are_not_confused(detector):
    blue = np.full((320, 320, 3), (20, 20, 230), np.uint8)
    assert detector.detect(Preview(320, 320, blue.tobytes())) == ()


def test_faces_are_apart_best_first_and_inside_the_picture(detector):
    found = detector.detect(picture(640, 480, (0, 0, 70, 70), (570, 410, 640, 480), (300, 200, 360, 260)))
    assert len(found) >= 3
    assert [face.score for face in found] == sorted((face.score for face in found), reverse=True)
    for i, face in enumerate(found):
        assert 0 <= face.x < face.x + face.width <= 1 + 1e-9
        assert 0 <= face.y < face.y + face.height <= 1 + 1e-9
        for other in found[:i]:
            across = min(face.x + face.width, other.x + other.width) - max(face.x, other.x)
            down = min(face.y + face.height, other.y + other.height) - max(face.y, other.y)
            shared = max(across, 0) * max(down, 0)
            assert shared / (face.area + other.area - shared) <= 0.3


def test_a_face_that_fills_a_large_preview_is_found_whole(detector):
    """The network's boxes are 96 px, so that one of more than 180 px of 640 can come from the small scale only."""
    found = detector.detect(picture(640, 640, (160, 160, 480, 480)))
    assert max(face.width for face in found) > 180 / 640


def test_landmarks_are_eyes_nose_and_mouth_in_that_order(detector):
    face = detector.detect(picture(320, 320, (96, 96, 192, 192)))[0]
    right_eye, left_eye, nose, mouth = face.landmarks
    assert right_eye.x < nose.x < left_eye.x
    assert right_eye.y == left_eye.y < nose.y < mouth.y
    assert mouth.x == pytest.approx(nose.x)
    assert face.x < right_eye.x < left_eye.x < face.x + face.width


def test_numbers_that_are_none_are_no_face():
    row = [10.0, 10.0, 50.0, 50.0, *[20.0] * 10, 0.9]
    assert yunet._region(row, 100, 100) is not None
    for at in range(15):
        assert yunet._region([*row[:at], math.nan, *row[at + 1 :]], 100, 100) is None
        assert yunet._region([*row[:at], math.inf, *row[at + 1 :]], 100, 100) is None


def test_a_model_that_can_be_used_has_no_problem_whatever_its_name(tmp_path):
    for name in ("face_detection_yunet_2023mar.onnx", "größe.bin", "model"):
        model = networks.write_red_finder(tmp_path / name)
        assert yunet.problem(model) is None
        assert YuNetDetector(model).detect(picture(320, 320, (96, 96, 192, 192)))


def _whole(path, face_models):
    return networks.write_red_finder(path).read_bytes()


BROKEN = {
    "empty": lambda path, folder: b"",
    "text": lambda path, folder: b"404: Not Found\n",
    "zeros": lambda path, folder: bytes(5000),
    "cut": lambda path, folder: _whole(path, folder)[:2000],
    "other-network": lambda path, folder: networks.write_other(path).read_bytes(),
    "tflite": lambda path, folder: (folder / models.SHORT_RANGE.name).read_bytes(),
}


@pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_yunet_model_is_refused_by_its_name_with_the_reason(tmp_path, face_models, make):
    model = tmp_path / "model.onnx"
    model.write_bytes(make(tmp_path / "made.onnx", face_models))
    with pytest.raises(ValueError, match=r"model\.onnx is no YuNet model \(OpenCV says: .+\)") as refused:
        YuNetDetector(model)
    said = yunet.problem(model)
    assert said == str(refused.value)
    assert str(tmp_path) not in said
    assert "\n" not in said


def test_a_file_that_crashes_opencv_takes_no_process_of_ours_along(tmp_path):
    said = yunet.problem(networks.write_damaged(tmp_path / "model.onnx"))
    assert said is not None
    assert said.startswith("model.onnx is ")


def test_a_file_that_is_not_there_or_cannot_be_read_is_said_to_be_so(tmp_path):
    assert yunet.problem(tmp_path / "gone.onnx") == "gone.onnx is missing"
    assert "unreadable" in (yunet.problem(tmp_path) or "")


def test_the_version_is_that_of_the_content(tmp_path):
    one, same, other = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    one.write_bytes(b"1")
    same.write_bytes(b"1")
    other.write_bytes(b"2")
    assert yunet.version(one) == yunet.version(same) == "yunet-6b86b273"
    assert yunet.version(other) != yunet.version(one)
