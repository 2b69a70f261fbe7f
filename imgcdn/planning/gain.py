"""Whether an Ultra HDR picture's gain map, which tells how much brighter each place may get, stays true."""

from imgcdn.model.ground import Fill
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.plan import TransformPlan


def stays_true(plan: TransformPlan, info: SourceInfo) -> bool:
    """Whether the gain map can be cropped, resized and turned along; what changes or covers pixels leaves it false."""
    if plan.output.format is not Format.UHDR or not info.has_gain_map or plan.angle:
        return False
    return plan.only_resizes and (plan.canvas is None or plan.canvas.ground is Fill.SOLID)
