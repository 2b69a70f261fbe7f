"""The decisions between an understood URL and a plan, in the order they are taken."""

from dataclasses import replace

from imgcdn import errors
from imgcdn.model.analysis import Focus
from imgcdn.model.edges import NO_MARGINS
from imgcdn.model.geometry import Box, Point, Size, is_turned, stored_box
from imgcdn.model.ground import GREYS, Extend, Fill
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.plan import Canvas, TransformPlan
from imgcdn.model.seen import NOTHING, Seen
from imgcdn.model.spec import COMPASS, POINT, Anchor, Bounds, Colour, Length, Rect, Spec
from imgcdn.planning import crop, edging, framing, gain, laying, looks, playing, redaction, shrinking, sizing, writing
from imgcdn.planning.rotation import rotated_size, straightened
from imgcdn.planning.settings import Encoding, Limits

_WHITE = Colour(255, 255, 255)
_TRANSPARENT = Colour(0, 0, 0, 0)
_WHOLE = 0.98
"""A face or thing is kept when this share of its box is in the window."""


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
            f"rect={_written(spec.rect)} leaves nothing of a {upright.width}x{upright.height} px picture: "
            f"expected x below {upright.width}, y below {upright.height}, and a width and height of at least 1 px",
            param="rect",
        )
    return Box(left, top, width, height)


def _written(rect: Rect) -> str:
    return f"{rect.x},{rect.y},{rect.width},{rect.height}"


def _span(start: Length | Anchor, length: Length, side: int) -> tuple[int, int]:
    size = round(length * side) if isinstance(length, float) else length
    if isinstance(start, Anchor):
        size = min(size, side)
        return (side - size) // 2 if start is Anchor.MIDDLE else side - size, size
    low = round(start * side) if isinstance(start, float) else start
    return low, min(size, side - low)


def may_choose(spec: Spec) -> bool:
    """Whether something must be chosen for some source; False where `wanted_aspect` is None for every one."""
    has_shape = (
        spec.aspect is not None or (spec.width is not None and spec.height is not None) or spec.bounds != Bounds()
    )
    is_cut = framing.is_framed(spec) or spec.zoom > 1.0 or spec.cut.is_window
    return is_cut or (has_shape and sizing.fit_of(spec) in sizing.CROPPING)


def wanted_aspect(spec: Spec, upright: Size, limits: Limits, seen: Seen = NOTHING) -> float | None:
    """Return width/height of the crop window when something must be chosen, None when the region is kept whole."""
    region = region_of(spec, upright, seen)
    frame = sizing.frame(spec, region.size, limits)
    if framing.is_framed(spec) or spec.zoom > 1.0:
        return frame.aspect or region.size.aspect
    if spec.cut.is_window:
        window = crop.window_size(crop.cut_size(spec.cut, region.size), frame.aspect, 1.0)
        return None if window == region.size else window.aspect
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
    if info.is_vector and spec.may_enlarge is None:
        spec = replace(spec, may_enlarge=True)  # what is drawn has no pixels that could be too few
    if spec.face_else is not None and framing.is_framed(spec) and (focus is None or not focus.faces):
        spec = replace(spec, fit=spec.face_else, face_pad=None, face_preset=None)
    reel = playing.reel(spec, info, output_format)
    limits = limits.for_answer(output_format, reel.frames, info.stored.pixels * info.frames)
    orientation = orientation_of(spec, info)
    upright = upright_size(spec, info)
    region = region_of(spec, upright, seen)
    frame = sizing.frame(spec, region.size, limits)
    window = _window(spec, focus, frame.aspect, region, upright)
    resized, canvas_size = sizing.resized(frame, window.size, limits)
    turns = sizing.quarter_turns(spec)
    angle = (spec.rotate - 90 * turns) % 360
    around = edging.margins(spec, frame.scale)
    if angle or around != NO_MARGINS:
        room = around.turned() if turns % 2 else around
        resized, canvas_size = sizing.turnable(resized, canvas_size, angle, limits, room)
    rotated = rotated_size(canvas_size, angle) if angle else None
    if angle and spec.is_straightened:
        resized, canvas_size = sizing.turnable(resized, canvas_size, 0.0, limits, around)  # its frame lies as it lay
        window, resized, rotated = straightened(window, canvas_size, angle, may_enlarge=frame.may_enlarge)
        canvas_size = resized
    stored = stored_box(window, orientation, info.stored)
    output = writing.output(spec, info, output_format, encoding, has_time=has_time)
    backdrop = _backdrop(spec, output_format)
    canvas = None
    if canvas_size != resized:
        size = canvas_size.turned() if turns % 2 else canvas_size
        inner = resized.turned() if turns % 2 else resized
        place = COMPASS[spec.cut.position]
        left, top = int((size.width - inner.width) * place.x), int((size.height - inner.height) * place.y)
        canvas = Canvas(size, left, top, backdrop, _ground(spec))
    made = TransformPlan(
        orientation=orientation,
        window=window,
        stored_window=stored,
        shrink=shrinking.shrink_of(info, stored, resized.turned() if is_turned(orientation) else resized, encoding),
        resized=resized,
        backdrop=spec.background,
        rotate_quarters=turns,
        flip=spec.flip,
        flop=spec.flop,
        canvas=canvas,
        angle=angle,
        angle_colour=None if spec.is_straightened else backdrop,
        rotated=rotated,
        frames=reel.frames,
        output=output,
        adjust=looks.adjusted(spec.adjust),
        effects=looks.effects(spec.effects, frame.scale),
        patches=redaction.patches(spec, seen.faces, upright, window, resized) if spec.redaction.hides_faces else (),
        grid=edging.squares(spec, frame.scale),
        grid_colours=spec.ground.grid_colours if spec.ground.transparency is not None else GREYS,
        page=reel.page,
        playback=reel.playback,
        scale=shrinking.scale_of(info, stored, resized.turned() if is_turned(orientation) else resized),
        listing=spec.listing if output_format.is_palette else None,
        faces=seen.faces if redaction.lists_faces(spec) else None,
    )
    made = replace(
        made,
        overlays=laying.lay(spec, made.size, seen.layers, frame.scale, encoding),
        edges=edging.edging(spec, frame.scale, made.size, backdrop, output_format),
    )
    return replace(made, keeps_gain_map=True) if gain.stays_true(made, info) else made


def _ground(spec: Spec) -> Fill | Extend:
    """Return what fills a letterbox. Raises ConflictingParametersError where two things shall."""
    if spec.ground.extend is None:
        return spec.ground.fill
    if spec.ground.fill is Fill.BLUR:
        raise errors.ConflictingParametersError(
            f"fill=blur and extend={spec.ground.extend.value} both fill the letterbox: expected one of them",
            param="extend",
        )
    return spec.ground.extend


def pointed(focus: Focus, spec: Spec, upright: Size, seen: Seen = NOTHING) -> Focus:
    """Return the focus at the point that the URL says in pixels: itself, or offsets from a side."""
    cut, x, y = spec.cut, focus.point.x, focus.point.y
    if cut.at is not None:
        region = region_of(spec, upright, seen)
        at = _middle(cut.at, region)
        x = (region.left + at.x * region.width) / upright.width
        y = (region.top + at.y * region.height) / upright.height
        focus = replace(focus, engine=POINT)
    elif (cut.x or cut.y) and not (focus.faces or focus.things):
        dx, dy = crop.inwards(cut, focus.point)
        x, y = x + dx / upright.width, y + dy / upright.height
    else:
        return focus
    return replace(focus, point=Point(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)))


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
    size = crop.window_size(crop.cut_size(spec.cut, region.size), aspect, spec.zoom)
    if spec.cut.at is not None:
        return crop.around(_middle(spec.cut.at, region), size, region)
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
    return crop.moved(crop.around(point, size, region), spec.cut, focus.point, region)


def _middle(at: tuple[Length, Length], region: Box) -> Point:
    x, y = at
    return Point(
        x if isinstance(x, float) else x / region.width,
        y if isinstance(y, float) else y / region.height,
    )


def _backdrop(spec: Spec, output_format: Format) -> Colour:
    if spec.background is not None:
        return spec.background
    return _TRANSPARENT if output_format.keeps_alpha else _WHITE
