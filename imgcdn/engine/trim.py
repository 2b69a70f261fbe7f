"""Finding the border that a URL wants trimmed, in one pass over the source in full: to the pixel, in little memory."""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from typing import Any, cast

import pyvips

from imgcdn.engine import steps, vips
from imgcdn.model.geometry import Box, stored_box, upright_box
from imgcdn.model.media import SourceInfo
from imgcdn.model.trimming import Trim, Trimming

_OPAQUE = 255
_LUMA = (0.2126, 0.7152, 0.0722)
"""What the primaries weigh in a grey (ITU-R BT.709)."""
_Lines = Sequence[bool]
"""For each column or row, whether it belongs to the border."""


def find(path: str, info: SourceInfo, region: Box, trimming: Trimming) -> Box:
    """Return what is left of a region (px of the upright source) without its border; all of it when nothing would be.

    Of an animation it is what is left of any frame. Raises CorruptImageError.
    """
    stored = stored_box(region, info.orientation, info.stored)
    try:
        if trimming.mode is Trim.COLOR_UNLESS_ALPHA:
            trimming = replace(trimming, mode=Trim.ALPHA if _is_veiled(path, info, stored, region) else Trim.COLOR)
        border = _corner(path, info, region, trimming) if trimming.mode is Trim.COLOR else []
        frames = _frames(path, info, is_srgb=trimming.colour is not None)
        found = [_inner(image, stored, border, trimming) for image in frames]
    except pyvips.Error as error:
        raise vips.damaged(error, path) from None
    boxes = [box for box in found if box is not None]
    if not boxes:
        return region
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    left, top = max(stored.left, left - trimming.pad), max(stored.top, top - trimming.pad)
    right, bottom = min(stored.right, right + trimming.pad), min(stored.bottom, bottom + trimming.pad)
    return upright_box(Box(left, top, right - left, bottom - top), info.orientation, info.stored)


def _frames(path: str, info: SourceInfo, *, is_srgb: bool = False) -> list[pyvips.Image]:
    """Open the source, each frame on its own, in colours that can be compared to each other, or to sRGB."""
    strip = steps.load(path, info, 1, info.frames)
    is_plain = strip.interpretation in {"srgb", "b-w"} and strip.format == "uchar"
    if not is_plain or is_srgb:
        # A border is told by its likeness to itself, so that a profile matters only where a colour is named.
        strip = steps.to_srgb(strip, keeps_profile=False)
    if info.frames == 1:
        return [strip]
    height = strip.get_page_height()
    strip = strip.copy_memory()
    return [strip.crop(0, top, strip.width, height) for top in range(0, strip.height, height)]


def _is_veiled(path: str, info: SourceInfo, stored: Box, region: Box) -> bool:
    """Whether any pixel of the region lets something through: many files have an alpha that says nothing."""
    if not info.has_alpha:
        return False
    corner = stored_box(Box(region.left, region.top, 1, 1), info.orientation, info.stored)
    # What is cut out mostly has a clear corner, which spares a pass over the whole picture.
    if _alpha(_frames(path, replace(info, frames=1))[0]).getpoint(corner.left, corner.top)[0] < _OPAQUE:
        return True
    parts = (image.crop(stored.left, stored.top, stored.width, stored.height) for image in _frames(path, info))
    return any(cast("float", _alpha(part).min()) < _OPAQUE for part in parts)


def _alpha(image: pyvips.Image) -> pyvips.Image:
    """Return the alpha, none of which is where the loader makes none."""
    return image[image.bands - 1] if image.hasalpha() else image.new_from_image(_OPAQUE)[0]


def _corner(path: str, info: SourceInfo, region: Box, trimming: Trimming) -> list[float]:
    """Return the border's colour in the bands of the first frame: the one that is named, else the upright corner's."""
    # On its own, for a source that streams is read once from top to bottom, and the corner may be stored at the bottom.
    colour = trimming.colour
    image = _frames(path, replace(info, frames=1), is_srgb=colour is not None)[0]
    if colour is None:
        corner = stored_box(Box(region.left, region.top, 1, 1), info.orientation, info.stored)
        return [float(value) for value in image.getpoint(corner.left, corner.top)]
    rgb = [float(colour.red), float(colour.green), float(colour.blue)]
    if image.interpretation == "b-w":
        rgb = [sum(share * value for share, value in zip(_LUMA, rgb, strict=True))]
    return [*rgb, float(colour.alpha)] if image.hasalpha() else rgb


def _inner(image: pyvips.Image, region: Box, border: list[float], trimming: Trimming) -> Box | None:
    """Return what is not border, in px of the stored frame; None when all is."""
    part = image.crop(region.left, region.top, region.width, region.height)
    columns, rows = _lines(part, border, trimming)
    across, down = _span(columns), _span(rows)
    if across is None or down is None:
        return None
    return Box(region.left + across[0], region.top + down[0], across[1] - across[0], down[1] - down[0])


def _span(border: _Lines) -> tuple[int, int] | None:
    """Return the first line that is no border, and one more than the last."""
    inner = [index for index, is_border in enumerate(border) if not is_border]
    return (inner[0], inner[-1] + 1) if inner else None


def _lines(image: pyvips.Image, border: list[float], trimming: Trimming) -> tuple[_Lines, _Lines]:
    if trimming.mode is Trim.AUTO:
        return _calm_lines(image, trimming)
    if trimming.mode is Trim.ALPHA:
        if not image.hasalpha():
            return [False] * image.width, [False] * image.height
        differs = image[image.bands - 1] > trimming.tolerance
    else:
        differs = _differs(image, border, trimming.tolerance)
    columns, rows = differs.project()
    return [not count for count in _numbers(columns)], [not count for count in _numbers(rows)]


def _differs(image: pyvips.Image, border: list[float], tolerance: int) -> pyvips.Image:
    """Mark the pixels that are not of the border's colour; where both are transparent the colour does not matter."""
    if not image.hasalpha():
        return ((image - border).abs() > tolerance).bandor()
    bands = image.bands
    colours, alpha = image.extract_band(0, n=bands - 1), image[bands - 1]
    other = ((colours - border[:-1]).abs() > tolerance).bandor() & (alpha > tolerance)
    return other | ((alpha - border[-1]).abs() > tolerance)


def _calm_lines(image: pyvips.Image, trimming: Trimming) -> tuple[_Lines, _Lines]:
    """Walk in from each edge as long as lines hardly vary and are like the outermost one."""
    if image.hasalpha():
        # Colours that nobody sees must not make a line lively, nor a line of dust in them an edge.
        image = image.premultiply().cast("uchar")
    bands = image.bands
    columns, rows = image.bandjoin((image * image).cast("uint")).project()
    across = _calm(_numbers(columns), 2 * bands, image.height, trimming)
    return across, _calm(_numbers(rows), 2 * bands, image.width, trimming)


def _calm(sums: Sequence[int], bands: int, length: int, trimming: Trimming) -> _Lines:
    """Say of each line whether it belongs to a border, from the sums of its values and of their squares by band."""
    half = bands // 2
    lines = [sums[start : start + bands] for start in range(0, len(sums), bands)]
    means = [[value / length for value in line[:half]] for line in lines]
    spreads = [
        max(sqrt(max(0.0, square / length - mean * mean)) for square, mean in zip(line[half:], averages, strict=True))
        for line, averages in zip(lines, means, strict=True)
    ]

    def walk(order: range) -> int:
        """Count the border's lines from one edge."""
        edge = means[order[0]]
        for count, index in enumerate(order):
            away = max(abs(mean - outermost) for mean, outermost in zip(means[index], edge, strict=True))
            if spreads[index] > trimming.deviation or away > trimming.mean:
                return count
        return len(order)

    first, last = walk(range(len(lines))), walk(range(len(lines) - 1, -1, -1))
    return [index < first or index >= len(lines) - last for index in range(len(lines))]


def _numbers(projection: pyvips.Image) -> Sequence[int]:
    data: Any = projection.write_to_memory()
    return memoryview(data).cast("B").cast("I").tolist()
