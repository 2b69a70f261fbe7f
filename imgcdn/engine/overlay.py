"""A drawing carried out: the uncropped source, upright and small, with what was decided drawn over it."""

from base64 import b64decode
from itertools import pairwise

import pyvips

from imgcdn.engine import encode, steps, vips
from imgcdn.engine.film import Film
from imgcdn.model.drawing import Drawing, Heat
from imgcdn.model.geometry import Box, Size, is_turned
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.plan import Output
from imgcdn.model.spec import Colour, Strip

_SHRINKS = (8, 4, 2)
_OUTSIDE = 0.42
"""The share of its light that is left to what the crop cuts away."""
_OUTSIDE_HEAT = 0.6
"""The same under a score map, which must be read there as well."""
_CHECK_PX = 8
_CHECKS = (118, 150)
"""Grey levels of the squares behind transparency: neither a dark nor a light subject vanishes on them."""
_UNDER_HEAT = (0.55, 30.0)
"""What light of the picture is multiplied with, and what is added: a flat grey under a score map, which must not be
read as light or dark because the picture is."""
_HEAT = (
    (0, Colour(28, 10, 60, 110)),
    (64, Colour(92, 20, 122, 125)),
    (128, Colour(196, 50, 92, 150)),
    (192, Colour(244, 130, 36, 170)),
    (255, Colour(255, 236, 130, 190)),
)
"""Stops of the score map's colours: lighter and denser the higher the score, so that it reads without colour too."""
_QUALITY = {Format.JPEG: 88, Format.WEBP: 86, Format.AVIF: 65}
_EFFORT = {Format.PNG: 6, Format.WEBP: 2, Format.AVIF: 1, Format.GIF: 5}
"""Quality above and effort as in the defaults of renditions: letters suffer first."""


def draw(path: str, info: SourceInfo, drawing: Drawing, output_format: Format) -> bytes:
    """Return the encoded picture. Raises CorruptImageError."""
    try:
        picture = _ground(path, info, drawing)
        if drawing.heat is not None:
            picture = _heated(picture, drawing.heat)
        picture = _darkened(picture, drawing.window, _OUTSIDE if drawing.heat is None else _OUTSIDE_HEAT)
        picture = picture.composite2(_film(drawing).image(), "over").flatten().cast("uchar")
        return encode.encode(picture, _output(output_format))
    except pyvips.Error as error:
        raise vips.damaged(error, path) from None


def _ground(path: str, info: SourceInfo, drawing: Drawing) -> pyvips.Image:
    """Load the first frame of the source as small as the drawing needs it, upright, in opaque sRGB."""
    size = drawing.size.turned() if is_turned(drawing.orientation) else drawing.size
    spare = min(info.stored.width / size.width, info.stored.height / size.height)
    shrink = next((k for k in _SHRINKS if spare >= k), 1) if info.loader == "jpegload" else 1
    image = steps.load(path, info, shrink, frames=1)
    image = steps.to_srgb(steps.resize(image, size), keeps_profile=False)
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    image = steps.upright(image.copy_memory(), drawing.orientation)
    return _checks(drawing.size).composite2(image, "over").flatten().cast("uchar") if image.hasalpha() else image


def _checks(size: Size) -> pyvips.Image:
    """Make the squares that show what is transparent."""
    dark, light = _CHECKS
    tile = pyvips.Image.new_from_array([[light, dark], [dark, light]]).zoom(_CHECK_PX, _CHECK_PX).cast("uchar")
    side = 2 * _CHECK_PX
    board = tile.replicate(-(-size.width // side), -(-size.height // side)).crop(0, 0, size.width, size.height)
    return board.bandjoin([board, board]).copy(interpretation="srgb")


def _heated(picture: pyvips.Image, heat: Heat) -> pyvips.Image:
    """Lay a score map over the picture, which turns grey so that only the map has colour."""
    cells = pyvips.Image.new_from_memory(b64decode(heat.cells), heat.width, heat.height, 1, "uchar")
    scores = cells.resize(picture.width / heat.width, vscale=picture.height / heat.height, kernel="cubic")
    scores = scores.embed(0, 0, picture.width, picture.height, extend="copy")
    stops = b"".join(
        bytes(_between(low, high, score) for low, high in zip(_rgba(from_), _rgba(to), strict=True))
        for (start, from_), (end, to) in pairwise(_HEAT)
        for score in ((index - start) / (end - start) for index in range(start, end + (end == 255)))
    )
    colours = scores.maplut(pyvips.Image.new_from_memory(stops, 256, 1, 4, "uchar")).copy(interpretation="srgb")
    light, lift = _UNDER_HEAT
    grey = picture.colourspace("b-w").linear([light], [lift], uchar=True).colourspace("srgb")
    return grey.composite2(colours, "over").flatten().cast("uchar")


def _rgba(colour: Colour) -> tuple[int, int, int, int]:
    return colour.red, colour.green, colour.blue, colour.alpha


def _between(low: int, high: int, share: float) -> int:
    return round(low + (high - low) * share)


def _darkened(picture: pyvips.Image, window: Box, light: float) -> pyvips.Image:
    """Leave a share of its light to all but the window."""
    inside = picture.crop(window.left, window.top, window.width, window.height)
    return picture.linear([light], [0.0], uchar=True).insert(inside, window.left, window.top)


def _film(drawing: Drawing) -> Film:
    """Draw everything else on a film, in the order of the drawing's fields."""
    film = Film(drawing.size)
    for line in drawing.lines:
        film.line(line)
    for outline in drawing.rectangles:
        film.rectangle(outline)
    for dot in drawing.dots:
        film.dot(dot)
    for cross in drawing.crosses:
        film.cross(cross)
    for label in drawing.labels:
        film.label(label)
    return film


def _output(output_format: Format) -> Output:
    return Output(
        format=output_format,
        quality=_QUALITY.get(output_format, 100),
        effort=_EFFORT.get(output_format, 0),
        is_lossless=False,
        is_progressive=False,
        strip=Strip.ALL,
        background=Colour(0, 0, 0),
    )
