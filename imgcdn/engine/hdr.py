"""Ultra HDR: a JPEG's gain map says how much brighter each place may get; it must follow every cut and turn."""

from typing import Any

import pyvips

from imgcdn.engine import steps, vips
from imgcdn.model.geometry import Box, Size, is_turned
from imgcdn.model.plan import TransformPlan

LOADER = "uhdrload"
_PREFIX = "gainmap-"
_PIXELS = "gainmap-data"
"""Where libvips keeps the map as it was read, a JPEG; a changed one is attached as `gainmap`."""


def with_gain_map(image: pyvips.Image, path: str, plan: TransformPlan, whole: Size) -> pyvips.Image:
    """Give a finished picture its source's gain map, cut, resized, turned and letterboxed as the picture was.

    `whole` is the size of the stored picture. Raises pyvips.Error.
    """
    source = vips.open_with(LOADER, path)
    gain = source.get_gainmap()
    if gain is None:
        return image
    loaded = Size(gain.width, gain.height)
    gain = steps.extract(gain, steps.scaled(plan.stored_window, whole, loaded))
    shrunk = loaded.width / whole.width
    sideways = plan.resized.turned() if is_turned(plan.orientation) else plan.resized
    gain = steps.resize(gain, _smaller(sideways, shrunk)).copy_memory()
    gain = steps.upright(gain, plan.orientation)
    gain = steps.turn(gain, plan.rotate_quarters, flip=plan.flip, flop=plan.flop)
    if plan.canvas is not None:
        # Black is the least gain: what lies around the picture is as bright as it is written.
        upright = plan.resized.turned() if plan.rotate_quarters % 2 else plan.resized
        box = Box(plan.canvas.left, plan.canvas.top, upright.width, upright.height)
        size = _smaller(plan.canvas.size, shrunk)
        inner = steps.scaled(box, plan.canvas.size, size)
        gain = steps.resize(gain, inner.size).embed(inner.left, inner.top, size.width, size.height)
    return _attached(image, gain, source, plan)


def _smaller(size: Size, factor: float) -> Size:
    return Size(max(1, round(size.width * factor)), max(1, round(size.height * factor)))


def _attached(image: pyvips.Image, gain: pyvips.Image, source: pyvips.Image, plan: TransformPlan) -> pyvips.Image:
    image = image.copy()
    for name in source.get_fields():
        if name.startswith(_PREFIX) and name != _PIXELS:
            value: Any = source.get(name)
            image.set_type(source.get_typeof(name), name, value)
    scale = max(1, round(plan.size.width / gain.width))
    image.set_type(pyvips.GValue.gint_type, "gainmap-scale-factor", scale)
    image.set_type(pyvips.GValue.image_type, "gainmap", gain.copy_memory())
    return image
