from imgcdn.model.drawing import Rectangle
from imgcdn.model.geometry import Box, Point, Size
from imgcdn.model.lettering import text_width
from imgcdn.model.spec import Colour
from imgcdn.planning.labels import Sheet

RED = Colour(255, 0, 0)
ASIDE = Box(500, 300, 1, 1)


def sheet(width=1000, height=600, window=ASIDE, faces=(), focus=None):
    return Sheet(Size(width, height), window, faces, focus)


def outline(*box):
    return Rectangle(Box(*box), RED, 2)


def corner(made):
    """Name the corner that the caption is in."""
    box = made.labels[0].box
    return ("top" if box.top == 0 else "bottom", "left" if box.left == 0 else "right")


def test_a_caption_is_at_the_bottom_left_unless_something_is_there():
    made = sheet()
    made.caption(("one", "two"))
    assert [label.text for label in made.labels] == ["one · two"]
    assert corner(made) == ("bottom", "left")
    assert made.labels[0].box.bottom == 600


def test_a_caption_gives_way_to_faces_the_focus_and_the_window():
    for obstacle in (
        {"faces": [Box(0, 500, 80, 100)]},
        {"focus": Point(20, 590)},
        {"window": Box(0, 300, 1000, 300)},
    ):
        made = sheet(**obstacle)
        made.caption(("one", "two"))
        assert corner(made) == ("top", "left")


def test_a_caption_breaks_between_its_parts_and_its_lines_are_equally_wide():
    made = sheet(220, 600)
    made.caption(("the first part", "the second"))
    assert [label.text for label in made.labels] == ["the first part", "the second"]
    first, second = (label.box for label in made.labels)
    assert (first.left, first.width, first.bottom) == (second.left, second.width, second.top)
    assert second.bottom == 600


def test_the_last_parts_of_a_caption_go_before_it_covers_the_picture():
    made = sheet(120, 60)
    made.caption(("the first", "the second", "the third"))
    assert [label.text for label in made.labels] == ["the first"]


def test_a_picture_too_small_for_letters_has_no_caption():
    made = sheet(20, 10)
    made.caption(("one",))
    assert made.labels == ()


def test_a_name_stands_on_its_box_and_under_it_at_the_upper_edge():
    made = sheet()
    made.name(outline(100, 100, 200, 200), "A")
    made.name(outline(400, 5, 200, 200), "B")
    above, below = (label.box for label in made.labels)
    assert (above.left, above.bottom) == (100, 100)
    assert (below.left, below.top) == (400, 205)


def test_a_name_rather_hides_nobody_elses_face():
    made = sheet(faces=[Box(100, 60, 100, 40), Box(100, 100, 200, 200)])
    made.name(outline(100, 100, 200, 200), "A")
    assert made.labels[0].box.top == 300


def test_a_small_box_has_small_letters():
    made = sheet()
    made.name(outline(100, 100, 200, 200), "0.97")
    made.name(outline(400, 100, 40, 40), "0.97")
    made.name(outline(600, 100, 5, 5), "0.97")
    assert [label.height_px for label in made.labels] == [14, 11, 7]


def test_a_name_with_no_room_is_left_out():
    made = sheet(40, 20)
    made.name(outline(0, 0, 40, 20), "a long name")
    assert made.labels == ()


def test_a_window_is_named_in_a_free_corner_of_its_own():
    made = sheet()
    for left in (0, 0, 400):
        made.name_inside(outline(left, 0, 600, 600), "1: 0.90")
    first, second, third = (label.box for label in made.labels)
    assert (first.left, first.top) == (0, 0)
    assert (second.right, second.top) == (600, 0)
    assert (third.left, third.top) == (400, 0)


def test_a_window_hardly_larger_than_its_name_is_named_from_outside():
    made = sheet()
    made.name_inside(outline(100, 100, 120, 60), "1: 0.90")
    assert made.labels[0].box.bottom == 100


def test_a_plate_shows_around_its_text():
    made = sheet()
    made.name(outline(100, 100, 200, 200), "0.97")
    box = made.labels[0].box
    assert (box.width - text_width("0.97", 14), box.height - 14) == (12, 12)
