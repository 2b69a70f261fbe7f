"""Halftone: a printer's dots, one screen for each ink, each turned by an angle of its own so that they do not clash."""

from functools import lru_cache
from math import cos, pi, sqrt

import pyvips

from imgcdn.engine.blurs import blur
from imgcdn.engine.tints import floats, on_colours, recombined

_INKS = ((3, 1), (1, 3), (1, 0))
"""Across and down of the rows of dots: cyan at 18°, magenta at 72°, yellow at 0°. With whole numbers the dots repeat
within a small square (rational tangent screening).
"""
_BLACK = (1, 1)
"""Black, which shows most, stands at 45°, where the eye sees a pattern least."""
_SOFT = 0.2
"""Sigma of a blur before the dots are drawn, in distances: detail as fine as a dot would tear it."""
_EDGE_PX = 1.0
"""How wide the soft edge of a dot is."""
_STEEP = 9
"""How near to black and white levels must be to be moved off the screen: an odd power."""
_FINE = 4096
"""Steps of the screen's height before it is evened out."""
_SAMPLES = 128


def halftone(image: pyvips.Image, distance: int) -> pyvips.Image:
    """Print in cyan, magenta, yellow and black (a grey picture in black): dots `distance` px (2 and more) apart.

    Their area says how much of an ink there is; alpha stays as it is. The image must be in memory.
    """
    soft = blur(image, _SOFT * distance)
    inked = on_colours(soft, lambda colours: _printed(colours, distance))
    if not image.hasalpha():
        return inked
    return inked.extract_band(0, n=image.bands - 1).bandjoin(image.extract_band(image.bands - 1))


def _printed(colours: pyvips.Image, distance: int) -> pyvips.Image:
    if colours.bands == 1:
        return _dotted(colours, (_BLACK,), distance).cast("uchar")
    red, green, blue = (colours.extract_band(band) for band in range(3))
    lightest = red.maxpair(green).maxpair(blue)
    # Black takes all that the inks have in common, and they the rest: greys are printed in black alone.
    rest = (colours * 255) / lightest
    black = _dotted(lightest, (_BLACK,), distance).cast("uchar")
    return (_dotted(rest, _INKS, distance).cast("uchar") * black).linear([1 / 255], [0.5]).cast("uchar")


def _dotted(levels: pyvips.Image, angles: tuple[tuple[int, int], ...], distance: int) -> pyvips.Image:
    """Return white with dots, as dark on the whole as the levels (0-255) are; float, beyond what 8 bits hold."""
    first, *others = (_screen(*angle, distance, levels.width, levels.height) for angle in angles)
    screen = first.bandjoin([*others]) if others else first
    # A screen rises by 255 levels within about half a distance, so this slope makes an edge of `_EDGE_PX`.
    slope = max(1.0, distance / 2 / _EDGE_PX)
    edge = 127.5 / slope
    # Black and white must stand so far off the screen that neither shows a dot; levels between stay what they are.
    apart = [level + edge * ((level - 127.5) / 127.5) ** _STEEP for level in range(256)]
    lifted = levels.cast("uchar").maplut(floats(apart))
    return (lifted - screen).linear([slope], [128.0])


def _screen(across: int, down: int, distance: int, width: int, height: int) -> pyvips.Image:
    """Return heights 0–255, each as frequent as any other, which repeat in hills `distance` px apart."""
    side = max(2, round(distance * sqrt(across * across + down * down)))
    at = pyvips.Image.xyz(min(side, width), min(side, height))
    # A whole number of waves fits into the square in both directions, so squares join without a seam.
    phases = recombined(at, [[across, down], [-down, across]]) + down * side
    waves = (phases % side).cast("ushort").maplut(_wave(side))
    hills = (waves.extract_band(0) + waves.extract_band(1)).linear([_FINE / 4], [_FINE / 2]).cast("ushort")
    tile = hills.maplut(_evened()).copy_memory()
    return tile.replicate(-(-width // tile.width), -(-height // tile.height)).crop(0, 0, width, height)


def _wave(side: int) -> pyvips.Image:
    return floats([cos(2 * pi * (step + 0.5) / side) for step in range(side)])


@lru_cache(maxsize=1)
def _evened() -> pyvips.Image:
    """Return the share of the ground, 0–255, on which hills made of two waves are lower than each height."""
    waves = [cos(2 * pi * (step + 0.5) / _SAMPLES) for step in range(_SAMPLES)]
    counts = [0] * (_FINE + 1)
    for one in waves:
        for other in waves:
            counts[int((one + other) * _FINE / 4 + _FINE / 2)] += 1
    levels, below = bytearray(), 0
    for count in counts:
        levels.append(min(255, 255 * (2 * below + count) // (2 * _SAMPLES * _SAMPLES)))
        below += count
    return pyvips.Image.new_from_memory(bytes(levels), len(levels), 1, 1, "uchar")
