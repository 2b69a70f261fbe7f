from itertools import combinations

import pytest
from sizing_rules import LIMITS, info, planned

from imgcdn.model.analysis import Candidate, Focus, Trial
from imgcdn.model.drawing import Heat, Rectangle
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.spec import Colour, Rect, Spec
from imgcdn.planning import drawing, planner

SQUARE = Spec(width=300, height=300)
PHOTO = info(2400, 1600)
WHITE, GREEN, BLUE, AMBER, LILAC = (
    Colour(255, 255, 255),
    Colour(80, 235, 150),
    Colour(125, 200, 255),
    Colour(255, 205, 90),
    Colour(205, 165, 255),
)
ANNE, BERT = Region(0.25, 0.25, 0.1, 0.15, 0.97), Region(0.7, 0.3, 0.1, 0.15, 0.88)


def drawn(focus, faces=(), spec=SQUARE, source=PHOTO, heat=None):
    """Plan and draw as the pipeline would."""
    is_wanted = planner.wanted_aspect(spec, planner.upright_size(spec, source), LIMITS) is not None
    focus = focus if is_wanted else None
    return drawing.draw(spec, source, planned(spec, source, focus), focus, faces, heat)


def outlines(made, colour):
    return [outline for outline in made.rectangles if outline.colour == colour]


def texts(made):
    return [label.text for label in made.labels]


@pytest.mark.parametrize(
    ("upright", "size"),
    [
        (Size(2400, 1600), Size(1200, 800)),
        (Size(1600, 2400), Size(800, 1200)),
        (Size(1000, 500), Size(1200, 600)),
        (Size(300, 200), Size(600, 400)),
        (Size(24000, 100), Size(1200, 5)),
        (Size(30000, 1), Size(1200, 1)),
        (Size(1, 1), Size(2, 2)),
    ],
)
def test_a_drawing_is_1200_px_long_and_enlarges_twice_at_most(upright, size):
    assert drawing.drawn_size(upright) == size


def test_the_window_is_outlined_where_the_plan_has_it_and_cut_in_thirds():
    made = drawn(Focus(Point(0.5, 0.5), "center"))
    assert made.size == Size(1200, 800)
    assert made.window == Box(200, 0, 800, 800)
    assert outlines(made, WHITE) == [Rectangle(Box(200, 0, 800, 800), WHITE, 3)]
    assert [line.box for line in made.lines] == [
        Box(466, 0, 2, 800),
        Box(200, 266, 800, 2),
        Box(732, 0, 2, 800),
        Box(200, 532, 800, 2),
    ]


def test_the_cross_is_at_the_focus():
    (cross,) = drawn(Focus(Point(0.25, 0.75), "fp")).crosses
    assert (cross.x, cross.y) == (300, 600)


@pytest.mark.parametrize(("point", "pixel"), [(Point(1.0, 1.0), (1199, 799)), (Point(0.0, 0.0), (0, 0))])
def test_a_cross_on_the_edge_is_still_in_the_picture(point, pixel):
    (cross,) = drawn(Focus(point, "fp")).crosses
    assert (cross.x, cross.y) == pixel


def test_where_nothing_was_chosen_there_is_no_cross_and_it_is_said():
    made = drawn(Focus(Point(0.5, 0.5), "center"), spec=Spec(width=300))
    assert made.crosses == ()
    assert made.window == Box(0, 0, 1200, 800)
    assert texts(made) == ["nothing to choose · 300×200 inside"]


def test_faces_that_decided_are_green_and_others_blue_each_with_its_score():
    made = drawn(Focus(ANNE.centre, "face", 0.97, (ANNE,)), (ANNE, BERT))
    assert outlines(made, GREEN) == [Rectangle(Box(300, 200, 120, 120), GREEN, 3)]
    assert outlines(made, BLUE) == [Rectangle(Box(840, 240, 120, 120), BLUE, 2)]
    assert texts(made) == ["face 0.97 · 300×300 cover · 1 of 2 faces", "0.97", "0.88"]


def test_a_label_stands_on_its_box():
    made = drawn(Focus(ANNE.centre, "face", 0.97, (ANNE,)), (ANNE,))
    label = made.labels[1]
    assert (label.box.left, label.box.bottom) == (300, 200)
    assert (label.ground, label.height_px) == (GREEN, 14)


def test_faces_are_drawn_though_another_engine_decided():
    made = drawn(Focus(Point(0.5, 0.5), "auto", 0.4), (ANNE, BERT))
    assert len(outlines(made, BLUE)) == 2
    assert texts(made)[0] == "auto 0.40 · 300×300 cover · 2 faces"


def test_a_face_below_face_min_is_dashed_and_not_counted_and_one_that_weighs_nothing_is_not_drawn():
    doubtful, noise = Region(0.5, 0.3, 0.1, 0.15, 0.3), Region(0.1, 0.3, 0.1, 0.15, 0.19)
    made = drawn(Focus(Point(0.5, 0.5), "auto", 0.4), (ANNE, doubtful, noise))
    assert [outline.is_dashed for outline in outlines(made, BLUE)] == [True, False]
    assert texts(made)[0].endswith("· 1 face")


def test_landmarks_are_dots_on_faces_that_are_large_enough():
    eyes = (Point(0.28, 0.3), Point(0.32, 0.3), Point(-0.01, 0.3))
    large = Region(0.25, 0.25, 0.1, 0.15, 0.97, eyes)
    small = Region(0.25, 0.25, 0.02, 0.03, 0.97, eyes)
    assert [(dot.x, dot.y) for dot in drawn(Focus(ANNE.centre, "auto"), (large,)).dots] == [(336, 240), (384, 240)]
    assert drawn(Focus(ANNE.centre, "auto"), (small,)).dots == ()


def candidate(x, score):
    return Candidate(Region(x, 0.0, 2 / 3, 1.0, min(1.0, max(0.0, score))), score, {})


def test_the_next_best_windows_are_dashed_and_numbered_by_rank():
    weighed = (candidate(1 / 6, 0.8), candidate(0.0, 0.6), candidate(1 / 3, -0.001), candidate(0.05, 0.1))
    made = drawn(Focus(Point(0.5, 0.5), "auto", 0.4, candidates=weighed))
    assert outlines(made, AMBER) == [
        Rectangle(Box(400, 0, 800, 800), AMBER, 2, is_dashed=True),
        Rectangle(Box(0, 0, 800, 800), AMBER, 2, is_dashed=True),
    ]
    assert texts(made)[1:] == ["1: 0.80", "2: 0.60", "3: 0.00"]


def test_a_candidate_that_is_the_window_itself_is_not_drawn_again():
    made = drawn(Focus(Point(0.5, 0.5), "auto", 0.4, candidates=(candidate(1 / 6, 0.8), candidate(1 / 6 + 0.001, 0.7))))
    assert outlines(made, AMBER) == []
    assert len(made.labels) == 1


def test_rect_is_outlined_outside_of_what_it_leaves():
    made = drawn(Focus(Point(0.5, 0.5), "center"), spec=Spec(width=300, height=300, rect=Rect(0.25, 0.25, 0.5, 0.5)))
    assert outlines(made, LILAC) == [Rectangle(Box(295, 195, 610, 410), LILAC, 3)]
    assert made.window == Box(400, 200, 400, 400)


def test_a_turned_source_is_drawn_upright():
    made = drawn(Focus(Point(0.5, 0.25), "fp"), source=info(2400, 1600, orientation=6))
    assert (made.size, made.orientation, made.window) == (Size(800, 1200), 6, Box(0, 0, 800, 800))


def test_an_orientation_in_the_url_beats_the_files():
    spec = Spec(width=300, height=300, orientation=0)
    made = drawn(Focus(Point(0.5, 0.5), "center"), spec=spec, source=info(2400, 1600, orientation=6))
    assert (made.size, made.orientation) == (Size(1200, 800), 1)


def test_engines_that_did_not_decide_are_named_but_not_a_missing_override():
    tried = (Trial("override", "none"), Trial("face", "no face"), Trial("smart", "used"))
    made = drawn(Focus(Point(0.5, 0.5), "smart", tried=tried))
    assert texts(made) == ["smart · 300×300 cover · not face"]


def test_the_score_map_is_handed_on():
    heat = Heat(1, 1, "AA==")
    assert drawn(Focus(Point(0.5, 0.5), "center"), heat=heat).heat is heat


def crowd(count):
    """Faces in rows, a little over each other."""
    return tuple(Region(0.02 * (n % 48), 0.09 * (n // 48), 0.025, 0.1, 0.9) for n in range(count))


@pytest.mark.parametrize(
    "size", [(2400, 1600), (300, 300), (150, 90), (40, 30), (8, 8), (4000, 200), (10, 3000), (1, 1)]
)
@pytest.mark.parametrize("count", [0, 3, 300])
def test_nothing_is_drawn_outside_of_the_picture_and_no_label_over_another(size, count):
    faces = crowd(count)
    made = drawn(Focus(Point(0.9, 0.9), "faces", 0.9, faces), faces, spec=Spec(width=30, height=17), source=info(*size))
    whole = Box(0, 0, made.size.width, made.size.height)
    assert len(outlines(made, GREEN)) + len(outlines(made, BLUE)) == count
    for box in (made.window, *(outline.box for outline in made.rectangles), *(label.box for label in made.labels)):
        assert (box.left >= 0, box.top >= 0, box.right <= whole.right, box.bottom <= whole.bottom) == (True,) * 4
        assert min(box.width, box.height) >= 1
    for one, other in combinations([label.box for label in made.labels], 2):
        assert one.right <= other.left or other.right <= one.left or one.bottom <= other.top or other.bottom <= one.top
