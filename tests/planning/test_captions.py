"""A text's room and size on the plan, and texts that no font of the server can set."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.model.geometry import Box, Point, Size
from imgcdn.model.overlays import Fonts
from imgcdn.planning import captions

FONTS = Fonts(("DejaVu Sans", "Noto Sans Arabic"), "1")
PICTURE = Size(600, 400)


def spec(query):
    return native.parse("img", "a.jpg", query).spec


def letter(query, picture=PICTURE, scale=1.0):
    return captions.letter(spec(query).caption, picture, scale)


def test_without_a_text_there_is_nothing_to_set():
    assert letter("textSize=40&textColor=fff") is None
    assert letter("text=") is None
    assert letter("text=%20%0A") is None


def test_a_text_has_the_picture_less_its_pad_for_room_and_stands_at_the_bottom_left():
    found = letter("text=Hello")
    assert found.area == Box(10, 10, 580, 380)
    assert found.place == Point(0.0, 1.0)
    assert found.size_px == 24
    assert found.family == "sans"


@pytest.mark.parametrize(
    ("said", "area", "place"),
    [
        ("textWidth=200", (10, 10, 200, 380), (0, 1)),
        ("textWidth=200&textAlign=north", (200, 10, 200, 380), (0.5, 0)),
        ("textWidth=0.5&textAlign=east", (290, 10, 300, 380), (1, 0.5)),
        ("textX=100&textY=50&textAlign=southeast", (100, 50, 500, 350), (0, 0)),
        ("textPad=0", (0, 0, 600, 400), (0, 1)),
        ("textPad=1000", (150, 100, 300, 200), (0, 1)),
        ("textX=8000&textY=8000", (525, 350, 75, 50), (0, 0)),
    ],
)
def test_a_texts_room_follows_its_width_its_place_and_its_pad(said, area, place):
    found = letter(f"text=Hello&{said}")
    assert found.area == Box(*area)
    assert found.place == Point(*place)


def test_every_length_grows_with_the_scale():
    found = letter("text=Hi&textSize=20&textPad=10&textWidth=100&textLine=3", scale=2.0)
    assert (found.size_px, found.outline_px) == (40, 6)
    assert found.area == Box(20, 20, 200, 360)


def test_a_text_far_too_large_for_its_room_is_planned_smaller_before_it_is_set():
    found = letter("text=" + "x" * 500 + "&textSize=1000", Size(8000, 5000))
    assert 400 < found.size_px < 600


def test_a_font_that_the_server_has_is_taken_in_any_case_of_letters():
    captions.refuse(spec("text=a&textFont=dejavu%20sans"), FONTS)
    captions.refuse(spec("text=a&textFont=Serif"), FONTS)
    captions.refuse(spec("text=a"), FONTS)
    captions.refuse(spec("textFont=Comic"), FONTS)


def test_a_font_that_the_server_lacks_is_refused_with_those_that_it_has():
    with pytest.raises(errors.InvalidParameterError) as caught:
        captions.refuse(spec("text=a&textFont=Comic"), FONTS)
    assert caught.value.param == "textFont"
    assert caught.value.detail == (
        "textFont=Comic is not on this server: expected one of sans, serif, monospace, DejaVu Sans, Noto Sans Arabic"
    )


def test_a_server_without_any_font_says_that_it_lacks_the_feature():
    with pytest.raises(errors.FeatureNotInstalledError) as caught:
        captions.refuse(spec("text=a"), Fonts())
    assert caught.value.param == "text"
    captions.refuse(spec("w=400"), Fonts())


sides = st.integers(1, 5000)


@settings(max_examples=200, deadline=None)
@given(
    st.builds(Size, sides, sides),
    st.floats(0.1, 5),
    st.integers(0, 1000),
    st.none() | st.integers(0, 8192),
    st.none() | st.integers(1, 8192),
    st.integers(0, 50),
)
def test_a_texts_room_is_always_within_the_picture(picture, scale, pad, x, width, line):
    said = f"text=Hello&textPad={pad}&textLine={line}"
    said += "" if x is None else f"&textX={x}&textY={x}"
    said += "" if width is None else f"&textWidth={width}"
    found = letter(said, picture, scale)
    assert min(found.area.left, found.area.top) >= 0
    assert min(found.area.width, found.area.height) >= 1
    assert found.area.right <= picture.width
    assert found.area.bottom <= picture.height
    assert 2 * found.outline_px < max(found.area.width, 2)
