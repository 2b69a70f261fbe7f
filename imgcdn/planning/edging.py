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


def padding(spec: Spec, scale: float) -> Margins:
    """Return the padding in px; `scale` is what lengths are multiplied by."""
    edges = spec.edges

    def side(own: int | None) -> int:
        return round((edges.pad if own is None else own) * scale)

    return Margins(side(edges.pad_left), side(edges.pad_top), side(edges.pad_right), side(edges.pad_bottom))


def border(spec: Spec, scale: float) -> Margins:
    """Return how wide the border is on each side, in px."""
    edges = spec.edges

    def side(own: int | None) -> int:
        return round((edges.border if own is None else own) * scale)

    return Margins(side(edges.border_left), side(edges.border_top), side(edges.border_right), side(edges.border_bottom))


def margins(spec: Spec, scale: float) -> Margins:
    """Return what padding and border take on each side, in px."""
    return padding(spec, scale).with_more(border(spec, scale))


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
    frame = border(spec, scale)
    return Edging(
        padding=padding(spec, scale),
        padding_colour=ground,
        border=frame,
        border_colour=edges.border_colour,
        radii=radii,
        inner_radii=(0, 0, 0, 0) if is_ellipse else _inner_radii(spec, scale, outer, frame, radii),
        is_ellipse=is_ellipse,
        outside=_outside(spec, output_format),
    )


def squares(spec: Spec, scale: float) -> int:
    """Return the side of a square of the chequered ground in px, 0 when none is asked for."""
    return 0 if spec.ground.transparency is None else max(1, round(spec.ground.grid_size * scale))


def _radii(spec: Spec, scale: float, outer: Size) -> Corners:
    """Return the radii of the outer corners."""
    asked = spec.edges.radius
    if spec.edges.mask is Mask.CORNERS and not any(asked):
        radius = min(outer.width, outer.height) // _FIFTH
        return (radius, radius, radius, radius)
    return _fitted(asked, scale, outer)


def _inner_radii(spec: Spec, scale: float, outer: Size, frame: Margins, radii: Corners) -> Corners:
    """Return the radii of the corners where the border begins: unless they are said, those of a line of even width."""
    inside = Size(outer.width - frame.across, outer.height - frame.down)
    if spec.edges.radius_inner is not None:
        return _fitted(spec.edges.radius_inner, scale, inside)
    widths = (
        max(frame.left, frame.top),
        max(frame.right, frame.top),
        max(frame.right, frame.bottom),
        max(frame.left, frame.bottom),
    )
    a, b, c, d = (max(0, radius - width) for radius, width in zip(radii, widths, strict=True))
    return _fitted((a, b, c, d), 1.0, inside)


def _fitted(asked: Corners, scale: float, box: Size) -> Corners:
    """Scale radii, and scale them down together where two of them would overlap (CSS backgrounds 3, §5.5)."""
    a, b, c, d = (min(float(radius) * scale, float(box.width + box.height)) for radius in asked)
    sides = ((a + b, box.width), (b + c, box.height), (c + d, box.width), (d + a, box.height))
    factor = min((side / taken for taken, side in sides if taken > side), default=1.0)
    # Rounded down, so that opposite corners never overlap.
    return (int(a * factor), int(b * factor), int(c * factor), int(d * factor))


def _outside(spec: Spec, output_format: Format) -> Colour:
    if spec.edges.mask_background is not None:
        return spec.edges.mask_background
    if output_format.keeps_alpha:
        return _TRANSPARENT
    return _WHITE if spec.background is None else spec.background
