"""Sizes one after the other: by arithmetic they become one box and one window, or they are refused."""

from dataclasses import replace

from imgcdn.dialects.cloudinary import geometry
from imgcdn.dialects.cloudinary.draft import Draft, Rank, Shape
from imgcdn.dialects.cloudinary.row import bad, irreducible
from imgcdn.dialects.cloudinary.step import FILLS, PADS, Step
from imgcdn.model.spec import COMPASS, Fit

_SIZED = ("width", "height", "aspect", "fit", "may_enlarge", "cut.may_shrink", "cut.position")
_ALIKE = 0.01
"""How far two shapes may differ that are one, but for the pixel that rounding takes."""


def apply(draft: Draft, step: Step) -> None:
    """Size and crop the draft. Raises ConflictingParametersError where that does not reduce to one plan."""
    draft.open_size(step.text)
    if draft.done is Rank.TURN and (step.x or step.y):
        raise irreducible(step.text, f"{draft.doing} stands before it, and x_ and y_ count from another corner then")
    if draft.done is Rank.WASH and step.mode in PADS:
        raise irreducible(step.text, f"{draft.doing} stands before it, and would colour what it pads")
    step = _completed(draft, step)
    if step.mode == "crop":
        geometry.crop(draft, step)
    elif draft.shape in {Shape.SOURCE, Shape.WINDOW}:
        draft.refuse_lengths(step.text)
        _refuse_oval(draft, step)
        geometry.first(draft, step)
    else:
        _again(draft, step)
    draft.done = max(draft.done, Rank.SIZE)
    draft.doing = draft.doing or step.text


def _refuse_oval(draft: Draft, step: Step) -> None:
    """Raise ConflictingParametersError for an ellipse that would be cropped or padded: plans make it last."""
    has_shape = step.aspect is not None or (step.width is not None and step.height is not None)
    if "edges.mask" in draft.fields and step.mode in {*FILLS, *PADS} and has_shape:
        raise irreducible(step.text, f"{draft.doing} stands before it, and makes an ellipse of another shape")


def _completed(draft: Draft, step: Step) -> Step:
    """Return the step with shares of a known size as pixels, and the side that follows from the ratio."""
    width, height = step.width, step.height
    if draft.size is not None and draft.shape is Shape.EXACT:
        width = max(1, round(width * draft.size[0])) if isinstance(width, float) else width
        height = max(1, round(height * draft.size[1])) if isinstance(height, float) else height
    elif draft.shape in {Shape.INSIDE, Shape.BOUND} and (isinstance(width, float) or isinstance(height, float)):
        raise irreducible(step.text, "it takes a share of a size that depends on the source")
    if width is not None and height is not None:
        return replace(step, width=width, height=height, aspect=None)
    if step.aspect is not None and isinstance(width, int):
        return replace(step, width=width, height=max(1, round(width / step.aspect)), aspect=None)
    if step.aspect is not None and isinstance(height, int):
        return replace(step, width=max(1, round(height * step.aspect)), height=height, aspect=None)
    return replace(step, width=width, height=height)


def _again(draft: Draft, step: Step) -> None:
    """Size once more what was sized before."""
    if step.width is None and step.height is None and step.aspect is None:
        return
    if draft.shape is Shape.EXACT and draft.size is not None:
        _again_exactly(draft, step, draft.size)
        return
    # A shape that was cropped without scaling can still be scaled as a whole.
    is_unscaled = draft.fields.get("width") is None and draft.fields.get("height") is None
    is_whole = step.mode == "scale" and (step.width is None or step.height is None)
    is_uniform = draft.shape is Shape.INSIDE or (draft.shape is Shape.BOUND and is_whole and is_unscaled)
    if not is_uniform or step.mode in {"lfill", "lpad", "mpad", "mfit"}:
        raise irreducible(step.text, "what it makes depends on how large the source became before it")
    draft.refuse_lengths(step.text)
    if step.mode == "limit":
        _limit(draft, step)
        return
    _refuse_oval(draft, step)
    if draft.shape is Shape.BOUND:
        draft.set(width=step.width, height=step.height, may_enlarge=True)
        return
    for name in _SIZED:
        draft.fields.pop(name, None)
    draft.shape = Shape.WINDOW if "rect" in draft.fields or geometry.is_cut(draft) else Shape.SOURCE
    geometry.first(draft, step)


def _limit(draft: Draft, step: Step) -> None:
    """Fit into two boxes one after the other: into what both leave."""
    if isinstance(draft.fields.get("width"), float) or isinstance(draft.fields.get("height"), float):
        raise irreducible(step.text, "the size before it is a share of the source")
    if step.aspect is not None:
        raise bad(f"ar in {step.text}", "it with w_ or h_ in pixels")
    for name, said in (("width", step.width), ("height", step.height)):
        before = draft.fields.get(name)
        draft.fields[name] = said if before is None else before if said is None else min(before, said)


def _again_exactly(draft: Draft, step: Step, size: tuple[int, int]) -> None:
    width, height = size
    wide = step.width if isinstance(step.width, int) else None
    high = step.height if isinstance(step.height, int) else None
    if wide is None and high is None:
        raise irreducible(step.text, "it crops what was cropped before")
    factors = [side / before for side, before in ((wide, width), (high, height)) if side is not None]
    factor = min(factors)
    is_alike = len(factors) == 1 or abs(factors[0] / factors[1] - 1) <= _ALIKE
    match step.mode:
        case "scale" if len(factors) == 2 and not is_alike and draft.fields.get("fit") is not Fit.FILL:
            raise irreducible(step.text, "it stretches what was cropped or padded before")
        case "scale" if len(factors) == 2:
            draft.rescale(wide or width, high or height, step.text)
            return
        case "limit" | "lfill" | "lpad":
            factor = min(1.0, factor)
        case "mfit":
            factor = max(1.0, factor)
        case "mpad":
            factor = 1.0
        case _:
            pass
    if step.mode in PADS and len(factors) == 2:
        _surround(draft, step, factor, (wide or width, high or height))
    elif step.mode in FILLS and not is_alike:
        raise irreducible(step.text, "it crops what was cropped before")
    elif step.mode in FILLS and len(factors) == 2 and factor == min(factors):
        draft.rescale(wide or width, high or height, step.text)
    else:
        draft.rescale(max(1, round(width * factor)), max(1, round(height * factor)), step.text)


def _surround(draft: Draft, step: Step, factor: float, box: tuple[int, int]) -> None:
    """Pad a picture of a known size to a box."""
    if draft.done >= Rank.WASH or draft.size is None or any(name.startswith("edges.pad") for name in draft.fields):
        raise irreducible(step.text, f"{draft.doing} stands before it, and lies on what it pads")
    inner = (max(1, round(draft.size[0] * factor)), max(1, round(draft.size[1] * factor)))
    draft.rescale(*inner, step.text)
    outer = (max(box[0], inner[0]), max(box[1], inner[1]))
    place = COMPASS[geometry.position(step)]
    across, down = outer[0] - inner[0], outer[1] - inner[1]
    left, top = int(across * place.x), int(down * place.y)
    draft.fields |= {
        "edges.pad_left": left,
        "edges.pad_top": top,
        "edges.pad_right": across - left,
        "edges.pad_bottom": down - top,
        "width": outer[0],
        "height": outer[1],
    }
    draft.size = outer
