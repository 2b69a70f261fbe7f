"""native.md §2 written a second time, in plain arithmetic, and the facts that hold for every plan."""

from dataclasses import dataclass
from math import ceil, cos, inf, radians, sin

from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Point, Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.spec import Spec
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits

LIMITS = Limits()
ENCODING = Encoding()
MIDDLE = Focus(Point(0.5, 0.5), "center")


def info(width: int, height: int, *, orientation: int = 1, loader: str = "jpegload", frames: int = 1) -> SourceInfo:
    """A source whose file holds width x height."""
    return SourceInfo(loader, Size(width, height), orientation, frames, False, False, 8, False, False)


def planned(
    spec: Spec,
    source: SourceInfo,
    focus: Focus = MIDDLE,
    form: Format = Format.JPEG,
    limits: Limits = LIMITS,
    encoding: Encoding = ENCODING,
) -> TransformPlan:
    """Plan as the pipeline does: a focus only where one is wanted."""
    upright = planner.upright_size(spec, source)
    is_wanted = planner.wanted_aspect(spec, upright, limits) is not None
    return planner.plan(spec, source, focus if is_wanted else None, form, limits, encoding)


@dataclass(frozen=True)
class Expected:
    """The size that the rules give before rounding, and how far whole pixels may be from it."""

    width: float
    height: float
    tolerance: float


def expected(spec: Spec, upright: Size, limits: Limits = LIMITS) -> Expected:
    """The size of the answer to a spec without `rect`, face framing or zoom."""
    quarter = spec.rotate % 180 == 90
    whole = (upright.height, upright.width) if quarter else (upright.width, upright.height)
    found = _capped(_unrotated(spec, whole, limits), limits)
    if spec.rotate % 90 == 0:
        return found
    c, s = abs(cos(radians(spec.rotate))), abs(sin(radians(spec.rotate)))
    turned = Expected(
        ceil(found.width * c + found.height * s), ceil(found.width * s + found.height * c), 1 + 2 * found.tolerance
    )
    return _capped(turned, limits)


def _unrotated(spec: Spec, whole: tuple[float, float], limits: Limits) -> Expected:
    box_w, box_h = _side(spec.width, whole[0], spec.dpr), _side(spec.height, whole[1], spec.dpr)
    ratio = None if spec.aspect is None or (box_w and box_h) else float(spec.aspect)
    if ratio and box_w:
        box_h = max(1, round(box_w / ratio))
    elif ratio and box_h:
        box_w = max(1, round(box_h * ratio))
    fit = "cover" if (box_w and box_h) or ratio else "inside"
    fit = fit if spec.fit is None else spec.fit.value
    can_grow = (fit != "inside" if spec.may_enlarge is None else spec.may_enlarge) and not fit.endswith("-down")
    fit = fit.removesuffix("-down")
    if not box_w and not box_h:
        if ratio and fit == "cover":
            return Expected(max(1, min(whole[0], whole[1] * ratio)), max(1, min(whole[1], whole[0] / ratio)), 0.5)
        if ratio and fit == "contain":  # the smallest box of the shape around all of it
            return _capped(Expected(max(whole[0], whole[1] * ratio), max(whole[1], whole[0] / ratio), 0.5), limits)
        return Expected(*whole, 0)
    if not box_w or not box_h:
        side = min(box_w or box_h, limits.max_side)
        scale = side / (whole[0] if box_w else whole[1])
        return _scaled(whole, scale if can_grow else min(1, scale), 0.5)
    box = _capped(Expected(box_w, box_h, 0), limits)
    x, y = box.width / whole[0], box.height / whole[1]
    match fit:
        case "contain":
            return box
        case "fill":
            grown = (inf, inf) if can_grow else whole
            return Expected(min(box.width, grown[0]), min(box.height, grown[1]), box.tolerance)
        case "cover":
            return box if can_grow or max(x, y) <= 1 else _scaled((box.width, box.height), 1 / max(x, y), 1)
        case "inside":
            scale = min(x, y) if can_grow else min(x, y, 1)
        case _:
            scale = max(x, y) if can_grow else min(max(x, y), 1)
    # The box may be a pixel off after the cap; the longer side is off by as much more as the picture is longer.
    return _scaled(whole, scale, 0.5 + box.tolerance * max(whole) / min(whole))


def _side(length: float | None, whole: float, dpr: float) -> int | None:
    if length is None:
        return None
    return max(1, round(length * whole * dpr if isinstance(length, float) else length * dpr))


def _scaled(size: tuple[float, float], scale: float, tolerance: float) -> Expected:
    return Expected(max(1, size[0] * scale), max(1, size[1] * scale), tolerance)


def _capped(size: Expected, limits: Limits) -> Expected:
    scale = min(1, limits.max_side / max(size.width, size.height))
    scale = min(scale, (limits.max_pixels / (size.width * size.height)) ** 0.5)
    if scale == 1:
        return size
    return Expected(max(1, size.width * scale), max(1, size.height * scale), size.tolerance + 1)


def assert_sound(plan: TransformPlan, source: SourceInfo, limits: Limits = LIMITS) -> None:
    """What holds for every plan, whatever was asked."""
    inner, stored = plan.stored_window, source.stored
    assert inner.width >= 1
    assert inner.height >= 1
    assert inner.left >= 0
    assert inner.top >= 0
    assert inner.right <= stored.width
    assert inner.bottom <= stored.height
    assert plan.window.size.pixels == inner.size.pixels
    for size in (plan.size, plan.resized):
        assert min(size.width, size.height) >= 1
        assert max(size.width, size.height) <= limits.max_side
        assert size.pixels <= limits.max_pixels
    target = plan.resized.turned() if plan.orientation >= 5 else plan.resized
    if plan.shrink > 1:
        assert source.loader == "jpegload"
        assert inner.width / plan.shrink > target.width - 1
        assert inner.height / plan.shrink > target.height - 1
    if plan.canvas is not None:
        laid = plan.resized.turned() if plan.rotate_quarters % 2 else plan.resized
        assert plan.canvas.left >= 0
        assert plan.canvas.top >= 0
        assert plan.canvas.left + laid.width <= plan.canvas.size.width
        assert plan.canvas.top + laid.height <= plan.canvas.size.height
    assert (plan.rotated is None) == (plan.angle == 0)
    assert 0 <= plan.angle < 360
