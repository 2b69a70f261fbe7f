"""Width ladders and ratio lists: what unsigned URLs may ask for, so that nobody can order renditions without end."""

from dataclasses import replace
from fractions import Fraction

from imgcdn import errors
from imgcdn.model.spec import Length, Spec
from imgcdn.planning import scaling
from imgcdn.planning.settings import Ladder


def admit(spec: Spec, ladder: Ladder, *, is_signed: bool) -> Spec:
    """Return the spec as it may be answered; a signed one as it is. Raises SizeNotAllowedError.

    Widths are taken in device pixels, so `w=200&dpr=2` and `w=400` become one rendition; heights follow the width.
    A lone height keeps to the same ladder, a URL without a size gets the largest width (but is never enlarged), and
    shares of the source, which nobody can place on a ladder, are refused.
    """
    if is_signed or not (ladder.allow_widths or ladder.allow_ratios):
        return spec
    width, height = _pixels("w", spec.width, spec, ladder), _pixels("h", spec.height, spec, ladder)
    shape = spec.aspect
    if width is not None and height is not None:
        shape = _box_shape(width, height, spec, ladder)
    elif shape is not None:
        shape = _shape(shape, ladder, "ar", f"ar={_written(shape)}")
    if not ladder.allow_widths:
        return _reshaped(spec, width, height, shape)
    return _sized(spec, width, height, shape, ladder)


def _pixels(name: str, length: Length | None, spec: Spec, ladder: Ladder) -> int | None:
    if isinstance(length, float):
        if ladder.allow_widths:
            raise _refusal(name, f"{name}={length} is a share of the source", _widths(ladder))
        if spec.width is not None and spec.height is not None:
            raise _refusal(name, f"{name}={length} is a share of the source", _ratios(ladder))
        return None
    return length


def _box_shape(width: int, height: int, spec: Spec, ladder: Ladder) -> Fraction:
    """Return the box's shape: the allowed one that it rounds to, its own when every one is allowed."""
    for ratio in ladder.ratios:
        if round(width / ratio) == height or round(height * ratio) == width:
            return ratio
    return _shape(Fraction(width, height), ladder, "h", f"w={spec.width}&h={spec.height}")


def _shape(shape: Fraction, ladder: Ladder, param: str, asked: str) -> Fraction:
    if not ladder.ratios or shape in ladder.ratios:
        return shape
    if ladder.snap == "off":
        raise _refusal(param, f"{asked} has another shape than unsigned URLs may", _ratios(ladder))
    # The nearest by proportion: 2:1 is as far from 1:1 as 1:2 is.
    return min(ladder.ratios, key=lambda ratio: max(ratio / shape, shape / ratio))


def _reshaped(spec: Spec, width: int | None, height: int | None, shape: Fraction | None) -> Spec:
    if width is not None and height is not None and shape is not None:
        is_listed = round(height * shape) == width
        return replace(spec, height=height if is_listed else max(1, round(width / shape)), aspect=None)
    return replace(spec, aspect=shape)


def _sized(spec: Spec, width: int | None, height: int | None, shape: Fraction | None, ladder: Ladder) -> Spec:
    if width is not None:
        wide = _step("w", f"w={width}", width * spec.dpr, spec, ladder)
        tall = None if height is None or shape is None else max(1, round(wide / shape))
        return replace(scaling.scaled(spec, wide / width), width=wide, height=tall, aspect=None if tall else shape)
    if height is not None and shape is not None:
        wide = _step("h", f"h={height}&ar={_written(shape)}", height * spec.dpr * shape, spec, ladder)
        scaled = scaling.scaled(spec, float(wide / (height * shape)))
        return replace(scaled, width=wide, height=None, aspect=shape)
    if height is not None:
        tall = _step("h", f"h={height}", height * spec.dpr, spec, ladder)
        return replace(scaling.scaled(spec, tall / height), height=tall)
    if ladder.snap == "off":
        raise _refusal("w", "w is missing, so the whole width is asked for", _widths(ladder))
    scaled = scaling.scaled(spec, spec.dpr)
    return replace(scaled, width=ladder.allow_widths[-1], aspect=shape, may_enlarge=False)


def _step(param: str, asked: str, pixels: float | Fraction, spec: Spec, ladder: Ladder) -> int:
    """Return the step of the ladder for so many device pixels."""
    wanted = max(1, round(pixels))
    if wanted in ladder.allow_widths:
        return wanted
    if ladder.snap == "off":
        ratio = "" if spec.dpr == 1.0 else f" with dpr={spec.dpr:g}"
        raise _refusal(param, f"{asked}{ratio} asks for {wanted} px", _widths(ladder))
    return next((step for step in ladder.allow_widths if step > wanted), ladder.allow_widths[-1])


def _refusal(param: str, what: str, allowed: str) -> errors.SizeNotAllowedError:
    return errors.SizeNotAllowedError(f"{what}: expected {allowed}, or a signed URL", param=param)


def _widths(ladder: Ladder) -> str:
    return f"one of {', '.join(map(str, ladder.allow_widths))} px"


def _ratios(ladder: Ladder) -> str:
    return f"one of the ratios {', '.join(ladder.allow_ratios)}"


def _written(ratio: Fraction) -> str:
    return f"{ratio.numerator}:{ratio.denominator}"
