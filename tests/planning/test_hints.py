"""What a browser tells of itself: read with doubt, rounded up, and never needed."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from imgcdn.dialects import native
from imgcdn.model.geometry import Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.spec import Hint, Spec
from imgcdn.planning import hints, planner
from imgcdn.planning.settings import Encoding, HintSettings, Limits

SETTINGS = HintSettings()
ALL = tuple(Hint)


def hinted(spec: Spec, named=ALL, **headers: str) -> Spec:
    return hints.apply(spec, named, {name.replace("_", "-"): text for name, text in headers.items()}, SETTINGS)[0]


@pytest.mark.parametrize(
    ("told", "width"),
    [
        ("1", 160),
        ("160", 160),
        ("161", 240),
        ("333", 480),
        ("640.0", 640),
        ("640.5", 800),
        ("3200", 3200),
        ("9000", 3200),
    ],
)
def test_a_width_is_rounded_up_to_the_ladder_and_capped_by_its_largest_step(told, width):
    assert hinted(Spec(), sec_ch_width=told) == Spec(width=width)


@pytest.mark.parametrize(
    ("told", "dpr"), [("0.5", 1.0), ("1", 1.0), ("1.25", 1.5), ("2.0", 2.0), ("2.625", 3.0), ("5", 3.0)]
)
def test_a_ratio_is_rounded_up_to_the_ladder_and_capped_by_its_largest_step(told, dpr):
    assert hinted(Spec(width=400), sec_ch_dpr=told) == Spec(width=400, dpr=dpr)


def test_old_names_of_the_headers_count_where_the_new_ones_are_absent_or_unreadable():
    assert hinted(Spec(), width="600").width == 640
    assert hinted(Spec(width=1), dpr="2").dpr == 2.0
    assert hinted(Spec(), sec_ch_width="300", width="600").width == 320
    assert hinted(Spec(), sec_ch_width="x", width="600").width == 640


@given(
    spec=st.builds(
        Spec,
        width=st.sampled_from([None, 100, 333, 0.5]),
        height=st.sampled_from([None, 77, 0.25]),
        dpr=st.sampled_from([1.0, 2.5]),
        format=st.sampled_from([None, Format.PNG, Format.WEBP]),
        quality=st.sampled_from([None, 50]),
    ),
    named=st.sets(st.sampled_from(ALL)),
    width=st.sampled_from([None, "1", "333", "640.5", "99999", "x"]),
    ratio=st.sampled_from([None, "0.5", "1.2", "2.625", "99"]),
    saves=st.booleans(),
    saving_quality=st.sampled_from([None, 45]),
)
@settings(max_examples=300, deadline=None)
def test_whatever_browsers_tell_what_they_get_is_one_of_the_variants(spec, named, width, ratio, saves, saving_quality):
    told = {"sec-ch-width": width, "sec-ch-dpr": ratio, "save-data": "on" if saves else None}
    headers = {name: text for name, text in told.items() if text is not None}
    found = hints.variants(spec, named, SETTINGS, saving_quality)
    assert hints.apply(spec, named, headers, SETTINGS, saving_quality)[0] in found
    assert found[0] == spec
    assert len(set(found)) == len(found) <= 2 * (1 + len(SETTINGS.widths) + len(SETTINGS.dprs))


def test_without_hints_there_is_one_variant():
    assert hints.variants(Spec(width=40), (), SETTINGS) == (Spec(width=40),)


def test_a_hint_that_the_url_does_not_name_changes_nothing():
    headers = {"sec_ch_width": "333", "sec_ch_dpr": "2", "save_data": "on"}
    assert hinted(Spec(width=400), (), **headers) == Spec(width=400)
    assert hinted(Spec(width=400), (Hint.DPR,), **headers) == Spec(width=400, dpr=2.0)
    assert hinted(Spec(width=400), (Hint.SAVE_DATA,), **headers) == Spec(width=400, quality_off=15)


def test_without_headers_the_url_says_it_all():
    spec = Spec(width=400, height=300, dpr=2.0)
    assert hinted(spec) == spec


def test_a_width_counts_device_pixels_so_no_ratio_multiplies_it():
    assert hinted(Spec(dpr=2.0), sec_ch_width="640") == Spec(width=640)
    assert hinted(Spec(width=400, dpr=2.0), sec_ch_width="640", sec_ch_dpr="3") == Spec(width=640)


def test_a_ratio_wins_over_that_of_the_url():
    assert hinted(Spec(width=400, dpr=1.0), sec_ch_dpr="3").dpr == 3.0
    assert hinted(Spec(width=400, dpr=3.0), sec_ch_dpr="1").dpr == 1.0


def test_a_ratio_without_a_size_multiplies_nothing_and_makes_no_second_rendition():
    assert hinted(Spec(), sec_ch_dpr="3") == Spec()
    assert hinted(Spec(aspect=Fraction(16, 9)), sec_ch_dpr="3") == Spec(aspect=Fraction(16, 9))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Spec(width=400), Spec(width=800)),
        (Spec(width=400, height=300), Spec(width=800, height=600)),
        (Spec(width=3, height=2000), Spec(width=800, height=533_333)),
        (Spec(width=2000, height=1), Spec(width=800, height=1)),
        (Spec(height=300), Spec(width=800)),
        (Spec(height=300, aspect=Fraction(2)), Spec(width=800, aspect=Fraction(2))),
        (Spec(aspect=Fraction(2)), Spec(width=800, aspect=Fraction(2))),
    ],
)
def test_a_width_changes_the_scale_and_never_the_shape(asked, expected):
    assert hinted(asked, sec_ch_width="700") == expected


@pytest.mark.parametrize("digits", [5, 6, 7, 8, 15])
def test_a_number_that_is_absurdly_large_is_capped_as_one_that_is_merely_large(digits):
    assert hinted(Spec(width=400), sec_ch_width="9" * digits).width == HintSettings().widths[-1]
    assert hinted(Spec(width=400), width="9" * digits).width == HintSettings().widths[-1]
    assert hinted(Spec(width=400), sec_ch_dpr="9" * digits).dpr == HintSettings().dprs[-1]


@pytest.mark.parametrize("asked", [Spec(width=0.5), Spec(width=0.5, height=300), Spec(height=0.5)])
def test_a_share_of_the_source_is_asked_for_whatever_the_layout_is(asked):
    assert hinted(asked, sec_ch_width="700") == asked


@pytest.mark.parametrize(
    "text",
    ["", "0", "0.0", "-1", "abc", "1e3", "nan", "inf", "٣٣٣", "1_0", "640;q=1", "640, 320", "9" * 5000, "\0", '"640"'],
)
def test_what_cannot_be_read_is_as_if_it_were_absent(text):
    spec = Spec(width=400, height=300)
    assert hinted(spec, sec_ch_width=text, width=text, sec_ch_dpr=text, dpr=text, save_data=text) == spec


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.integers(1, 8192), st.integers(1, 8192))
def test_no_header_is_an_error_and_every_answer_stands_on_the_ladder(width, dpr, save, w, h):
    found = hinted(Spec(width=w, height=h), sec_ch_width=width, sec_ch_dpr=dpr, save_data=save)
    assert found.width in {w, *SETTINGS.widths}
    assert found.dpr in SETTINGS.dprs
    assert found.quality_off in {0, 15}


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 999_999), st.integers(1, 8192), st.integers(1, 8192))
def test_the_height_is_the_shape_to_half_a_pixel(told, w, h):
    found = hinted(Spec(width=w, height=h), sec_ch_width=str(told))
    assert found.width == next((step for step in SETTINGS.widths if step >= told), SETTINGS.widths[-1])
    assert abs(found.height - found.width * h / w) <= 0.5 or found.height == 1


@pytest.mark.parametrize("said", ["on", "ON", " on ", "on;foo", "foo; on"])
def test_a_wish_for_little_data_lowers_the_quality(said):
    assert hinted(Spec(), save_data=said) == Spec(quality_off=15)


@pytest.mark.parametrize("said", ["off", "", "1", "onn", "on, off", "?1"])
def test_nothing_else_lowers_it(said):
    assert hinted(Spec(), save_data=said) == Spec()


@pytest.mark.parametrize("spec", [Spec(lossless=True), Spec(format=Format.PNG), Spec(format=Format.GIF)])
def test_what_has_no_quality_is_one_rendition_with_and_without_the_wish(spec):
    assert hinted(spec, save_data="on") == spec


@pytest.mark.parametrize(
    ("quality", "expected"), [(100, 85), (80, 65), (60, 45), (55, 40), (54, 40), (41, 40), (40, 40), (39, 39), (1, 1)]
)
def test_fifteen_are_taken_off_down_to_forty_and_less_is_left_alone(quality, expected):
    assert hints.lowered(quality, 15) == expected
    assert hints.lowered(quality, 0) == quality


@pytest.mark.parametrize(
    ("form", "said", "expected"),
    [
        (Format.JPEG, None, 65),
        (Format.WEBP, None, 65),
        (Format.AVIF, None, 45),
        (Format.AVIF, 90, 75),
        (Format.JPEG, 20, 20),
    ],
)
def test_the_plan_has_the_lower_quality_whoever_chose_it(form, said, expected):
    info = SourceInfo("pngload", Size(400, 300), 1, 1, False, False, 8, False, False)
    spec = hinted(Spec(quality=said), save_data="on")
    assert planner.plan(spec, info, None, form, Limits(), Encoding()).output.quality == expected


def test_the_wish_has_a_rendition_of_its_own():
    assert native.canonical(hinted(Spec(width=400), save_data="on")) != native.canonical(Spec(width=400))


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ((), ()),
        ((Hint.WIDTH,), ("Sec-CH-Width", "Width")),
        ((Hint.DPR,), ("Sec-CH-DPR", "DPR")),
        ((Hint.SAVE_DATA, Hint.WIDTH), ("Sec-CH-Width", "Width", "Save-Data")),
        (ALL, ("Sec-CH-Width", "Width", "Sec-CH-DPR", "DPR", "Save-Data")),
    ],
)
def test_the_headers_that_answers_vary_by_are_those_of_the_hints_named_even_when_absent(named, expected):
    assert hints.headers_of(named) == expected
    assert hints.apply(Spec(), named, {}, SETTINGS)[1] == expected
    assert hints.apply(Spec(width=0.5), named, {"width": "?"}, SETTINGS)[1] == expected


def test_ladders_are_sorted_and_need_a_step():
    assert HintSettings(widths=(640, 320, 640), dprs=(2, 1)).widths == (320, 640)
    for bad in ({"widths": ()}, {"dprs": ()}, {"widths": (0,)}, {"dprs": (6,)}):
        with pytest.raises(ValidationError):
            HintSettings(**bad)
