"""A plan carried out, in the order of the plan's fields; the order of work can be read on this screen."""

from time import perf_counter

import pyvips

from imgcdn.engine import encode, steps, vips
from imgcdn.model.geometry import Size, is_turned
from imgcdn.model.media import SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.spec import Strip

_IN_MEMORY = 16_000_000
"""Pictures up to this many pixels are held in memory between resizing and encoding; larger ones stream."""


def render(path: str, info: SourceInfo, plan: TransformPlan) -> tuple[bytes, dict[str, float]]:
    """Return the encoded picture and the milliseconds of each stage. Raises CorruptImageError.

    libvips decodes while it resizes, so both are in `resize`; `decode` is the time to open and read the header.
    """
    begun = perf_counter()
    try:
        loaded = steps.load(path, info, plan.shrink, plan.frames)
        opened = perf_counter()
        frames = [_frame(part, info, plan) for part in _parts(loaded, plan.frames)]
        picture = frames[0] if len(frames) == 1 else _strip_of(frames, loaded)
        resized = perf_counter()
        body = encode.encode(picture, plan.output)
    except pyvips.Error as error:
        raise vips.damaged(error, path) from None
    written = perf_counter()
    return body, {
        "decode": (opened - begun) * 1e3,
        "resize": (resized - opened) * 1e3,
        "encode": (written - resized) * 1e3,
    }


def _parts(loaded: pyvips.Image, frames: int) -> list[pyvips.Image]:
    if frames <= 1:
        return [loaded]
    # Frames lie below each other and are read more than once each, so they must be in memory.
    height = loaded.get_page_height()
    strip = loaded.copy_memory()
    return [strip.crop(0, index * height, strip.width, height) for index in range(strip.height // height)]


def _frame(image: pyvips.Image, info: SourceInfo, plan: TransformPlan) -> pyvips.Image:
    box = steps.scaled(plan.stored_window, info.stored, Size(image.width, image.height))
    image = steps.extract(image, box)
    target = plan.resized.turned() if is_turned(plan.orientation) else plan.resized
    is_growing = target.pixels > image.width * image.height
    if is_growing:
        image = steps.to_srgb(image, keeps_profile=plan.output.strip is Strip.NONE)
    image = steps.resize(image, target)
    if not is_growing:
        image = steps.to_srgb(image, keeps_profile=plan.output.strip is Strip.NONE)
    turns = plan.orientation != 1 or plan.rotate_quarters or plan.flip or plan.flop
    if turns or plan.angle or target.pixels <= _IN_MEMORY:
        image = image.copy_memory()
    image = steps.upright(image, plan.orientation)
    image = steps.turn(image, plan.rotate_quarters, flip=plan.flip, flop=plan.flop)
    if plan.backdrop is not None:
        image = steps.over(image, plan.backdrop)
    if plan.canvas is not None:
        image = steps.lay_on(image, plan.canvas)
    if plan.rotated is not None:
        image = steps.rotate(image, plan.angle, plan.rotated, plan.angle_colour)
    return image


def _strip_of(frames: list[pyvips.Image], loaded: pyvips.Image) -> pyvips.Image:
    strip = pyvips.Image.arrayjoin(frames, across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    for name in ("delay", "loop", "gif-delay"):
        if loaded.get_typeof(name):
            strip.set_type(loaded.get_typeof(name), name, loaded.get(name))
    return strip
