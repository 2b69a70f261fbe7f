"""The face-set rule, against every window of a small picture."""

import random
from itertools import product
from time import perf_counter

from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.model.geometry import Box, Region, Size
from imgcdn.planning import crop

quick = settings(max_examples=150, deadline=None)
SLACK = 1.5 + 1e-6
"""A pixel of tolerance in the rule, and half of one for rounding."""
shares = st.floats(0, 1)


def needed(face: Region, upright: Size, region: Box) -> tuple[float, float, float, float]:
    """The box grown by 15 %, 35 % above for hair (native.md §5), as far as the region goes."""
    return (
        max(region.left, upright.width * (face.x - 0.15 * face.width)),
        max(region.top, upright.height * (face.y - 0.35 * face.height)),
        min(region.right, upright.width * (face.x + 1.15 * face.width)),
        min(region.bottom, upright.height * (face.y + 1.15 * face.height)),
    )


def found_box(face: Region, upright: Size, region: Box) -> tuple[float, float, float, float]:
    """The box as it was found, as far as the region goes."""
    return (
        max(region.left, upright.width * face.x),
        max(region.top, upright.height * face.y),
        min(region.right, upright.width * (face.x + face.width)),
        min(region.bottom, upright.height * (face.y + face.height)),
    )


def is_whole(need: tuple[float, float, float, float], window: Box, slack: float = 0.0) -> bool:
    return (
        need[0] >= window.left - slack
        and need[1] >= window.top - slack
        and need[2] <= window.right + slack
        and need[3] <= window.bottom + slack
    )


def weight(faces, needs, window, slack=0.0):
    return sum(f.area * f.score for f, n in zip(faces, needs, strict=True) if is_whole(n, window, slack))


def windows(size: Size, region: Box):
    for left, top in product(
        range(region.left, region.right - size.width + 1), range(region.top, region.bottom - size.height + 1)
    ):
        yield Box(left, top, size.width, size.height)


@st.composite
def scenes(draw: st.DrawFn, most: int = 6) -> tuple[tuple[Region, ...], Size, Box, Size]:
    """Faces with their centres in a region, and a window that fits into it."""
    upright = Size(draw(st.integers(8, 60)), draw(st.integers(8, 60)))
    left, top = draw(st.integers(0, upright.width - 4)), draw(st.integers(0, upright.height - 4))
    region = Box(left, top, draw(st.integers(4, upright.width - left)), draw(st.integers(4, upright.height - top)))
    size = Size(draw(st.integers(1, region.width)), draw(st.integers(1, region.height)))
    faces = []
    for _ in range(draw(st.integers(1, most))):
        x = (region.left + draw(shares) * region.width) / upright.width
        y = (region.top + draw(shares) * region.height) / upright.height
        width, height = draw(st.floats(0.02, 0.5)), draw(st.floats(0.02, 0.5))
        faces.append(Region(x - width / 2, y - height / 2, width, height, draw(st.floats(0.1, 1))))
    return tuple(faces), size, region, upright


@quick
@given(scenes())
def test_the_window_lies_inside_the_region_and_keeps_its_size(scene):
    faces, size, region, upright = scene
    found = crop.around_faces(faces, size, region, upright)
    assert found.size == size
    assert region.left <= found.left
    assert found.right <= region.right
    assert region.top <= found.top
    assert found.bottom <= region.bottom


@quick
@given(scenes())
def test_no_window_of_the_size_keeps_a_heavier_set_of_whole_faces(scene):
    faces, size, region, upright = scene
    needs = [needed(face, upright, region) for face in faces]
    boxes = [found_box(face, upright, region) for face in faces]
    found = crop.around_faces(faces, size, region, upright)

    def worth(window: Box) -> float:
        """Faces with room around them count in full, those that are just whole four fifths."""
        return 0.8 * weight(faces, boxes, window) + 0.2 * weight(faces, needs, window)

    assert weight(faces, boxes, found, SLACK) >= max(map(worth, windows(size, region))) - 1e-9


@quick
@given(scenes())
def test_no_found_face_is_cut_when_some_window_of_the_size_holds_them_all(scene):
    faces, size, region, upright = scene
    boxes = [found_box(face, upright, region) for face in faces]
    if any(all(is_whole(box, window) for box in boxes) for window in windows(size, region)):
        found = crop.around_faces(faces, size, region, upright)
        # Leaving one whole face out may buy room around the others, never a cut one's place.
        assert weight(faces, boxes, found, SLACK) >= 0.8 * sum(face.area * face.score for face in faces) - 1e-9


@quick
@given(scenes())
def test_no_face_is_cut_when_some_window_of_the_size_holds_them_all(scene):
    faces, size, region, upright = scene
    needs = [needed(face, upright, region) for face in faces]
    if any(all(is_whole(need, window) for need in needs) for window in windows(size, region)):
        found = crop.around_faces(faces, size, region, upright)
        assert all(is_whole(need, found, SLACK) for need in needs)


@quick
@given(scenes(most=1))
def test_the_middle_of_a_single_face_is_always_in_the_window(scene):
    faces, size, region, upright = scene
    found = crop.around_faces(faces, size, region, upright)
    left, top, right, bottom = needed(faces[0], upright, region)
    assert found.left - 1 <= (left + right) / 2 <= found.right + 1
    assert found.top - 1 <= (top + bottom) / 2 <= found.bottom + 1


@quick
@given(scenes(), st.randoms(use_true_random=False))
def test_the_order_in_which_faces_were_found_does_not_move_the_window(scene, shuffler):
    faces, size, region, upright = scene
    # Equal weights may be told apart by order alone, so make each set's weight its own.
    distinct = tuple(
        Region(f.x, f.y, f.width, f.height, 0.1 + 0.8 * 2.0**-i + f.score * 1e-3) for i, f in enumerate(faces)
    )
    shuffled = tuple(shuffler.sample(distinct, len(distinct)))
    one = crop.around_faces(distinct, size, region, upright)
    other = crop.around_faces(shuffled, size, region, upright)
    assert abs(one.left - other.left) <= 1
    assert abs(one.top - other.top) <= 1


WIDE = Box(0, 0, 3000, 1000)
UPRIGHT = Size(3000, 1000)


def face(x: float, y: float, side: int = 100, score: float = 0.9) -> Region:
    """A square face by its centre in pixels of the wide picture."""
    return Region((x - side / 2) / 3000, (y - side / 2) / 1000, side / 3000, side / 1000, score)


def test_two_faces_that_fit_stand_on_both_sides_of_the_middle():
    found = crop.around_faces((face(1200, 300), face(1600, 300)), Size(1000, 1000), WIDE, UPRIGHT)
    assert abs((found.left + found.right) / 2 - 1400) <= 1


def test_of_two_people_too_far_apart_the_larger_is_kept_whole_and_not_the_gap_between_them():
    small, large = face(300, 300, 100), face(2600, 300, 160)
    found = crop.around_faces((small, large), Size(1000, 1000), WIDE, UPRIGHT)
    assert found.left <= 2520
    assert found.right >= 2680
    assert abs((found.left + found.right) / 2 - 2500) <= 1  # as central as the edge allows


def test_two_small_faces_together_outweigh_a_single_one_elsewhere():
    found = crop.around_faces((face(300, 300), face(500, 300), face(2600, 300, 120)), Size(1000, 1000), WIDE, UPRIGHT)
    assert found.right <= 1100


def test_a_confident_face_outweighs_a_doubtful_one_of_the_same_size():
    found = crop.around_faces((face(300, 300, score=0.6), face(2600, 300, score=0.95)), Size(1000, 1000), WIDE, UPRIGHT)
    assert found.left == 2000


def test_the_eyes_lie_a_third_below_the_top_where_the_edges_allow_it():
    tall, upright = Box(0, 0, 1000, 3000), Size(1000, 3000)
    one = Region(0.45, 0.5, 0.1, 0.04, 0.9)
    found = crop.around_faces((one,), Size(1000, 900), tall, upright)
    eyes = (0.5 + 0.4 * 0.04) * 3000
    assert abs(eyes - found.top - 300) <= 1


def test_headroom_never_pushes_a_kept_face_out_of_the_window():
    tall, upright = Box(0, 0, 1000, 3000), Size(1000, 3000)
    high, low = Region(0.45, 0.40, 0.1, 0.04, 0.9), Region(0.45, 0.62, 0.1, 0.04, 0.9)
    found = crop.around_faces((high, low), Size(1000, 850), tall, upright)
    assert found.top <= (0.40 - 0.35 * 0.04) * 3000 + 1
    assert found.bottom >= (0.62 + 1.15 * 0.04) * 3000 - 1


def test_the_window_slides_aside_so_that_a_stranger_is_not_cut_in_half():
    kept, stranger = face(1000, 300, 360), face(1340, 300, 100)
    alone = crop.around_faces((kept,), Size(600, 1000), WIDE, UPRIGHT)
    together = crop.around_faces((kept, stranger), Size(600, 1000), WIDE, UPRIGHT)
    assert alone == Box(700, 0, 600, 1000)  # would cut the stranger, whose box with its margin begins at 1275
    assert together == Box(675, 0, 600, 1000)


def test_a_crowd_of_hundreds_is_placed_well_within_a_second_and_around_its_heaviest_faces():
    made = random.Random(7)
    crowd = [Region(made.uniform(0, 0.98), made.uniform(0, 0.98), 0.01, 0.02, 0.5) for _ in range(400)]
    heavy = [Region(0.6, 0.4, 0.08, 0.2, 0.9), Region(0.7, 0.45, 0.08, 0.2, 0.9)]
    begun = perf_counter()
    found = crop.around_faces((*crowd, *heavy), Size(1000, 700), WIDE, UPRIGHT)
    assert perf_counter() - begun < 1
    assert all(is_whole(needed(face, UPRIGHT, WIDE), found, SLACK) for face in heavy)
