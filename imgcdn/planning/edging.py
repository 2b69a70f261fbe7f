"""Padding, border and corners in whole pixels: how much room they take, and what is done at the edges."""

from imgcdn import errors
from imgcdn.model.colour import Colour
from imgcdn.model.edges import NO_MARGINS, Corners, Edging, Margins, Mask
from imgcdn.model.geometry import Size
from imgcdn.model.media import Format
from imgcdn.model.spec import Spec

_WHITE = Colour(255, 255, 255)
_TRANSPARENT = Colour(0, 0, 0, 0)
_FIFTH = 5
"""`mask=corners` without a radius rounds by this part of the shorter side."""
_SQUARE = 8
"""Side of a square of the chequered ground, before `dpr`."""


def padding(spec: Spec, scale: float) -> Margins:
    """Return the padding in px; `scale` is what lengths are multiplied by."""
    edges = spec.edges

    def side(own: int | None) -> int:
        return round((edges.pad if own is None else own) * scale)

    return Margins(side(edges.pad_left), side(edges.pad_top), side(edges.pad_right), side(edges.pad_bottom))


def margins(spec: Spec, scale: float) -> Margins:
    """Return what padding and border take on each side, in px."""
    inner, edge = padding(spec, scale), round(spec.edges.border * scale)
    return Margins(inner.left + edge, inner.top + edge, inner.right + edge, inner.bottom + edge)


def inside(spec: Spec, length: int | None, taken: int, side: str, scale: float) -> int | None:
    """Return what padding and border leave of a side of the answer. Raises ConflictingParametersError for nothing."""
    if length is None or taken == 0:
        return length
    if length <= taken:
        larger = "" if scale == 1.0 else f" at a scale of {scale:g}"
        raise errors.ConflictingParametersError(
            f"pad and border take {taken} px{larger} of the {length} px of the {side}: expected less than that",
            param=_giver(spec, side),
        )
    return length - taken


def _giver(spec: Spec, side: str) -> str:
    """Name the parameter that a side comes from, which need not be the side's own."""
    bounds = spec.bounds
    is_width = side == "width"
    said, most = (spec.width, bounds.most_width) if is_width else (spec.height, bounds.most_height)
    if said is not None:
        return side[0]
    if most is not None:
        return f"max_{side[0]}"
    return "ar" if spec.aspect is not None else f"min_{side[0]}"


def edging(spec: Spec, scale: float, inner: Size, ground: Colour, output_format: Format) -> Edging | None:
    """Decide what is done around a picture of the size `inner`; None when that is nothing. `ground` is behind it."""
    edges = spec.edges
    around = margins(spec, scale)
    outer = Size(inner.width + around.across, inner.height + around.down)
    is_ellipse = edges.mask is Mask.ELLIPSE
    radii = (0, 0, 0, 0) if is_ellipse else _radii(spec, scale, outer)
    if around == NO_MARGINS and not is_ellipse and not any(radii):
        return None
    return Edging(
        padding=padding(spec, scale),
        padding_colour=ground,
        border=round(edges.border * scale),
        border_colour=edges.border_colour,
        radii=radii,
        is_ellipse=is_ellipse,
        outside=_outside(spec, output_format),
    )


def squares(spec: Spec, scale: float) -> int:
    """Return the side of a square of the chequered ground in px, 0 when none is asked for."""
    return 0 if spec.ground.transparency is None else max(1, round(_SQUARE * scale))


def _radii(spec: Spec, scale: float, outer: Size) -> Corners:
    """Return the corners' radii, scaled down together where two of them would overlap (CSS backgrounds 3, §5.5)."""
    asked = spec.edges.radius
    short = min(outer.width, outer.height)
    if spec.edges.mask is Mask.CORNERS and not any(asked):
        radius = short // _FIFTH
        return (radius, radius, radius, radius)
    a, b, c, d = (min(float(radius) * scale, float(outer.width + outer.height)) for radius in asked)
    sides = ((a + b, outer.width), (b + c, outer.height), (c + d, outer.width), (d + a, outer.height))
    factor = min((side / taken for taken, side in sides if taken > side), default=1.0)
    # Rounded down, so that opposite corners never overlap.
    return (int(a * factor), int(b * factor), int(c * factor), int(d * factor))


def _outside(spec: Spec, output_format: Format) -> Colour:
    if spec.edges.mask_background is not None:
        return spec.edges.mask_background
    if output_format.keeps_alpha:
        return _TRANSPARENT
    return _WHITE if spec.background is None else spec.background
