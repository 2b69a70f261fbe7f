"""Layers, made ready once and laid over every frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import pyvips

from imgcdn import errors
from imgcdn.engine import lettering, steps, vips
from imgcdn.engine.blending import blend
from imgcdn.model.colour import Colour
from imgcdn.model.geometry import Box, Size, is_turned
from imgcdn.model.laying import Layer, Overlays, Wash
from imgcdn.model.media import ColourSpace, SourceInfo
from imgcdn.model.overlays import BlendMode

Picture = tuple[str, SourceInfo]
"""Where the file of a picture is, and what its header says."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Something that is laid over a picture: pixels with alpha, in memory, and where their top left corner comes."""

    image: pyvips.Image
    left: int
    top: int
    mode: BlendMode


def prepare(overlays: Overlays | None, pictures: Sequence[Picture], colours: ColourSpace) -> list[Sheet]:
    """Decode, size, turn and fade what will be laid over, in the colours of the picture beneath.

    Raises CorruptImageError, naming the parameter.
    """
    if overlays is None:
        return []
    sheets = [_sheet(layer, pictures) for layer in overlays.layers]
    if overlays.lettering is not None:
        image, left, top = lettering.letter(overlays.lettering)
        sheets.append(Sheet(image, left, top, BlendMode.NORMAL))
    if colours is not ColourSpace.P3:
        return sheets
    return [replace(sheet, image=steps.to_colours(sheet.image, colours).copy_memory()) for sheet in sheets]


def lay(image: pyvips.Image, sheets: Sequence[Sheet]) -> pyvips.Image:
    """Lay the sheets over an image one after the other; what is beyond its edges is cut."""
    if not sheets:
        return image
    if image.interpretation == "b-w":
        image = image.colourspace("srgb")
    image = image.copy_memory()  # it is read once for each sheet
    for sheet in sheets:
        image = _laid(image, sheet)
    return image


def _laid(image: pyvips.Image, sheet: Sheet) -> pyvips.Image:
    left, top = max(0, sheet.left), max(0, sheet.top)
    right, bottom = min(image.width, sheet.left + sheet.image.width), min(image.height, sheet.top + sheet.image.height)
    if right <= left or bottom <= top:
        return image
    over = steps.extract(sheet.image, Box(left - sheet.left, top - sheet.top, right - left, bottom - top))
    place = Box(left, top, right - left, bottom - top)
    mixed = blend(steps.extract(image, place), over, sheet.mode)
    # Only what lies under the sheet is mixed: the rest of a large picture would be for nothing.
    return mixed if place.size == Size(image.width, image.height) else image.insert(mixed, left, top)


def _sheet(layer: Layer | Wash, pictures: Sequence[Picture]) -> Sheet:
    if isinstance(layer, Wash):
        image = _filled(layer.box.size, layer.colour)
    else:
        image = _picture(layer, *pictures[layer.index])
    if layer.opacity < 1:
        image = image * [1, 1, 1, layer.opacity]
    image = image.cast("uchar").copy(interpretation="srgb").copy_memory()
    if isinstance(layer, Layer) and layer.gap is not None:
        image = _tiled(image, layer.gap, layer.box.size)
    return Sheet(image, layer.box.left, layer.box.top, layer.mode)


def _filled(size: Size, colour: Colour) -> pyvips.Image:
    pixel = pyvips.Image.black(1, 1).new_from_image([colour.red, colour.green, colour.blue, colour.alpha])
    return pixel.embed(0, 0, size.width, size.height, extend="copy")


def _picture(layer: Layer, path: str, info: SourceInfo) -> pyvips.Image:
    try:
        image = steps.load(path, info, layer.shrink, 1)
        image = steps.extract(image, steps.scaled(layer.stored_window, info.stored, Size(image.width, image.height)))
        target = layer.resized.turned() if is_turned(layer.orientation) else layer.resized
        image = steps.to_srgb(steps.resize(image, target), keeps_profile=False).copy_memory()
    except pyvips.Error as error:
        found = vips.damaged(error, path)
        raise errors.CorruptImageError(f"{layer.param}: {found.detail}", param=layer.param) from None
    if image.interpretation == "b-w":
        image = image.colourspace("srgb")
    image = steps.upright(image if image.hasalpha() else image.addalpha(), layer.orientation)
    return _turned(image, layer.angle, layer.turned)


def _turned(image: pyvips.Image, angle: float, size: Size) -> pyvips.Image:
    if not angle:
        return image
    if angle % 90 == 0:
        return steps.turn(image, round(angle) // 90, flip=False, flop=False)
    # Mixed with transparent black around it, so its colours must be weighed by their alpha.
    turned = steps.rotate(image.premultiply().cast("uchar"), angle, size, Colour(0, 0, 0, 0))
    return turned.unpremultiply().cast("uchar")


def _tiled(image: pyvips.Image, gap: int, size: Size) -> pyvips.Image:
    """Repeat a mark over a picture, with a gap before each and at the edges."""
    cell = image.embed(gap, gap, image.width + gap, image.height + gap)
    across, down = ceil(size.width / cell.width), ceil(size.height / cell.height)
    return cell.replicate(across, down).crop(0, 0, size.width, size.height)
