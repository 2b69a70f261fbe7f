"""Which frames or page were taken, and what became of colours beyond sRGB, in plain sentences."""

from collections.abc import Iterator

from imgcdn.model.media import ColourSpace, Format, SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.spec import Spec


def played(spec: Spec, plan: TransformPlan, info: SourceInfo) -> Iterator[str]:
    """Tell of frames and pages where there are several, of gain maps, and of the colour space."""
    if info.pages > 1:
        yield f"page {plan.page + 1} of {info.pages} is shown"
    if info.frames > 1:
        yield _frames(plan, info)
        yield from _pace(plan)
    if spec.format is Format.UHDR:
        yield _gain(plan, info)
    elif info.has_gain_map and plan.output.format.is_picture:
        yield "the source is an Ultra HDR picture; its gain map is left out, which format=uhdr would keep"
    if plan.output.colours is not ColourSpace.SRGB:
        whose = "Display P3" if plan.output.colours is ColourSpace.P3 else "the source's own"
        yield f"colours are {whose}, told by the profile in the file"


def _frames(plan: TransformPlan, info: SourceInfo) -> str:
    if plan.frames == 1:
        why = "" if plan.output.format.keeps_animation else f"; {plan.output.format.value} shows no animation"
        return f"frame {plan.page + 1} of {info.frames} is shown{why}"
    order = None if plan.playback is None else plan.playback.order
    backwards = ", backwards" if order is not None and order[0] > order[-1] else ""
    return f"{plan.frames} of {info.frames} frames are shown{backwards}"


def _pace(plan: TransformPlan) -> Iterator[str]:
    if plan.playback is not None and plan.playback.delay_ms is not None:
        yield f"each frame is shown for {plan.playback.delay_ms} ms"
    if plan.playback is not None and plan.playback.loop is not None:
        times = plan.playback.loop
        yield "the animation runs " + ("for ever" if times == 0 else "once" if times == 1 else f"{times} times")


def _gain(plan: TransformPlan, info: SourceInfo) -> str:
    if not info.has_gain_map:
        return "the source has no gain map, so a plain JPEG is written"
    if plan.keeps_gain_map:
        return "the gain map is cut, resized and turned along"
    return "what changes or covers pixels makes the gain map false, so a plain JPEG is written"
