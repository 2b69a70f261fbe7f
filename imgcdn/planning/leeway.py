"""What lets an answer be of another size than its URL says: a part of the source, what is taken off, what is added."""

from dataclasses import dataclass
from typing import Literal

from imgcdn.model.spec import Spec
from imgcdn.model.trimming import Trimming
from imgcdn.planning import edging, framing, sizing

_NO_TRIM = Trimming().mode
_PADS = ("pad", "pad_left", "pad_top", "pad_right", "pad_bottom")


@dataclass(frozen=True, slots=True)
class Leeway:
    """The parameter that gives it; `is_loose` says that it gives another shape than the source's, too."""

    param: str
    is_loose: bool


def leeway(spec: Spec) -> Leeway | None:
    """Return what makes the size, and perhaps the shape, of an answer whose sides are not both said; None for nothing.

    Bounds are apart: they have a say of their own (`bound`).
    """
    if spec.rect is not None:
        return Leeway("rect", is_loose=True)
    if spec.cut.is_window:
        return Leeway("w" if spec.cut.width is not None else "h", is_loose=True)
    if spec.trim.mode is not _NO_TRIM:
        return Leeway("trim", is_loose=True)
    if has_margins(spec):
        return Leeway(_margin(spec), is_loose=True)
    if framing.is_framed(spec):
        return Leeway("face_preset" if spec.face_preset is not None else "face_pad", is_loose=False)
    if spec.zoom > 1.0:
        return Leeway("fpz", is_loose=False)
    if spec.is_straightened and spec.rotate % 180 != 0:
        return Leeway("straighten", is_loose=False)
    return None


def has_margins(spec: Spec) -> bool:
    """Whether padding or a border is asked for."""
    around = edging.margins(spec, 1.0)
    return bool(around.across or around.down)


def natural(spec: Spec) -> tuple[int, int] | None:
    """Return the size in px, turned as the answer is, of the part of the source that is asked for.

    None where only the source tells it.
    """
    if spec.trim.mode is not _NO_TRIM:
        return None
    part = spec.cut if spec.cut.is_window else spec.rect
    if part is None or not isinstance(part.width, int) or not isinstance(part.height, int):
        return None
    is_turned = sizing.quarter_turns(spec) % 2 == 1
    return (part.height, part.width) if is_turned else (part.width, part.height)


def bound(spec: Spec, side: Literal["width", "height"]) -> str | None:
    """Return the parameter that bounds a side which is not said, and so may choose it; None where none does."""
    bounds = spec.bounds
    said, least, most = (
        (spec.width, bounds.least_width, bounds.most_width)
        if side == "width"
        else (spec.height, bounds.least_height, bounds.most_height)
    )
    if said is not None or (least is None and most is None):
        return None
    return f"{'min' if least is not None else 'max'}_{side[0]}"


def _margin(spec: Spec) -> str:
    return "pad" if any(getattr(spec.edges, name) for name in _PADS) else "border"
