"""Several frames' findings become one: things are followed, maps averaged, points taken from the middle."""

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcdn.gravity import frames
from imgcdn.model.analysis import ContentMap, Finding, ImportanceMap, ObjectMap, Thing
from imgcdn.model.geometry import Point, Region
from imgcdn.model.media import Preview


def face(x: float, y: float = 0.4, side: float = 0.1, score: float = 0.9, landmarks: tuple[Point, ...] = ()) -> Region:
    """A square face with its centre at (x, y)."""
    return Region(x - side / 2, y - side / 2, side, side, score, landmarks)


def faces_of(*found: tuple[Region, ...]) -> tuple[Region, ...]:
    return frames.combine([Finding("face", faces=faces, why="" if faces else "no face") for faces in found]).faces


def packed(*values: int) -> str:
    return b64encode(bytes(values)).decode()


def test_a_still_keeps_its_finding_as_it_is():
    finding = Finding("face", faces=(face(0.5), face(0.55)), why="as it is")
    assert frames.combine([finding]) is finding


def test_a_face_that_holds_still_stays_as_it_is():
    (found,) = faces_of(*[(face(0.5),)] * 5)
    assert (found.x, found.y, found.width, found.score) == pytest.approx((0.45, 0.35, 0.1, 0.9))


def test_the_box_of_a_face_that_moves_holds_every_place_where_it_was():
    (found,) = faces_of(*[(face(0.3 + 0.08 * step),) for step in range(5)])
    assert (found.x, found.x + found.width) == pytest.approx((0.25, 0.67))
    assert (found.y, found.height) == pytest.approx((0.35, 0.1))
    assert found.score == pytest.approx(0.9)


def test_faces_that_pass_each_other_by_in_one_step_are_still_two():
    found = faces_of(*[(face(0.3), face(0.42)), (face(0.31), face(0.41))] * 2)
    assert len(found) == 2
    assert [round(region.width, 2) for region in found] == [0.11, 0.11]


def test_a_face_far_away_or_of_another_size_is_another():
    assert len(faces_of((face(0.2),), (face(0.8),))) == 2
    assert len(faces_of((face(0.5),), (face(0.5, side=0.4),))) == 2


def test_a_face_that_comes_late_still_counts_and_less_than_one_that_is_always_there():
    late, steady = face(0.8, score=0.9), face(0.2, score=0.9)
    found = faces_of((steady,), (steady,), (steady,), (steady, late), (steady, late))
    assert [round(region.centre.x, 2) for region in found] == [0.2, 0.8]
    assert found[0].score == pytest.approx(0.9)
    assert found[1].score == pytest.approx(0.9 * 0.7)


def test_a_doubtful_face_in_one_frame_of_five_is_no_longer_likely():
    (found,) = faces_of((), (), (face(0.5, score=0.8),), (), ())
    assert found.score < 0.5


def test_a_face_that_one_frame_misses_is_followed_on():
    assert len(faces_of((face(0.5),), (), (face(0.52),))) == 1


def test_landmarks_are_those_of_the_best_sight():
    best = (Point(0.5, 0.4),)
    (found,) = faces_of((face(0.5, score=0.6),), (face(0.5, score=0.8, landmarks=best),))
    assert found.landmarks == best


def test_faces_in_one_frame_are_reason_enough_to_say_nothing():
    with_one = frames.combine([Finding("face", why="no face"), Finding("face", faces=(face(0.5),))])
    assert with_one.why == ""
    assert frames.combine([Finding("face", why="no face")] * 2).why == "no face"


@given(
    st.lists(
        st.lists(st.tuples(*[st.floats(0.1, 0.9)] * 2, st.floats(0.02, 0.2), st.floats(0.1, 1)), max_size=6),
        min_size=2,
        max_size=5,
    )
)
def test_no_face_of_any_frame_is_left_out_and_none_counts_more_than_it_did(drawn):
    found = faces_of(*(tuple(face(*values) for values in frame) for frame in drawn))
    for frame in drawn:
        assert len(found) >= len(frame)
        for values in frame:
            one = face(*values)
            assert any(
                region.x <= one.x + 1e-9
                and region.y <= one.y + 1e-9
                and region.x + region.width >= one.x + one.width - 1e-9
                and region.y + region.height >= one.y + one.height - 1e-9
                and region.score >= one.score / 2
                for region in found
            )
    assert all(region.score <= max(v[3] for frame in drawn for v in frame) + 1e-9 for region in found)


def test_points_become_the_median_on_each_axis():
    points = [Point(0.1, 0.9), Point(0.5, 0.5), Point(0.9, 0.6)]
    finding = frames.combine([Finding("attention", point) for point in points])
    assert finding.point == Point(0.5, 0.6)
    some = frames.combine([Finding("smart", why="too small"), Finding("smart", Point(0.2, 0.3))])
    assert some.point == Point(0.2, 0.3)
    assert frames.combine([Finding("smart", why="too small")] * 2).point is None


def test_detail_is_averaged_and_what_is_kept_as_roots_is_averaged_as_squares():
    maps = [ImportanceMap(2, 1, 2.0, packed(0, 200), packed(value)) for value in (100, 140)]
    maps[1] = ImportanceMap(2, 1, 2.0, packed(100, 200), packed(140))
    found = frames.combine([Finding("auto", importance=each) for each in maps]).importance
    assert found is not None
    assert (found.width, found.height, found.aspect) == (2, 1, 2.0)
    assert list(b64decode(found.saliency)) == [71, 200]
    assert list(b64decode(found.detail)) == [120]


def test_content_maps_are_averaged_layer_by_layer():
    one = ContentMap(2, 1, 2.0, packed(0, 255), packed(0, 0), packed(9, 9))
    other = ContentMap(2, 1, 2.0, packed(255, 255), packed(0, 0), packed(9, 9))
    found = frames.combine([Finding("smart", content=one), Finding("smart", content=other)]).content
    assert found is not None
    assert [list(b64decode(layer)) for layer in (found.detail, found.skin, found.saturation)] == [
        [180, 255],
        [0, 0],
        [9, 9],
    ]


def test_things_are_followed_by_name_and_the_first_frames_map_of_objects_is_kept():
    maps = [ObjectMap(1, 1, ("dog",), packed(index)) for index in (0, 1)]
    first = Finding("objects", things=(Thing("dog", face(0.3)), Thing("cat", face(0.31))), objects=maps[0])
    second = Finding("objects", things=(Thing("dog", face(0.36)), Thing("ball", face(0.9))), objects=maps[1])
    found = frames.combine([first, second])
    assert {thing.label: round(thing.region.width, 2) for thing in found.things} == {
        "dog": 0.16,
        "cat": 0.1,
        "ball": 0.1,
    }
    assert found.objects == maps[0]


def test_an_engine_that_fails_on_one_frame_has_not_looked():
    failed = Finding("face", is_available=False, why="gone")
    assert frames.combine([Finding("face", faces=(face(0.5),)), failed]) == failed


def test_frames_are_stacked_from_the_first_to_the_last():
    stack = frames.stacked([Preview(1, 2, b"aaabbb"), Preview(1, 2, b"cccddd")])
    assert stack == Preview(1, 4, b"aaabbbcccddd")


def test_faces_that_may_not_be_missed_keep_their_best_score_and_every_place():
    steps = [Finding("face", faces=(face(0.3 + 0.08 * step, score=0.5 + 0.1 * step),)) for step in range(3)]
    late = Finding("face", faces=(face(0.9, score=0.4),))
    found = frames.everywhere([*steps, *[Finding("face", why="no face")] * 5, late])
    assert [one.score for one in found.faces] == pytest.approx([0.7, 0.4])
    assert (found.faces[0].x, found.faces[0].x + found.faces[0].width) == pytest.approx((0.25, 0.51))
    assert found.why == ""


def test_frames_that_could_not_be_looked_at_are_no_frames_without_faces():
    lost = Finding("face", is_available=False, why="gone")
    assert frames.everywhere([Finding("face", faces=(face(0.5),)), lost]) is lost
