"""What a picture shows, told from its pixels as they are about to be written: graphic, photo, or both.

Drawn areas are even or change without noise; photos have noise and texture nearly everywhere. So the Laplacian is
taken, and small blocks are counted by how much of it is nothing, and how much next to nothing.
"""

from functools import cache

import pyvips

from imgcdn.engine.strips import first_frame, strips
from imgcdn.model.quality import Content

_ALL = 160_000
"""Pictures up to this many pixels are looked at whole; of others, strips of as many as the next."""
_PIXELS, _STRIPS = 65_536, 6
_BLOCK = 8
_LAPLACIAN = [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]
_EVEN, _DETAIL = 2, 8
"""A Laplacian (in levels of 255) up to the first is an even slope, above the second a detail."""
_PLAIN, _TEXTURED, _SLOPE = 0.45, 0.2, 0.6
"""Shares of a block's pixels: so many without any Laplacian make it plain, so many even ones a slope, and with fewer
than the second of the first kind it is textured."""
_LEVELS = 16
"""How many of the most frequent levels of brightness are counted for `peaks`, the share of pixels that has them."""
_FEW_LEVELS, _FLAT_LEVELS = 0.9, 0.8
_CLEAN, _DRAWN, _TO_TEXTURE, _TO_TEXTURE_OF_FEW = 0.12, 0.35, 2.5, 0.8
_FLAT = 0.35
_MIXED, _MIXED_TO_TEXTURE = 0.18, 0.25
_DETAILED = 0.6
"""Where the classes part: shares of blocks, and of detailed pixels; found on 132 pictures at four sizes."""


def classify(image: pyvips.Image) -> Content:
    """Return the class of an 8-bit picture without alpha (of the first frame, if there are several)."""
    sample = first_frame(image)
    if sample.width * sample.height > _ALL:
        sample = strips(sample, _PIXELS, _BLOCK, _STRIPS)
    if min(sample.width, sample.height) < _BLOCK:
        return Content.PHOTO  # too little to tell
    level = sample.extract_band(1 if sample.bands > 2 else 0).copy_memory()  # green is nearly brightness
    laplacian = level.conv(_mask(), precision="integer").copy_memory()
    plain, textured, sloping = _blocks(laplacian)
    pixels = level.width * level.height
    peaks = sum(sorted(_histogram(level), reverse=True)[:_LEVELS]) / pixels
    if peaks >= _FEW_LEVELS:
        return Content.FLAT
    is_clean = textured < _CLEAN and plain + sloping >= _DRAWN
    has_few = peaks >= _FLAT_LEVELS
    if is_clean or plain >= (_TO_TEXTURE_OF_FEW if has_few else _TO_TEXTURE) * textured:
        return Content.FLAT if has_few and plain >= _FLAT else Content.DRAWN
    if plain >= max(_MIXED, _MIXED_TO_TEXTURE * textured):
        return Content.MIXED
    counts = _histogram(laplacian)
    detail = (sum(counts[: 128 - _DETAIL]) + sum(counts[129 + _DETAIL :])) / pixels
    return Content.DETAILED if detail >= _DETAILED else Content.PHOTO


def _blocks(laplacian: pyvips.Image) -> tuple[float, float, float]:
    """Return which share of the blocks is plain, which textured, and which an even slope."""
    shares = memoryview(laplacian.maplut(_kinds()).shrink(_BLOCK, _BLOCK).write_to_memory()).cast("B").tolist()
    plain = textured = sloping = 0
    for nothing, little in zip(shares[::2], shares[1::2], strict=True):
        if nothing >= _PLAIN * 255:
            plain += 1
        elif little >= _SLOPE * 255:
            sloping += 1
        elif nothing < _TEXTURED * 255:
            textured += 1
    count = len(shares) // 2
    return plain / count, textured / count, sloping / count


@cache
def _kinds() -> pyvips.Image:
    """Return a table from a Laplacian around 128 to 255 where it is nothing, and to 255 where it is little."""
    rows = bytearray(2 * 256)
    rows[2 * 128] = 255
    for level in range(128 - _EVEN, 129 + _EVEN):
        rows[2 * level + 1] = 255
    return pyvips.Image.new_from_memory(bytes(rows), 256, 1, 2, "uchar")


@cache
def _mask() -> pyvips.Image:
    return pyvips.Image.new_from_array(_LAPLACIAN, offset=128)


def _histogram(image: pyvips.Image) -> list[int]:
    return memoryview(image.hist_find().write_to_memory()).cast("I").tolist()
