"""Padding, border and shape of the finished picture."""

from dataclasses import dataclass

import pyvips

from imgcdn.engine import shapes, steps
from imgcdn.model.edges import NO_MARGINS, Corners, Edging
from imgcdn.model.geometry import Size
from imgcdn.model.spec import Colour


@dataclass(frozen=True, slots=True)
class Masks:
    """What of a picture shows: `inner` where the border begins, `outer` where it ends; None for all of a box."""

    inner: pyvips.Image | None
    outer: pyvips.Image | None


def masks(edging: Edging, size: Size) -> Masks:
    """Make the masks for a finished picture of this size, once for all its frames."""
    inner = None
    if edging.border != NO_MARGINS and (edging.is_ellipse or any(edging.inner_radii)):
        inside = Size(size.width - edging.border.across, size.height - edging.border.down)
        inner = _mask(edging, inside, edging.inner_radii)
    return Masks(inner, _mask(edging, size, edging.radii) if edging.is_shaped else None)


def finish(image: pyvips.Image, edging: Edging, made: Masks) -> pyvips.Image:
    """Pad the picture, lay the border around it, and cut it to its shape."""
    image = steps.surround(image, edging.padding, edging.padding_colour)
    if made.inner is not None:
        image = _mixed(image, made.inner, edging.border_colour)
    image = steps.surround(image, edging.border, edging.border_colour)
    return image if made.outer is None else _mixed(image, made.outer, edging.outside)


def _mask(edging: Edging, size: Size, radii: Corners) -> pyvips.Image:
    return shapes.ellipse(size) if edging.is_ellipse else shapes.rounded(size, radii)


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
