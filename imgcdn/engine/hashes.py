"""Placeholders for a picture as short texts: BlurHash (blurha.sh) and ThumbHash (evanw.github.io/thumbhash)."""

from base64 import b64encode
from collections.abc import Sequence
from math import cos, pi

import pyvips

from imgcdn.engine import steps
from imgcdn.model.geometry import Size
from imgcdn.model.media import Preview
from imgcdn.model.spec import Colour

_BLUR_SIDE = 32
"""Sums over more pixels than these say the same of so few waves."""
_THUMB_SIDE = 100
"""The longest side that ThumbHash allows."""
_LONG, _SHORT = 4, 3
"""Waves of a BlurHash along the longer and the shorter side."""
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_LUMA_WAVES, _LUMA_WAVES_WITH_ALPHA = 7, 5
_WHITE = Colour(255, 255, 255)


def shrunk(image: pyvips.Image, side: int, ground: Colour = _WHITE) -> Preview:
    """Return the first frame with no side longer than `side` px, without transparency."""
    image = steps.over(_small(image, side), ground)
    if image.bands == 1:
        image = image.colourspace("srgb")
    return Preview(image.width, image.height, bytes(image.write_to_memory()))


def _small(image: pyvips.Image, side: int) -> pyvips.Image:
    factor = side / max(image.width, image.height)
    if factor < 1:
        image = steps.resize(image, Size(max(1, round(image.width * factor)), max(1, round(image.height * factor))))
    return image


def blur_hash(image: pyvips.Image, ground: Colour) -> bytes:
    """Return the BlurHash of an sRGB image, of 4 x 3 waves (3 x 4 for an upright one)."""
    small = shrunk(image, _BLUR_SIDE, ground)
    is_wide = small.width >= small.height
    return encode_blur(small, _LONG if is_wide else _SHORT, _SHORT if is_wide else _LONG).encode()


def encode_blur(picture: Preview, across: int, down: int) -> str:
    """Return the BlurHash of `across` x `down` waves, 1–9 each: cosine sums of linear light."""
    light = [_LINEAR[value] for value in picture.pixels]
    columns = [[cos(pi * wave * x / picture.width) for x in range(picture.width)] for wave in range(across)]
    rows = [[cos(pi * wave * y / picture.height) for y in range(picture.height)] for wave in range(down)]
    sums = [_wave(light, column, row) for row in rows for column in columns]
    flat, *waves = [tuple((2 if index else 1) * part for part in wave) for index, wave in enumerate(sums)]
    text = _base83((across - 1) + (down - 1) * 9, 1)
    largest = max((abs(part) for wave in waves for part in wave), default=0.0)
    step = max(0, min(82, int(largest * 166 - 0.5))) if waves else 0
    red, green, blue = (_encoded(part) for part in flat)
    text += _base83(step, 1) + _base83(red << 16 | green << 8 | blue, 4)
    most = (step + 1) / 166 if waves else 1.0
    for wave in waves:
        red, green, blue = (max(0, min(18, int(_root(part / most) * 9 + 9.5))) for part in wave)
        text += _base83((red * 19 + green) * 19 + blue, 2)
    return text


def _wave(light: Sequence[float], column: Sequence[float], row: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean of red, green and blue, weighed by one wave."""
    red = green = blue = 0.0
    at = 0
    for down in row:
        for across in column:
            weight = across * down
            red += weight * light[at]
            green += weight * light[at + 1]
            blue += weight * light[at + 2]
            at += 3
    count = len(column) * len(row)
    return red / count, green / count, blue / count


def _linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


_LINEAR = [_linear(value) for value in range(256)]


def _encoded(light: float) -> int:
    light = max(0.0, min(1.0, light))
    share = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return int(share * 255 + 0.5)


def _root(value: float) -> float:
    return -((-value) ** 0.5) if value < 0 else value**0.5


def _base83(value: int, length: int) -> str:
    return "".join(_DIGITS[value // 83**place % 83] for place in reversed(range(length)))


def thumb_hash(image: pyvips.Image) -> bytes:
    """Return the ThumbHash of an sRGB image as Base64."""
    image = _small(image, _THUMB_SIDE)
    if image.interpretation == "b-w":
        image = image.colourspace("srgb")
    if not image.hasalpha():
        image = image.addalpha()
    return b64encode(encode_thumb(image.width, image.height, bytes(image.write_to_memory())))


def encode_thumb(width: int, height: int, rgba: bytes) -> bytes:
    """Return the ThumbHash of rows of RGBA, at most 100 x 100: waves of lightness, two colour axes and alpha."""
    alphas = [value / 255 for value in rgba[3::4]]
    total = sum(alphas)
    # What is transparent counts as the mean colour, so that it adds no wave of its own.
    mean = [
        sum(share * value for share, value in zip(alphas, rgba[band::4], strict=True)) / 255 / total if total else 0.0
        for band in range(3)
    ]
    has_alpha = total < width * height
    luma_waves = _LUMA_WAVES_WITH_ALPHA if has_alpha else _LUMA_WAVES
    longest = max(width, height)
    across, down = (max(1, _rounded(luma_waves * side / longest)) for side in (width, height))
    red, green, blue = (
        [mean[band] * (1 - share) + share * value / 255 for share, value in zip(alphas, rgba[band::4], strict=True)]
        for band in range(3)
    )
    colours = list(zip(red, green, blue, strict=True))
    project = _Waves(width, height)
    luma = project([(r + g + b) / 3 for r, g, b in colours], max(3, across), max(3, down))
    yellow = project([(r + g) / 2 - b for r, g, b in colours], 3, 3)
    redness = project([r - g for r, g, _ in colours], 3, 3)
    is_landscape = width > height
    head = _rounded(63 * luma[0]) | _rounded(31.5 + 31.5 * yellow[0]) << 6 | _rounded(31.5 + 31.5 * redness[0]) << 12
    head |= _rounded(31 * luma[2]) << 18 | has_alpha << 23
    rest = (down if is_landscape else across) | _rounded(63 * yellow[2]) << 3 | _rounded(63 * redness[2]) << 9
    written = bytearray((head | (rest | is_landscape << 15) << 24).to_bytes(5, "little"))
    waves = [luma[1], yellow[1], redness[1]]
    if has_alpha:
        alpha = project(alphas, 5, 5)
        written.append(_rounded(15 * alpha[0]) | _rounded(15 * alpha[2]) << 4)
        waves.append(alpha[1])
    nibbles = [_rounded(15 * value) for wave in waves for value in wave]
    nibbles += [0] * (len(nibbles) % 2)
    return bytes(written) + bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))


class _Waves:
    """Cosine sums of one channel after another of a picture, over its lower left triangle of frequencies."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._across, self._down = (
            [[cos(pi / side * wave * (at + 0.5)) for at in range(side)] for wave in range(_LUMA_WAVES)]
            for side in (width, height)
        )

    def __call__(self, channel: Sequence[float], across: int, down: int) -> tuple[float, list[float], float]:
        """Return the mean, the other sums scaled to 0–1, and the scale."""
        width, count = self._width, self._width * self._height
        lines = [channel[start : start + width] for start in range(0, count, width)]
        mean, sums, scale = 0.0, list[float](), 0.0
        for y in range(down):
            x = 0
            while x * down < across * (down - y):
                wave = self._across[x]
                parts = (sum(map(float.__mul__, line, wave)) for line in lines)
                value = sum(part * weight for part, weight in zip(parts, self._down[y], strict=True)) / count
                if x or y:
                    sums.append(value)
                    scale = max(scale, abs(value))
                else:
                    mean = value
                x += 1
        return mean, [0.5 + 0.5 / scale * value for value in sums] if scale else sums, scale


def _rounded(value: float) -> int:
    """Round halves up, as the hash is defined, where Python would round them to even."""
    return int(value + 0.5)
