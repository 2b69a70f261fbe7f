"""How each gravity that looks is asked, and how a focus is drawn from what it found."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import log2

from imgcdn.gravity import choosing, content, detecting, edges, subject
from imgcdn.model.analysis import Candidate, Finding, Focus, Look, Trial
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.spec import COMPASS, Spec
from imgcdn.planning.crop import window_size

Looking = Callable[[Look], Awaitable[Finding]]

_MOST_CANDIDATES = 3
_MOST_THINGS = 10
"""Things that `obj:` keeps in the window at most."""
_SEEN = 0.2
"""Faces of a lower score are no evidence, not even weak."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A window of `aspect` inside `region` (px of the upright source), and the spec that wants it."""

    spec: Spec
    region: Box
    upright: Size
    aspect: float

    @property
    def part(self) -> Region | None:
        """The region as 0–1 of the upright source, rounded so that it can be a key; None for all of it."""
        if self.region.size == self.upright:
            return None
        return Region(
            round(self.region.left / self.upright.width, 4),
            round(self.region.top / self.upright.height, 4),
            round(self.region.width / self.upright.width, 4),
            round(self.region.height / self.upright.height, 4),
            1.0,
        )

    def holds(self, found: Region) -> bool:
        """Whether the middle of a region lies in the part that is wanted."""
        x, y = found.centre.x * self.upright.width, found.centre.y * self.upright.height
        return self.region.left <= x <= self.region.right and self.region.top <= y <= self.region.bottom

    def whole(self, point: Point) -> Point:
        """Turn a point of the region into one of the upright source."""
        x = (self.region.left + point.x * self.region.width) / self.upright.width
        y = (self.region.top + point.y * self.region.height) / self.upright.height
        return Point(x, y)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of asking: a focus or none. `is_final` is False when an engine failed that is there."""

    focus: Focus | None
    trial: Trial
    is_final: bool = True


Asking = Callable[[str, Wanted, Looking], Awaitable[Reply]]


async def ask_faces(name: str, wanted: Wanted, look: Looking) -> Reply:
    """Choose among the faces in the region: all of them for `faces`, the most confident for `face`, or the nth."""
    finding = await look(Look("face", orientation=wanted.spec.orientation))
    usable = _usable(wanted, finding.faces)
    if not usable:
        here = sum(wanted.holds(face) for face in finding.faces)
        sure = f"as sure as face_min={wanted.spec.face_min:g}"
        many = f"{here} faces, none {sure}" if here > 1 else f"1 face, not {sure}"
        why = many if here else "no face in this part"
        trial = Trial(name, finding.why or why, finding.took_ms, 0, seen_faces(finding))
        return Reply(None, trial, finding.is_available)
    chosen = _chosen(name, wanted.spec.face_index, usable)
    confidence = max(face.score for face in chosen)
    focus = Focus(_centroid(chosen), name, confidence, tuple(chosen))
    trial = Trial(name, "used", finding.took_ms, len(usable), seen_faces(finding))
    return Reply(focus, trial, finding.is_available)


def most_confident(faces: tuple[Region, ...] | list[Region]) -> Region:
    """Return the face that `gravity=face` keeps: the surest, where a large face makes up for a little doubt."""
    return max(faces, key=lambda face: (face.score**2 * face.area**0.5, face.area))


def _usable(wanted: Wanted, faces: tuple[Region, ...]) -> list[Region]:
    """Return the faces in the region that are sure enough for the spec."""
    return [face for face in faces if 0 < face.score >= wanted.spec.face_min and wanted.holds(face)]


def _chosen(name: str, index: int | None, usable: list[Region]) -> list[Region]:
    by_size = sorted(usable, key=lambda face: -face.area)
    if index is not None and index <= len(by_size):
        return [by_size[index - 1]]
    return [most_confident(usable)] if name == "face" else by_size


async def ask_auto(_name: str, wanted: Wanted, look: Looking) -> Reply:
    """Weigh the windows over the picture's importance map, faces included.

    A server without face models still has its best answer here, so the reply is not final only when an engine failed
    that is there.
    """
    orientation = wanted.spec.orientation
    seen = await look(Look("face", orientation=orientation))
    finding = await look(Look("auto", orientation=orientation))
    is_final = (seen.is_available or not seen.is_installed) and finding.is_available
    if finding.importance is None:
        return Reply(None, Trial("auto", finding.why or "could not look", finding.took_ms), is_final)
    faces = seen_faces(seen)
    candidates = choosing.choose(finding.importance, faces, wanted.aspect, wanted.part, _MOST_CANDIDATES)
    focus = weighed("auto", candidates, choosing.confidence(finding.importance, faces))
    trial = Trial("auto", "used", took_ms(seen, finding), len(faces), faces, choosing.STEPS)
    return Reply(focus, trial, is_final)


async def ask_smart(_name: str, wanted: Wanted, look: Looking) -> Reply:
    """Weigh the windows by smartcrop's content map, boosted by faces and by what stands out."""
    orientation = wanted.spec.orientation
    seen = await look(Look("face", orientation=orientation))
    stands_out = await look(Look("auto", orientation=orientation))
    finding = await look(Look("smart", orientation=orientation))
    is_final = (seen.is_available or not seen.is_installed) and stands_out.is_available and finding.is_available
    spent = took_ms(seen, stands_out, finding)
    if finding.content is None:
        return Reply(None, Trial("smart", finding.why or "could not look", spent), is_final)
    faces, importance = seen_faces(seen), stands_out.importance
    candidates = content.choose(finding.content, importance, faces, wanted.aspect, wanted.part, _MOST_CANDIDATES)
    confidence = None if importance is None else choosing.confidence(importance, faces)
    trial = Trial("smart", "used", spent, len(faces), faces, content.OFFSETS)
    return Reply(weighed("smart", candidates, confidence), trial, is_final)


async def ask_edges(_name: str, wanted: Wanted, look: Looking) -> Reply:
    """Choose the window with the most edges of all that the region has."""
    finding = await look(Look("edges", orientation=wanted.spec.orientation))
    if finding.edges is None:
        return Reply(None, Trial("edges", finding.why or "could not look", finding.took_ms), finding.is_available)
    candidates = edges.choose(finding.edges, wanted.aspect, wanted.part, _MOST_CANDIDATES)
    if not candidates:
        return Reply(None, Trial("edges", "no edge in this part of the picture", finding.took_ms))
    trial = Trial("edges", "used", finding.took_ms, weighed=edges.STEPS)
    return Reply(weighed("edges", candidates, None), trial)


async def ask_subject(_name: str, wanted: Wanted, look: Looking) -> Reply:
    """Weigh the windows as `auto` does, and what an object model saw besides."""
    orientation = wanted.spec.orientation
    found = await look(Look("objects", orientation=orientation))
    if not found.is_available:
        return Reply(None, Trial("subject", found.why), not found.is_installed)
    seen = await look(Look("face", orientation=orientation))
    stands_out = await look(Look("auto", orientation=orientation))
    is_final = (seen.is_available or not seen.is_installed) and stands_out.is_available
    spent = took_ms(found, seen, stands_out)
    importance = stands_out.importance
    if importance is None:
        return Reply(None, Trial("subject", stands_out.why or "could not look", spent), is_final)
    faces = seen_faces(seen)
    candidates = subject.choose(
        importance, found.objects, found.things, faces, wanted.aspect, wanted.part, _MOST_CANDIDATES
    )
    confidence = subject.confidence(importance, found.objects, found.things, faces)
    trial = Trial("subject", "used", spent, len(faces), faces, choosing.STEPS)
    return Reply(weighed("subject", candidates, confidence), trial, is_final)


async def ask_things(name: str, wanted: Wanted, look: Looking, meanings: detecting.Meanings) -> Reply:
    """Keep the things that were asked for, as many of them whole as fit; the ten heaviest count."""
    hints = name.removeprefix("obj:").split("+")
    found = await detecting.detect(hints, look, wanted.spec.orientation, meanings)
    seen = {one for things in found.things.values() for one in things if wanted.holds(one.region)}
    if not seen:
        return Reply(None, Trial(name, found.why or "none in this part of the picture", found.took_ms), found.is_final)
    size = window_size(wanted.region.size, wanted.aspect, wanted.spec.zoom)
    width, height = size.width / wanted.upright.width, size.height / wanted.upright.height
    likely = COMPASS["center"]
    if not all(detecting.is_whole(one, width, height) for one in seen):
        likely = await _likely(wanted, look)
    fitted = {detecting.fitted(one, width, height, likely) for one in seen}
    usable = sorted(fitted, key=lambda region: (-region.area * region.score, region.x, region.y))[:_MOST_THINGS]
    confidence = max(region.score for region in usable)
    focus = Focus(_centroid(usable), name, confidence, things=tuple(usable))
    return Reply(focus, Trial(name, "used", found.took_ms, matches=found.matches), found.is_final)


async def _likely(wanted: Wanted, look: Looking) -> Point:
    """Return the middle of the window that `auto` would choose, of the region where nobody could look."""
    reply = await ask_auto("auto", wanted, look)
    return wanted.whole(COMPASS["center"]) if reply.focus is None else reply.focus.point


def _centroid(regions: list[Region]) -> Point:
    """Return the middle of regions, each weighed by its area and score."""
    weight = sum(region.area * region.score for region in regions)
    x = sum(region.centre.x * region.area * region.score for region in regions) / weight
    y = sum(region.centre.y * region.area * region.score for region in regions) / weight
    return Point(x, y)


def took_ms(*findings: Finding) -> float | None:
    """Return how long several looks took together, None when nobody noted it."""
    times = [finding.took_ms for finding in findings if finding.took_ms is not None]
    return sum(times) if times else None


def seen_faces(finding: Finding) -> tuple[Region, ...]:
    """Return the faces that are evidence at least."""
    return tuple(face for face in finding.faces if face.score >= _SEEN)


def weighed(name: str, candidates: tuple[Candidate, ...], confidence: float | None) -> Focus:
    """Return the focus of an engine that weighs windows."""
    return Focus(candidates[0].window.centre, name, confidence, candidates=candidates)


async def ask_point(name: str, wanted: Wanted, look: Looking) -> Reply:
    """Ask an engine that answers with a point of the region, for a shape of crop."""
    aspect = _coarse(wanted.aspect) if name == "attention" else _rounded(wanted.aspect)
    finding = await look(Look(name, aspect, wanted.part, wanted.spec.orientation))
    if finding.point is None:
        return Reply(None, Trial(name, finding.why or "found nothing", finding.took_ms), finding.is_available)
    focus = Focus(wanted.whole(finding.point), name, finding.confidence)
    return Reply(focus, Trial(name, "used", finding.took_ms), finding.is_available)


def _rounded(aspect: float) -> float:
    """Round an aspect so that sizes of one ratio, a pixel apart, share one look."""
    return float(f"{aspect:.3g}") if aspect < 1 else 1 / float(f"{1 / aspect:.3g}")


def _coarse(aspect: float) -> float:
    """Round an aspect to a power of √2: the attention point hardly depends on it, so a few looks serve every shape."""
    return round(2 ** (round(2 * log2(aspect)) / 2), 4)
