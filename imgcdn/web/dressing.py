"""What else was done to the picture, in plain sentences: trimmed borders, hidden faces, padding, border and shape."""

from collections.abc import Iterator

from imgcdn.model.edges import Edging
from imgcdn.model.geometry import Size
from imgcdn.model.plan import TransformPlan
from imgcdn.model.seen import Seen
from imgcdn.model.spec import Spec
from imgcdn.planning import planner


def dressing(spec: Spec, plan: TransformPlan, seen: Seen, upright: Size) -> Iterator[str]:
    """Tell it in the order in which it is done."""
    if seen.trimmed is not None and spec.trim.mode is not None:
        yield _trimmed(spec, spec.trim.mode.value, seen, upright)
    if spec.redaction.hides_faces:
        yield _hidden(plan, seen)
    if plan.edges is not None:
        yield from _edges(spec, plan, plan.edges)


def _trimmed(spec: Spec, mode: str, seen: Seen, upright: Size) -> str:
    left, before = seen.trimmed, planner.region_of(spec, upright)
    if left is None or left == before:
        return f"trim={mode} found no border to take off"
    return (
        f"trim={mode} leaves {left.width}x{left.height} of {before.width}x{before.height} px, "
        f"from {left.left}, {left.top} on"
    )


def _hidden(plan: TransformPlan, seen: Seen) -> str:
    many, shown = len(seen.faces), len(plan.patches)
    faces = "1 face was" if many == 1 else f"{many} faces were"
    there = "" if shown == many else f", {shown} of them in the window"
    return f"{faces} found to be hidden{there}"


def _edges(spec: Spec, plan: TransformPlan, edging: Edging) -> Iterator[str]:
    around, size = edging.margins, plan.size
    if around.across or around.down:
        room = f"pad and border take {around.across} px across and {around.down} px down"
        is_part = spec.width is not None or spec.height is not None
        yield f"{room} of the {size.width}x{size.height} px" if is_part else f"{room}, which the answer is larger by"
    if edging.is_ellipse:
        yield "the picture is cut to an ellipse"
    elif edging.is_shaped:
        radii = edging.radii
        told = f"{radii[0]} px" if len(set(radii)) == 1 else ", ".join(map(str, radii)) + " px"
        yield f"the corners are round: {told}"
