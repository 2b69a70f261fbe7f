"""Six named colours of a preview: the colours are Pillow's median cut, the names follow the Vibrant scheme."""

import colorsys
from dataclasses import dataclass
from typing import cast

from PIL import Image

from imgcdn.model.media import Preview
from imgcdn.model.palette import Palette, Swatch

_SIDE = 160
"""The preview is counted at this size, in px of the longest side."""
_COLOURS = 24


@dataclass(frozen=True, slots=True)
class _Target:
    """What a named colour looks for: luma and saturation, 0–1, with the range that counts."""

    luma: float
    luma_low: float
    luma_high: float
    saturation: float
    saturation_low: float
    saturation_high: float

    def holds(self, saturation: float, luma: float) -> bool:
        return self.luma_low <= luma <= self.luma_high and self.saturation_low <= saturation <= self.saturation_high


_DARK, _NORMAL, _LIGHT = (0.26, 0.0, 0.45), (0.5, 0.3, 0.7), (0.74, 0.55, 1.0)
_VIBRANT, _MUTED = (1.0, 0.35, 1.0), (0.3, 0.0, 0.4)
_TARGETS = {
    "vibrant": _Target(*_NORMAL, *_VIBRANT),
    "light_vibrant": _Target(*_LIGHT, *_VIBRANT),
    "dark_vibrant": _Target(*_DARK, *_VIBRANT),
    "muted": _Target(*_NORMAL, *_MUTED),
    "light_muted": _Target(*_LIGHT, *_MUTED),
    "dark_muted": _Target(*_DARK, *_MUTED),
}
"""In the order in which they choose; a colour is taken once."""
_WEIGHTS = (3.0, 6.0, 1.0)
"""What saturation, luma and population count for."""


def palette(preview: Preview) -> Palette:
    """Name the colours of a preview."""
    picture = Image.frombytes("RGB", (preview.width, preview.height), preview.pixels)
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    few = picture.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    swatches = [Swatch(*_rgb(colour), count) for count, colour in few.getcolors(_SIDE * _SIDE) or []]
    most = max((swatch.population for swatch in swatches), default=1)
    chosen: dict[str, Swatch] = {}
    for name, target in _TARGETS.items():
        fitting = [(_score(swatch, target, most), swatch) for swatch in swatches if swatch not in chosen.values()]
        scored = [(score, swatch) for score, swatch in fitting if score is not None]
        if scored:
            chosen[name] = max(scored, key=lambda pair: (pair[0], pair[1].population))[1]
    return Palette(**chosen)


def _rgb(colour: object) -> tuple[int, int, int]:
    # Pillow types colours as tuples of one to four numbers, or one float; of an RGB picture they are three.
    return cast("tuple[int, int, int]", colour)


def _score(swatch: Swatch, target: _Target, most: int) -> float | None:
    _, luma, saturation = colorsys.rgb_to_hls(swatch.red / 255, swatch.green / 255, swatch.blue / 255)
    if not target.holds(saturation, luma):
        return None
    parts = (1 - abs(saturation - target.saturation), 1 - abs(luma - target.luma), swatch.population / most)
    return sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True)) / sum(_WEIGHTS)
