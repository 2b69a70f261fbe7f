"""Orientation, mirrors, quarter turns and free angles, by the colours of the four corners."""

import numpy as np
import painting
import pytest
from PIL import Image

RED, GREEN, BLUE, WHITE, CLEAR = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0, 0)
_TURNED = {
    "": (RED, GREEN, BLUE, WHITE),
    "flip=1": (BLUE, WHITE, RED, GREEN),
    "flop=1": (GREEN, RED, WHITE, BLUE),
    "rotate=90": (BLUE, RED, WHITE, GREEN),
    "rotate=180": (WHITE, BLUE, GREEN, RED),
    "rotate=-90": (GREEN, WHITE, RED, BLUE),
    "rotate=90&flop=1": (RED, BLUE, GREEN, WHITE),
    "flip=1&flop=1": (WHITE, BLUE, GREEN, RED),
}
"""Top left, top right, bottom left, bottom right of the answer."""


def _corners(pixels):
    height, width = pixels.shape[:2]
    y, x = height // 4, width // 4
    return [pixels[y, x], pixels[y, -x - 1], pixels[-y - 1, x], pixels[-y - 1, -x - 1]]


def _assert_corners(pixels, colours, tolerance=0):
    for found, wanted in zip(_corners(pixels), colours, strict=True):
        assert np.abs(found[:3] - wanted).max() <= tolerance, (_corners(pixels), colours)


@pytest.fixture(scope="module")
def corners(tmp_path_factory):
    path = tmp_path_factory.mktemp("corners") / "corners.png"
    painting.corners(120, 80).save(path)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("query", ["", "w=60", "w=40&h=40", "w=240&enlarge=1"])
def test_every_exif_orientation_comes_out_upright(render, photos, orientation, query):
    made = render(photos / f"turned-{orientation}.jpg", query)
    _assert_corners(made.pixels, _TURNED[""], tolerance=12)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_window_of_a_turned_source_is_taken_where_it_lies_upright(render, photos, orientation):
    made = render(photos / f"turned-{orientation}.jpg", "rect=60,0,60,40")
    assert made.image.size == (60, 40)
    assert np.abs(made.pixels[8:-8, 8:-8] - GREEN).max() <= 12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_answer_carries_no_orientation_that_would_turn_it_again(render, photos, orientation):
    for query in ("format=jpeg&strip=none", "format=webp&strip=none", "format=avif&strip=none", "format=avif"):
        image = render(photos / f"turned-{orientation}.jpg", query).image
        assert image.getexif().get(0x0112, 1) == 1
        assert image.size == (120, 80)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orient_takes_the_place_of_exif(render, corners, orientation, tmp_path):
    painting.save_turned(painting.corners(120, 80), tmp_path / "stored.png", orientation)
    stripped = tmp_path / "bare.png"
    with Image.open(tmp_path / "stored.png") as stored:
        Image.fromarray(np.asarray(stored)).save(stripped)
    _assert_corners(render(stripped, f"orient={orientation}").pixels, _TURNED[""])


def test_orient_0_leaves_the_pixels_as_stored(render, photos):
    made = render(photos / "turned-6.jpg", "orient=0")
    assert made.image.size == (80, 120)


@pytest.mark.parametrize("query", _TURNED)
def test_mirrors_and_quarter_turns_move_every_corner_where_they_should(render, corners, query):
    made = render(corners, query)
    assert made.image.size == ((80, 120) if "90" in query else (120, 80))
    _assert_corners(made.pixels, _TURNED[query])


def test_w_and_h_name_the_answer_of_a_quarter_turn(render, corners):
    made = render(corners, "w=40&h=60&rotate=90")
    assert made.image.size == (40, 60)
    _assert_corners(made.pixels, _TURNED["rotate=90"], tolerance=2)


@pytest.mark.parametrize(("angle", "size"), [(45, (142, 142)), (30, (144, 130)), (-30, (144, 130)), (1, (122, 83))])
def test_a_free_angle_grows_the_answer_to_exactly_its_bounding_box(render, corners, angle, size):
    # 120 cos 45° + 80 sin 45° = 141.42; 120 cos 30° + 80 sin 30° = 143.92 and 120 sin 30° + 80 cos 30° = 129.28
    assert render(corners, f"rotate={angle}").image.size == size


def test_a_free_angle_leaves_transparent_corners_and_keeps_the_middle(render, corners):
    pixels = render(corners, "rotate=45").pixels
    assert pixels.shape[2] == 4
    assert tuple(pixels[2, 2]) == CLEAR
    assert pixels[71, 71, 3] == 255


def test_a_free_angle_turns_clockwise(render, corners):
    pixels = render(corners, "rotate=45").pixels
    # The red quadrant is at the left of the middle, and moves up and to the top under a clockwise turn.
    assert np.abs(pixels[45, 62, :3] - RED).max() <= 2
    assert np.abs(pixels[97, 80, :3] - WHITE).max() <= 2


def test_no_dark_fringe_where_a_free_angle_meets_transparency(render, tmp_path):
    Image.new("RGB", (60, 60), "white").save(tmp_path / "white.png")
    pixels = render(tmp_path / "white.png", "rotate=30").pixels
    assert pixels[pixels[..., 3] > 8][:, :3].min() >= 240


def test_bg_fills_the_corners_of_a_free_angle(render, corners):
    pixels = render(corners, "rotate=45&bg=336699&format=jpeg&q=95").pixels
    assert np.abs(pixels[4, 4] - (0x33, 0x66, 0x99)).max() <= 4
    assert np.abs(pixels[-5, -5] - (0x33, 0x66, 0x99)).max() <= 4


def test_a_jpeg_of_a_free_angle_has_white_corners_when_nothing_is_said(render, corners):
    pixels = render(corners, "rotate=45&format=jpeg&q=95").pixels
    assert pixels[4, 4].min() >= 250


@pytest.mark.parametrize("angle", [1, 12, 45, 90, 135, 200, -30.5])
def test_what_is_straightened_keeps_its_size_and_has_no_corner_of_another_colour(render, tmp_path, angle):
    Image.new("RGB", (301, 200), (40, 160, 90)).save(tmp_path / "even.png")
    made = render(tmp_path / "even.png", f"w=150&h=100&rotate={angle}&straighten=1&bg=f00")
    assert made.image.size == (150, 100)
    assert np.abs(made.pixels[:, :, :3].astype(int) - (40, 160, 90)).max() <= 1


@pytest.mark.parametrize(("angle", "size"), [(90, (80, 53)), (45, (67, 45)), (180, (120, 80))])
def test_straightening_enlarges_only_where_that_may_be(render, corners, angle, size):
    assert render(corners, f"rotate={angle}&straighten=1&enlarge=1").image.size == (120, 80)
    assert render(corners, f"rotate={angle}&straighten=1").image.size == size


def test_straightening_turns_clockwise_about_the_middle(render, corners):
    pixels = render(corners, "w=60&h=40&rotate=90&straighten=1").pixels
    _assert_corners(pixels, _TURNED["rotate=90"], tolerance=3)
    leaning = render(corners, "w=90&h=60&rotate=45&straighten=1").pixels
    assert np.abs(leaning[30, 10, :3] - BLUE).max() <= 2
    assert np.abs(leaning[4, 45, :3] - RED).max() <= 2
    assert np.abs(leaning[30, 80, :3] - GREEN).max() <= 2
    assert np.abs(leaning[55, 45, :3] - WHITE).max() <= 2


def test_straightening_keeps_transparency_without_a_fringe(render, tmp_path):
    Image.new("RGBA", (60, 60), (255, 255, 255, 128)).save(tmp_path / "white.png")
    pixels = render(tmp_path / "white.png", "w=40&h=40&rotate=30&straighten=1").pixels
    assert pixels[:, :, :3].min() >= 253
    assert np.abs(pixels[:, :, 3].astype(int) - 128).max() <= 1


def test_every_frame_of_an_animation_is_straightened(render, photos):
    image = render(photos / "film.gif", "w=60&h=40&rotate=20&straighten=1&format=webp").image
    assert (image.n_frames, image.size) == (4, (60, 40))
