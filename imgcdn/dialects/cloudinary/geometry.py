"""How a component sizes and crops what has no size yet: the source, or a part of it."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from imgcdn.dialects.cloudinary import gravities
from imgcdn.dialects.cloudinary.draft import Draft, Rank, Shape
from imgcdn.dialects.cloudinary.row import bad, irreducible
from imgcdn.dialects.cloudinary.step import FILLS, PADS, WHOLE, Step
from imgcdn.model.geometry import Point
from imgcdn.model.spec import COMPASS, Fit, Length, Rect

_JUDGED = frozenset({"auto", "auto_pad", "fill_pad"})
_CLOSE = 1.8
"""What c_thumb shows of a face at z_1, in multiples of its box."""
_CENTRE = ("center",)


def first(draft: Draft, step: Step) -> None:
    """Size what has no size yet: the source, or a part of it."""
    mode, is_box = step.mode, step.aspect is not None or (step.width is not None and step.height is not None)
    if step.width is None and step.height is None and step.aspect is None:
        if mode == "thumb" and _is_face(step):
            _frame(draft, step)
        return
    if mode in WHOLE and step.aspect is not None:
        raise bad(f"ar in {step.text}", f"it with w_ or h_ in pixels, or another mode than c_{mode}")
    draft.set(width=step.width, height=step.height, aspect=step.aspect)
    if not is_box or mode in {"fit", "limit", "mfit"}:
        _inside(draft, mode)
        return
    draft.shape = Shape.EXACT if mode in {"scale", *FILLS, *PADS} - {"lfill", "mpad"} else Shape.BOUND
    draft.size = (step.width, step.height) if isinstance(step.width, int) and isinstance(step.height, int) else None
    if mode == "scale":
        draft.set(fit=Fit.FILL, may_enlarge=True)
    elif mode in PADS:
        draft.set(fit=Fit.CONTAIN_DOWN if mode == "lpad" else Fit.CONTAIN, may_enlarge=mode != "mpad")
        draft.fields["cut.may_shrink"] = mode != "mpad"
        draft.fields["cut.position"] = position(step)
    else:
        draft.set(fit=Fit.COVER, may_enlarge=mode != "lfill")
        draft.fields["cut.is_clipped"] = mode == "lfill"
        _place(draft, step)


def _inside(draft: Draft, mode: str) -> None:
    draft.shape = Shape.INSIDE if mode != "mfit" else Shape.BOUND
    draft.set(fit=Fit.INSIDE, may_enlarge=mode not in {"limit", "lfill", "lpad"})
    if mode in {"mfit", "mpad"}:
        draft.fields["cut.may_shrink"] = False
        draft.fields["may_enlarge"] = mode == "mfit"


def _place(draft: Draft, step: Step) -> None:
    """Say what must stay in the frame of a crop."""
    if draft.shape is not Shape.WINDOW and is_cut(draft) and (step.gravity or _CENTRE) != _CENTRE:
        raise irreducible(step.text, "the crop before it found its own place: expected no gravity, or g_center")
    if is_cut(draft):
        return
    if step.is_point:
        _point(draft, step)
    elif step.x or step.y:
        raise bad(f"x_ or y_ in {step.text}", "them with c_crop, g_xy_center or a layer")
    elif step.mode == "thumb" and _is_face(step):
        _frame(draft, step)
    else:
        gravity = step.gravity or (("auto",) if step.mode in _JUDGED else _CENTRE)
        draft.set(gravity=gravities.turned(gravity, draft.quarters), zoom=max(1.0, step.zoom))
        if any(draft.mirrors) and gravity[0] in COMPASS and gravity != _CENTRE:
            raise irreducible(step.text, f"{draft.doing} stands before it, and its sides are others then")


def is_cut(draft: Draft) -> bool:
    return "cut.width" in draft.fields or "cut.height" in draft.fields


def _is_face(step: Step) -> bool:
    return step.gravity is not None and step.gravity[0] in {"face", "faces"}


def _frame(draft: Draft, step: Step) -> None:
    """Make the window as large as the faces, not as large as the picture allows."""
    draft.set(
        fit=Fit.COVER,
        gravity=step.gravity,
        face_pad=round(_CLOSE / step.zoom, 4),
        face_else=Fit.COVER,
        may_enlarge=True,
    )


def _point(draft: Draft, step: Step) -> None:
    x, y = step.x or 0, step.y or 0
    if draft.quarters or any(draft.mirrors):
        raise irreducible(step.text, f"{draft.doing} stands before it, and x_ and y_ count from another corner then")
    if isinstance(x, float) and isinstance(y, float):
        draft.set(focal_point=Point(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)))
    else:
        draft.set(gravity=_CENTRE)
        draft.fields["cut.at"] = (x, y)


def position(step: Step) -> str:
    """Return where on its canvas a padded picture lies; only a side says that."""
    if step.x or step.y:
        raise bad(f"x_ or y_ in {step.text}", "padding without them")
    gravity = step.gravity or _CENTRE
    return gravity[0] if gravity[0] in COMPASS else "center"


def crop(draft: Draft, step: Step) -> None:
    """Cut a window out of the source, without scaling."""
    if draft.shape is not Shape.SOURCE or draft.done > Rank.EFFECT:
        raise irreducible(step.text, f"{draft.doing} stands before it: expected c_crop first")
    draft.refuse_lengths(step.text)
    width, height = (_dense(length, step.dpr) for length in (step.width, step.height))
    x, y = (_dense(length or 0, step.dpr) or 0 for length in (step.x, step.y))
    draft.shape = Shape.WINDOW
    if width is None and height is None:
        _crop_by_shape(draft, step)
        return
    gravity = step.gravity or (_CENTRE if step.x is None and step.y is None else ("northwest",))
    if step.is_point:
        _point(draft, replace(step, x=x, y=y))
    elif gravity == ("northwest",) and "trim.mode" not in draft.fields and min(x, y) >= 0:
        whole = 1.0
        draft.fields["rect"] = Rect(x, y, whole if width is None else width, whole if height is None else height)
        return
    elif gravity[0] in COMPASS:
        if isinstance(x, float) or isinstance(y, float):
            raise bad(f"x_ or y_ in {step.text}", "whole pixels with this gravity")
        draft.fields.update({"cut.x": x, "cut.y": y, "gravity": gravity})
    else:
        if x or y:
            raise bad(f"x_ or y_ in {step.text}", "them with a side, g_center or g_xy_center")
        draft.set(gravity=gravity)
    if width is None and step.aspect is not None:
        raise bad(f"ar in {step.text}", "it with w_ or h_ in pixels, or alone")
    draft.fields.update({"cut.width": width, "cut.height": height})


def _crop_by_shape(draft: Draft, step: Step) -> None:
    if step.aspect is not None:
        draft.set(aspect=step.aspect, fit=Fit.COVER)
        draft.shape = Shape.BOUND
        _place(draft, step)
    elif _is_face(step):
        draft.set(aspect=Fraction(1))
        _frame(draft, step)
        draft.fields["face_pad"] = round(1 / step.zoom, 4)
        draft.shape = Shape.BOUND


def _dense(length: Length | None, dpr: float) -> Any:
    return length if length is None or isinstance(length, float) else round(length * dpr)
