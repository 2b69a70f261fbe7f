"""Animations: frames are resized many at a time, yet none bleeds into the next, and then treated one by one."""

from collections.abc import Callable, Iterator
from typing import cast

import pyvips

from imgcdn.engine import steps
from imgcdn.model.geometry import Box, Size
from imgcdn.model.media import ColourSpace, SourceInfo
from imgcdn.model.plan import TransformPlan

_AT_ONCE = 4_000_000
"""Pixels of source frames that are decoded and resized together: few calls of libvips, and little memory."""
_WIDEST = 5_000_000
"""Frames side by side are at most this wide in px; libvips itself ends at 10,000,000."""

_OPAQUE = 255
Finish = Callable[[pyvips.Image], pyvips.Image]
"""Everything that happens to a frame once it has its size."""


def play(
    loaded: pyvips.Image, info: SourceInfo, plan: TransformPlan, box: Box, target: Size, finish: Finish
) -> pyvips.Image:
    """Return the frames of the plan below each other, ready to be written, with their times.

    `box` is the window of one frame and `target` what it is resized to, both as the file lies.
    """
    playback = plan.playback
    reads = loaded.height // loaded.get_page_height() if playback is None else playback.reads
    order = None if playback is None else playback.order
    strips = _sized(loaded, reads, box, target, plan.output.colours)
    first = next(strips)
    if order is None and _is_finished(first, plan):
        strip = _joined(first, strips)
        height = target.height
    else:
        # Frames that are not shown are gone before anything is done to them.
        shown = range(reads) if order is None else order
        wanted = frozenset(shown)
        sized = _split(first, strips, target.height)
        # Each is worked out at once: a hundred unfinished ones hold many times the memory of their pixels.
        done = {index: finish(frame).copy_memory() for index, frame in enumerate(sized) if index in wanted}
        height = done[shown[0]].height
        strip = pyvips.Image.arrayjoin([done[index] for index in shown], across=1)
    return _timed(strip, height, loaded, info, plan)


def _sized(loaded: pyvips.Image, reads: int, box: Box, target: Size, colours: ColourSpace) -> Iterator[pyvips.Image]:
    """Decode from top to bottom, once, and yield strips of frames that have their size, in memory."""
    height = loaded.get_page_height()
    count = max(1, min(_AT_ONCE // (loaded.width * height), _WIDEST // max(loaded.width, target.width)))
    for start in range(0, reads, count):
        frames = min(count, reads - start)
        strip = loaded.crop(0, start * height, loaded.width, frames * height).copy_memory()
        strip = steps.to_colours(strip, colours)
        yield _resized(strip, frames, box, target).copy_memory()


def _resized(strip: pyvips.Image, frames: int, box: Box, target: Size) -> pyvips.Image:
    """Cut the box out of every frame and resize it.

    Down the strip a filter would mix the last rows of a frame with the first of the next, so frames lie side by side
    while their height changes, and below each other while their width does.
    What grows is interpolated both ways at once, so frame by frame.
    """
    height = strip.height // frames
    is_growing = target.width > box.width or target.height > box.height
    if is_growing or (strip.hasalpha() and cast("float", strip[strip.bands - 1].min()) < _OPAQUE):
        parts = [strip.crop(box.left, index * height + box.top, box.width, box.height) for index in range(frames)]
        return pyvips.Image.arrayjoin([steps.resize(part, target) for part in parts], across=1)
    if (box.left, box.width) != (0, strip.width):
        strip = strip.crop(box.left, 0, box.width, strip.height)
    if (box.height, target.height) == (height, height):
        return strip.resize(target.width / box.width, vscale=1.0)
    row = strip.grid(height, frames, 1).crop(0, box.top, frames * box.width, box.height)
    row = row.resize(1.0, vscale=target.height / box.height).copy_memory()
    column = [row.crop(index * box.width, 0, box.width, target.height) for index in range(frames)]
    return pyvips.Image.arrayjoin(column, across=1).resize(target.width / box.width, vscale=1.0)


def _is_finished(strip: pyvips.Image, plan: TransformPlan) -> bool:
    """Whether nothing more is done to frames that have their size."""
    return (
        plan.only_resizes
        and (plan.backdrop is None or not strip.hasalpha())
        and not (plan.rotate_quarters or plan.flip or plan.flop or plan.canvas or plan.angle)
        and plan.orientation == 1
    )


def _joined(first: pyvips.Image, more: Iterator[pyvips.Image]) -> pyvips.Image:
    """Lay strips below each other; all but the last are as high as the first, whose metadata the whole has."""
    *even, last = (first, *more)
    return pyvips.Image.arrayjoin(even, across=1).join(last, "vertical") if even else last


def _split(first: pyvips.Image, more: Iterator[pyvips.Image], height: int) -> Iterator[pyvips.Image]:
    for strip in (first, *more):
        for top in range(0, strip.height, height):
            yield strip.crop(0, top, strip.width, height)


def _timed(
    strip: pyvips.Image, height: int, loaded: pyvips.Image, info: SourceInfo, plan: TransformPlan
) -> pyvips.Image:
    """Give the strip what makes it an animation: the height of a frame, the times of the frames, and its loops."""
    strip = strip.copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", height)
    delays = _delays(loaded, info, plan)
    if delays:
        strip.set_type(pyvips.GValue.array_int_type, "delay", delays)
    loop = None if plan.playback is None else plan.playback.loop
    if loop is None and loaded.get_typeof("loop"):
        loop = loaded.get("loop")
    if loop is not None:
        strip.set_type(pyvips.GValue.gint_type, "loop", loop)
    return strip


def _delays(loaded: pyvips.Image, info: SourceInfo, plan: TransformPlan) -> list[int]:
    """Return for how many ms each written frame is shown; none when the source does not say."""
    playback = plan.playback
    if playback is not None and playback.delay_ms is not None:
        return [playback.delay_ms] * plan.frames
    if not loaded.get_typeof("delay"):
        return []
    given = cast("list[int]", loaded.get("delay"))
    # Loaders tell the times of all frames of the file, wherever reading starts.
    read = given[plan.page :] if len(given) == info.frames else given
    shown = range(plan.frames) if playback is None or playback.order is None else playback.order
    return [read[index] if index < len(read) else 100 for index in shown]
