"""Previews: small upright RGB pictures for the gravities, decoded as cheaply as the format allows."""

import pyvips

from imgcdn.engine import steps, vips
from imgcdn.model.geometry import Box, Region, Size, stored_box
from imgcdn.model.media import Preview, SourceInfo
from imgcdn.model.spec import Colour

_GREY = Colour(128, 128, 128)
"""Behind transparency: neither a dark nor a light subject vanishes on it."""


def preview(path: str, info: SourceInfo, side: int, region: Region | None = None) -> Preview:
    """Decode a preview whose longest side is `side` to 2x`side` px (less when the source is smaller).

    `region`, 0–1 of the upright source, is the part to show. Raises CorruptImageError.
    """
    whole = info.upright
    box = _box(region, whole)
    spare = max(box.width, box.height) / side
    shrink = next((k for k in (8, 4, 2) if info.loader == "jpegload" and spare >= k), 1)
    try:
        image = steps.load(path, info, shrink, frames=1)
        stored = stored_box(box, info.orientation, info.stored)
        image = steps.extract(image, steps.scaled(stored, info.stored, Size(image.width, image.height)))
        longest = max(image.width, image.height)
        if longest >= 2 * side:
            factor = side / longest
            size = Size(max(1, round(image.width * factor)), max(1, round(image.height * factor)))
            image = steps.resize(image, size)
        image = steps.to_srgb(image, keeps_profile=False)
        image = steps.over(image, _GREY)
        if image.bands == 1:
            image = image.colourspace("srgb")
        image = steps.upright(image.copy_memory(), info.orientation)
        return Preview(image.width, image.height, bytes(image.write_to_memory()))
    except pyvips.Error as error:
        raise vips.damaged(error, path) from None


def _box(region: Region | None, whole: Size) -> Box:
    if region is None:
        return Box(0, 0, whole.width, whole.height)
    left, top = round(region.x * whole.width), round(region.y * whole.height)
    width = min(max(1, round(region.width * whole.width)), whole.width - left)
    height = min(max(1, round(region.height * whole.height)), whole.height - top)
    return Box(left, top, width, height)
