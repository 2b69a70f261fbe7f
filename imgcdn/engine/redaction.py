"""Faces made unrecognisable. What is averaged away cannot be brought back: nothing here only rearranges pixels."""

import pyvips

from imgcdn.engine import shapes, steps
from imgcdn.model.geometry import Size
from imgcdn.model.redaction import Patch

_SMALL_SIGMA = 2.0
"""Blurs are made on a picture shrunk until they are this small: as smooth, and as cheap for a large face."""
_LEAKS = ("jpeg-thumbnail-data", "gainmap-data", "gainmap")
"""Other pictures inside a picture, which show the faces as they were."""


def redact(image: pyvips.Image, patches: tuple[Patch, ...]) -> pyvips.Image:
    """Hide what lies under the patches."""
    image = image.copy_memory()
    for name in _LEAKS:
        if image.get_typeof(name):
            image.remove(name)
    for patch in patches:
        left, top = max(0, patch.box.left), max(0, patch.box.top)
        right, bottom = min(image.width, patch.box.right), min(image.height, patch.box.bottom)
        part = image.crop(left, top, right - left, bottom - top)
        mask = steps.stretched(shapes.squircle(), patch.box.size, "linear")
        mask = mask.crop(left - patch.box.left, top - patch.box.top, part.width, part.height)
        # In memory: patches that overlap would have each other worked out again and again.
        image = image.insert(mask.ifthenelse(_hidden(part, patch), part, blend=True).copy_memory(), left, top)
    return image


def _hidden(image: pyvips.Image, patch: Patch) -> pyvips.Image:
    has_alpha = image.hasalpha()
    if has_alpha:
        image = image.premultiply()
    if patch.block:
        image = _squares(image, patch.block)
    if patch.sigma:
        image = _blurred(image, patch.sigma)
    return (image.unpremultiply() + 0.5).cast("uchar") if has_alpha else image


def _squares(image: pyvips.Image, block: int) -> pyvips.Image:
    size = Size(image.width, image.height)
    cells = Size(-(-size.width // block), -(-size.height // block))
    return steps.stretched(steps.stretched(image, cells, "linear"), size, "nearest")


def _blurred(image: pyvips.Image, sigma: float) -> pyvips.Image:
    size = Size(image.width, image.height)
    shrink = max(1.0, sigma / _SMALL_SIGMA)
    small = Size(max(1, round(size.width / shrink)), max(1, round(size.height / shrink)))
    blurred = steps.stretched(image, small, "linear").gaussblur(sigma / shrink)
    return steps.stretched(blurred, size, "cubic")
