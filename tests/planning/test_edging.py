"""Padding, border and corners in whole pixels: part of `w` and `h` where these are given, around the rest where not."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sizing_rules import LIMITS, assert_sound, info, planned
from test_any_plan import limits, sources, specs

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.model.edges import ROUND, Edges, Margins, Mask
from imgcdn.model.geometry import Box, Size
from imgcdn.model.ground import Extend, Fill
from imgcdn.model.media import Format
from imgcdn.model.seen import Seen
from imgcdn.model.spec import Colour, Spec
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits

PHOTO = info(1600, 900)
CLEAR, WHITE = Colour(0, 0, 0, 0), Colour(255, 255, 255)


def plan_of(query, source=PHOTO, form=Format.WEBP, limit=LIMITS):
    return planned(native.parse("img", "a", query).spec, source, form=form, limits=limit)


@pytest.mark.parametrize(
    ("query", "size", "resized"),
    [
        ("w=400&h=300&pad=20", (400, 300), (360, 260)),
        ("w=400&h=300&pad=20&border=5", (400, 300), (350, 250)),
        ("w=400&h=300&pad=20&pad_left=0&pad_bottom=50", (400, 300), (380, 230)),
        ("w=420&pad=10", (420, 245), (400, 225)),
        ("h=245&pad=10", (420, 245), (400, 225)),
        ("pad=10&border=1", (1622, 922), (1600, 900)),
        ("w=200&h=200&pad=10&dpr=2", (400, 400), (360, 360)),
        ("w=300&ar=3:2&border=50", (300, 200), (200, 100)),
        ("w=300&h=300&fit=inside&pad=30", (300, 195), (240, 135)),
        ("w=300&h=300&fit=contain&pad=30", (300, 300), (240, 135)),
        ("w=300&h=300&fit=fill&border=10", (300, 300), (280, 280)),
        ("w=300&h=200&rotate=90&pad_left=100", (300, 200), (200, 200)),
        ("w=300&h=200&rotate=90&pad_top=100", (300, 200), (100, 300)),
        ("w=3000&h=3000&fit=cover-down&pad=10", (920, 920), (900, 900)),
        ("w=0.5&pad=40", (800, 485), (720, 405)),
        ("w=400&h=300&border=10&border_left=0&border_bottom=50", (400, 300), (390, 240)),
        ("w=420&border_left=20", (420, 225), (400, 225)),
        ("border_top=7", (1600, 907), (1600, 900)),
        ("w=200&h=200&border=10&border_right=30&dpr=2", (400, 400), (320, 360)),
        ("w=300&h=200&rotate=90&border_top=100", (300, 200), (100, 300)),
    ],
)
def test_padding_and_border_are_part_of_the_sides_that_are_given(query, size, resized):
    plan = plan_of(query)
    assert plan.size == Size(*size)
    assert plan.resized == Size(*resized)


def test_a_quarter_turn_leaves_each_padding_on_the_side_it_is_named_after():
    plan = plan_of("w=300&h=200&rotate=90&pad_left=100")
    assert plan.edges.padding == Margins(100, 0, 0, 0)


def test_what_is_left_for_the_picture_decides_the_shape_of_the_crop():
    assert plan_of("w=300&h=200&pad_left=100").window == Box(350, 0, 900, 900)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("w=40&h=300&pad=20", "w"),
        ("w=400&h=30&border=15", "h"),
        ("w=10&pad=5", "w"),
        ("w=100&h=100&dpr=0.1&pad=1000", "w"),
        ("w=300&ar=10:1&pad=20", "ar"),
        ("h=300&fit=cover&max_w=30&pad=20", "max_w"),
    ],
)
def test_edges_that_leave_nothing_of_the_picture_are_refused_by_name(query, param):
    with pytest.raises(errors.ConflictingParametersError) as caught:
        plan_of(query)
    assert caught.value.param == param
    assert "pad and border" in caught.value.detail


def test_edges_that_are_larger_than_any_answer_are_refused():
    with pytest.raises(errors.ConflictingParametersError) as caught:
        plan_of("pad=1000&dpr=5")
    assert "8192" in caught.value.detail


def test_an_answer_that_limits_make_smaller_has_smaller_edges_too():
    plan = plan_of("w=4000&h=4000&pad=100&border=40&radius=200", limit=Limits(max_side=1000))
    assert plan.size == Size(1000, 1000)
    assert plan.edges.padding == Margins(25, 25, 25, 25)
    assert (plan.edges.border, plan.edges.radii) == (Margins(10, 10, 10, 10), (50, 50, 50, 50))


@pytest.mark.parametrize(
    ("query", "radii"),
    [
        ("w=400&h=300&radius=20", (20, 20, 20, 20)),
        ("w=400&h=300&radius=20&dpr=2", (40, 40, 40, 40)),
        ("w=400&h=300&radius=max", (150, 150, 150, 150)),
        ("w=400&h=300&radius=1,2,3,4", (1, 2, 3, 4)),
        ("w=400&h=300&radius=300,0,0,0", (300, 0, 0, 0)),
        ("w=400&h=300&radius=8192,0,0,0", (300, 0, 0, 0)),
        ("w=400&h=300&radius=400,400,0,0", (200, 200, 0, 0)),
        ("w=400&h=300&mask=corners", (60, 60, 60, 60)),
        ("w=400&h=300&mask=corners&radius=9", (9, 9, 9, 9)),
        ("w=1&h=1&radius=max", (0, 0, 0, 0)),
    ],
)
def test_radii_shrink_together_until_no_two_of_them_overlap(query, radii):
    plan = plan_of(query)
    assert (plan.edges.radii if plan.edges else (0, 0, 0, 0)) == radii


@pytest.mark.parametrize(
    ("query", "inner"),
    [
        ("border=10&radius=40", (30, 30, 30, 30)),
        ("border=50&radius=40", (0, 0, 0, 0)),
        ("border=10&border_left=30&radius=40", (10, 30, 30, 10)),
        ("border=10&radius=40&radius_inner=5", (5, 5, 5, 5)),
        ("border=10&radius_inner=1,2,3,4", (1, 2, 3, 4)),
        ("border=10&radius_inner=20&dpr=2", (40, 40, 40, 40)),
        ("border=50&radius_inner=max", (100, 100, 100, 100)),
        ("border=10&radius=0&radius_inner=0", (0, 0, 0, 0)),
    ],
)
def test_inner_corners_follow_from_the_outer_ones_unless_they_are_said(query, inner):
    assert plan_of(f"w=400&h=300&{query}").edges.inner_radii == inner


def test_an_ellipse_takes_the_place_of_corners():
    plan = plan_of("w=400&h=300&mask=ellipse&radius=40")
    assert plan.edges.is_ellipse
    assert plan.edges.radii == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("query", "form", "outside"),
    [
        ("radius=9", Format.WEBP, CLEAR),
        ("radius=9&bg=0f0", Format.WEBP, CLEAR),
        ("radius=9&bg=0f0", Format.JPEG, Colour(0, 255, 0)),
        ("radius=9", Format.JPEG, WHITE),
        ("radius=9&mask_bg=00f", Format.WEBP, Colour(0, 0, 255)),
        ("radius=9&mask_bg=00f&bg=0f0", Format.JPEG, Colour(0, 0, 255)),
    ],
)
def test_outside_of_the_shape_it_is_transparent_where_that_can_be(query, form, outside):
    assert plan_of(f"w=99&{query}", form=form).edges.outside == outside


@pytest.mark.parametrize("query", ["w=400", "w=400&pad=0&border=0&radius=0", "w=400&borderColor=f00&mask_bg=00f"])
def test_a_plan_without_edges_carries_nothing_of_them(query):
    plan = plan_of(query)
    assert (plan.edges, plan.patches, plan.grid) == (None, (), 0)
    assert plan_of(f"{query}&grid_size=4&grid_colors=f00,00f") == plan, "without a ground its colours are nothing"


@pytest.mark.parametrize(
    ("query", "ground"), [("", Fill.SOLID), ("&fill=blur", Fill.BLUR), ("&extend=copy", Extend.COPY)]
)
def test_a_letterbox_is_filled_as_asked_for(query, ground):
    assert plan_of(f"w=300&h=300&fit=contain{query}").canvas.ground is ground


def test_a_letterbox_cannot_be_filled_with_two_things():
    with pytest.raises(errors.ConflictingParametersError) as caught:
        plan_of("w=300&h=300&fit=contain&fill=blur&extend=copy")
    assert caught.value.param == "extend"


def test_squares_behind_transparency_grow_with_the_screen():
    assert plan_of("w=300&transparency=grid").grid == 8
    assert plan_of("w=300&transparency=grid&dpr=2").grid == 16
    assert plan_of("w=300&transparency=grid&grid_size=3&dpr=2").grid == 6
    assert plan_of("w=300&transparency=grid&grid_size=1&dpr=0.1").grid == 1
    assert plan_of("w=300&transparency=grid&grid_colors=f00,00f").grid_colours == (Colour(255, 0, 0), Colour(0, 0, 255))


radii = st.just((ROUND,) * 4) | st.tuples(*[st.integers(0, 900)] * 4)
edges = st.builds(
    Edges,
    pad=st.integers(0, 60),
    pad_left=st.none() | st.integers(0, 1000),
    pad_bottom=st.none() | st.integers(0, 200),
    border=st.integers(0, 400) | st.just(0),
    border_left=st.none() | st.integers(0, 60),
    border_top=st.none() | st.integers(0, 400),
    radius=radii,
    radius_inner=st.none() | radii,
    mask=st.none() | st.sampled_from(Mask),
)


def parts(upright):
    """Parts of an upright picture, as trimming may leave them."""
    lefts, tops = st.integers(0, upright.width - 1), st.integers(0, upright.height - 1)
    return st.tuples(lefts, tops).flatmap(
        lambda at: st.builds(
            Box,
            st.just(at[0]),
            st.just(at[1]),
            st.integers(1, upright.width - at[0]),
            st.integers(1, upright.height - at[1]),
        )
    )


@settings(max_examples=400, deadline=None)
@given(specs, edges, sources, limits, st.sampled_from(Format), st.data())
def test_any_plan_with_edges_and_trim_is_sound_or_refused(spec, around, source, limit, form, data):
    spec = Spec(**{name: getattr(spec, name) for name in spec.__slots__} | {"edges": around})
    seen = Seen(trimmed=data.draw(parts(planner.upright_size(spec, source))))
    try:
        plan = planner.plan(spec, source, None, form, limit, Encoding(), seen=seen)
    except errors.ConflictingParametersError:
        assume(False)
    assert_sound(plan, source, limit)
    assert seen.trimmed.left <= plan.window.left
    assert seen.trimmed.top <= plan.window.top
    assert plan.window.right <= seen.trimmed.right
    assert plan.window.bottom <= seen.trimmed.bottom
    if plan.edges is not None:
        a, b, c, d = plan.edges.radii
        assert max(a + b, c + d) <= plan.size.width
        assert max(a + d, b + c) <= plan.size.height
        a, b, c, d = plan.edges.inner_radii
        inside = Size(plan.size.width - plan.edges.border.across, plan.size.height - plan.edges.border.down)
        assert min(inside.width, inside.height) > 0
        assert max(a + b, c + d) <= inside.width
        assert max(a + d, b + c) <= inside.height


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 9000), st.integers(1, 9000), edges, st.floats(0.1, 5), sources)
def test_an_answer_with_both_sides_given_has_them_whatever_its_edges(width, height, around, dpr, source):
    spec = Spec(width=width, height=height, dpr=dpr, edges=around)
    try:
        found = planned(spec, source)
    except errors.ConflictingParametersError:
        assume(False)
    assert found.size == planned(Spec(width=width, height=height, dpr=dpr), source).size
