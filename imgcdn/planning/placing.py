"""Where a whole source lies in the picture that is made of a part of it."""

from imgcdn.model.geometry import Box, Size
from imgcdn.model.plan import TransformPlan


def place(plan: TransformPlan, upright: Size) -> Box:
    """Return the source's box in px of the resized picture and the canvas that it is laid on.

    Its size is the source's after scaling; its corner is negative where the source was cropped, and positive where it
    does not reach that edge of the canvas. Turns, mirrors and edges are left out.
    """
    window = plan.window
    # Both sides are scaled alike but for whole pixels, of which the longer side has more.
    is_wide = window.width >= window.height
    scale = plan.resized.width / window.width if is_wide else plan.resized.height / window.height
    left, top = (0, 0) if plan.canvas is None else (plan.canvas.left, plan.canvas.top)
    return Box(
        round(left - window.left * scale),
        round(top - window.top * scale),
        round(upright.width * scale),
        round(upright.height * scale),
    )
