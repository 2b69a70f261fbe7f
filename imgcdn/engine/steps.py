"""The libvips operations a plan is made of; each takes one image and returns one."""

from collections.abc import Callable
from math import cos, radians, sin
from typing import Any

import pyvips

from imgcdn.engine import vips
from imgcdn.model.edges import NO_MARGINS, Margins
from imgcdn.model.geometry import Box, Size
from imgcdn.model.media import ColourSpace, SourceInfo
from imgcdn.model.plan import Canvas
from imgcdn.model.spec import Colour

_FAIL_ON = "error"
"""Damaged pixels are an error, not grey rows in somebody's page."""
_PLAIN = frozenset({"srgb", "b-w"})
"""Interpretations of 8-bit pictures that are worked on as they are."""


def load(
    path: str, info: SourceInfo, shrink: int, frames: int, *, page: int | None = None, scale: float = 1.0
) -> pyvips.Image:
    """Open a source for one pass from top to bottom, its frames below each other when there are several.

    Reading starts at the frame or page `page`, from 0, the source info's if it is not given.
    """
    options: dict[str, Any] = {"access": "sequential", "fail_on": _FAIL_ON}
    if info.loader == "jpegload":
        options["shrink"] = shrink
    if info.is_vector:
        options["scale"] = scale
    page = info.page if page is None else page
    if page:
        options["page"] = page
    if frames > 1:
        # What the header says may be wrong for the last frames; "all" takes those that are there.
        options["n"] = -1 if page + frames == info.frames else frames
    return vips.open_with(info.loader, path, **options)


def scaled(box: Box, whole: Size, loaded: Size) -> Box:
    """Where a box of the stored picture lies in the picture as loaded, which may be shrunk."""
    if loaded == whole:
        return box
    x, y = loaded.width / whole.width, loaded.height / whole.height
    left = min(round(box.left * x), loaded.width - 1)
    top = min(round(box.top * y), loaded.height - 1)
    right = max(left + 1, min(round(box.right * x), loaded.width))
    bottom = max(top + 1, min(round(box.bottom * y), loaded.height))
    return Box(left, top, right - left, bottom - top)


def extract(image: pyvips.Image, box: Box) -> pyvips.Image:
    if (box.left, box.top, box.width, box.height) == (0, 0, image.width, image.height):
        return image
    return image.crop(box.left, box.top, box.width, box.height)


def to_srgb(image: pyvips.Image, *, keeps_profile: bool) -> pyvips.Image:
    """Bring pixels to 8-bit sRGB through the embedded profile (or libvips' own CMYK one), not by reinterpreting them.

    With `keeps_profile` an RGB picture stays in its own colour space and carries the profile along; a grey one does
    not, for it may get colours later.
    """
    interpretation = image.interpretation
    if interpretation in _PLAIN and image.format == "uchar" and not image.get_typeof("icc-profile-data"):
        return image
    is_rgb = interpretation in {"srgb", "rgb16", "rgb"}
    if image.get_typeof("icc-profile-data") and not (keeps_profile and is_rgb):
        try:
            image = image.icc_transform("srgb", embedded=True, intent="relative", depth=8)
        except pyvips.Error:
            # A broken or unfitting profile: colours as if there were none are better than no picture.
            image = image.copy()
            image.remove("icc-profile-data")
    if image.interpretation == "cmyk":
        image = image.icc_transform("srgb", input_profile="cmyk", intent="relative", depth=8)
    if image.interpretation not in _PLAIN:
        image = image.colourspace("b-w" if image.interpretation == "grey16" else "srgb")
    return image if image.format == "uchar" else image.cast("uchar")


def to_colours(image: pyvips.Image, colours: ColourSpace) -> pyvips.Image:
    """Bring pixels to 8 bits of a colour space; one other than sRGB carries its profile along."""
    image = to_srgb(image, keeps_profile=colours is not ColourSpace.SRGB)
    if colours is not ColourSpace.P3:
        return image
    if image.interpretation == "b-w":
        image = image.colourspace("srgb")
    try:
        return image.icc_transform("p3", embedded=True, input_profile="srgb", intent="relative", depth=8)
    except pyvips.Error:
        image = to_srgb(image, keeps_profile=False)  # as there: a broken profile is none
        return image.icc_transform("p3", input_profile="srgb", intent="relative", depth=8)


def resize(image: pyvips.Image, size: Size) -> pyvips.Image:
    """Resize to exactly `size`, alpha premultiplied while pixels are mixed."""
    if (image.width, image.height) == (size.width, size.height):
        return image
    if image.format == "uchar" and image.interpretation in _PLAIN and not image.hasalpha():
        # The same pixels as below: what that prepares for alpha and other colours is a twentieth of a whole render.
        return image.resize(size.width / image.width, vscale=size.height / image.height)
    # no_rotate: plans are in stored pixels here. Profiles are left to `to_srgb`, which knows what to keep.
    return image.thumbnail_image(size.width, height=size.height, size="force", no_rotate=True)


def stretched(image: pyvips.Image, size: Size, kernel: str) -> pyvips.Image:
    """Resize to exactly `size` with a kernel of libvips' (nearest, linear, cubic, lanczos3)."""
    return image.resize(size.width / image.width, vscale=size.height / image.height, kernel=kernel)


_UPRIGHT: dict[int, Callable[[pyvips.Image], pyvips.Image]] = {
    2: lambda image: image.fliphor(),
    3: lambda image: image.rot180(),
    4: lambda image: image.flipver(),
    5: lambda image: image.rot90().fliphor(),
    6: lambda image: image.rot90(),
    7: lambda image: image.rot270().fliphor(),
    8: lambda image: image.rot270(),
}
_QUARTERS = (None, "d90", "d180", "d270")


def upright(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Undo the EXIF orientation 1–8. The image must be in memory: rows are read out of order."""
    turn = _UPRIGHT.get(orientation)
    return image if turn is None else turn(image)


def turn(image: pyvips.Image, quarters: int, *, flip: bool, flop: bool) -> pyvips.Image:
    """Turn by quarters clockwise, then mirror."""
    angle = _QUARTERS[quarters]
    if angle is not None:
        image = image.rot(angle)
    if flip:
        image = image.flipver()
    return image.fliphor() if flop else image


def ink(image: pyvips.Image, colour: Colour) -> tuple[pyvips.Image, list[float]]:
    """Give the image the bands that a colour needs, and the colour in those bands."""
    if image.interpretation == "b-w":
        image = image.colourspace("srgb")
    rgb = [float(colour.red), float(colour.green), float(colour.blue)]
    if image.hasalpha():
        return image, [*rgb, float(colour.alpha)]
    if colour.alpha < 255:
        return image.addalpha(), [*rgb, float(colour.alpha)]
    return image, rgb


def surround(image: pyvips.Image, margins: Margins, colour: Colour) -> pyvips.Image:
    """Add margins of one colour."""
    if margins == NO_MARGINS:
        return image
    image, values = ink(image, colour)
    width, height = image.width + margins.across, image.height + margins.down
    return image.embed(margins.left, margins.top, width, height, extend="background", background=values)


def lay_on(image: pyvips.Image, canvas: Canvas) -> pyvips.Image:
    """Lay the image on a canvas of one colour."""
    image, values = ink(image, canvas.colour)
    return image.embed(
        canvas.left, canvas.top, canvas.size.width, canvas.size.height, extend="background", background=values
    )


def rotate(image: pyvips.Image, angle: float, size: Size, corners: Colour | None) -> pyvips.Image:
    """Turn by any angle clockwise onto a canvas of exactly `size`; without a colour, the image must cover that."""
    if corners is None:
        return _cut_from_turned(image, angle, size)
    image, values = ink(image, corners)
    turned = image.similarity(angle=angle, background=values, interpolate=pyvips.Interpolate.new("bicubic"))
    left, top = (size.width - turned.width) // 2, (size.height - turned.height) // 2
    return turned.embed(left, top, size.width, size.height, extend="background", background=values)


def _cut_from_turned(image: pyvips.Image, angle: float, size: Size) -> pyvips.Image:
    if angle % 90 == 0:
        turned = turn(image, round(angle) // 90 % 4, flip=False, flop=False)
    else:
        c, s = cos(radians(angle)), sin(radians(angle))
        has_alpha = image.hasalpha()
        image = image.premultiply() if has_alpha else image
        # At its edges the picture is mixed with its own pixels, not with what is beyond.
        turned = image.affine([c, -s, s, c], extend="copy", interpolate=pyvips.Interpolate.new("bicubic"))
        turned = turned.unpremultiply().cast("uchar") if has_alpha else turned
    left, top = max(0, turned.width - size.width) // 2, max(0, turned.height - size.height) // 2
    return turned.crop(left, top, min(size.width, turned.width), min(size.height, turned.height))


def over(image: pyvips.Image, colour: Colour) -> pyvips.Image:
    """Put a background behind transparency; the result has no alpha when the colour is opaque."""
    if not image.hasalpha() or colour.alpha == 0:
        return image  # laying nothing behind it would only round its colours
    if colour.alpha == 255:
        image, values = ink(image, colour)
        return image.flatten(background=values[:3])
    image, values = ink(image, colour)
    backdrop = image.new_from_image(values).copy(interpretation="srgb")
    return backdrop.composite(image, "over").cast("uchar")
