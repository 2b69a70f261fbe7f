"""What unsigned URLs may ask for."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from imgcdn.errors import SizeNotAllowedError
from imgcdn.model.geometry import Size
from imgcdn.model.spec import Fit, Rect, Spec
from imgcdn.planning import sizing
from imgcdn.planning.ladders import admit
from imgcdn.planning.settings import Ladder, Limits

WIDTHS = Ladder(allow_widths=(800, 320, 1600))
RATIOS = Ladder(allow_ratios=("16:9", "1", "3/2"))
BOTH = Ladder(allow_widths=(320, 800, 1600), allow_ratios=("16:9", "1:1"))
WIDE = Fraction(16, 9)


def off(ladder: Ladder) -> Ladder:
    return ladder.model_copy(update={"snap": "off"})


def snapped(spec: Spec, ladder: Ladder) -> Spec:
    return admit(spec, ladder, is_signed=False)


def refusal(spec: Spec, ladder: Ladder) -> SizeNotAllowedError:
    with pytest.raises(SizeNotAllowedError) as caught:
        admit(spec, off(ladder), is_signed=False)
    assert caught.value.status == 403
    return caught.value


@pytest.mark.parametrize("spec", [Spec(width=333), Spec(height=0.123), Spec(), Spec(width=7, height=8, dpr=1.1)])
def test_signed_urls_ask_for_anything_and_without_a_ladder_so_does_everybody(spec):
    for ladder in (WIDTHS, off(WIDTHS), RATIOS, BOTH):
        assert admit(spec, ladder, is_signed=True) is spec
    assert admit(spec, Ladder(), is_signed=False) is spec
    assert admit(spec, Ladder(snap="off"), is_signed=False) is spec


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Spec(width=1), Spec(width=320)),
        (Spec(width=320), Spec(width=320)),
        (Spec(width=321), Spec(width=800)),
        (Spec(width=8192), Spec(width=1600)),
        (Spec(width=200, dpr=2.0), Spec(width=800)),
        (Spec(width=160, dpr=2.0), Spec(width=320)),
        (Spec(width=1000, dpr=0.1), Spec(width=320)),
        (Spec(width=400, height=300), Spec(width=800, height=600)),
        (Spec(width=400, height=300, dpr=2.0), Spec(width=800, height=600)),
        (Spec(width=3200, height=2400), Spec(width=1600, height=1200)),
        (Spec(width=400, height=1), Spec(width=800, height=2)),
        (Spec(width=8192, height=1), Spec(width=1600, height=1)),
        (Spec(width=400, aspect=WIDE), Spec(width=800, aspect=WIDE)),
        (Spec(width=400, height=300, aspect=WIDE), Spec(width=800, height=600)),
        (Spec(height=100, aspect=WIDE), Spec(width=320, aspect=WIDE)),
        (Spec(height=180, aspect=WIDE), Spec(width=320, aspect=WIDE)),
        (Spec(height=181, aspect=WIDE), Spec(width=800, aspect=WIDE)),
        (Spec(height=300), Spec(height=320)),
        (Spec(height=300, dpr=2.0), Spec(height=800)),
        (Spec(), Spec(width=1600, may_enlarge=False)),
        (Spec(dpr=2.0), Spec(width=1600, may_enlarge=False)),
        (Spec(aspect=WIDE, may_enlarge=True), Spec(width=1600, aspect=WIDE, may_enlarge=False)),
        (Spec(width=400, fit=Fit.FILL), Spec(width=800, fit=Fit.FILL)),
    ],
)
def test_other_widths_become_the_next_of_the_ladder_and_the_largest_where_there_is_none(asked, expected):
    assert snapped(asked, WIDTHS) == expected


@pytest.mark.parametrize(
    ("asked", "param", "says"),
    [
        (Spec(width=333), "w", "w=333 asks for 333 px: expected one of 320, 800, 1600 px, or a signed URL"),
        (Spec(width=333, dpr=1.5), "w", "w=333 with dpr=1.5 asks for 500 px: expected one of 320, 800, 1600 px"),
        (Spec(width=333, height=320), "w", "w=333 asks for 333 px"),
        (Spec(height=333), "h", "h=333 asks for 333 px"),
        (Spec(height=100, aspect=WIDE), "h", "h=100&ar=16:9 asks for 178 px"),
        (Spec(), "w", "w is missing, so the whole width is asked for: expected one of 320, 800, 1600 px"),
        (Spec(aspect=WIDE), "w", "w is missing"),
    ],
)
def test_where_nothing_snaps_other_sizes_are_refused_with_what_would_do(asked, param, says):
    error = refusal(asked, WIDTHS)
    assert error.param == param
    assert error.detail.startswith(says)


@pytest.mark.parametrize(
    "spec",
    [
        Spec(width=320),
        Spec(width=160, dpr=2.0),
        Spec(width=320, height=7),
        Spec(height=800),
        Spec(height=180, aspect=WIDE),
    ],
)
def test_where_nothing_snaps_sizes_of_the_ladder_are_answered(spec):
    assert admit(spec, off(WIDTHS), is_signed=False) == snapped(spec, WIDTHS)


@pytest.mark.parametrize(
    "spec",
    [
        Spec(width=0.5),
        Spec(width=0.5, height=0.5),
        Spec(height=0.25),
        Spec(width=320, height=0.5),
        Spec(width=0.5, height=320),
    ],
)
@pytest.mark.parametrize("snap", ["up", "off"])
def test_a_share_of_the_source_stands_on_no_ladder(spec, snap):
    with pytest.raises(SizeNotAllowedError, match="is a share of the source: expected one of 320, 800, 1600 px"):
        admit(spec, WIDTHS.model_copy(update={"snap": snap}), is_signed=False)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Spec(aspect=WIDE), Spec(aspect=WIDE)),
        (Spec(aspect=Fraction(178, 100)), Spec(aspect=WIDE)),
        (Spec(width=400, aspect=Fraction(100)), Spec(width=400, aspect=WIDE)),
        (Spec(width=400, aspect=Fraction(1, 100)), Spec(width=400, aspect=Fraction(1))),
        (Spec(height=300, aspect=Fraction(4, 3)), Spec(height=300, aspect=Fraction(3, 2))),
        (Spec(width=400, height=225), Spec(width=400, height=225)),
        (Spec(width=333, height=187), Spec(width=333, height=187)),
        (Spec(width=332, height=187), Spec(width=332, height=187)),
        (Spec(width=400, height=300), Spec(width=400, height=267)),
        (Spec(width=400, height=300, dpr=2.0), Spec(width=400, height=267, dpr=2.0)),
        (Spec(width=400, height=401), Spec(width=400, height=400)),
        (Spec(width=1, height=8192), Spec(width=1, height=1)),
        (Spec(width=333), Spec(width=333)),
        (Spec(height=0.5), Spec(height=0.5)),
        (Spec(), Spec()),
        (Spec(rect=Rect(0, 0, 7, 3)), Spec(rect=Rect(0, 0, 7, 3), aspect=WIDE)),
    ],
)
def test_other_shapes_become_the_nearest_and_the_sources_own_is_always_free(asked, expected):
    assert snapped(asked, RATIOS) == expected


@pytest.mark.parametrize(
    ("asked", "param", "says"),
    [
        (Spec(width=400, aspect=Fraction(4, 3)), "ar", "ar=4:3 has another shape than unsigned URLs may"),
        (Spec(width=400, height=300), "h", "w=400&h=300 has another shape than unsigned URLs may"),
        (Spec(width=0.5, height=0.5), "w", "w=0.5 is a share of the source"),
    ],
)
def test_where_nothing_snaps_other_shapes_are_refused(asked, param, says):
    error = refusal(asked, RATIOS)
    assert error.param == param
    assert error.detail == f"{says}: expected one of the ratios 16:9, 1, 3/2, or a signed URL"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Spec(width=300, height=200), Spec(width=320, height=180)),
        (Spec(width=300, height=290), Spec(width=320, height=320)),
        (Spec(height=300, aspect=Fraction(4, 3)), Spec(width=800, aspect=Fraction(16, 9))),
        (Spec(aspect=Fraction(5, 4)), Spec(width=1600, aspect=Fraction(1), may_enlarge=False)),
    ],
)
def test_shape_and_width_are_both_brought_to_their_lists(asked, expected):
    assert snapped(asked, BOTH) == expected


lengths = st.none() | st.integers(1, 8192)
asks = st.builds(
    Spec,
    width=lengths,
    height=lengths,
    aspect=st.none() | st.fractions(Fraction(1, 100), 100, max_denominator=1000),
    dpr=st.floats(0.1, 5).map(lambda value: round(value, 3)),
    fit=st.none() | st.sampled_from(Fit),
    may_enlarge=st.none() | st.booleans(),
)
anything = settings(max_examples=300, deadline=None)


@anything
@given(asks, st.sampled_from([WIDTHS, RATIOS, BOTH]))
def test_what_was_admitted_is_admitted_again_unchanged(spec, ladder):
    once = snapped(spec, ladder)
    assert snapped(once, ladder) == once
    if ladder is not RATIOS:
        assert admit(once, off(ladder), is_signed=False) == once


@anything
@given(asks)
def test_ever_so_many_sizes_make_few_widths(spec):
    found = snapped(spec, BOTH)
    assert found.dpr == 1.0
    assert (found.width or found.height) in BOTH.allow_widths
    if found.width is not None and found.height is not None:
        assert found.height in {round(found.width / ratio) for ratio in BOTH.ratios}
    assert found.aspect is None or found.aspect in BOTH.ratios


@anything
@given(asks, st.integers(1, 5000), st.integers(1, 5000))
def test_no_answer_is_wider_than_the_ladder_unless_the_source_alone_tells_its_width(spec, width, height):
    found = snapped(spec, WIDTHS)
    if found.width is not None:
        frame = sizing.frame(found, Size(width, height), Limits())
        assert frame.width <= 1600


@anything
@given(asks)
def test_nothing_but_size_and_shape_is_touched(spec):
    found = snapped(spec, BOTH)
    kept = {name: getattr(spec, name) for name in ("width", "height", "aspect", "dpr", "may_enlarge")}
    assert replace(found, **kept) == spec


@pytest.mark.parametrize("bad", ["", "0", "16:0", "0:9", "a", "16:9:1", "-1", "1e3", "16 : 9", "٣"])
def test_a_ratio_that_is_none_stops_the_start(bad):
    with pytest.raises(ValidationError, match="expected a ratio such as 16:9"):
        Ladder(allow_ratios=("1:1", bad))


@pytest.mark.parametrize(
    ("text", "ratio"),
    [("16:9", WIDE), ("3/2", Fraction(3, 2)), ("1.5", Fraction(3, 2)), ("2.39:1", Fraction(239, 100))],
)
def test_ratios_are_written_as_in_urls(text, ratio):
    assert Ladder(allow_ratios=(text,)).ratios == (ratio,)
