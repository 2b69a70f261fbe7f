"""What was done to colours and for effect, in plain sentences."""

from collections.abc import Iterator

from imgcdn.model.plan import TransformPlan
from imgcdn.model.spec import Spec


def treated(spec: Spec, plan: TransformPlan) -> Iterator[str]:
    """Tell the changes of colour, and the effects in the order of work, with their lengths in px of the answer."""
    if plan.adjust is not None:
        yield "colours are changed pixel by pixel; alpha stays as it is"
    elif spec.adjust != type(spec.adjust)():
        yield "the colours asked for are those of the picture, so none is changed"
    done = list(_effects(plan))
    if done:
        yield "effects, in the order of work: " + ", ".join(done)
    elif spec.effects != type(spec.effects)():
        yield "the effects asked for come to nothing at this size, so none is made"


def _effects(plan: TransformPlan) -> Iterator[str]:
    made = plan.effects
    if made is None:
        return
    if made.grain is not None:
        yield f"noise reduction (detail up to about {made.grain.levels:g} of 255 levels counts as noise)"
    if made.sharpness:
        yield f"sharpening (the finest detail of brightness times {1 + made.sharpness:g})"
    if made.unsharp:
        yield f"unsharp mask (what a blur of {made.unsharp_sigma:g} px takes away, times {1 + made.unsharp:g})"
    if made.sepia:
        yield "sepia"
    if made.monochrome is not None:
        yield "monochrome"
    if made.duotone is not None:
        yield "duotone"
    if made.blur_sigma:
        yield f"blur (a Gaussian with a sigma of {made.blur_sigma:g} px)"
    if made.block:
        yield f"squares of {made.block} px"
    if made.dots:
        yield f"halftone dots {made.dots} px apart"
