"""What shows where no picture is: letterboxes of more than one colour, and squares behind transparency."""

import pyvips

from imgcdn.engine import steps
from imgcdn.model.colour import Colour
from imgcdn.model.geometry import Size
from imgcdn.model.ground import Extend, Fill
from imgcdn.model.plan import Canvas

_SMALL = 96
"""The longest side in px on which a ground is blurred: cheap, whatever the picture's size …"""
_SIGMA = 3.5
"""… and the blur there: shapes are gone, colours and light stay."""


def lay_on(image: pyvips.Image, canvas: Canvas) -> pyvips.Image:
    """Lay the image on its canvas: of one colour, of the image itself, blurred, or of its edges, drawn out."""
    size = canvas.size
    if canvas.ground is Extend.COPY:
        return image.embed(canvas.left, canvas.top, size.width, size.height, extend="copy")
    if canvas.ground is not Fill.BLUR:
        return steps.lay_on(image, canvas)
    image = image.copy_memory()  # it is read twice
    ground = _blurred(image, size)
    if image.hasalpha():
        return ground.composite2(image, "over", x=canvas.left, y=canvas.top).cast("uchar")
    return ground.insert(image, canvas.left, canvas.top)


def _blurred(image: pyvips.Image, size: Size) -> pyvips.Image:
    """Return the image so large that it covers `size`, cut to that, and blurred."""
    factor = max(size.width / image.width, size.height / image.height)
    width = min(image.width, max(1, round(size.width / factor)))
    height = min(image.height, max(1, round(size.height / factor)))
    image = image.crop((image.width - width) // 2, (image.height - height) // 2, width, height)
    shrink = _SMALL / max(size.width, size.height)
    small = Size(max(1, round(size.width * shrink)), max(1, round(size.height * shrink)))
    has_alpha = image.hasalpha()
    if has_alpha:
        image = image.premultiply()
    image = steps.stretched(image, small, "lanczos3").gaussblur(_SIGMA)
    image = steps.stretched(image, size, "cubic")
    return image.unpremultiply().cast("uchar") if has_alpha else image


def chequered(image: pyvips.Image, square: int, colours: tuple[Colour, Colour]) -> pyvips.Image:
    """Put squares of two colours, `square` px a side, behind all that is transparent; the result has no alpha."""
    if not image.hasalpha():
        return image
    if image.interpretation == "b-w":
        image = image.colourspace("srgb")
    first, second = (bytes((colour.red, colour.green, colour.blue)) for colour in colours)
    tile = pyvips.Image.new_from_memory(first + second + second + first, 2, 2, 3, "uchar").zoom(square, square)
    across, down = -(-image.width // tile.width), -(-image.height // tile.height)
    ground = tile.replicate(across, down).crop(0, 0, image.width, image.height).copy(interpretation="srgb")
    return ground.composite2(image, "over").extract_band(0, n=3).cast("uchar")
