"""Padding, border and shape of the finished picture."""

from dataclasses import dataclass

import pyvips

from imgcdn.engine import shapes, steps
from imgcdn.model.edges import Corners, Edging, Margins
from imgcdn.model.geometry import Size
from imgcdn.model.spec import Colour


@dataclass(frozen=True, slots=True)
class Masks:
    """What of a picture shows: `inner` where the border begins, `outer` where it ends; None for all of a box."""

    inner: pyvips.Image | None
    outer: pyvips.Image | None


def masks(edging: Edging, size: Size) -> Masks:
    """Make the masks for a finished picture of this size, once for all its frames."""
    if not edging.is_shaped:
        return Masks(None, None)
    inner = None
    if edging.border:
        inside = Size(size.width - 2 * edging.border, size.height - 2 * edging.border)
        inner = _mask(edging, inside, _less(edging.radii, edging.border))
    return Masks(inner, _mask(edging, size, edging.radii))


def finish(image: pyvips.Image, edging: Edging, made: Masks) -> pyvips.Image:
    """Pad the picture, lay the border around it, and cut it to its shape."""
    image = steps.surround(image, edging.padding, edging.padding_colour)
    if edging.border:
        if made.inner is not None:
            image = _mixed(image, made.inner, edging.border_colour)
        width = edging.border
        image = steps.surround(image, Margins(width, width, width, width), edging.border_colour)
    return image if made.outer is None else _mixed(image, made.outer, edging.outside)


def _mask(edging: Edging, size: Size, radii: Corners) -> pyvips.Image:
    return shapes.ellipse(size) if edging.is_ellipse else shapes.rounded(size, radii)


def _less(radii: Corners, border: int) -> Corners:
    """Return the radii of the inner side of a border."""
    a, b, c, d = (max(0, radius - border) for radius in radii)
    return (a, b, c, d)


def _mixed(image: pyvips.Image, mask: pyvips.Image, colour: Colour) -> pyvips.Image:
    """Keep the image where the mask is full, and show the colour where it is empty."""
    image, ink = steps.ink(image, colour)
    if not image.hasalpha():
        return mask.ifthenelse(image, ink, blend=True)
    colours, alpha = image.extract_band(0, n=image.bands - 1), image[image.bands - 1]
    if colour.alpha == 0:
        return colours.bandjoin((alpha * mask * (1 / 255) + 0.5).cast("uchar"))
    # Colours are mixed by how much of them is seen.
    seen = [value * colour.alpha / 255 for value in ink[:-1]]
    mixed = mask.cast("float").ifthenelse(image.premultiply(), [*seen, ink[-1]], blend=True)
    return (mixed.copy(interpretation="srgb").unpremultiply() + 0.5).cast("uchar")
