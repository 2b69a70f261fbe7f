"""The main colours of a picture are few, can be told apart, and come by how much of it they cover."""

import pytest

from imgcdn.gravity import palette
from imgcdn.model.media import Preview


def striped(*parts):
    """A picture of bars, each of a colour and so many px wide."""
    row = b"".join(bytes(colour) * width for colour, width in parts)
    return Preview(len(row) // 3, 50, row * 50)


def test_colours_come_by_how_much_they_cover():
    found = palette.main_colours(striped(((200, 30, 30), 60), ((20, 20, 160), 30), ((240, 240, 240), 10)), 6)
    assert [max(range(3), key=lambda band: (swatch.red, swatch.green, swatch.blue)[band]) for swatch in found[:2]] == [
        0,
        2,
    ]
    assert found == sorted(found, key=lambda swatch: -swatch.population)


def test_colours_that_cannot_be_told_apart_are_one():
    assert len(palette.main_colours(striped(((100, 100, 100), 50), ((108, 100, 96), 50)), 6)) == 1


@pytest.mark.parametrize("count", [0, 1, 2, 16])
def test_there_are_never_more_than_asked_for(count):
    bars = [((40 * index, 255 - 40 * index, 90 * (index % 3)), 20) for index in range(6)]
    assert len(palette.main_colours(striped(*bars), count)) == min(count, 6)


@pytest.mark.parametrize(("grey", "light"), [(0, 0.0), (255, 1.0), (188, 0.503)])
def test_luminance_is_that_of_wcag(grey, light):
    assert palette.luminance(striped(((grey, grey, grey), 10))) == pytest.approx(light, abs=0.002)


def test_luminance_weighs_green_most():
    red, green, blue = (palette.luminance(striped((colour, 10))) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255)))
    assert (round(red, 4), round(green, 4), round(blue, 4)) == (0.2126, 0.7152, 0.0722)
