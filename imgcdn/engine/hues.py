"""Blending that keeps hue, saturation or luminosity of one picture (W3C Compositing and Blending 1, §10.2)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvips

from imgcdn.model.overlays import BlendMode

_LUMA = (0.3, 0.59, 0.11)
"""Weights of red, green and blue."""
_LEAST = np.float32(1e-6)
_WHITE = np.float32(255)
_STRIP = 32_768
"""Pixels that are worked on at once, so that they stay in the processor's cache."""
Planes = npt.NDArray[Any]
"""32-bit floats: red, green and blue one after the other, each 0–1; or one plane of numbers."""
Mix = Callable[[Planes, Planes], Planes]


def coloured(under: pyvips.Image, over: pyvips.Image, mode: BlendMode) -> pyvips.Image:
    """Return `over` in the colours that it makes with what lies under it, where something does (ibid. §5.8.3).

    Both are 8-bit sRGB of one size, `over` with alpha.
    """
    mix = MODES[mode]
    pixels = over.numpy()
    rows = max(1, _STRIP // under.width)
    for top in range(0, under.height, rows):
        part = pixels[top : top + rows]
        below = under.crop(0, top, under.width, len(part)).numpy()
        ground, source = _planes(below), _planes(part)
        colour = mix(ground[:3], source[:3])
        if under.hasalpha():
            colour = source[:3] + (colour - source[:3]) * ground[3]
        part[..., :3] = np.moveaxis(colour * _WHITE + np.float32(0.5), 0, -1).clip(0, _WHITE)
    return pyvips.Image.new_from_array(pixels).copy(interpretation="srgb")


def _planes(pixels: npt.NDArray[np.uint8]) -> Planes:
    return np.ascontiguousarray(np.moveaxis(pixels, -1, 0)).astype(np.float32) / _WHITE


def _luminosity(colour: Planes) -> Planes:
    red, green, blue = (np.float32(weight) for weight in _LUMA)
    return red * colour[0] + green * colour[1] + blue * colour[2]


def _smallest(colour: Planes) -> Planes:
    return np.minimum(np.minimum(colour[0], colour[1]), colour[2])


def _largest(colour: Planes) -> Planes:
    return np.maximum(np.maximum(colour[0], colour[1]), colour[2])


def _saturation(colour: Planes) -> Planes:
    return _largest(colour) - _smallest(colour)


def _set_luminosity(colour: Planes, luminosity: Planes) -> Planes:
    """Move a colour to a luminosity, and towards grey where that leads out of the range."""
    moved = colour + (luminosity - _luminosity(colour))
    up = luminosity / np.maximum(luminosity - _smallest(moved), _LEAST)
    down = (1 - luminosity) / np.maximum(_largest(moved) - luminosity, _LEAST)
    # Neither is below 1 unless the colour leaves the range on that side.
    return luminosity + (moved - luminosity) * np.minimum(np.minimum(up, down), 1)


def _set_saturation(colour: Planes, saturation: Planes) -> Planes:
    low = _smallest(colour)
    return (colour - low) * (saturation / np.maximum(_largest(colour) - low, _LEAST))


def _hue(ground: Planes, source: Planes) -> Planes:
    return _set_luminosity(_set_saturation(source, _saturation(ground)), _luminosity(ground))


def _saturated(ground: Planes, source: Planes) -> Planes:
    return _set_luminosity(_set_saturation(ground, _saturation(source)), _luminosity(ground))


def _colour(ground: Planes, source: Planes) -> Planes:
    return _set_luminosity(source, _luminosity(ground))


def _lit(ground: Planes, source: Planes) -> Planes:
    return _set_luminosity(ground, _luminosity(source))


MODES = {
    BlendMode.HUE: _hue,
    BlendMode.SATURATION: _saturated,
    BlendMode.COLOR: _colour,
    BlendMode.LUMINOSITY: _lit,
}
