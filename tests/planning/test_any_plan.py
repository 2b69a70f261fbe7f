"""Whatever is asked of whatever source: a plan that can be carried out, or an impossible crop."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sizing_rules import ENCODING, assert_sound, info

from imgcdn import errors
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Point, Region
from imgcdn.model.media import Format
from imgcdn.model.plan import TransformPlan
from imgcdn.model.spec import Anchor, Colour, FacePreset, Fit, Rect, Spec
from imgcdn.planning import planner
from imgcdn.planning.settings import Limits

shares = st.floats(0, 1)
inner = st.floats(0, 1, exclude_min=True, exclude_max=True)
lengths = st.integers(1, 8192) | inner
angles = st.sampled_from([0.0, 90.0, 180.0, 270.0, -90.0, 360.0, 45.0]) | st.integers(-360_000, 360_000).map(
    lambda n: n / 1000
)

specs = st.builds(
    Spec,
    width=st.none() | lengths,
    height=st.none() | lengths,
    aspect=st.none() | st.fractions(Fraction(1, 100), 100, max_denominator=1000),
    dpr=st.floats(0.1, 5),
    fit=st.none() | st.sampled_from(Fit),
    may_enlarge=st.none() | st.booleans(),
    zoom=st.just(1.0) | st.floats(1, 100),
    rect=st.none()
    | st.builds(
        Rect,
        st.integers(0, 3000) | inner | st.sampled_from(Anchor),
        st.integers(0, 3000) | inner | st.sampled_from(Anchor),
        st.integers(1, 3000) | inner,
        st.integers(1, 3000) | inner,
    ),
    face_pad=st.none() | st.floats(0, 10),
    face_preset=st.none() | st.sampled_from(FacePreset),
    rotate=angles,
    is_straightened=st.booleans(),
    flip=st.booleans(),
    flop=st.booleans(),
    orientation=st.none() | st.integers(0, 8),
    background=st.none() | st.just(Colour(1, 2, 3)),
)
sides = st.integers(1, 50) | st.integers(1, 12_000)
sources = st.builds(
    info,
    sides,
    sides,
    orientation=st.integers(1, 8),
    loader=st.sampled_from(["jpegload", "pngload"]),
    frames=st.sampled_from([1, 5]),
)
faces = st.builds(Region, shares, shares, st.floats(0.001, 1), st.floats(0.001, 1), st.floats(0.01, 1))
focuses = st.builds(
    Focus, st.builds(Point, shares, shares), st.just("face"), faces=st.lists(faces, max_size=4).map(tuple)
)
limits = st.just(Limits()) | st.builds(Limits, max_side=st.integers(50, 9000), max_pixels=st.integers(10_000, 10**8))


def attempt(spec, source, focus, form, limit) -> TransformPlan | None:
    """The plan, or None for an impossible crop, which only a rect may cause."""
    upright = planner.upright_size(spec, source)
    try:
        is_wanted = planner.wanted_aspect(spec, upright, limit) is not None
        return planner.plan(spec, source, focus if is_wanted else None, form, limit, ENCODING)
    except errors.ImpossibleCropError:
        assert spec.rect is not None
        return None


@settings(max_examples=400, deadline=None)
@given(specs, sources, focuses, st.sampled_from(Format), limits)
def test_a_plan_never_fails_and_is_always_sound(spec, source, focus, form, limit):
    plan = attempt(spec, source, focus, form, limit)
    if plan is not None:
        assert_sound(plan, source, limit)


@settings(max_examples=200, deadline=None)
@given(specs, sources, focuses, limits)
def test_the_window_stays_inside_the_region_of_the_upright_picture(spec, source, focus, limit):
    plan = attempt(spec, source, focus, Format.WEBP, limit)
    assume(plan is not None)
    region = planner.region_of(spec, planner.upright_size(spec, source))
    assert region.left <= plan.window.left
    assert region.top <= plan.window.top
    assert plan.window.right <= region.right
    assert plan.window.bottom <= region.bottom


@settings(max_examples=200, deadline=None)
@given(specs, sources, focuses)
def test_one_ask_gives_one_plan_whichever_way_the_file_lies(spec, source, focus):
    """The same upright picture stored as orientation 1 and 6 is cropped and sized alike."""
    width, height = source.stored.width, source.stored.height
    standing, lying = info(width, height), info(height, width, orientation=6)
    plain = replace(spec, orientation=None)
    one = attempt(plain, standing, focus, Format.JPEG, Limits())
    other = attempt(plain, lying, focus, Format.JPEG, Limits())
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert (one.window, one.resized, one.size) == (other.window, other.resized, other.size)
        assert (one.canvas, one.shrink) == (other.canvas, other.shrink)


@settings(max_examples=200, deadline=None)
@given(specs, sources, focuses)
def test_nothing_grows_when_enlarging_is_forbidden(spec, source, focus):
    plan = attempt(replace(spec, may_enlarge=False), source, focus, Format.JPEG, Limits())
    assume(plan is not None)
    assert plan.resized.width <= plan.window.width + 1
    assert plan.resized.height <= plan.window.height + 1


@settings(max_examples=400, deadline=None)
@given(specs, sources, limits)
def test_what_chooses_nothing_for_any_source_says_so_before_the_source_is_known(spec, source, limit):
    try:
        aspect = planner.wanted_aspect(spec, planner.upright_size(spec, source), limit)
    except errors.ImpossibleCropError:
        assume(False)
    else:
        assert aspect is None or planner.may_choose(spec)


def test_a_spec_that_only_resizes_may_choose_nothing():
    assert not planner.may_choose(Spec(width=100))
    assert not planner.may_choose(Spec(width=100, height=50, fit=Fit.CONTAIN))
    assert planner.may_choose(Spec(width=100, height=50))
