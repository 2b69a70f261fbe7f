"""Text on a swatch can be read, and a palette knows its largest."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imgcdn.model.palette import Palette, Swatch

CHANNEL = st.integers(0, 255)


def luminance(code: str) -> float:
    """Relative luminance as WCAG 2.1 defines it, written out once more."""
    channels = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@given(CHANNEL, CHANNEL, CHANNEL)
@example(118, 118, 118)
@example(119, 119, 119)
@example(148, 148, 148)
@example(149, 149, 149)
def test_text_is_white_or_black_with_the_contrast_it_needs(red, green, blue):
    swatch = Swatch(red, green, blue, 1)
    assert {swatch.body_text, swatch.title_text} <= {"#ffffff", "#000000"}
    assert contrast(swatch.body_text, swatch.hex) >= 4.5
    assert contrast(swatch.title_text, swatch.hex) >= 3


@given(CHANNEL, CHANNEL, CHANNEL)
def test_text_is_white_wherever_white_can_be_read(red, green, blue):
    swatch = Swatch(red, green, blue, 1)
    white = contrast("#ffffff", swatch.hex)
    assert (swatch.body_text == "#ffffff") == (white >= 4.5)
    assert (swatch.title_text == "#ffffff") == (white >= 3)


def test_black_and_white_have_the_most_contrast_there_is():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert Swatch(0, 0, 0, 1).body_text == "#ffffff"
    assert Swatch(255, 255, 255, 1).title_text == "#000000"


def test_a_swatch_writes_its_colour_as_six_lower_case_digits():
    assert Swatch(0, 10, 255, 1).hex == "#000aff"


def test_the_dominant_swatch_is_the_one_with_most_pixels():
    assert Palette(vibrant=Swatch(1, 2, 3, 5), light_muted=Swatch(4, 5, 6, 7)).dominant == "light_muted"


def test_a_palette_without_swatches_has_no_dominant_one():
    assert Palette().dominant is None
    assert set(Palette().named().values()) == {None}
