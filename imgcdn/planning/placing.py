"""Where a whole source lies in the picture that is made of a part of it."""

from imgcdn.model.geometry import Box, Size
from imgcdn.model.plan import TransformPlan


def place(plan: TransformPlan, upright: Size) -> Box:
    """Return the source's box in px of the resized picture and the canvas that it is laid on.

    Its size is the source's after scaling; its corner is negative where the source was cropped, and positive where it
    does not reach that edge of the canvas. Turns, mirrors and edges are left out.
    """
    across = plan.resized.width / plan.window.width
    down = plan.resized.height / plan.window.height
    left, top = (0, 0) if plan.canvas is None else (plan.canvas.left, plan.canvas.top)
    return Box(
        round(left - plan.window.left * across),
        round(top - plan.window.top * down),
        round(upright.width * across),
        round(upright.height * down),
    )
