"""The six swatches: which colours get which names, how their pixels are counted, and what no picture may break."""

import colorsys

import numpy as np
import painting
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.gravity import palette
from imgcdn.model.media import Preview
from imgcdn.model.palette import Swatch

PIXELS = 112 * 112
RED, NAVY, PINK = (200, 60, 40), (10, 20, 110), (250, 150, 200)
GREY, SLATE, PALE = (128, 128, 128), (40, 45, 50), (205, 205, 195)
NAMES = ("vibrant", "dark_vibrant", "light_vibrant", "muted", "dark_muted", "light_muted")


def stripes(*colours: tuple[int, int, int], side: int = 120) -> Preview:
    """Columns of equal width, one for each colour."""
    row = np.repeat(np.array(colours, np.uint8), side // len(colours), axis=0)
    return Preview(len(row), side, np.broadcast_to(row, (side, *row.shape)).tobytes())


def found(preview: Preview) -> dict[str, str]:
    return {name: swatch.hex for name, swatch in palette.measure(preview).named().items() if swatch is not None}


def hls(swatch: Swatch) -> tuple[float, float, float]:
    return colorsys.rgb_to_hls(swatch.red / 255, swatch.green / 255, swatch.blue / 255)


@pytest.mark.parametrize(("name", "colour"), list(zip(NAMES, (RED, NAVY, PINK, GREY, SLATE, PALE), strict=True)))
def test_a_picture_of_one_colour_has_the_one_swatch_that_it_fits(name, colour):
    measured = palette.measure(stripes(colour))
    assert measured.named() == dict.fromkeys(NAMES) | {name: Swatch(*colour, PIXELS)}
    assert measured.dominant == name


def test_a_picture_of_all_six_kinds_has_each_under_its_name():
    assert found(stripes(RED, NAVY, PINK, GREY, SLATE, PALE)) == {
        name: "#{:02x}{:02x}{:02x}".format(*colour)
        for name, colour in zip(NAMES, (RED, NAVY, PINK, GREY, SLATE, PALE), strict=True)
    }


def test_a_grey_picture_has_only_muted_swatches():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2).repeat(64, axis=0)
    assert set(found(Preview(256, 64, ramp.tobytes()))) == {"muted", "dark_muted", "light_muted"}


@pytest.mark.parametrize("colour", [(255, 255, 255), (255, 254, 254), (250, 255, 250), (0, 0, 0), (1, 0, 0), (0, 3, 8)])
def test_black_and_white_are_never_vibrant_whatever_hsl_says_of_them(colour):
    assert set(found(stripes(colour))) <= {"light_muted", "dark_muted"}


def test_of_two_colours_that_fit_the_one_nearer_to_the_aim_is_taken():
    assert found(stripes((255, 0, 0), (150, 60, 70)))["vibrant"] == "#ff0000"


def test_a_colour_takes_one_name_only():
    """This luma is both normal and light, and nothing else is there for either name."""
    assert len(found(stripes((220, 110, 90)))) == 1


def test_a_small_accent_is_found():
    pixels = np.full((120, 120, 3), GREY, np.uint8)
    pixels[50:60, 50:60] = RED
    measured = palette.measure(Preview(120, 120, pixels.tobytes()))
    assert measured.vibrant is not None
    assert max(abs(a - b) for a, b in zip((measured.vibrant.red, measured.vibrant.green), RED[:2], strict=True)) <= 8
    assert measured.dominant == "muted"


def test_populations_are_shares_of_the_same_number_for_every_size_and_shape():
    small, large = stripes(RED, SLATE, side=20), stripes(RED, SLATE, side=600)
    wide = Preview(400, 100, np.repeat(np.array([RED, SLATE], np.uint8), 200, axis=0).tobytes() * 100)
    for preview in (small, large, wide):
        measured = palette.measure(preview)
        assert measured.vibrant == Swatch(*RED, PIXELS // 2)
        assert measured.dark_muted == Swatch(*SLATE, PIXELS // 2)


def test_the_dominant_swatch_is_that_of_the_larger_part():
    assert palette.measure(stripes(NAVY, RED, NAVY)).dominant == "dark_vibrant"
    assert palette.measure(stripes(RED, NAVY, RED)).dominant == "vibrant"


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (1, 300), (640, 3)])
def test_pictures_of_any_shape_have_colours(width, height):
    assert found(Preview(width, height, bytes(RED) * width * height)) == {"vibrant": "#c83c28"}


@pytest.mark.parametrize("name", ["astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg"])
def test_each_swatch_of_a_photo_keeps_its_bounds(name):
    photo = painting.sample(name)
    swatches = palette.measure(Preview(photo.width, photo.height, photo.convert("RGB").tobytes())).named()
    taken = {key: swatch for key, swatch in swatches.items() if swatch is not None}
    assert len(taken) >= 3
    assert len({swatch.hex for swatch in taken.values()}) == len(taken)
    assert 0 < sum(swatch.population for swatch in taken.values()) <= PIXELS
    for key, swatch in taken.items():
        _, luma, saturation = hls(swatch)
        assert luma <= 0.45 if "dark" in key else luma >= 0.55 if "light" in key else 0.3 <= luma <= 0.7
        assert saturation >= 0.35 if "vibrant" in key else saturation <= 0.4 or not 0.05 < luma < 0.95


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_every_picture_has_a_swatch_and_no_colour_has_two(colours):
    taken = [swatch for swatch in palette.measure(stripes(*colours, side=12)).named().values() if swatch is not None]
    assert taken
    assert len({swatch.hex for swatch in taken}) == len(taken)


def test_the_finding_of_a_look_carries_the_palette():
    preview = stripes(RED, GREY)
    finding = palette.look(preview)
    assert (finding.engine, finding.palette) == ("palette", palette.measure(preview))
