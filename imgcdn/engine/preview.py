"""Previews: small upright RGB pictures for the gravities, decoded as cheaply as the format allows."""

from collections.abc import Iterator

import pyvips

from imgcdn import errors
from imgcdn.engine import steps, vips
from imgcdn.model.geometry import Box, Region, Size, stored_box
from imgcdn.model.media import Preview, SourceInfo
from imgcdn.model.spec import Colour

_GREY = Colour(128, 128, 128)
"""Behind transparency: neither a dark nor a light subject vanishes on it."""
_SAMPLES = 5
"""Frames of an animation that are looked at, the first and the last among them."""


def preview(path: str, info: SourceInfo, side: int, region: Region | None = None) -> Preview:
    """Decode a preview whose longest side is `side` to 2x`side` px (less when the source is smaller).

    `region`, 0–1 of the upright source, is the part to show. Of an animation it is the first frame. Raises
    CorruptImageError.
    """
    box = _box(region, info.upright)
    spare = max(box.width, box.height) / side
    shrink = next((k for k in (8, 4, 2) if info.loader == "jpegload" and spare >= k), 1)
    try:
        return _small(steps.load(path, info, shrink, frames=1), info, side, box)
    except pyvips.Error as error:
        raise vips.damaged(error, path) from None


def sampled(path: str, info: SourceInfo, side: int, region: Region | None = None) -> tuple[Preview, ...]:
    """Decode previews of up to five frames spread evenly over an animation; one preview of a still.

    An animation that is damaged after its first frame is looked at as a still. Raises CorruptImageError.
    """
    if info.frames > 1:
        try:
            return _frames(path, info, side, region)
        except errors.CorruptImageError:
            pass  # its first frame may be all that is asked for
    return (preview(path, info, side, region),)


def each(path: str, info: SourceInfo, side: int, most: int) -> Iterator[Preview]:
    """Decode a preview of each frame of an animation, of `most` spread evenly over a long one; one is held at a time.

    Raises CorruptImageError.
    """
    try:
        strip = steps.load(path, info, 1, info.frames)
        height = strip.get_page_height()
        last = strip.height // height - 1
        count = min(most, last + 1)
        whole = _box(None, info.upright)
        for index in range(count):
            at = round(index * last / max(1, count - 1))
            yield _small(strip.crop(0, at * height, strip.width, height), info, side, whole)
    except pyvips.Error as error:
        raise vips.damaged(error, path) from None


def _frames(path: str, info: SourceInfo, side: int, region: Region | None) -> tuple[Preview, ...]:
    count = min(_SAMPLES, info.frames)
    try:
        # Frames build on each other, so opening each on its own would decode what lies before it again and again.
        # One pass from top to bottom decodes every frame once, and holds one of them at a time.
        strip = steps.load(path, info, 1, info.frames)
        height = strip.get_page_height()
        last = strip.height // height - 1
        places = (round(index * last / (count - 1)) for index in range(count))
        box = _box(region, info.upright)
        return tuple(_small(strip.crop(0, at * height, strip.width, height), info, side, box) for at in places)
    except pyvips.Error as error:
        raise vips.damaged(error, path) from None


def _small(image: pyvips.Image, info: SourceInfo, side: int, box: Box) -> Preview:
    """Take the box, in px of the upright source, out of a loaded frame, and make a preview of it."""
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


def _box(region: Region | None, whole: Size) -> Box:
    if region is None:
        return Box(0, 0, whole.width, whole.height)
    left, top = round(region.x * whole.width), round(region.y * whole.height)
    width = min(max(1, round(region.width * whole.width)), whole.width - left)
    height = min(max(1, round(region.height * whole.height)), whole.height - top)
    return Box(left, top, width, height)
