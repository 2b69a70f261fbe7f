"""Where what is laid over a picture comes to lie, and how large it becomes: in whole pixels, never beyond an edge."""

from imgcdn.model.colour import Colour
from imgcdn.model.geometry import Box, Size, is_turned, stored_box
from imgcdn.model.laying import Layer, Overlays, Wash
from imgcdn.model.media import SourceInfo
from imgcdn.model.overlays import Blend, BlendMode, LayerFit, LayerSize, Length, Mark
from imgcdn.model.spec import COMPASS, Spec
from imgcdn.planning import captions, crop
from imgcdn.planning.rotation import rotated_size
from imgcdn.planning.settings import Encoding
from imgcdn.planning.shrinking import shrink_of

MARK, BLEND = "watermark", "blend"
"""The parameters that name a picture."""
_MIDDLE = 0.5


def pictures_of(spec: Spec) -> tuple[tuple[str, str], ...]:
    """Name the pictures that a spec lays over its own, in their order, each with the parameter that says so."""
    blend, mark = spec.blend.layer, spec.mark.picture
    found = ((BLEND, blend if isinstance(blend, str) else None), (MARK, mark))
    return tuple((param, path) for param, path in found if path is not None)


def lay(
    spec: Spec, picture: Size, pictures: tuple[SourceInfo, ...], scale: float, encoding: Encoding
) -> Overlays | None:
    """Decide what is laid over a picture of this size; `pictures` are the headers of `pictures_of`.

    `scale` multiplies every length in pixels.
    """
    layers: list[Layer | Wash] = []
    known = dict(zip((param for param, _ in pictures_of(spec)), enumerate(pictures), strict=True))
    blend = spec.blend
    if isinstance(blend.layer, Colour) and blend.alpha > 0:
        box = _box(blend, _wash_size(spec, picture, scale), picture, scale)
        layers.append(Wash(blend.layer, box, blend.alpha / 100, blend.mode))
    elif BLEND in known and blend.alpha > 0:
        layers.append(_blended(spec, *known[BLEND], picture, scale, encoding))
    if MARK in known:
        layers.append(_marked(spec, *known[MARK], picture, scale, encoding))
    lettering = captions.letter(spec.caption, picture, scale)
    return Overlays(tuple(layers), lettering) if layers or lettering is not None else None


def _wash_size(spec: Spec, picture: Size, scale: float) -> Size:
    width = _pixels(spec.blend.width, picture.width, scale)
    height = _pixels(spec.blend.height, picture.height, scale)
    return Size(width or picture.width, height or picture.height)


def _blended(spec: Spec, index: int, info: SourceInfo, picture: Size, scale: float, encoding: Encoding) -> Layer:
    blend = spec.blend
    width = _pixels(blend.width, picture.width, scale)
    height = _pixels(blend.height, picture.height, scale)
    if width is None and height is None:
        if blend.size is LayerSize.INHERIT:
            width, height = picture.width, picture.height
        else:
            width = _pixels(info.upright.width, picture.width, scale)
    window, resized, outer = _sized(info.upright, width, height, blend.fit or LayerFit.CROP, picture, blend.crop)
    box = _centred(resized, _box(blend, outer, picture, scale))
    return _layer(index, BLEND, info, window, resized, resized, 0.0, box, encoding, blend.alpha / 100, blend.mode)


def _marked(spec: Spec, index: int, info: SourceInfo, picture: Size, scale: float, encoding: Encoding) -> Layer:
    mark = spec.mark
    width = _pixels(mark.width, picture.width, scale)
    height = _pixels(mark.height, picture.height, scale)
    if width is None and height is None:
        if mark.scale:
            width = max(1, round(picture.width * mark.scale / 100))
        else:
            width = _pixels(info.upright.width, picture.width, scale)
    window, resized, outer = _sized(info.upright, width, height, mark.fit, picture)
    angle = mark.rotation % 360
    if angle:
        resized = _turnable(resized, angle, picture)
        turned = outer = rotated_size(resized, angle)
    else:
        turned = resized
    gap = None if mark.tile is None else _scaled(mark.pad, scale)
    if gap is None:
        box = _centred(turned, _box(mark, outer, picture, scale))
    else:
        box = Box(0, 0, picture.width, picture.height)
    return _layer(index, MARK, info, window, resized, turned, angle, box, encoding, mark.opacity, BlendMode.NORMAL, gap)


def _layer(
    index: int,
    param: str,
    info: SourceInfo,
    window: Box,
    resized: Size,
    turned: Size,
    angle: float,
    box: Box,
    encoding: Encoding,
    opacity: float,
    mode: BlendMode,
    gap: int | None = None,
) -> Layer:
    stored = stored_box(window, info.orientation, info.stored)
    target = resized.turned() if is_turned(info.orientation) else resized
    shrink = shrink_of(info, stored, target, encoding)
    return Layer(index, param, info.orientation, stored, shrink, resized, turned, angle, box, opacity, mode, gap)


def _sized(
    natural: Size, width: int | None, height: int | None, fit: LayerFit, room: Size, kept: str = "center"
) -> tuple[Box, Size, Size]:
    """Return (what is used of a picture, the size that it gets, the box that it takes), none larger than the room.

    `kept` is the place of the compass that is kept where something is cut away.
    """
    whole = Box(0, 0, natural.width, natural.height)
    width = None if width is None else min(width, room.width)
    height = None if height is None else min(height, room.height)
    if width is not None and height is not None:
        box = Size(width, height)
        if fit is LayerFit.SCALE:
            return whole, box, box
        if fit is LayerFit.CROP:
            window = crop.window_size(natural, box.aspect, 1.0)
            place = COMPASS[kept]
            left = int((natural.width - window.width) * place.x)
            top = int((natural.height - window.height) * place.y)
            return Box(left, top, window.width, window.height), box, box
    factors = (
        (room.width if width is None else width) / natural.width,
        (room.height if height is None else height) / natural.height,
    )
    factor = min(*factors, 1.0) if fit is LayerFit.MAX else min(factors)
    resized = Size(
        min(room.width, max(1, round(natural.width * factor))), min(room.height, max(1, round(natural.height * factor)))
    )
    if fit is LayerFit.FILL and width is not None and height is not None:
        return whole, resized, Size(width, height)
    return whole, resized, resized


def _turnable(size: Size, angle: float, room: Size) -> Size:
    """Make a picture smaller until it fits into the room once it is turned."""
    turned = rotated_size(size, angle)
    if (turned.width <= room.width and turned.height <= room.height) or size.pixels == 1:
        return size
    factor = min(room.width / turned.width, room.height / turned.height)
    # Once more, for a side of one pixel cannot shrink along.
    return _turnable(Size(max(1, int(size.width * factor)), max(1, int(size.height * factor))), angle, room)


def _box(anchor: Mark | Blend, size: Size, picture: Size, scale: float) -> Box:
    """Return where a box of this size comes to lie, moved in from the edges; the pad yields where there is no room."""
    place = COMPASS[anchor.position]
    pad = _scaled(anchor.pad, scale)
    left = _start(anchor.x, scale, place.x, pad, size.width, picture.width)
    top = _start(anchor.y, scale, place.y, pad, size.height, picture.height)
    if anchor.inset_x or anchor.inset_y:
        left = _moved(left, anchor.inset_x, scale, place.x, picture.width - size.width)
        top = _moved(top, anchor.inset_y, scale, place.y, picture.height - size.height)
    return Box(left, top, size.width, size.height)


def _start(said: int | None, scale: float, share: float, pad: int, length: int, side: int) -> int:
    if said is not None:
        return max(0, min(_scaled(said, scale), side - length))
    room = side - length
    pad = max(0, min(pad, room // 2))
    return max(0, round(pad + (room - 2 * pad) * share))


def _moved(start: int, inset: int, scale: float, share: float, room: int) -> int:
    by = _scaled(inset, scale)
    return max(0, min(room, start - by if share > _MIDDLE else start + by))


def _centred(size: Size, box: Box) -> Box:
    left, top = box.left + (box.width - size.width) // 2, box.top + (box.height - size.height) // 2
    return Box(max(0, left), max(0, top), size.width, size.height)


def _pixels(length: Length | None, side: int, scale: float) -> int | None:
    """Return a length in device pixels, no longer than the picture's side; a share is one of that side."""
    if length is None:
        return None
    pixels = length * side if isinstance(length, float) else length * scale
    return max(1, min(side, round(pixels)))


def _scaled(pixels: float, scale: float) -> int:
    return round(pixels * scale)
