"""Texts, set by Pango: any script, shaped and in its own direction."""

from html import escape
from math import ceil
from typing import Any

import pyvips

from imgcdn.engine import blurs
from imgcdn.model.colour import Colour
from imgcdn.model.geometry import Size
from imgcdn.model.laying import Lettering

_DPI = 72
"""At which a point is a pixel."""
_TRIAL_PX = 16.0
"""Size of the letters that a text is measured with: lengths grow with it, and small ones cost next to nothing."""
_MOST_TRIALS = 12
_NARROWER = 0.97
_LARGEST_PX = 2000.0
_SHADOW_SOFT, _SHADOW_OFF = 0.08, 0.05
"""Radius of a shadow and how far below it lies, in sizes of the letters."""
_LEAST_SOFT = 0.6
_STROKE_GAIN = 6.0
"""How much a blurred letter is hardened to become its own outline."""


def letter(lettering: Lettering) -> tuple[pyvips.Image, int, int]:
    """Return the text as pixels with alpha, and where in the picture their top left corner comes.

    The letters lie inside the area; a shadow and an outline may reach beyond it.
    """
    room = _room(lettering)
    size = _fitting(lettering, room)
    image = _set(lettering, size, None if lettering.fills else room)
    for _ in range(_MOST_TRIALS):
        if (image.width <= room.width and image.height <= room.height) or size <= 1:
            break
        size *= _NARROWER
        image = _set(lettering, size, None if lettering.fills else room)
    image = image.crop(0, 0, min(image.width, room.width), min(image.height, room.height)).copy_memory()
    left = lettering.area.left + round((lettering.area.width - image.width) * lettering.place.x)
    top = lettering.area.top + round((lettering.area.height - image.height) * lettering.place.y)
    return _dressed(image, lettering, size, left, top)


def _room(lettering: Lettering) -> Size:
    around = 2 * lettering.outline_px
    return Size(max(1, lettering.area.width - around), max(1, lettering.area.height - around))


def _fitting(lettering: Lettering, room: Size) -> float:
    """Return the size of letters, in pixels, at which a text fits into a room, measured on small ones."""
    size = lettering.size_px
    if lettering.fills:
        line = _set(lettering, _TRIAL_PX, None)
        factor = min(room.width / line.width, room.height / line.height)
        return max(1.0, min(_LARGEST_PX, _TRIAL_PX * factor))
    for _ in range(_MOST_TRIALS):
        trial = min(size, _TRIAL_PX)
        factor = trial / size
        small = _set(lettering, trial, Size(max(1, round(room.width * factor)), 1))
        over = max(small.height / (room.height * factor), small.width / (room.width * factor + 1))
        if over <= 1 or size <= 1:
            break
        # The area of a broken text grows with the square of its letters.
        size = max(1.0, size * max(0.5, over**-0.5) * _NARROWER)
    return size


def _set(lettering: Lettering, size: float, room: Size | None) -> pyvips.Image:
    """Set the text with letters of this size; without a room in lines of their own lengths."""
    options: dict[str, Any] = {} if room is None else {"width": room.width, "wrap": "word-char"}
    align = "low" if lettering.place.x < 0.5 else "centre" if lettering.place.x == 0.5 else "high"
    return pyvips.Image.text(
        _markup(lettering, size), font=lettering.family, dpi=_DPI, rgba=True, align=align, **options
    )


def _markup(lettering: Lettering, size: float) -> str:
    """Return the text as Pango's markup, in which none of its own characters means anything."""
    colour = lettering.colour
    style = {
        "size": str(round(size * 1024)),
        "weight": str(lettering.weight),
        "style": "italic" if lettering.is_italic else "normal",
        "insert_hyphens": "false",
        "line_height": f"{lettering.lead:g}",
        "foreground": f"#{colour.red:02x}{colour.green:02x}{colour.blue:02x}",
    }
    said = " ".join(f'{name}="{value}"' for name, value in style.items())
    return f"<span {said}>{escape(lettering.text)}</span>"


def _dressed(
    image: pyvips.Image, lettering: Lettering, size: float, left: int, top: int
) -> tuple[pyvips.Image, int, int]:
    """Put shadow and outline under the letters, and fade all of it as the colour says."""
    soft = max(_LEAST_SOFT, size * _SHADOW_SOFT) if lettering.shadow else 0.0
    around = lettering.outline_px + ceil(3 * soft)
    if around:
        image = image.embed(around, around, image.width + 2 * around, image.height + 2 * around)
    made = image
    if lettering.outline_px:
        made = _stroke(image, lettering.outline_px, lettering.outline_colour).composite2(made, "over").copy_memory()
    if lettering.shadow:
        shade = blurs.blur(made.extract_band(3).cast("uchar").copy_memory(), soft) * lettering.shadow
        off = round(size * _SHADOW_OFF)
        shade = shade.embed(off, off, image.width + off, image.height + off).crop(0, 0, image.width, image.height)
        made = _inked(shade, Colour(0, 0, 0)).composite2(made, "over")
    if lettering.colour.alpha < 255:
        made = made * [1, 1, 1, lettering.colour.alpha / 255]
    made = made.cast("uchar").copy(interpretation="srgb").copy_memory()
    return made, left - around, top - around


def _stroke(image: pyvips.Image, width: int, colour: Colour) -> pyvips.Image:
    """Return the letters grown by `width` pixels, in one colour."""
    grown = blurs.blur(image.extract_band(3).copy_memory(), max(_LEAST_SOFT, width / 2)) * _STROKE_GAIN
    return _inked((grown > 255).ifthenelse(255, grown) * (colour.alpha / 255), colour)


def _inked(alpha: pyvips.Image, colour: Colour) -> pyvips.Image:
    ink = alpha.new_from_image([colour.red, colour.green, colour.blue])
    return ink.bandjoin(alpha).cast("uchar").copy(interpretation="srgb")
