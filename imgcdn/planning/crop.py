"""The crop window: around a focal point, or placed so that as many whole faces as possible stay in it."""

from functools import cache

from imgcdn.model.cut import Cut, Length
from imgcdn.model.geometry import Box, Point, Region, Size

Span = tuple[float, float, float, float]
"""Left, top, right, bottom in source pixels."""

_FACE_MARGIN = 0.15
"""A face is whole only with this share of its box around it …"""
_HAIR_MARGIN = 0.35
"""… and with this share of its height above it."""
_EYE_LINE = 1 / 3
"""Where in the window, from the top, eyes look best."""
_EYES_IN_FACE = 0.4
"""Where in a face box, from the top, the eyes are."""
_BARE = 0.8
"""What a face counts that is whole, but without the room around it that it should have."""
_MIDDLE = 0.5
_MOST_FACES = 64
"""In a crowd the heaviest this many decide: the work grows with their square, and the event loop waits for it."""


def window_size(region: Size, aspect: float | None, zoom: float) -> Size:
    """Return the largest window of `aspect` (None: the region's own) in the region, divided by zoom; at least 1 px."""
    if aspect is None:
        width, height = float(region.width), float(region.height)
    else:
        height = min(float(region.height), region.width / aspect)
        width = min(float(region.width), height * aspect)
    return Size(max(1, round(width / zoom)), max(1, round(height / zoom)))


def cut_size(cut: Cut, region: Size) -> Size:
    """Return the size of a window that is said in the source's own pixels or shares; the region's where none is."""
    return Size(_cut_side(cut.width, region.width), _cut_side(cut.height, region.height))


def _cut_side(said: Length | None, side: int) -> int:
    if said is None:
        return side
    return max(1, min(side, round(said * side) if isinstance(said, float) else said))


def moved(window: Box, cut: Cut, place: Point, region: Box) -> Box:
    """Move a window inwards from the side where it lies, and never out of the region."""
    if not cut.x and not cut.y:
        return window
    return clamped(window.moved(*inwards(cut, place)), region)


def inwards(cut: Cut, place: Point) -> tuple[int, int]:
    """Return how far to the right and down a window moves that lies at `place`, in px of the source."""
    return -cut.x if place.x > _MIDDLE else cut.x, -cut.y if place.y > _MIDDLE else cut.y


def around(point: Point, size: Size, region: Box) -> Box:
    """Centre a window on a point (0–1 of the region) unless an edge forbids it: size, then position, then clamp."""
    left = round(point.x * region.width - size.width / 2)
    top = round(point.y * region.height - size.height / 2)
    return clamped(Box(region.left + left, region.top + top, size.width, size.height), region)


def clamped(window: Box, region: Box) -> Box:
    """Move a window, and shrink it only if it must be, until it lies inside the region."""
    width, height = min(window.width, region.width), min(window.height, region.height)
    left = min(max(window.left, region.left), region.right - width)
    top = min(max(window.top, region.top), region.bottom - height)
    return Box(left, top, width, height)


def grown(face: Region, upright: Size, region: Box) -> Span:
    """Return left, top, right, bottom in source pixels of a face with the room it needs, cut at the region's edges."""
    left = (face.x - face.width * _FACE_MARGIN) * upright.width
    right = (face.x + face.width * (1 + _FACE_MARGIN)) * upright.width
    top = (face.y - face.height * _HAIR_MARGIN) * upright.height
    bottom = (face.y + face.height * (1 + _FACE_MARGIN)) * upright.height
    return (
        max(left, region.left),
        max(top, region.top),
        min(right, region.right),
        min(bottom, region.bottom),
    )


def _bare(face: Region, upright: Size, region: Box) -> Span:
    """Return left, top, right, bottom in source pixels of a face as it was found, cut at the region's edges."""
    return (
        max(face.x * upright.width, region.left),
        max(face.y * upright.height, region.top),
        min((face.x + face.width) * upright.width, region.right),
        min((face.y + face.height) * upright.height, region.bottom),
    )


def share_inside(found: Region, window: Box, upright: Size) -> float:
    """Return which share of a region's area lies in a window of the upright source, 0-1."""
    left, right = found.x * upright.width, (found.x + found.width) * upright.width
    top, bottom = found.y * upright.height, (found.y + found.height) * upright.height
    across = max(0.0, min(right, window.right) - max(left, window.left))
    down = max(0.0, min(bottom, window.bottom) - max(top, window.top))
    area = (right - left) * (bottom - top)
    return across * down / area if area > 0 else 0.0


def around_faces(faces: tuple[Region, ...], size: Size, region: Box, upright: Size) -> Box:
    """Place a window by the face-set rule: the heaviest set of complete faces first, then headroom, then their centre.

    When all fit, their union is centred; when they do not, the best subset is kept whole, never a point between people.
    Faces that fit only without the room around them count too, a little less.
    """
    if len(faces) > _MOST_FACES:
        faces = tuple(sorted(faces, key=lambda face: -face.area * face.score)[:_MOST_FACES])
    needs = [grown(face, upright, region) for face in faces]
    bare = [_bare(face, upright, region) for face in faces]
    weights = [face.area * face.score for face in faces]
    kept = _heaviest_set(needs, bare, weights, size, region)
    if kept and not _fits([needs[i] for i in kept], size):
        needs = bare
    if not kept:
        # No face fits whole: the heaviest one is centred, so that at least its middle stays.
        kept = frozenset({max(range(len(faces)), key=lambda i: weights[i])})
    return _place(faces, needs, weights, kept, size, region, upright)


def around_things(things: tuple[Region, ...], size: Size, region: Box, upright: Size) -> Box:
    """Centre a window on the heaviest set of things that it holds whole; on the heaviest one when it holds none."""
    boxes = [_bare(thing, upright, region) for thing in things]
    weights = [thing.area * thing.score for thing in things]
    kept = _heaviest_set(boxes, boxes, weights, size, region) or {max(range(len(things)), key=lambda i: weights[i])}
    x = (min(boxes[i][0] for i in kept) + max(boxes[i][2] for i in kept) - size.width) / 2
    y = (min(boxes[i][1] for i in kept) + max(boxes[i][3] for i in kept) - size.height) / 2
    return clamped(Box(round(x), round(y), size.width, size.height), region)


def _fits(spans: list[Span], size: Size) -> bool:
    """Whether one window of this size holds all the boxes."""
    width = max(span[2] for span in spans) - min(span[0] for span in spans)
    height = max(span[3] for span in spans) - min(span[1] for span in spans)
    return width <= size.width + 1 and height <= size.height + 1


def _heaviest_set(needs: list[Span], bare: list[Span], weights: list[float], size: Size, region: Box) -> frozenset[int]:
    """Return the faces that fit whole into a window and weigh most together; of equals, those that cut others least."""
    boxes = [*needs, *bare]
    columns = _holds([(n[0], n[2]) for n in boxes], size.width, region.left, region.right)
    rows = _holds([(n[1], n[3]) for n in boxes], size.height, region.top, region.bottom)
    count = len(needs)
    every = (1 << count) - 1

    @cache
    def weight(chosen: int) -> float:
        return sum(weights[i] for i in _members(chosen))

    best, best_score = 0, (0.0, 0.0)
    for whole_x, touched_x in columns:
        for whole_y, touched_y in rows:
            whole = whole_x & whole_y
            roomy, kept = whole & every, whole >> count
            worth = weight(kept) * _BARE + weight(roomy) * (1 - _BARE)
            # Cheapest first: few windows come near the best, and only those are worth the second sum.
            if worth >= best_score[0]:
                score = (worth, -weight(touched_x & touched_y & every & ~kept))
                if best == 0 or score > best_score:
                    best, best_score = kept, score
    return frozenset(_members(best))


def _members(chosen: int) -> list[int]:
    return [i for i in range(chosen.bit_length()) if chosen >> i & 1]


def _holds(spans: list[tuple[float, float]], length: int, low: int, high: int) -> list[tuple[int, int]]:
    """List, for each offset worth trying on one axis, which spans lie whole and which at least partly inside, as bits.

    Worth trying are each span flush with either end, and the two extremes: every set that fits at all fits in one.
    """
    last = float(high - length)
    tried = {float(low), last}
    for start, end in spans:
        tried |= {min(max(offset, float(low)), last) for offset in (start, end - length)}
    found: dict[tuple[int, int], None] = {}
    for offset in sorted(tried):
        whole = sum(1 << i for i, (a, b) in enumerate(spans) if a >= offset - 1 and b <= offset + length + 1)
        touched = sum(1 << i for i, (a, b) in enumerate(spans) if a < offset + length and b > offset)
        found[whole, touched] = None
    return list(found)


def _place(
    faces: tuple[Region, ...],
    needs: list[Span],
    weights: list[float],
    kept: frozenset[int],
    size: Size,
    region: Box,
    upright: Size,
) -> Box:
    left = min(needs[i][0] for i in kept)
    right = max(needs[i][2] for i in kept)
    top = min(needs[i][1] for i in kept)
    bottom = max(needs[i][3] for i in kept)
    x = (left + right - size.width) / 2
    total = sum(weights[i] for i in kept)
    eyes = sum((faces[i].y + faces[i].height * _EYES_IN_FACE) * weights[i] for i in kept) / total * upright.height
    # Headroom by the eye line, but never so that a kept face leaves the window.
    y = eyes - size.height * _EYE_LINE
    y = min(max(y, bottom - size.height), top) if bottom - top <= size.height else (top + bottom - size.height) / 2
    x = _away_from_strangers(x, needs, kept, size, (left, right), y)
    return clamped(Box(round(x), round(y), size.width, size.height), region)


def _away_from_strangers(
    x: float,
    needs: list[Span],
    kept: frozenset[int],
    size: Size,
    span: tuple[float, float],
    y: float,
) -> float:
    """Slide sideways, the kept faces staying whole, to where the fewest other faces are cut; the least slide wins."""
    low, high = span[1] - size.width, span[0]
    if low >= high:
        return x
    others = [n for i, n in enumerate(needs) if i not in kept and n[1] < y + size.height and n[3] > y]
    if not others:
        return x

    def cuts(left: float) -> int:
        return sum(1 for n in others if n[0] < left + size.width - 1 and n[2] > left + 1)

    tried = [x] + [edge for n in others for edge in (n[2], n[0] - size.width) if low <= edge <= high]
    return min(tried, key=lambda left: (cuts(left), abs(left - x)))
