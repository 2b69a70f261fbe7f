"""From width, height, aspect and fit to whole pixels: the shape of the crop window and the size of the answer."""

from dataclasses import dataclass
from math import isqrt

from imgcdn import errors
from imgcdn.model.edges import NO_MARGINS, Margins
from imgcdn.model.geometry import Size
from imgcdn.model.spec import Bounds, Fit, Length, Spec
from imgcdn.planning import crop, edging
from imgcdn.planning.rotation import rotated_size
from imgcdn.planning.settings import Limits

CROPPING = frozenset({Fit.COVER, Fit.COVER_DOWN})
_LETTERBOXING = frozenset({Fit.CONTAIN, Fit.CONTAIN_DOWN})
_UNBOUNDED = Bounds()
_NEVER_ENLARGING = frozenset({Fit.COVER_DOWN, Fit.CONTAIN_DOWN})


@dataclass(frozen=True, slots=True)
class Frame:
    """The box that the picture must meet, in the upright source's own orientation, device pixels included.

    `aspect` is the crop window's width/height, None when nothing is cropped away; a missing side follows from that.
    Padding and border are taken off already; `scale` is what they, and all lengths but sides, are multiplied by.
    """

    fit: Fit
    width: int | None
    height: int | None
    aspect: float | None
    may_enlarge: bool
    scale: float = 1.0
    may_shrink: bool = True


def quarter_turns(spec: Spec) -> int:
    """How many quarter turns clockwise the frame makes with the picture, 0–3; the rest of `rotate` is not in it."""
    is_right = spec.rotate % (180 if spec.is_straightened else 90) == 0
    return round(spec.rotate) // 90 % 4 if is_right else 0


def fit_of(spec: Spec) -> Fit:
    """Return the fit asked for, or the one that goes with what else is."""
    crops = (spec.width is not None and spec.height is not None) or spec.aspect is not None
    return spec.fit or (Fit.COVER if crops else Fit.INSIDE)


def _pixels(length: Length | None, side: int, dpr: float) -> int | None:
    if length is None:
        return None
    pixels = length * side if isinstance(length, float) else length
    return max(1, round(pixels * dpr))


def frame(spec: Spec, region: Size, limits: Limits) -> Frame:
    """Work out the box for a region of the upright source; `w` and `h` name the answer, so quarter turns swap them."""
    turned = quarter_turns(spec) % 2 == 1
    asked = region.turned() if turned else region
    width = _pixels(spec.width, asked.width, spec.dpr)
    height = _pixels(spec.height, asked.height, spec.dpr)
    aspect = None if spec.aspect is None else float(spec.aspect)
    fit = fit_of(spec)
    if width is not None and height is not None:
        aspect = None
    elif aspect is not None and width is not None:
        height = max(1, round(width / aspect))
    elif aspect is not None and height is not None:
        width = max(1, round(height * aspect))
    elif aspect is not None and fit in _LETTERBOXING:
        # The smallest box of the shape that holds all of the picture as it is.
        width, height = max(asked.width, round(asked.height * aspect)), max(asked.height, round(asked.width / aspect))
    if fit in CROPPING and spec.bounds != _UNBOUNDED:
        natural = asked if width or height else crop.window_size(asked, aspect, 1.0)
        width, height = _bounded(spec, width, height, natural)
    if spec.cut.is_clipped:
        width, height = width and min(width, asked.width), height and min(height, asked.height)
    width, height, scale = _box(spec, width, height, limits)
    if turned:
        width, height = height, width
        aspect = None if aspect is None else 1 / aspect
    if width is not None and height is not None:
        aspect = width / height
    enlarges = spec.may_enlarge if spec.may_enlarge is not None else fit is not Fit.INSIDE
    may_enlarge = enlarges and fit not in _NEVER_ENLARGING
    window_aspect = aspect if fit in CROPPING else None
    return Frame(fit, width, height, window_aspect, may_enlarge, scale, spec.cut.may_shrink)


def _bounded(spec: Spec, width: int | None, height: int | None, region: Size) -> tuple[int | None, int | None]:
    """Bring the sides that are not said between their bounds; one that follows from the other is cropped then."""
    bounds = spec.bounds
    natural = (
        width or (region.width if height is None else max(1, round(height * region.aspect))),
        height or (region.height if width is None else max(1, round(width / region.aspect))),
    )
    if spec.width is None:
        across = _between(natural[0], bounds.least_width, bounds.most_width, spec.dpr)
        width = across if across != natural[0] else width
    if spec.height is None:
        down = _between(natural[1], bounds.least_height, bounds.most_height, spec.dpr)
        height = down if down != natural[1] else height
    return width, height


def _between(length: int, least: int | None, most: int | None, dpr: float) -> int:
    if most is not None:
        length = min(length, max(1, round(most * dpr)))
    return length if least is None else max(length, round(least * dpr))


def _box(spec: Spec, width: int | None, height: int | None, limits: Limits) -> tuple[int | None, int | None, float]:
    """Return the sides that are given, within the limits and without padding and border, and the scale of lengths."""
    asked = width, height
    if width is not None and height is not None:
        box = capped(Size(width, height), limits)
        width, height = box.width, box.height
    else:
        width, height = (side and min(side, limits.max_side) for side in (width, height))
    factors = (now / before for now, before in zip((width, height), asked, strict=True) if now and before)
    scale = spec.dpr * spec.scale * min(factors, default=1.0)
    taken = edging.margins(spec, scale)
    width = edging.inside(spec, width, taken.across, "width", scale)
    return width, edging.inside(spec, height, taken.down, "height", scale), scale


def capped(size: Size, limits: Limits) -> Size:
    """Scale a size down, aspect kept, until it meets the limits on an answer."""
    width, height = size.width, size.height
    side = max(width, height)
    if side > limits.max_side:
        width = max(1, round(width * limits.max_side / side))
        height = max(1, round(height * limits.max_side / side))
    if width * height > limits.max_pixels:
        # In whole numbers, both rounded down, so that the product never exceeds the limit.
        width = min(width, max(1, isqrt(limits.max_pixels * size.width // size.height)), limits.max_pixels)
        height = min(height, max(1, isqrt(limits.max_pixels * size.height // size.width)), limits.max_pixels)
    return Size(width, height)


def turnable(
    resized: Size, canvas: Size, angle: float, limits: Limits, around: Margins = NO_MARGINS
) -> tuple[Size, Size]:
    """Scale the picture and its canvas down until the canvas, turned by `angle`, meets the limits with its margins.

    Raises ConflictingParametersError when the margins alone do not.
    """
    rotated = rotated_size(canvas, angle)
    whole = Size(rotated.width + around.across, rotated.height + around.down)
    allowed = capped(whole, limits)
    if allowed == whole:
        return resized, canvas
    if canvas.pixels == 1:
        if around == NO_MARGINS:
            return resized, canvas
        raise errors.ConflictingParametersError(
            f"pad and border alone make a picture of {whole.width}x{whole.height} px: "
            f"expected at most {limits.max_side} px a side and {limits.max_pixels} px in all",
            param="pad",
        )
    factor = min((allowed.width - around.across) / rotated.width, (allowed.height - around.down) / rotated.height)
    # Once more, for a side of one pixel cannot shrink along.
    return turnable(_floored(resized, factor), _floored(canvas, factor), angle, limits, around)


def _floored(size: Size, factor: float) -> Size:
    return Size(max(1, int(size.width * factor)), max(1, int(size.height * factor)))


def resized(frame: Frame, window: Size, limits: Limits) -> tuple[Size, Size]:
    """Return (size of the resized window, size of the canvas it is laid on); equal when nothing is letterboxed."""
    width, height, fit = frame.width, frame.height, frame.fit
    if width is None and height is None:
        size = _within(window, 1.0, limits)
        return size, size
    scale_x = window.width if width is None else width
    scale_y = window.height if height is None else height
    factor_x, factor_y = scale_x / window.width, scale_y / window.height
    if fit is Fit.FILL and width is not None and height is not None:
        size = Size(width, height) if frame.may_enlarge else Size(min(width, window.width), min(height, window.height))
        return size, size
    if width is None or height is None:
        factor = factor_y if width is None else factor_x
    elif fit is Fit.OUTSIDE:
        factor = max(factor_x, factor_y)
    elif fit in CROPPING:
        # The window has the box's shape to the pixel, so the box itself is the answer, not a rounded product.
        if frame.may_enlarge or max(factor_x, factor_y) <= 1.0:
            return Size(width, height), Size(width, height)
        # The longer side tells the scale; in the shorter one rounding may weigh a lot.
        shape = factor_x if width >= height else factor_y
        size = Size(max(1, round(width / shape)), max(1, round(height / shape)))
        return size, size
    else:
        factor = min(factor_x, factor_y)
    factor = factor if frame.may_enlarge else min(1.0, factor)
    size = _within(window, factor if frame.may_shrink else max(1.0, factor), limits)
    if fit in _LETTERBOXING and width is not None and height is not None:
        if not frame.may_shrink:
            width, height = max(width, size.width), max(height, size.height)
        size = Size(min(size.width, width), min(size.height, height))
        return size, Size(width, height)
    return size, size


def _within(window: Size, factor: float, limits: Limits) -> Size:
    size = Size(max(1, round(window.width * factor)), max(1, round(window.height * factor)))
    return capped(size, limits)
