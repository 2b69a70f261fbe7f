from dataclasses import replace

from imgcdn.model.geometry import Box, Size
from imgcdn.model.media import Format
from imgcdn.model.plan import Canvas, Output, TransformPlan
from imgcdn.model.spec import Colour, Strip

WHITE = Colour(255, 255, 255)
PLAN = TransformPlan(
    orientation=1,
    window=Box(0, 0, 400, 300),
    stored_window=Box(0, 0, 400, 300),
    shrink=1,
    resized=Size(40, 30),
    backdrop=None,
    rotate_quarters=0,
    flip=False,
    flop=False,
    canvas=None,
    angle=0.0,
    angle_colour=WHITE,
    rotated=None,
    frames=1,
    output=Output(Format.JPEG, 80, 0, False, True, Strip.ALL, WHITE),
)


def test_a_plain_plan_ends_in_the_resized_window():
    assert PLAN.size == Size(40, 30)


def test_quarter_turns_swap_the_sides_and_half_turns_do_not():
    sizes = [replace(PLAN, rotate_quarters=turns).size for turns in range(4)]
    assert sizes == [Size(40, 30), Size(30, 40), Size(40, 30), Size(30, 40)]


def test_a_canvas_is_the_size_of_the_answer_as_it_stands():
    plan = replace(PLAN, rotate_quarters=1, canvas=Canvas(Size(100, 50), 35, 5, WHITE))
    assert plan.size == Size(100, 50)


def test_a_free_rotation_comes_last_and_so_decides_the_size():
    plan = replace(PLAN, canvas=Canvas(Size(100, 50), 30, 10, WHITE), angle=45.0, rotated=Size(107, 107))
    assert plan.size == Size(107, 107)
