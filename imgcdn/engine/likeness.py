"""Two finished pictures beside each other, whoever made them: their sizes, and how alike they look."""

from dataclasses import dataclass
from typing import cast

import pyvips

from imgcdn import errors
from imgcdn.engine import steps
from imgcdn.engine.similarity import Similarity
from imgcdn.model.colour import Colour
from imgcdn.model.geometry import Size

_MOST_PIXELS = 100_000_000
"""A few bytes can claim any size."""
_GROUNDS = (Colour(255, 255, 255), Colour(0, 0, 0))
"""What is transparent is compared on both, for each hides the pictures of its own colour."""
_FAIL_ON = "error"
"""Half a picture is none."""
_JPEG = b"\xff\xd8"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture read so far as its header. `size` is that of one frame, as it is shown."""

    size: Size
    frames: int
    image: pyvips.Image


def picture(body: bytes) -> Picture:
    """Open a file's bytes. Raises CorruptImageError and TooManyPixelsError."""
    try:
        image = _load(body).autorot()
        frames = cast("int", image.get("n-pages")) if image.get_typeof("n-pages") else 1
    except pyvips.Error as error:
        raise _damaged(error) from None
    if image.width * image.height > _MOST_PIXELS:
        raise errors.TooManyPixelsError(
            f"the picture has {image.width}x{image.height} px: expected at most {_MOST_PIXELS} in all"
        )
    return Picture(Size(image.width, image.height), frames, image)


def compare(one: Picture, other: Picture) -> float:
    """Return 1 for first frames that look the same, and less the less alike they are; the other is scaled to the size
    of the first.

    Raises CorruptImageError where the pixels are damaged.
    """
    try:
        image, beside = (steps.to_srgb(each.image, keeps_profile=False) for each in (one, other))
        beside = steps.resize(beside, one.size)
        if not (image.hasalpha() or beside.hasalpha()):
            return _likeness(image, beside)
        return min(_likeness(steps.over(image, ground), steps.over(beside, ground)) for ground in _GROUNDS)
    except pyvips.Error as error:
        raise _damaged(error) from None


def _likeness(image: pyvips.Image, beside: pyvips.Image) -> float:
    image, beside = (each if each.bands == 3 else each.colourspace("srgb") for each in (image, beside))
    return Similarity(image.copy_memory()).to(beside.copy_memory())


def _load(body: bytes) -> pyvips.Image:
    # A JPEG with a gain map is looked at as every browser can show it.
    if body.startswith(_JPEG):
        return pyvips.Image.jpegload_buffer(body, fail_on=_FAIL_ON)
    return pyvips.Image.new_from_buffer(body, "", fail_on=_FAIL_ON)


def _damaged(error: pyvips.Error) -> errors.CorruptImageError:
    saw = (str(error.detail).strip().splitlines() or ["the decoder gave up"])[-1][:200]
    return errors.CorruptImageError(f"the answer cannot be decoded ({saw}): expected a picture")
