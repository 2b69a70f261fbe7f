"""The colours of a picture: Pillow's median cut, and the Vibrant scheme's choice of six among them."""

import colorsys
from dataclasses import dataclass, replace

from PIL import Image

from imgcdn.model.analysis import Finding
from imgcdn.model.media import Preview
from imgcdn.model.palette import Palette, Swatch

VERSION = "vibrant-1"
"""Raised whenever the same picture may give other colours than before."""
_SIDE = 112
"""Pixels are counted on a square of this side, whatever the picture's shape, so that populations compare."""
_COLOURS = 64
_SATURATION_WEIGHT, _LUMA_WEIGHT, _POPULATION_WEIGHT = 3.0, 6.5, 0.5
"""What the Vibrant scheme weighs nearness to its two targets and the number of pixels with."""
_BLACK, _WHITE = 0.05, 0.95
"""Beyond these lumas a colour is black or white to the eye, however saturated HSL calls a difference of 1 in 255."""
_ALIKE = 40
"""The distance in 8-bit RGB up to which two colours of a list are one."""
_NEAR = 64
"""The distance in 8-bit RGB up to which a pixel counts as one of a swatch's."""


@dataclass(frozen=True, slots=True)
class _Band:
    """The colours that may take a name: the value aimed at, and the least and the most allowed."""

    aim: float
    least: float
    most: float

    def holds(self, value: float) -> bool:
        return self.least <= value <= self.most

    def nearness(self, value: float) -> float:
        return 1 - abs(value - self.aim)


_DARK, _NORMAL, _LIGHT = _Band(0.26, 0, 0.45), _Band(0.5, 0.3, 0.7), _Band(0.74, 0.55, 1)
_VIBRANT, _MUTED = _Band(1, 0.35, 1), _Band(0.3, 0, 0.4)
_NAMES = {
    "vibrant": (_NORMAL, _VIBRANT),
    "light_vibrant": (_LIGHT, _VIBRANT),
    "dark_vibrant": (_DARK, _VIBRANT),
    "muted": (_NORMAL, _MUTED),
    "light_muted": (_LIGHT, _MUTED),
    "dark_muted": (_DARK, _MUTED),
}
"""Bands of luma and saturation of each name, in the order in which they choose."""


def look(preview: Preview) -> Finding:
    """Answer for `palette`."""
    return Finding("palette", palette=measure(preview))


def measure(preview: Preview) -> Palette:
    """Choose the six swatches; a colour takes one name at most, and a name without a fitting colour stays None.

    Populations are out of 112 x 112 pixels. Saturation and luma are HSL's, as in Android's Palette and vibrant.js.
    """
    colours = _quantised(preview)
    most = colours[0].population
    left = list(colours)
    chosen: dict[str, Swatch] = {}
    for name, (luma, saturation) in _NAMES.items():
        scores = {swatch: _score(swatch, luma, saturation, most) for swatch in left}
        best = max(left, key=lambda swatch: scores[swatch], default=None)
        if best is not None and scores[best] >= 0:
            chosen[name] = best
            left.remove(best)
    return Palette(**_counted(chosen, colours))


def main_colours(preview: Preview, count: int) -> list[Swatch]:
    """Return up to `count` colours that cover most of a picture and can be told apart, the most frequent first."""
    found: list[Swatch] = []
    for colour in _quantised(preview):
        near = min(found, key=lambda swatch: _distance(colour, swatch), default=None)
        if near is not None and _distance(colour, near) <= _ALIKE**2:
            found[found.index(near)] = replace(near, population=near.population + colour.population)
        else:
            found.append(colour)
    return sorted(found, key=lambda swatch: -swatch.population)[:count]


def luminance(preview: Preview) -> float:
    """Return the mean relative luminance of a picture, 0–1 (WCAG 2.1)."""
    counts = Image.frombytes("RGB", (preview.width, preview.height), preview.pixels).histogram()
    light = [Swatch(value, value, value, 0).luminance for value in range(256)]
    means = (sum(map(float.__mul__, light, map(float, counts[256 * band :][:256]))) for band in range(3))
    weighed = sum(weight * mean for weight, mean in zip((0.2126, 0.7152, 0.0722), means, strict=True))
    return weighed / (preview.width * preview.height)


def _counted(chosen: dict[str, Swatch], colours: list[Swatch]) -> dict[str, Swatch]:
    """Let every colour count for the chosen swatch that it is nearest to: median cut alone makes parts of one size."""
    counts = dict.fromkeys(chosen, 0)
    for colour in colours:
        distance, name = min((_distance(colour, swatch), name) for name, swatch in chosen.items())
        if distance <= _NEAR**2:
            counts[name] += colour.population
    return {name: replace(swatch, population=counts[name]) for name, swatch in chosen.items()}


def _distance(one: Swatch, other: Swatch) -> int:
    """The square of the distance of two colours in 8-bit RGB."""
    return (one.red - other.red) ** 2 + (one.green - other.green) ** 2 + (one.blue - other.blue) ** 2


def _quantised(preview: Preview) -> list[Swatch]:
    """Reduce a preview to its main colours, the most frequent first."""
    picture = Image.frombytes("RGB", (preview.width, preview.height), preview.pixels)
    # Averaging keeps the colour of fine patterns; a picture smaller than the square only has its pixels repeated.
    small = picture.resize((_SIDE, _SIDE), Image.Resampling.BOX).quantize(_COLOURS, Image.Quantize.MEDIANCUT)
    colours = small.getpalette() or []
    found: dict[tuple[int, int, int], int] = {}
    for index, count in enumerate(small.histogram()):
        if count:
            red, green, blue = colours[3 * index : 3 * index + 3]
            found[red, green, blue] = found.get((red, green, blue), 0) + count
    swatches = (Swatch(red, green, blue, count) for (red, green, blue), count in found.items())
    return sorted(swatches, key=lambda swatch: -swatch.population)


def _score(swatch: Swatch, luma: _Band, saturation: _Band, most: int) -> float:
    """Weigh a colour for a name; negative when the name's bands exclude it."""
    _, light, vivid = colorsys.rgb_to_hls(swatch.red / 255, swatch.green / 255, swatch.blue / 255)
    # Rounding may take a pure colour's saturation beyond 1.
    vivid = min(vivid, 1.0) if _BLACK < light < _WHITE else 0.0
    if not (luma.holds(light) and saturation.holds(vivid)):
        return -1.0
    return (
        _SATURATION_WEIGHT * saturation.nearness(vivid)
        + _LUMA_WEIGHT * luma.nearness(light)
        + _POPULATION_WEIGHT * swatch.population / most
    )
