"""`smart`: what the smartcrop library sees, measured once, and its best window for any shape."""

from base64 import b64decode, b64encode

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.gravity import content, importance, smart
from imgcdn.model.analysis import ContentMap, ImportanceMap
from imgcdn.model.geometry import Region
from imgcdn.model.media import Preview

Paint = tuple[int, int, int] | np.ndarray

GROUND = (90, 110, 130)
FLAT = Preview(640, 320, bytes(GROUND) * (640 * 320))
SKIN = (199, 145, 112)
BLUE = (20, 40, 220)
CHECKS = (np.indices((320, 640)).sum(0) // 4 % 2 * 120 + 60).astype(np.uint8)[..., None].repeat(3, -1)


def painted(x: float, y: float, what: Paint, width: int = 640, height: int = 320) -> Preview:
    """A calm ground with a square about (x, y), 0-1, a quarter of the shorter side: of one colour, or cut from a picture."""
    pixels = np.full((height, width, 3), GROUND, np.uint8)
    half = min(width, height) // 8
    left, top = round(x * width) - half, round(y * height) - half
    place = np.s_[max(0, top) : top + 2 * half, max(0, left) : left + 2 * half]
    pixels[place] = what[place] if isinstance(what, np.ndarray) else what
    return Preview(width, height, pixels.tobytes())


def best(found: ContentMap, aspect: float, *faces: Region, salient: ImportanceMap | None = None) -> Region:
    return content.choose(found, salient, faces, aspect)[0].window


def visible(face: Region, window: Region) -> float:
    across = min(face.x + face.width, window.x + window.width) - max(face.x, window.x)
    down = min(face.y + face.height, window.y + window.height) - max(face.y, window.y)
    return max(0.0, across) * max(0.0, down) / face.area


def layer(cells: str) -> np.ndarray:
    return np.frombuffer(b64decode(cells), np.uint8)


# the map


@pytest.mark.parametrize(("width", "height"), [(640, 640), (640, 480), (481, 640), (640, 100), (639, 7), (640, 1)])
def test_a_map_is_small_enough_to_be_kept_for_ever(width: int, height: int) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (height, width, 3), np.uint8)
    found = smart.measure(Preview(width, height, noise.tobytes()))
    assert len(found.detail) + len(found.skin) + len(found.saturation) <= 5 * 1024
    assert len(layer(found.detail)) == len(layer(found.skin)) == len(layer(found.saturation))
    assert len(layer(found.detail)) == found.width * found.height


@pytest.mark.parametrize(("name", "what"), [("skin", SKIN), ("saturation", BLUE), ("detail", CHECKS)])
def test_each_layer_sees_its_own_kind_of_content_where_it_is(name: str, what: Paint) -> None:
    found = smart.measure(painted(0.25, 0.5, what))
    seen = layer(getattr(found, name)).reshape(found.height, found.width)
    inside = seen[found.height // 2, found.width // 4]
    assert inside > 60
    assert seen[:, found.width // 2 :].max() < inside / 2


def test_a_bright_flat_picture_has_no_detail_not_even_at_its_border() -> None:
    found = smart.measure(Preview(640, 320, bytes([250]) * (640 * 320 * 3)))
    assert layer(found.detail).max() == 0


def test_the_same_picture_gives_the_same_map_and_the_same_windows() -> None:
    picture = painted(0.2, 0.5, SKIN)
    first, second = smart.measure(picture), smart.measure(picture)
    assert first == second
    assert content.choose(first, None, (), 1.0, most=3) == content.choose(second, None, (), 1.0, most=3)


# what is kept


@pytest.mark.parametrize("what", [BLUE, SKIN, CHECKS], ids=["saturated", "skin-coloured", "detailed"])
@pytest.mark.parametrize("x", [0.15, 0.5, 0.85])
def test_a_square_window_holds_what_has_content_wherever_it_stands(what: Paint, x: float) -> None:
    chosen = best(smart.measure(painted(x, 0.5, what)), 1.0)
    assert chosen.x <= x - 0.0625
    assert x + 0.0625 <= chosen.x + chosen.width


@pytest.mark.parametrize("y", [0.15, 0.85])
def test_a_wide_window_of_a_tall_picture_slides_down_to_it(y: float) -> None:
    chosen = best(smart.measure(painted(0.5, y, BLUE, 320, 640)), 16 / 9)
    assert chosen.y <= y - 0.0625
    assert y + 0.0625 <= chosen.y + chosen.height


@pytest.mark.parametrize("aspect", [0.5, 1.0, 2.0, 16 / 9])
def test_a_flat_picture_keeps_the_centre(aspect: float) -> None:
    chosen = best(smart.measure(FLAT), aspect)
    assert chosen.centre.x == pytest.approx(0.5, abs=0.01)
    assert chosen.centre.y == pytest.approx(0.5, abs=0.01)


def test_a_faint_mark_on_a_calm_ground_is_no_reason_to_leave_the_centre() -> None:
    faint = (GROUND[0] + 8, GROUND[1] + 8, GROUND[2] + 8)
    assert best(smart.measure(painted(0.12, 0.5, faint)), 1.0).centre.x == pytest.approx(0.5, abs=0.01)


def test_what_stands_out_boosts_windows_over_what_is_merely_detailed() -> None:
    stands_out = np.zeros((32, 64), np.uint8)
    stands_out[12:20, 6:14] = 255
    even = b64encode(bytes([128]) * (32 * 16)).decode()
    salient = ImportanceMap(64, 32, 2.0, b64encode(stands_out.tobytes()).decode(), even)
    found = smart.measure(painted(0.85, 0.5, CHECKS))
    assert best(found, 0.8).x > 0.4
    assert best(found, 0.8, salient=salient).x < 0.1


@pytest.mark.parametrize("what", [BLUE, SKIN, CHECKS], ids=["saturated", "skin-coloured", "detailed"])
def test_content_decides_between_two_things_that_stand_out_alike(what: Paint) -> None:
    pixels = np.full((320, 640, 3), GROUND, np.uint8)
    pixels[120:200, 60:140] = (150, 150, 150)
    pixels[120:200, 500:580] = what[120:200, 500:580] if isinstance(what, np.ndarray) else what
    assert best(smart.measure(Preview(640, 320, pixels.tobytes())), 0.8).x > 0.4


def test_of_two_things_almost_equal_that_do_not_fit_together_the_one_nearer_the_centre_is_kept() -> None:
    pixels = np.full((320, 640, 3), GROUND, np.uint8)
    pixels[120:200, 152:232] = pixels[120:200, 480:564] = BLUE
    near_left = smart.measure(Preview(640, 320, pixels.tobytes()))
    near_right = smart.measure(Preview(640, 320, pixels[:, ::-1].tobytes()))
    assert best(near_left, 0.8).x <= 152 / 640
    assert best(near_right, 0.8).x + 0.4 >= 1 - 152 / 640


def test_a_subject_is_placed_inside_the_window_and_not_at_its_edge() -> None:
    chosen = best(smart.measure(painted(0.4, 0.5, BLUE, 1200, 320)), 1.0)
    assert 0.2 < (0.4 - chosen.x) / chosen.width < 0.8


# faces


@pytest.mark.parametrize("x", [0.02, 0.3, 0.47, 0.66, 0.88])
@pytest.mark.parametrize("rival", [0.15, 0.5, 0.85])
@pytest.mark.parametrize("aspect", [0.5, 1.0, 1.5])
def test_a_face_is_never_cut_when_it_could_be_kept(x: float, rival: float, aspect: float) -> None:
    face = Region(x, 0.3, 0.1, 0.25, 0.9)
    picture = painted(rival, 0.5, BLUE)
    chosen = best(smart.measure(picture), aspect, face, salient=importance.measure(picture))
    assert visible(face, chosen) == pytest.approx(1.0)


def test_a_face_smaller_than_a_cell_counts_too() -> None:
    face = Region(0.2, 0.5, 0.015, 0.03, 0.9)
    assert visible(face, best(smart.measure(FLAT), 0.5, face)) == pytest.approx(1.0)


def test_of_two_faces_that_do_not_fit_together_the_surer_one_is_kept() -> None:
    left, right = Region(0.05, 0.3, 0.1, 0.25, 0.95), Region(0.85, 0.3, 0.1, 0.25, 0.3)
    assert visible(left, best(smart.measure(FLAT), 0.5, left, right)) == pytest.approx(1.0)


def test_a_face_that_does_not_fit_is_left_out_rather_than_cut() -> None:
    first, second = Region(0.15, 0.3, 0.15, 0.3, 0.95), Region(0.48, 0.3, 0.15, 0.3, 0.9)
    chosen = best(smart.measure(FLAT), 0.8, first, second)
    assert sorted(visible(face, chosen) for face in (first, second)) == pytest.approx([0.0, 1.0], abs=0.02)


# the answer


def test_the_score_of_a_window_is_the_sum_of_its_parts_and_the_best_comes_first() -> None:
    picture = painted(0.2, 0.5, BLUE)
    face = Region(0.3, 0.3, 0.1, 0.2, 0.8)
    candidates = content.choose(smart.measure(picture), importance.measure(picture), (face,), 0.6, most=3)
    assert len(candidates) == 3
    assert all(one.score == pytest.approx(sum(one.parts.values())) for one in candidates)
    assert [one.score for one in candidates] == sorted((one.score for one in candidates), reverse=True)
    assert all(abs(one.window.x - candidates[0].window.x) > 0.1 for one in candidates[1:])
    for cause in ("saturation", "saliency", "faces", "thirds"):
        assert candidates[0].parts[cause] > 0


def test_a_picture_of_the_shape_asked_for_has_one_window_all_of_it() -> None:
    (only,) = content.choose(smart.measure(FLAT), None, (), 2.0, most=3)
    assert (only.window.x, only.window.y, only.window.width, only.window.height) == pytest.approx((0, 0, 1, 1))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (1, 300), (640, 1), (640, 3), (8, 8), (7, 5)])
def test_pictures_too_thin_to_judge_are_no_error(width: int, height: int) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (height, width, 3), np.uint8)
    chosen = best(smart.measure(Preview(width, height, noise.tobytes())), 1.0)
    assert 0 <= chosen.x <= 1
    assert 0 <= chosen.y <= 1


def test_content_outside_the_region_does_not_count() -> None:
    found = smart.measure(painted(0.1, 0.5, BLUE))
    region = Region(0.5, 0.0, 0.5, 1.0, 1.0)
    chosen = content.choose(found, None, (), 0.5, region)[0].window
    assert chosen.centre.x == pytest.approx(0.75, abs=0.01)


share = st.floats(0.02, 0.4)
boxes = st.builds(Region, st.floats(0, 0.6), st.floats(0, 0.6), share, share, st.floats(0, 1))
regions = st.none() | st.builds(
    Region, st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0.1, 0.5), st.floats(0.1, 0.5), st.just(1.0)
)
PICTURE = painted(0.7, 0.4, SKIN, 640, 400)
CONTENT = smart.measure(PICTURE)
SALIENT = importance.measure(PICTURE)


@settings(deadline=None, max_examples=150)
@given(st.lists(boxes, max_size=6).map(tuple), st.floats(0.1, 10), regions, st.sampled_from([None, SALIENT]))
def test_a_window_lies_in_its_region_and_has_the_shape_asked_for(faces, aspect, region, salient) -> None:
    where = region or Region(0.0, 0.0, 1.0, 1.0, 1.0)
    for one in content.choose(CONTENT, salient, faces, aspect, region, 3):
        chosen = one.window
        assert where.x - 1e-6 <= chosen.x
        assert chosen.x + chosen.width <= where.x + where.width + 1e-6
        assert where.y - 1e-6 <= chosen.y
        assert chosen.y + chosen.height <= where.y + where.height + 1e-6
        assert chosen.width * CONTENT.aspect / chosen.height == pytest.approx(aspect, rel=1e-6)
        assert chosen.width == pytest.approx(where.width) or chosen.height == pytest.approx(where.height)
        assert 0 <= one.window.score <= 1
