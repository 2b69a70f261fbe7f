"""What is drawn over a source to show how its crop was chosen: window, thirds, faces, focus and other candidates."""

from dataclasses import dataclass

from imgcdn.model.analysis import Focus
from imgcdn.model.drawing import Cross, Dot, Drawing, Heat, Line, Rectangle
from imgcdn.model.geometry import Box, Point, Region, Size, is_turned
from imgcdn.model.media import SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.seen import NOTHING, Seen
from imgcdn.model.spec import Colour, Spec
from imgcdn.planning import labels, planner, sizing

SIDE = 1200
"""The longest side of a drawing, in px."""
_MOST_ENLARGED = 2.0
"""Small sources are enlarged this far at most: so that there is room for labels, but no pixel is taken for a tile."""
_SEEN = 0.2
"""Faces of a lower score weigh nothing anywhere, so they would only puzzle."""
_MOST_OTHERS = 2
_MOST_NAMED = 48
"""Faces with a label: in a larger crowd none could be read, and finding places for them takes time."""
_THICK = 500
"""One more pixel of line width for each so many pixels of the longest side."""
_STRIP = 3
"""A side counts as this many times the other one at most."""
_DOTTED = 80
"""Landmarks are dots on faces at least this high, in px of the drawing."""

_WINDOW = Colour(255, 255, 255)
_THIRDS = Colour(255, 255, 255, 120)
_KEPT = Colour(80, 235, 150)
_OTHER = Colour(125, 200, 255)
_CANDIDATE = Colour(255, 205, 90)
_REGION = Colour(205, 165, 255)
_FOCUS = Colour(255, 70, 120)


def draw(
    spec: Spec,
    info: SourceInfo,
    plan: TransformPlan,
    focus: Focus | None,
    faces: tuple[Region, ...] = (),
    heat: Heat | None = None,
    seen: Seen = NOTHING,
) -> Drawing:
    """Decide what is drawn. `faces` are all that the face engine found, whichever engine decided."""
    upright = info.stored.turned() if is_turned(plan.orientation) else info.stored
    view = _View(upright, drawn_size(upright))
    window = Rectangle(view.box(plan.window), _WINDOW, view.thick)
    shown = _faces(focus, faces)
    framed = [_framed(view, face, focus, spec.face_min) for face in shown]
    weighed = [] if focus is None else _weighed(view, focus, window)
    cross = None if focus is None else view.cross(focus.point)
    around = None if cross is None else Point(cross.x, cross.y)
    sheet = labels.Sheet(view.size, window.box, [outline.box for outline in framed], around)
    sheet.caption(_caption(spec, plan, focus, faces))
    for face, outline in zip(shown[:_MOST_NAMED], framed, strict=False):
        sheet.name(outline, f"{face.score:.2f}")
    for outline, text in weighed:
        sheet.name_inside(outline, text)
    others = [outline for outline, _ in weighed[1:]]
    is_cut = spec.rect is not None or seen.trimmed is not None
    rect = [view.around(planner.region_of(spec, upright, seen))] if is_cut else []
    return Drawing(
        size=view.size,
        orientation=plan.orientation,
        heat=heat,
        window=window.box,
        lines=view.thirds(window.box),
        # The most telling ones last, on top.
        rectangles=(*rect, *reversed(others), window, *reversed(framed)),
        dots=tuple(dot for face, outline in zip(shown, framed, strict=True) for dot in view.dots(face, outline)),
        crosses=() if cross is None else (cross,),
        labels=sheet.labels,
    )


def drawn_size(upright: Size) -> Size:
    """Return the size of a drawing over a source: inside 1200x1200 px, and enlarged twice at most."""
    factor = min(SIDE / max(upright.width, upright.height), _MOST_ENLARGED)
    return Size(max(1, round(upright.width * factor)), max(1, round(upright.height * factor)))


@dataclass(frozen=True, slots=True)
class _View:
    """From the upright source to the drawing."""

    upright: Size
    size: Size

    @property
    def reach(self) -> int:
        """What lines are as thick as befits, in px: the longest side, but less for a strip."""
        long, short = max(self.size.width, self.size.height), min(self.size.width, self.size.height)
        return min(long, _STRIP * short)

    @property
    def thin(self) -> int:
        return 1 + self.reach // (2 * _THICK)

    @property
    def thick(self) -> int:
        return 1 + self.reach // _THICK

    def box(self, box: Box) -> Box:
        """Turn pixels of the source into pixels of the drawing."""
        width, height = self.upright.width, self.upright.height
        return self.part(Region(box.left / width, box.top / height, box.width / width, box.height / height, 1.0))

    def part(self, region: Region) -> Box:
        """Return the pixels of a region 0–1, at least one, cut at the drawing's edges."""
        left, right = _span(region.x, region.x + region.width, self.size.width)
        top, bottom = _span(region.y, region.y + region.height, self.size.height)
        return Box(left, top, right - left, bottom - top)

    def pixel(self, point: Point) -> tuple[int, int]:
        x = min(max(0, int(point.x * self.size.width)), self.size.width - 1)
        return x, min(max(0, int(point.y * self.size.height)), self.size.height - 1)

    def thirds(self, window: Box) -> tuple[Line, ...]:
        thin = self.thin
        found: list[Line] = []
        for share in (1, 2):
            x, y = window.left + round(window.width * share / 3), window.top + round(window.height * share / 3)
            if window.width > 9 * thin:
                found.append(Line(Box(x - thin // 2, window.top, thin, window.height), _THIRDS))
            if window.height > 9 * thin:
                found.append(Line(Box(window.left, y - thin // 2, window.width, thin), _THIRDS))
        return tuple(found)

    def cross(self, point: Point) -> Cross:
        x, y = self.pixel(point)
        return Cross(x, y, 6 + self.reach // 50, self.thick + 1, _FOCUS)

    def around(self, region: Box) -> Rectangle:
        """Outline the part of the source that the URL leaves, just outside of it: the window often fills it."""
        box, room = self.box(region), self.thick + self.thin
        left, top = max(0, box.left - room), max(0, box.top - room)
        right, bottom = min(box.right + room, self.size.width), min(box.bottom + room, self.size.height)
        return Rectangle(Box(left, top, right - left, bottom - top), _REGION, self.thick)

    def dots(self, face: Region, outline: Rectangle) -> tuple[Dot, ...]:
        if outline.box.height < _DOTTED:
            return ()
        radius = min(4, 1 + outline.box.height // 100)
        places = [point for point in face.landmarks if 0 <= point.x < 1 and 0 <= point.y < 1]
        return tuple(Dot(*self.pixel(point), radius, outline.colour) for point in places)


def _span(low: float, high: float, side: int) -> tuple[int, int]:
    start = min(max(0, round(low * side)), side - 1)
    return start, max(start + 1, min(round(high * side), side))


def _faces(focus: Focus | None, faces: tuple[Region, ...]) -> list[Region]:
    """Return the faces to draw, those that decided first, then by score."""
    kept = () if focus is None else focus.faces
    rest = [face for face in faces if face not in kept and face.score >= _SEEN]
    return [*sorted(kept, key=lambda face: -face.score), *sorted(rest, key=lambda face: -face.score)]


def _framed(view: _View, face: Region, focus: Focus | None, surely: float) -> Rectangle:
    """Outline a face; one that would not be taken for a face by this spec is dashed."""
    is_kept = focus is not None and face in focus.faces
    box = view.part(face)
    width = view.thick if is_kept and box.height >= _DOTTED / 2 else view.thin
    return Rectangle(box, _KEPT if is_kept else _OTHER, width, is_dashed=not is_kept and face.score < surely)


def _weighed(view: _View, focus: Focus, window: Rectangle) -> list[tuple[Rectangle, str]]:
    """Name the window and the next best ones by rank and score; nothing when no other lies apart from it."""
    named = [(window, f"1: {focus.candidates[0].score:z.2f}")] if focus.candidates else []
    for rank, candidate in enumerate(focus.candidates[1 : 1 + _MOST_OTHERS], 2):
        box = view.part(candidate.window)
        if abs(box.left - window.box.left) + abs(box.top - window.box.top) > 2 * view.thick:
            named.append((Rectangle(box, _CANDIDATE, view.thin, is_dashed=True), f"{rank}: {candidate.score:z.2f}"))
    return named if len(named) > 1 else []


def _caption(spec: Spec, plan: TransformPlan, focus: Focus | None, faces: tuple[Region, ...]) -> tuple[str, ...]:
    """Say who decided and how surely, what comes out of it, and what was in the picture."""
    size = plan.size
    fit = sizing.fit_of(spec)
    parts = ["nothing to choose" if focus is None else _decision(focus), f"{size.width}×{size.height} {fit.value}"]
    surely = [face for face in faces if face.score >= spec.face_min]
    kept = 0 if focus is None else len(focus.faces)
    count = max(kept, len(surely))
    if count:
        of = f"{kept} of " if 0 < kept < count else ""
        parts.append(f"{of}{count} face{'' if count == 1 else 's'}")
    if focus is not None:
        # That nobody has overridden the crop is the rule, and not worth a word.
        missed = [trial.engine for trial in focus.tried if trial.outcome != "used" and trial.engine != "override"]
        parts += [f"not {engine}" for engine in missed]
    return tuple(parts)


def _decision(focus: Focus) -> str:
    return focus.engine if focus.confidence is None else f"{focus.engine} {focus.confidence:.2f}"
