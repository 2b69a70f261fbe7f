"""Colours mixed by a matrix: what is linear in sRGB costs one pass, however much of it is asked."""

from collections.abc import Callable
from struct import pack

import pyvips

from imgcdn.model.colour import Colour
from imgcdn.model.effects import Duotone

Matrix = list[list[float]]

LUMA = (0.2126, 0.7152, 0.0722)
"""What red, green and blue give to brightness (ITU-R BT.709), as CSS filters have it."""
_IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
_SEPIA: Matrix = [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]]
"""The matrix of CSS' `sepia(1)` (Filter Effects 1)."""


def on_colours(image: pyvips.Image, change: Callable[[pyvips.Image], pyvips.Image]) -> pyvips.Image:
    """Change the colour bands alone; alpha, if any, stays as it is."""
    if not image.hasalpha():
        return change(image)
    colours = image.extract_band(0, n=image.bands - 1)
    return change(colours).bandjoin(image.extract_band(image.bands - 1))


def in_colour(image: pyvips.Image) -> pyvips.Image:
    """Give a grey picture three colour bands."""
    return image.colourspace("srgb") if image.interpretation == "b-w" else image


def recombined(image: pyvips.Image, matrix: Matrix) -> pyvips.Image:
    """Mix bands by a matrix; each of its rows makes one float band."""
    return image.recomb(pyvips.Image.new_from_array(matrix))


def floats(levels: list[float]) -> pyvips.Image:
    """Return a table that gives each level of a band a float."""
    return pyvips.Image.new_from_memory(pack(f"={len(levels)}f", *levels), len(levels), 1, 1, "float")


def luma(colours: pyvips.Image) -> pyvips.Image:
    """Return one float band of brightness, 0–255, of one or three bands without alpha."""
    return recombined(colours, [list(LUMA)]) if colours.bands == 3 else colours.cast("float")


def mixed(colours: pyvips.Image, matrix: Matrix, offsets: list[float]) -> pyvips.Image:
    """Mix three bands and add what is given, in levels of 255; the result has 8 bits a band."""
    return recombined(colours, matrix).linear([1.0], [offset + 0.5 for offset in offsets]).cast("uchar")


def blended(matrix: Matrix, share: float) -> Matrix:
    """Return what does a share of a matrix' work and leaves the rest of the picture."""
    return [
        [share * a + (1 - share) * b for a, b in zip(row, plain, strict=True)]
        for row, plain in zip(matrix, _IDENTITY, strict=True)
    ]


def sepia(image: pyvips.Image, share: float) -> pyvips.Image:
    """Tint as an old photograph, as CSS' `sepia` does."""
    return on_colours(in_colour(image), lambda colours: mixed(colours, blended(_SEPIA, share), [0.0]))


def monochrome(image: pyvips.Image, colour: Colour) -> pyvips.Image:
    """Show brightness alone, from black to the colour; its alpha is how much of that there is."""
    inks = (colour.red, colour.green, colour.blue)
    matrix = [[weight * ink / 255 for weight in LUMA] for ink in inks]
    return on_colours(in_colour(image), lambda colours: mixed(colours, blended(matrix, colour.alpha / 255), [0.0]))


def duotone(image: pyvips.Image, tones: Duotone, share: float) -> pyvips.Image:
    """Show brightness alone, from the first colour for black to the second for white."""
    dark, light = ((tone.red, tone.green, tone.blue) for tone in tones)
    matrix = [[weight * (high - low) / 255 for weight in LUMA] for low, high in zip(dark, light, strict=True)]
    offsets = [share * low for low in dark]
    return on_colours(in_colour(image), lambda colours: mixed(colours, blended(matrix, share), offsets))
