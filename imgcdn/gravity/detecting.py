"""Where the things are that somebody asks for: object detectors behind one port, and what they saw joined.

People are known to two: a model of the settings sees bodies, the face engine heads, and a body below each.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from imgcdn.gravity import naming
from imgcdn.model.analysis import Finding, Look, Match, Thing
from imgcdn.model.geometry import Point, Region

Looking = Callable[[Look], Awaitable[Finding]]

_SURE = 0.5
"""Faces from this score on are people, as with `face_min` by default."""
_HEAD_ABOVE, _HEAD_AROUND = 0.35, 0.15
"""What belongs to a head beyond the face's box, in heights above it and widths and heights elsewhere."""
_BODY_ASIDE, _BODY_BELOW = 1.4, 4.5
"""How far a body goes from the middle of its face, in widths and heights of that."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that was asked for, and the head of it where it is a person whose head is known."""

    region: Region
    is_person: bool = False
    head: Region | None = None
    has_head_on_top: bool = False


@dataclass(frozen=True, slots=True)
class Detected:
    """What was seen of each hint, hints of which nothing was seen left out; and what kept an engine from looking.

    `is_final` is False when an engine could not look that is there. `matches` tell what each hint was taken for.
    """

    things: dict[str, tuple[Sighting, ...]] = field(default_factory=dict[str, tuple[Sighting, ...]])
    is_final: bool = True
    took_ms: float | None = None
    why: str = ""
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Meant:
    """Which labels a text means that names none, each with its nearness 0-1; `why` is what kept from telling."""

    labels: Mapping[str, float] = field(default_factory=dict[str, float])
    why: str = ""


class Meanings(Protocol):
    """What texts mean, where a text model is there."""

    @property
    def is_there(self) -> bool: ...

    async def of(self, text: str) -> Meant:
        """Return the labels that a text means and does not name."""
        ...


class NoMeanings:
    """No text model."""

    @property
    def is_there(self) -> bool:
        return False

    async def of(self, text: str) -> Meant:  # noqa: ARG002 - the port's name
        return Meant()


@dataclass(frozen=True, slots=True)
class Hint:
    """A free text, and which labels it means."""

    text: str
    meant: Meant = Meant()

    def match(self, label: str) -> Match | None:
        """Tell how the text asks for things of a label, None where it does not."""
        by = naming.how(label, self.text)
        if by is not None:
            return Match(self.text, label, by)
        nearness = self.meant.labels.get(label)
        return None if nearness is None else Match(self.text, label, "meaning", nearness)


class ObjectDetector(Protocol):
    """One way to find things by what they are called."""

    def engines(self, hints: Sequence[str], *, means: bool) -> frozenset[str]:
        """Name the engines that may be asked for these hints; `means` says that they may mean what they do not name."""
        ...

    async def find(self, hints: Sequence[Hint], look: Looking, orientation: int | None) -> Detected:
        """Look for what each hint asks for."""
        ...


class ModelDetector:
    """The model that the settings name, by its labels."""

    def engines(self, hints: Sequence[str], *, means: bool) -> frozenset[str]:  # noqa: ARG002 - the port's name
        return frozenset({"objects"}) if hints else frozenset()

    async def find(self, hints: Sequence[Hint], look: Looking, orientation: int | None) -> Detected:
        finding = await look(Look("objects", orientation=orientation))
        labels = dict.fromkeys(thing.label for thing in finding.things)
        matches = [match for hint in hints for label in labels if (match := hint.match(label)) is not None]
        found = {
            hint.text: tuple(
                _sighting(thing)
                for thing in finding.things
                if any((match.hint, match.label) == (hint.text, thing.label) for match in matches)
            )
            for hint in hints
        }
        return _detected(found, finding, matches)


class PeopleDetector:
    """The face engine: faces, and the people whom they belong to."""

    def engines(self, hints: Sequence[str], *, means: bool) -> frozenset[str]:
        asks = means or any(naming.matches(label, hint) for hint in hints for label in ("person", "face"))
        return frozenset({"face"}) if asks and hints else frozenset()

    async def find(self, hints: Sequence[Hint], look: Looking, orientation: int | None) -> Detected:
        asked = [match for hint in hints if (match := hint.match("person") or hint.match("face")) is not None]
        if not asked:
            return Detected()
        finding = await look(Look("face", orientation=orientation))
        heads = [_head(face) for face in finding.faces if face.score >= _SURE]
        bodies = [_person(face) for face in finding.faces if face.score >= _SURE]
        found = {
            match.hint: tuple(bodies) if match.label == "person" else tuple(Sighting(head) for head in heads)
            for match in asked
        }
        return _detected(found, finding, asked if heads else ())


_DETECTORS: tuple[ObjectDetector, ...] = (ModelDetector(), PeopleDetector())
NO_MEANINGS = NoMeanings()


def engines(hints: Sequence[str], meanings: Meanings = NO_MEANINGS) -> frozenset[str]:
    """Name the engines that may be asked for these hints, the text model among them."""
    means = meanings.is_there
    asked = frozenset(engine for detector in _DETECTORS for engine in detector.engines(hints, means=means))
    return asked | {"meaning"} if means and hints else asked


async def detect(
    hints: Sequence[str], look: Looking, orientation: int | None = None, meanings: Meanings = NO_MEANINGS
) -> Detected:
    """Ask every detector, and join what they saw of each hint."""
    wanted = [Hint(hint, await meanings.of(hint)) for hint in hints]
    replies = [await detector.find(wanted, look, orientation) for detector in _DETECTORS]
    things: dict[str, tuple[Sighting, ...]] = {}
    for hint in hints:
        seen = joined([sighting for reply in replies for sighting in reply.things.get(hint, ())])
        if seen:
            things[hint] = seen
    times = [reply.took_ms for reply in replies if reply.took_ms is not None]
    unsaid = [hint.meant.why for hint in wanted if hint.meant.why]
    why = "; ".join(dict.fromkeys(why for why in (*unsaid, *(reply.why for reply in replies)) if why))
    is_final = not unsaid and all(reply.is_final for reply in replies)
    matches = tuple(dict.fromkeys(match for reply in replies for match in reply.matches))
    return Detected(things, is_final, sum(times) if times else None, why, matches)


def joined(seen: Sequence[Sighting]) -> tuple[Sighting, ...]:
    """Make one of a body that a model saw and the head that belongs to it; a crowd that it saw as one is its people."""
    faced = [one for one in seen if one.head is not None]
    taken: set[int] = set()
    kept: list[Sighting] = []
    for one in seen:
        if one.head is not None:
            continue
        inside = [n for n, other in enumerate(faced) if one.is_person and _holds(one.region, other.head)]
        if len(inside) == 1:
            taken.add(inside[0])
            head = faced[inside[0]].head
            kept.append(one if head is None else replace(one, region=_around(one.region, head), head=head))
        elif not inside:
            kept.append(one)
    return (*kept, *(one for n, one in enumerate(faced) if n not in taken))


def is_whole(sighting: Sighting, width: float, height: float) -> bool:
    """Whether a window of this size (0-1) can hold all of a thing."""
    return sighting.region.width <= width and sighting.region.height <= height


def fitted(sighting: Sighting, width: float, height: float, likely: Point) -> Region:
    """Return what of a thing a window of this size (0-1) must keep.

    Of one that is too tall the top where its head is there, of one too wide what is around the head; where that is not
    known, what is around the `likely` point.
    """
    region, head = sighting.region, sighting.head
    if region.height > height:
        top = region.y if sighting.has_head_on_top else _start(likely.y, height, region.y, region.height)
        region = replace(region, y=top, height=height)
    if region.width > width:
        middle = likely.x if head is None else head.centre.x
        region = replace(region, x=_start(middle, width, region.x, region.width), width=width)
    return region


def _start(middle: float, length: float, start: float, whole: float) -> float:
    return min(max(middle - length / 2, start), start + whole - length)


def _detected(found: dict[str, tuple[Sighting, ...]], finding: Finding, matches: Sequence[Match]) -> Detected:
    is_final = finding.is_available or not finding.is_installed
    return Detected(found, is_final, finding.took_ms, "" if finding.is_available else finding.why, tuple(matches))


def _sighting(thing: Thing) -> Sighting:
    kind = naming.kind(thing.label)
    return Sighting(thing.region, kind == "person", has_head_on_top=kind in {"person", "animal"})


def _holds(region: Region, head: Region | None) -> bool:
    if head is None:
        return False
    x, y = head.centre.x, head.centre.y
    return region.x <= x <= region.x + region.width and region.y <= y <= region.y + region.height


def _head(face: Region) -> Region:
    return _box(
        face.x - _HEAD_AROUND * face.width,
        face.y - _HEAD_ABOVE * face.height,
        face.x + (1 + _HEAD_AROUND) * face.width,
        face.y + (1 + _HEAD_AROUND) * face.height,
        face.score,
    )


def _person(face: Region) -> Sighting:
    head, middle = _head(face), face.centre
    body = _box(
        middle.x - _BODY_ASIDE * face.width,
        head.y,
        middle.x + _BODY_ASIDE * face.width,
        middle.y + _BODY_BELOW * face.height,
        face.score,
    )
    return Sighting(body, is_person=True, head=head, has_head_on_top=True)


def _around(body: Region, head: Region) -> Region:
    """Return the box around both, as sure as the surer of them."""
    return _box(
        min(body.x, head.x),
        min(body.y, head.y),
        max(body.x + body.width, head.x + head.width),
        max(body.y + body.height, head.y + head.height),
        max(body.score, head.score),
    )


def _box(left: float, top: float, right: float, bottom: float, score: float) -> Region:
    left, top, right, bottom = (min(1.0, max(0.0, edge)) for edge in (left, top, right, bottom))
    return Region(left, top, right - left, bottom - top, score)
