"""Width ladders and ratio lists: what unsigned URLs may ask for, so that nobody can order renditions without end."""

from dataclasses import replace
from fractions import Fraction

from imgcdn import errors
from imgcdn.model.spec import Bounds, Fit, Length, Spec
from imgcdn.planning import leeway, scaling
from imgcdn.planning.leeway import Leeway
from imgcdn.planning.settings import Ladder

_OWN_SHAPED = frozenset({Fit.INSIDE, Fit.OUTSIDE})
"""Fits whose answers have the picture's own shape, whatever box is said."""
_LETTERBOXING = frozenset({Fit.CONTAIN, Fit.CONTAIN_DOWN})
_NEVER_ENLARGING = {Fit.COVER_DOWN: Fit.COVER, Fit.CONTAIN_DOWN: Fit.CONTAIN}
"""Fits that never enlarge, and what they are like otherwise."""
_RIGHT = 90
_UNBOUNDED = Bounds()


def admit(spec: Spec, ladder: Ladder, *, is_signed: bool) -> Spec:
    """Return the spec as it may be answered; a signed one as it is. Raises SizeNotAllowedError.

    Widths are taken in device pixels, so `w=200&dpr=2` and `w=400` become one rendition; heights follow the width.
    A lone height keeps to the same ladder, a URL without a size gets the largest width (but is never enlarged), and
    shares of the source, which nobody can place on a ladder, are refused. What gives an answer another size than it
    says (`rect`, `trim`, `fpz`, `pad` …) keeps to the lists, too: it is then as large as asked for, even if enlarged.
    """
    if is_signed or not (ladder.allow_widths or ladder.allow_ratios):
        return spec
    spec = _turned(spec, ladder)
    spec = _bounded(spec, ladder)
    loose = leeway.leeway(spec)
    if loose is None:
        return _placed(spec, ladder)
    asked = _told(spec, ladder, loose)
    return _pinned(_placed(asked, ladder), ladder, loose)


def _turned(spec: Spec, ladder: Ladder) -> Spec:
    """Return the spec turned by whole degrees: any angle makes another size, and so many are few enough."""
    if spec.rotate % _RIGHT != 0 and not spec.is_straightened and leeway.has_margins(spec):
        raise _refusal("rotate", f"rotate={spec.rotate:g} turns what pad or border surrounds", "right angles")
    if spec.rotate % 1 == 0:
        return spec
    if ladder.snap == "off":
        raise _refusal("rotate", f"rotate={spec.rotate:g} is part of a degree", "whole degrees")
    return replace(spec, rotate=float(round(spec.rotate)))


def _bounded(spec: Spec, ladder: Ladder) -> Spec:
    """Return the spec without bounds of sides that are said. Raises where one may choose what the lists are for."""
    across, down = leeway.bound(spec, "width"), leeway.bound(spec, "height")
    if across is not None and ladder.allow_widths:
        raise _refusal(across, f"{across} may choose the width", f"w as {_widths(ladder)}")
    found = across or down
    if found is not None and ladder.ratios:
        raise _refusal(found, f"{found} may choose the shape", f"w and h with {_ratios(ladder)}")
    # Which sides are said may be another matter once they are on the lists.
    return spec if found is not None or spec.bounds == _UNBOUNDED else replace(spec, bounds=_UNBOUNDED)


def _told(spec: Spec, ladder: Ladder, loose: Leeway) -> Spec:
    """Return the spec with the size or the shape that a part of the source has, where the lists ask for one."""
    own = leeway.natural(spec)
    if own is not None:
        if ladder.allow_widths and spec.width is None and spec.height is None:
            spec = replace(spec, width=own[0])
        if ladder.ratios and not _has_shape(spec):
            spec = replace(spec, aspect=Fraction(*own))
    if loose.is_loose and ladder.ratios and not _has_shape(spec):
        raise _refusal(loose.param, f"{loose.param} gives the picture any shape", f"ar as {_ratios(ladder)}")
    is_sized = spec.width is not None or (spec.height is not None and (spec.aspect is not None or not loose.is_loose))
    if ladder.allow_widths and not is_sized:
        raise _refusal("w", f"w is missing, and {loose.param} gives the picture any width", _widths(ladder))
    if loose.is_loose and ladder.ratios and spec.fit in _OWN_SHAPED and _has_shape(spec):
        raise _refusal(
            "fit", f"fit={spec.fit} keeps the shape that {loose.param} gives the picture", "fit=cover, contain or fill"
        )
    return spec


def _has_shape(spec: Spec) -> bool:
    return spec.aspect is not None or (spec.width is not None and spec.height is not None)


def _pinned(spec: Spec, ladder: Ladder, loose: Leeway) -> Spec:
    """Return the spec whose answer is as large as it says, however small the part of the source is."""
    if not ladder.allow_widths:
        return spec
    if spec.cut.is_clipped:
        spec = replace(spec, cut=replace(spec.cut, is_clipped=False))
    is_boxed = spec.fit in _LETTERBOXING and spec.width is not None and _has_shape(spec)
    if is_boxed and spec.face_else is None and not spec.is_straightened:
        return spec  # its box is as large as it says anyway
    other = Fit.COVER if loose.is_loose and spec.face_else in _OWN_SHAPED else _enlarging(spec.face_else)
    return replace(spec, fit=_enlarging(spec.fit), face_else=other, may_enlarge=True)


def _enlarging(fit: Fit | None) -> Fit | None:
    return None if fit is None else _NEVER_ENLARGING.get(fit, fit)


def _placed(spec: Spec, ladder: Ladder) -> Spec:
    """Return the spec with its size and its shape brought to the lists."""
    width, height = _pixels("w", spec.width, spec, ladder), _pixels("h", spec.height, spec, ladder)
    shape = spec.aspect
    if width is not None and height is not None:
        shape = _box_shape(width, height, spec, ladder)
    elif shape is not None:
        shape = _shape(shape, ladder, "ar", f"ar={_written(shape)}")
    if not ladder.allow_widths:
        return _reshaped(spec, width, height, shape)
    if not spec.cut.may_shrink:
        spec = replace(spec, cut=replace(spec.cut, may_shrink=True))
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
