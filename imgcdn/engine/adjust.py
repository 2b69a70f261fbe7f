"""Colours changed pixel by pixel: what is the same for each band becomes one table, what mixes bands one matrix."""

from math import cos, radians, sin

import pyvips

from imgcdn.engine.blurs import rounded
from imgcdn.engine.tints import Matrix, floats, luma, mixed, on_colours
from imgcdn.model.adjust import Adjust

_STOPS = 50.0
"""`exposure` that doubles the light."""
_LIFT, _FALL = 2.0, 0.8
"""How much shadows (and, upside down, highlights) grow and shrink at most, as shares of themselves."""
_FINE = 16
"""Steps of brightness between two levels in the table of gains."""
_WARM = 0.5
"""How much warmth (red above blue, so skin) counts as if it were saturation, when vibrance spares what is saturated."""


def adjust(image: pyvips.Image, asked: Adjust) -> pyvips.Image:
    """Change colours in a fixed order: light, gamma, shadows and highlights, vibrance, then what is linear.

    The image has 8 bits a band; alpha stays as it is.
    """
    return on_colours(image, lambda colours: _changed(colours, asked))


def _changed(colours: pyvips.Image, asked: Adjust) -> pyvips.Image:
    has_tones = bool(asked.shadows or asked.highlights)
    mixes = bool(asked.vibrance) or asked.saturation != 100 or asked.hue != 0
    slope, offset = _line(asked)
    if asked == Adjust(is_inverted=True):
        return colours.invert()
    if colours.bands == 1:
        # Grey has no hue, so its brightness is all there is to change.
        levels = [level * (_gain(asked, level / 255) if has_tones else 1.0) for level in _curve(asked)]
        return colours.maplut(_table([slope * level + offset for level in levels]))
    if not has_tones and not mixes:
        return colours.maplut(_table([slope * level + offset for level in _curve(asked)]))
    if asked.exposure or asked.gamma != 1:
        colours = colours.maplut(floats(_curve(asked)))
    if has_tones:
        colours = _toned(colours, asked)
    if asked.vibrance:
        colours = _vibrant(colours, asked.vibrance / 100)
    if asked.saturation == 100 and asked.hue == 0:
        return rounded(colours if (slope, offset) == (1.0, 0.0) else colours.linear([slope], [offset]))
    matrix = _times(_hue(asked.hue), _saturation(asked.saturation / 100))
    return mixed(colours, [[slope * cell for cell in row] for row in matrix], [offset])


def _line(asked: Adjust) -> tuple[float, float]:
    """Return slope and offset (in levels) of brightness, contrast and inversion, as CSS filters have them."""
    contrast = asked.contrast / 100
    slope, offset = contrast * asked.brightness / 100, 127.5 * (1 - contrast)
    return (-slope, 255 - offset) if asked.is_inverted else (slope, offset)


def _curve(asked: Adjust) -> list[float]:
    """Return what each level becomes under more or less light, and under gamma."""
    factor = 2 ** (asked.exposure / _STOPS)
    return [255 * _encoded(min(1.0, factor * _linear(level / 255))) ** (1 / asked.gamma) for level in range(256)]


def _linear(level: float) -> float:
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


def _encoded(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _gain(asked: Adjust, level: float) -> float:
    """Return what brightness 0–1 is multiplied by: a smooth curve that leaves black, white and their order alone."""
    lifted = level * (1 + _strength(asked.shadows) * (1 - level) ** 3)
    # Highlights are shadows upside down.
    ended = 1 - (1 - lifted) * (1 + _strength(-asked.highlights) * lifted**3)
    return ended / level if level > 0 else 1 + _strength(asked.shadows)


def _strength(percent: float) -> float:
    return percent / 100 * (_LIFT if percent > 0 else _FALL)


def _toned(colours: pyvips.Image, asked: Adjust) -> pyvips.Image:
    gains = floats([_gain(asked, step / _FINE / 255) for step in range(255 * _FINE + 1)])
    return colours * luma(colours).linear([float(_FINE)], [0.5]).cast("ushort").maplut(gains)


def _vibrant(colours: pyvips.Image, strength: float) -> pyvips.Image:
    """Move colours away from grey, the more the duller and the cooler they are."""
    red, green, blue = (colours.extract_band(band) for band in range(3))
    spread = red.maxpair(green).maxpair(blue) - red.minpair(green).minpair(blue)
    told = (spread + (red - blue) * _WARM).cast("uchar")
    gains = floats([1 + strength * (1 - level / 255) ** 2 for level in range(256)])
    grey = luma(colours)
    return (colours - grey) * told.maplut(gains) + grey


def _saturation(share: float) -> Matrix:
    """Return the matrix of CSS' `saturate` (Filter Effects 1)."""
    weights = (0.213, 0.715, 0.072)
    return [
        [(1 - share) * weight + (share if row == column else 0.0) for column, weight in enumerate(weights)]
        for row in range(3)
    ]


def _hue(degrees: float) -> Matrix:
    """Return the matrix of CSS' `hue-rotate` (Filter Effects 1)."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return [
        [0.213 + c * 0.787 - s * 0.213, 0.715 - c * 0.715 - s * 0.715, 0.072 - c * 0.072 + s * 0.928],
        [0.213 - c * 0.213 + s * 0.143, 0.715 + c * 0.285 + s * 0.140, 0.072 - c * 0.072 - s * 0.283],
        [0.213 - c * 0.213 - s * 0.787, 0.715 - c * 0.715 + s * 0.715, 0.072 + c * 0.928 + s * 0.072],
    ]


def _times(left: Matrix, right: Matrix) -> Matrix:
    return [[sum(row[k] * right[k][column] for k in range(3)) for column in range(3)] for row in left]


def _table(levels: list[float]) -> pyvips.Image:
    return pyvips.Image.new_from_memory(
        bytes(min(255, max(0, round(level))) for level in levels), len(levels), 1, 1, "uchar"
    )
