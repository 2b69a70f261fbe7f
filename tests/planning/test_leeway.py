"""Whatever an unsigned URL cuts, adds or turns, its answer has one of few sizes."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizing_rules import info

from imgcdn.dialects import native
from imgcdn.dialects.cloudinary import parsing as cloudinary
from imgcdn.errors import ConflictingParametersError, ImpossibleCropError, SizeNotAllowedError
from imgcdn.model.geometry import Size
from imgcdn.model.media import Format
from imgcdn.model.spec import Spec
from imgcdn.planning import planner
from imgcdn.planning.ladders import admit
from imgcdn.planning.settings import Encoding, Ladder, Limits

WIDTHS = Ladder(allow_widths=(100, 200, 400))
BOTH = Ladder(allow_widths=(100, 200, 400), allow_ratios=("1:1", "4:3"))
RATIOS = Ladder(allow_ratios=("1:1", "4:3"))
BOXES = {(100, 100), (200, 200), (400, 400), (100, 75), (200, 150), (400, 300)}
SOURCES = (Size(512, 512), Size(700, 300), Size(90, 60))


def spec_of(query: str) -> Spec:
    return native.parse("img", "a.jpg", query).spec


def size_of(spec: Spec, source: Size = SOURCES[0]) -> tuple[int, int]:
    """Plan a JPEG of this size, and return the size of the answer."""
    made = planner.plan(spec, info(source.width, source.height), None, Format.JPEG, Limits(), Encoding())
    return made.size.width, made.size.height


def off(ladder: Ladder) -> Ladder:
    return ladder.model_copy(update={"snap": "off"})


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("w=100&rect=0,0,33,7", (100, 75)),
        ("rect=0,0,33,7", (100, 75)),
        ("rect=0,0,33,70&rotate=90", (100, 75)),
        ("rect=0,0,150,150", (200, 200)),
        ("rect=500,500,150,150", (200, 200)),
        ("w=100&h=100&rect=0,0,33,7", (100, 100)),
        ("w=100&ar=4:3&rect=0.1,0.1,0.3,0.7", (100, 75)),
        ("w=100&h=100&rect=0,0,33,7&enlarge=0", (100, 100)),
        ("w=100&h=100&rect=0,0,33,7&fit=cover-down", (100, 100)),
        ("w=100&h=100&rect=0,0,33,7&fit=contain", (100, 100)),
        ("w=100&h=100&rect=0,0,33,7&fit=contain-down", (100, 100)),
        ("w=100&h=100&rect=0,0,33,7&fit=fill&enlarge=0", (100, 100)),
        ("w=100&h=75&pad=9&enlarge=0", (100, 75)),
        ("w=100&ar=1&border_left=9", (100, 100)),
        ("w=400&fpz=7", (400, 400)),
        ("h=400&fpz=7", (400, 400)),
        ("w=400&straighten=1&rotate=9", (400, 400)),
        ("w=100&h=100&rect=0,0,33,7&face_pad=1&face_else=inside", (100, 100)),
    ],
)
def test_a_part_of_the_source_is_as_large_as_the_lists_say(query, size):
    assert size_of(admit(spec_of(query), BOTH, is_signed=False)) == size


@pytest.mark.parametrize(
    ("query", "param", "says"),
    [
        ("w=100&rect=0,0,0.3,0.1", "rect", "rect gives the picture any shape: expected ar as one of the ratios"),
        ("w=100&trim=auto", "trim", "trim gives the picture any shape: expected ar as one of the ratios 1:1, 4:3"),
        ("w=100&pad_top=9", "pad", "pad gives the picture any shape: expected ar"),
        ("h=100&border=9", "border", "border gives the picture any shape: expected ar"),
        ("ar=1&trim=auto", "w", "w is missing, and trim gives the picture any width: expected one of 100, 200, 400 px"),
        ("fpz=1.37", "w", "w is missing, and fpz gives the picture any width: expected one of 100, 200, 400 px"),
        ("face_pad=1.37", "w", "w is missing, and face_pad gives the picture any width"),
        ("w=100&h=100&rect=0,0,33,7&fit=inside", "fit", "fit=inside keeps the shape that rect gives the picture"),
        ("w=100&h=100&rect=0,0,33,7&fit=outside", "fit", "fit=outside keeps the shape that rect gives the picture"),
        ("w=100&fit=cover&min_h=37", "min_h", "min_h may choose the shape: expected w and h with one of the ratios"),
        ("h=100&fit=cover&max_w=37", "max_w", "max_w may choose the width: expected w as one of 100, 200, 400 px"),
        (
            "w=100&h=100&pad=9&rotate=33",
            "rotate",
            "rotate=33 turns what pad or border surrounds: expected right angles",
        ),
    ],
)
@pytest.mark.parametrize("snap", ["up", "off"])
def test_what_could_be_of_any_size_is_refused_with_what_would_do(query, param, says, snap):
    with pytest.raises(SizeNotAllowedError) as caught:
        admit(spec_of(query), BOTH.model_copy(update={"snap": snap}), is_signed=False)
    assert caught.value.param == param
    assert caught.value.detail.startswith(says)
    assert caught.value.detail.endswith(", or a signed URL")


@pytest.mark.parametrize(
    "query", ["w=100&h=37&trim=auto&fit=inside", "w=100&h=99&rect=0,0,33,7&fit=inside", "w=100&h=80&pad=9&fit=inside"]
)
def test_with_widths_alone_a_box_may_be_filled_by_a_part_as_by_the_whole(query):
    widths = BOTH.model_copy(update={"allow_ratios": ()})
    assert size_of(admit(spec_of(query), widths, is_signed=False))[0] <= 100


@pytest.mark.parametrize(
    "query", ["w=100&rect=0,0,33,7", "rect=0,0,33,7", "rect=0,0,100,99", "w=100&h=100&rotate=33.5", "w=99&h=99&pad=9"]
)
def test_where_nothing_snaps_other_parts_are_refused(query):
    with pytest.raises(SizeNotAllowedError):
        admit(spec_of(query), off(BOTH), is_signed=False)


@pytest.mark.parametrize(
    ("query", "size"),
    [("rect=0,0,100,75", (100, 75)), ("w=200&rect=9,9,40,30", (200, 150)), ("w=100&h=100&rotate=33", (139, 139))],
)
def test_where_nothing_snaps_parts_of_listed_sizes_are_answered(query, size):
    assert size_of(admit(spec_of(query), off(BOTH), is_signed=False)) == size


def test_without_a_list_of_ratios_the_width_alone_counts():
    assert size_of(admit(spec_of("w=100&rect=0,0,33,7"), WIDTHS, is_signed=False)) == (100, 21)
    assert size_of(admit(spec_of("w=100&pad_top=9"), WIDTHS, is_signed=False), SOURCES[2]) == (100, 76)
    with pytest.raises(SizeNotAllowedError, match="w is missing, and rect gives the picture any width"):
        admit(spec_of("h=100&rect=0,0,33,7"), WIDTHS, is_signed=False)


def test_without_a_list_of_widths_the_shape_alone_counts():
    assert admit(spec_of("rect=0,0,40,31"), RATIOS, is_signed=False).aspect == Fraction(4, 3)
    assert size_of(admit(spec_of("w=37&rect=0,0,33,70"), RATIOS, is_signed=False)) == (37, 37)
    with pytest.raises(SizeNotAllowedError, match="trim gives the picture any shape"):
        admit(spec_of("trim=auto"), RATIOS, is_signed=False)


@pytest.mark.parametrize(
    ("components", "size"),
    [
        ("c_crop,w_37,h_99", (100, 100)),
        ("c_crop,w_37,h_99,g_north", (100, 100)),
        ("c_crop,w_37,h_99/c_scale,w_100,h_100", (100, 100)),
        ("c_crop,w_37,h_99,x_3,y_5/c_fill,w_200,h_150", (200, 150)),
        ("c_crop,w_37,h_99/c_lfill,w_100,h_75", (100, 75)),
        ("c_mpad,w_100,h_100", (100, 100)),
    ],
)
def test_windows_of_cloudinary_are_as_large_as_the_lists_say(components, size):
    spec = cloudinary.parse("img", f"image/upload/{components}/a.jpg", "").spec
    assert size_of(admit(spec, BOTH, is_signed=False)) == size


lengths = st.sampled_from(["", "w=37", "w=100", "h=99", "w=150&h=150", "w=64&h=640", "ar=4:3", "w=99&ar=2", "h=1&ar=1"])
parts = st.sampled_from(
    ["", "rect=3,5,33,7", "rect=0.2,0.1,0.31,0.77", "rect=0,0,400,11", "trim=auto", "fpz=3.7", "pad=3", "pad_left=7"]
)
fits = st.sampled_from(
    ["", *(f"fit={fit}" for fit in ("cover", "cover-down", "contain", "contain-down", "fill", "inside", "outside"))]
)
more = st.lists(
    st.sampled_from(
        ["enlarge=0", "enlarge=1", "dpr=1.5", "min_w=61", "max_h=43", "border=2", "orient=6", "face_pad=1.2",
         "face_else=inside", "rotate=90", "rotate=180", "straighten=1"]
    ),
    max_size=3,
    unique_by=lambda text: text.partition("=")[0],
)  # fmt: skip
queries = st.builds(lambda *said: "&".join(filter(None, [*said[:3], *said[3]])), lengths, parts, fits, more)


def plain_sizes(source: Size) -> set[tuple[int, int]]:
    """Return the sizes of a picture that keeps its own shape, or is as it is."""
    found = set[tuple[int, int]]()
    for query in ("", "w=100", "w=200", "w=400", "h=100", "h=200", "h=400", *(f"w={w}&h={h}" for w, h in BOXES)):
        for fit in ("", *(f"fit={name}" for name in ("cover", "cover-down", "fill", "inside", "outside"))):
            for enlarge in ("", "enlarge=0", "enlarge=1"):
                for turn in ("", "rotate=90", "orient=6", "rotate=90&orient=6"):
                    spec = spec_of("&".join(filter(None, (query, fit, enlarge, turn))))
                    found.add(size_of(admit(spec, BOTH, is_signed=False), source))
        found |= {size_of(admit(spec_of("ar=4:3&rotate=90"), BOTH, is_signed=False), source)}
    return found


PLAIN = {source: plain_sizes(source) for source in SOURCES}


@settings(max_examples=400, deadline=None)
@given(queries, st.sampled_from(SOURCES))
def test_ever_so_many_parameters_make_few_sizes(query, source):
    try:
        found = size_of(admit(spec_of(query), BOTH, is_signed=False), source)
    except (SizeNotAllowedError, ImpossibleCropError, ConflictingParametersError):
        return
    assert found in BOXES | PLAIN[source] or any(
        found[0] in {100, 200, 400} and abs(found[1] - height) <= 5 for _, height in PLAIN[source]
    ), query


@settings(max_examples=300, deadline=None)
@given(queries, st.sampled_from([WIDTHS, RATIOS, BOTH]))
def test_what_was_admitted_is_admitted_again_unchanged(query, ladder):
    try:
        once = admit(spec_of(query), ladder, is_signed=False)
    except SizeNotAllowedError:
        return
    assert admit(once, ladder, is_signed=False) == once


@settings(max_examples=200, deadline=None)
@given(st.floats(-360, 360).map(lambda angle: round(angle, 4)))
def test_pictures_are_turned_by_whole_degrees(angle):
    spec = admit(spec_of(f"w=100&h=100&rotate={angle}"), BOTH, is_signed=False)
    assert spec.rotate == round(spec.rotate)
    assert abs(spec.rotate - angle) <= 0.5


def test_a_signed_url_turns_and_cuts_as_it_likes():
    for query in ("w=100&rect=0,0,33,7", "fpz=1.37", "w=100&h=100&rotate=33.5", "trim=auto", "h=9&fit=cover&max_w=37"):
        assert admit(spec_of(query), off(BOTH), is_signed=True) == spec_of(query)
