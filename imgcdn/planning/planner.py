"""The decisions between an understood URL and a plan, in the order they are taken."""

from dataclasses import replace

from imgcdn import errors
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Box, Point, Size, is_turned, stored_box
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.plan import Canvas, Output, TransformPlan
from imgcdn.model.seen import NOTHING, Seen
from imgcdn.model.spec import Colour, Length, Rect, Spec, Strip
from imgcdn.planning import crop, framing, hints, sizing
from imgcdn.planning.rotation import rotated_size
from imgcdn.planning.settings import Encoding, Limits

_WHITE = Colour(255, 255, 255)
_TRANSPARENT = Colour(0, 0, 0, 0)
_JPEG_SHRINKS = (8, 4, 2)
_SAFE_MARGIN = 2.0
_WHOLE = 0.98
"""A face or thing is kept when this share of its box is in the window."""
_SHORT = 1 / 256
"""The share of a side that may be missing after shrinking: enlarging by so little is not seen."""


def orientation_of(spec: Spec, info: SourceInfo) -> int:
    """EXIF's orientation, unless the URL says another; 0 means 'as stored'."""
    return (spec.orientation or 1) if spec.orientation is not None else info.orientation


def upright_size(spec: Spec, info: SourceInfo) -> Size:
    return info.stored.turned() if is_turned(orientation_of(spec, info)) else info.stored


def region_of(spec: Spec, upright: Size, seen: Seen = NOTHING) -> Box:
    """Return what is used of the source, in its pixels: `rect`, cut at the picture's edges, less a trimmed border."""
    if seen.trimmed is not None:
        return seen.trimmed
    if spec.rect is None:
        return Box(0, 0, upright.width, upright.height)
    left, width = _span(spec.rect.x, spec.rect.width, upright.width)
    top, height = _span(spec.rect.y, spec.rect.height, upright.height)
    if width < 1 or height < 1:
        raise errors.ImpossibleCropError(
            f"rect={_written(spec.rect)} leaves nothing of a {upright.width}x{upright.height} px picture",
            param="rect",
        )
    return Box(left, top, width, height)


def _written(rect: Rect) -> str:
    return f"{rect.x},{rect.y},{rect.width},{rect.height}"


def _span(start: Length, length: Length, side: int) -> tuple[int, int]:
    low = round(start * side) if isinstance(start, float) else start
    size = round(length * side) if isinstance(length, float) else length
    return low, min(size, side - low)


def wanted_aspect(spec: Spec, upright: Size, limits: Limits, seen: Seen = NOTHING) -> float | None:
    """Return width/height of the crop window when something must be chosen, None when the region is kept whole."""
    region = region_of(spec, upright, seen)
    frame = sizing.frame(spec, region.size, limits)
    if framing.is_framed(spec) or spec.zoom > 1.0:
        return frame.aspect or region.size.aspect
    if frame.aspect is None or crop.window_size(region.size, frame.aspect, 1.0) == region.size:
        return None
    return frame.aspect


def plan(
    spec: Spec,
    info: SourceInfo,
    focus: Focus | None,
    output_format: Format,
    limits: Limits,
    encoding: Encoding,
    *,
    seen: Seen = NOTHING,
    has_time: bool = False,
) -> TransformPlan:
    """Decide everything. `focus` is None when `wanted_aspect` was; `has_time` says that nobody waits for the answer."""
    orientation = orientation_of(spec, info)
    upright = upright_size(spec, info)
    region = region_of(spec, upright, seen)
    frame = sizing.frame(spec, region.size, limits)
    window = _window(spec, focus, frame.aspect, region, upright)
    resized, canvas_size = sizing.resized(frame, window.size, limits)
    stored = stored_box(window, orientation, info.stored)
    turns = sizing.quarter_turns(spec)
    angle = 0.0 if spec.rotate % 90 == 0 else spec.rotate % 360
    if angle:
        resized, canvas_size = sizing.turnable(resized, canvas_size, angle, limits)
    output = _output(spec, output_format, encoding, has_time=has_time)
    backdrop = _backdrop(spec, output_format)
    canvas = None
    if canvas_size != resized:
        size = canvas_size.turned() if turns % 2 else canvas_size
        inner = resized.turned() if turns % 2 else resized
        canvas = Canvas(size, (size.width - inner.width) // 2, (size.height - inner.height) // 2, backdrop)
    return TransformPlan(
        orientation=orientation,
        window=window,
        stored_window=stored,
        shrink=_shrink(info, stored, resized.turned() if is_turned(orientation) else resized, encoding),
        resized=resized,
        backdrop=spec.background,
        rotate_quarters=turns,
        flip=spec.flip,
        flop=spec.flop,
        canvas=canvas,
        angle=angle,
        angle_colour=backdrop,
        rotated=rotated_size(canvas_size, angle) if angle else None,
        frames=info.frames if output_format.keeps_animation else 1,
        output=output,
    )


def settled(focus: Focus, window: Box, upright: Size) -> Focus:
    """Return the focus with its point on what the window really keeps: never between people of whom one is cut away."""
    wanted = focus.faces or focus.things
    if not wanted:
        return focus
    inside = {found: crop.share_inside(found, window, upright) for found in wanted}
    whole = [found for found in wanted if inside[found] >= _WHOLE] or [
        max(wanted, key=lambda found: inside[found] * found.area * found.score)
    ]
    if len(whole) == len(wanted):
        return focus
    weight = sum(found.area * found.score for found in whole)
    x = sum(found.centre.x * found.area * found.score for found in whole) / weight
    y = sum(found.centre.y * found.area * found.score for found in whole) / weight
    return replace(focus, point=Point(x, y))


def _window(spec: Spec, focus: Focus | None, aspect: float | None, region: Box, upright: Size) -> Box:
    if focus is not None and focus.faces and framing.is_framed(spec):
        return framing.frame_faces(spec, focus.faces, aspect or region.size.aspect, region, upright)
    size = crop.window_size(region.size, aspect, spec.zoom)
    if focus is None:
        return crop.around(Point(0.5, 0.5), size, region)
    if focus.faces:
        return crop.around_faces(focus.faces, size, region, upright)
    if focus.things:
        return crop.around_things(focus.things, size, region, upright)
    point = Point(
        (focus.point.x * upright.width - region.left) / region.width,
        (focus.point.y * upright.height - region.top) / region.height,
    )
    return crop.around(point, size, region)


def _shrink(info: SourceInfo, window: Box, target: Size, encoding: Encoding) -> int:
    """Return how far the JPEG decoder may shrink: not below the target, and with a margin when that is set."""
    if info.loader != "jpegload":
        return 1
    margin = _SAFE_MARGIN if encoding.shrink == "safe" else 1.0
    sides = ((window.width, target.width), (window.height, target.height))
    return next((k for k in _JPEG_SHRINKS if all(_reaches(long / k, margin * short) for long, short in sides)), 1)


def _reaches(side: float, target: float) -> bool:
    """Whether a shrunk side is as long as the target, but for the pixel that rounding the target may have added."""
    return side > target - min(1.0, _SHORT * target)


def _backdrop(spec: Spec, output_format: Format) -> Colour:
    if spec.background is not None:
        return spec.background
    return _TRANSPARENT if output_format.keeps_alpha else _WHITE


def _output(spec: Spec, output_format: Format, encoding: Encoding, *, has_time: bool) -> Output:
    quality, effort = {
        Format.JPEG: (encoding.jpeg_quality, 0),
        Format.PNG: (100, encoding.png_effort),
        Format.WEBP: (encoding.webp_quality, encoding.webp_effort),
        Format.AVIF: (encoding.avif_quality, encoding.avif_effort if has_time else encoding.avif_wait_effort),
        Format.GIF: (100, encoding.gif_effort),
    }[output_format]
    return Output(
        format=output_format,
        quality=hints.lowered(quality if spec.quality is None else spec.quality, spec.quality_off),
        effort=effort,
        is_lossless=spec.lossless,
        is_progressive=spec.progressive,
        strip=spec.strip or Strip.ALL,
        # A backdrop that lets something through stands before white: the format that ends here may have no alpha.
        background=spec.background if spec.background is not None and spec.background.alpha == 255 else _WHITE,
    )
