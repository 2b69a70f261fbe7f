"""What the face detector does without pixels: tiles, groups, cells, scores and turned pictures."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.gravity.pyramid import (
    Cell,
    Sighting,
    candidates,
    cell,
    fused,
    is_same,
    placed,
    scores,
    seen,
    settled,
    tiles,
    turned_back,
)
from imgcdn.model.geometry import Box


def sighting(left: float, top: float, side: float, score: float = 0.9) -> Sighting:
    return Sighting(left, top, side, side, score, ((left, top),) * 6)


@settings(deadline=None)
@given(st.integers(1, 1300), st.integers(1, 1300), st.sampled_from([(0.6, 0.3, 12), (0.3, 0.15, 30)]))
def test_tiles_cover_every_pixel_stay_inside_and_are_not_too_many(width, height, how) -> None:
    share, overlap, most = how
    found = tiles(width, height, share, overlap, 112, most)
    assert 1 <= len(found) <= most
    assert all(box.left >= 0 and box.top >= 0 and box.right <= width and box.bottom <= height for box in found)
    assert {x for box in found for x in range(box.left, box.right)} == set(range(width))
    assert {y for box in found for y in range(box.top, box.bottom)} == set(range(height))


def test_sightings_of_one_face_are_one_candidate_with_its_two_best_scores() -> None:
    found = candidates([sighting(0, 0, 10), sighting(1, 1, 10, 0.8), sighting(50, 50, 10, 0.4)], 0.15, 64)
    assert [(one.first, one.second) for one in found] == [(0.9, 0.8), (0.4, 0.05)]


def test_a_sighting_that_never_reached_the_least_score_is_no_candidate() -> None:
    assert candidates([sighting(0, 0, 10, 0.1)], 0.15, 64) == []


def test_a_box_inside_another_is_the_same_face_and_a_neighbour_is_not() -> None:
    assert is_same(sighting(0, 0, 20), sighting(5, 5, 8))
    assert not is_same(sighting(0, 0, 20), sighting(19, 0, 20))


def test_the_surer_sighting_weighs_more_in_the_mean_box() -> None:
    mean = fused([sighting(0, 0, 10, 0.9), sighting(2, 0, 10, 0.3)])
    assert 0 < mean.left < 0.5


def test_a_sighting_cut_by_a_tiles_inner_edge_is_worth_less_than_at_the_pictures_own_edge() -> None:
    at_edge = sighting(0, 40, 30)
    inner = placed(at_edge, Box(100, 0, 200, 200), 400, 200)
    outer = placed(at_edge, Box(0, 0, 200, 200), 400, 200)
    assert (inner.left, outer.left) == (100, 0)
    assert inner.score < outer.score == pytest.approx(0.9)


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_what_is_seen_in_a_cell_of_a_sheet_comes_back_to_its_place(is_mirrored: bool) -> None:
    (candidate,) = candidates([sighting(100, 80, 40)], 0.15, 64)
    frame = cell(candidate, 2.0, 64, is_mirrored=is_mirrored)
    scale = frame.side / frame.size
    left = (candidate.box.left - frame.left) / scale
    width = candidate.box.width / scale
    on_sheet = Sighting(
        64 + (64 - left - width if is_mirrored else left), (candidate.box.top - frame.top) / scale, width, width, 0.9
    )
    back = frame.back(on_sheet, 1, 0)
    assert (back.left, back.top, back.width) == pytest.approx((100, 80, 40), abs=1e-6)


def test_a_mirrored_cell_swaps_left_and_right_points() -> None:
    points = ((10.0, 10.0), (50.0, 10.0), (30.0, 20.0), (30.0, 40.0), (5.0, 10.0), (60.0, 10.0))
    back = Cell(0, 0, 64, 64, is_mirrored=True).back(Sighting(0, 0, 64, 64, 0.9, points), 0, 0)
    assert back.points[0] == (14.0, 10.0)
    assert back.points[1] == (54.0, 10.0)


@pytest.mark.parametrize(
    ("quarter", "turn"),
    [
        (1, lambda x, y, w, h: (y, w - x)),
        (2, lambda x, y, w, h: (w - x, h - y)),
        (3, lambda x, y, w, h: (h - y, x)),
    ],
)
def test_a_box_seen_in_a_turned_picture_comes_back_to_where_it_was(quarter: int, turn) -> None:
    width, height = 300, 200
    one, other = turn(30, 40, width, height), turn(50, 70, width, height)
    seen_turned = Sighting(
        min(one[0], other[0]), min(one[1], other[1]), abs(one[0] - other[0]), abs(one[1] - other[1]), 0.9
    )
    back = turned_back(seen_turned, quarter, width, height)
    assert (back.left, back.top, back.width, back.height) == (30, 40, 20, 30)


def test_a_weak_candidate_is_believed_more_in_sure_company_than_alone() -> None:
    alone, together = scores([0.3])[0], scores([0.3, 5.0])[0]
    assert alone < 0.5 < together


def test_no_candidates_are_no_scores() -> None:
    assert scores([]) == []


def test_a_second_look_confirms_only_what_it_meets() -> None:
    (candidate,) = candidates([sighting(100, 80, 40)], 0.15, 64)
    assert seen(candidate, [sighting(300, 80, 40)]) is None
    assert seen(candidate, [sighting(102, 82, 40, 0.4), sighting(300, 80, 40)]).score == 0.4


def test_a_settled_box_reaches_from_forehead_to_chin() -> None:
    (candidate,) = candidates([sighting(100, 100, 40)], 0.15, 64)
    box = settled(candidate, [None])
    assert box.height > candidate.box.height > box.width
    assert box.top < candidate.box.top
