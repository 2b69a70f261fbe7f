"""A plan carried out, in the order of the plan's fields; the order of work can be read on this screen."""

from collections.abc import Sequence
from time import perf_counter

import pyvips

from imgcdn.engine import (
    adjust,
    animation,
    edges,
    effects,
    encode,
    ground,
    hashes,
    hdr,
    laying,
    quality,
    redaction,
    steps,
    vips,
)
from imgcdn.model.geometry import Box, Size, is_turned
from imgcdn.model.media import Preview, SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.quality import Chosen

_IN_MEMORY = 16_000_000
"""Pictures up to this many pixels are held in memory between resizing and encoding; larger ones stream."""


def render(
    path: str, info: SourceInfo, plan: TransformPlan, pictures: Sequence[laying.Picture] = ()
) -> tuple[bytes, dict[str, float], Chosen | None]:
    """Return the encoded picture, the milliseconds of each stage, and what the plan's search chose, if it has one.

    `pictures` are those that the plan's layers lay over it. Raises CorruptImageError, FeatureNotInstalledError.
    libvips decodes while it resizes, so both are in `resize`; `decode` is the time to open and read the header.
    """
    encode.require(plan.output.format)
    begun = perf_counter()
    try:
        loaded = _loaded(path, info, plan)
        opened = perf_counter()
        picture = _picture(loaded, info, plan, pictures)
        if plan.keeps_gain_map:
            picture = hdr.with_gain_map(picture, path, plan, info.stored)
        resized = perf_counter()
        body, chosen = quality.write(picture, plan.output)
    except pyvips.Error as error:
        raise vips.damaged(error, path) from None
    written = perf_counter()
    return (
        body,
        {
            "decode": (opened - begun) * 1e3,
            "resize": (resized - opened) * 1e3,
            "encode": (written - resized) * 1e3,
        },
        chosen,
    )


def preview(path: str, info: SourceInfo, plan: TransformPlan, pictures: Sequence[laying.Picture], side: int) -> Preview:
    """Return the finished picture, opaque and with no side longer than `side` px. Raises CorruptImageError."""
    try:
        picture = _picture(_loaded(path, info, plan), info, plan, pictures)
        return hashes.shrunk(picture, side, plan.output.background)
    except pyvips.Error as error:
        raise vips.damaged(error, path) from None


def _loaded(path: str, info: SourceInfo, plan: TransformPlan) -> pyvips.Image:
    reads = plan.frames if plan.playback is None else plan.playback.reads
    return steps.load(path, info, plan.shrink, reads, page=plan.page, scale=plan.scale)


def _picture(
    loaded: pyvips.Image, info: SourceInfo, plan: TransformPlan, pictures: Sequence[laying.Picture]
) -> pyvips.Image:
    sheets = laying.prepare(plan.overlays, pictures, plan.output.colours)
    masks = None if plan.edges is None else edges.masks(plan.edges, plan.size)

    def finish(frame: pyvips.Image) -> pyvips.Image:
        return _finished(_treated(frame, plan, sheets), plan, masks)

    height = loaded.get_page_height() if plan.frames > 1 else loaded.height
    box = steps.scaled(plan.stored_window, info.stored, Size(loaded.width, height))
    target = plan.resized.turned() if is_turned(plan.orientation) else plan.resized
    if plan.frames > 1:
        return animation.play(loaded, info, plan, box, target, finish)
    return finish(_sized(loaded, box, target, plan))


def _sized(image: pyvips.Image, box: Box, target: Size, plan: TransformPlan) -> pyvips.Image:
    image = steps.extract(image, box)
    is_growing = target.pixels > image.width * image.height
    if is_growing:
        image = steps.to_colours(image, plan.output.colours)
    image = steps.resize(image, target)
    if not is_growing:
        image = steps.to_colours(image, plan.output.colours)
    turns = plan.orientation != 1 or plan.rotate_quarters or plan.flip or plan.flop
    if turns or plan.angle or plan.effects or target.pixels <= _IN_MEMORY:
        image = image.copy_memory()
    return image


def _treated(image: pyvips.Image, plan: TransformPlan, sheets: Sequence[laying.Sheet]) -> pyvips.Image:
    image = steps.upright(image, plan.orientation)
    if plan.adjust is not None:
        image = adjust.adjust(image, plan.adjust)
    if plan.effects is not None:
        image = effects.treat(image, plan.effects)
    if plan.patches:
        image = redaction.redact(image, plan.patches)
    image = steps.turn(image, plan.rotate_quarters, flip=plan.flip, flop=plan.flop)
    if plan.backdrop is not None:
        image = steps.over(image, plan.backdrop)
    if plan.canvas is not None:
        image = ground.lay_on(image, plan.canvas)
    if plan.rotated is not None:
        image = steps.rotate(image, plan.angle, plan.rotated, plan.angle_colour)
    return laying.lay(image, sheets)


def _finished(image: pyvips.Image, plan: TransformPlan, masks: edges.Masks | None) -> pyvips.Image:
    if plan.edges is not None and masks is not None:
        image = edges.finish(image, plan.edges, masks)
    return ground.chequered(image, plan.grid, plan.grid_colours) if plan.grid else image
