"""The same targets asked of two places, and what is different about their answers."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from imgcdn import errors
from imgcdn.engine import likeness, vips
from imgcdn.engine.likeness import Picture
from imgcdn.migration.visits import Answer, Place, Visitor

_ROUNDING: Final = 2
"""Pixels a side that roundings may differ by: pictures are still compared then, one scaled to the other's size."""


class State(StrEnum):
    """What came of a target, worst first."""

    FAILED = "failed"
    STATUS = "other status"
    SIZE = "other size"
    FRAMES = "other frames"
    BELOW = "less alike"
    NO_PICTURE = "no picture"
    ALIKE = "alike"
    UNSERVED = "same status"


WRONG: Final = frozenset({State.FAILED, State.STATUS, State.SIZE, State.FRAMES, State.BELOW})
_ORDER: Final = {state: number for number, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Side:
    """One of two answers. Sizes are in px, of one frame; 0 where there is no picture."""

    status: int
    media_type: str
    bytes: int
    width: int = 0
    height: int = 0
    frames: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A target's two answers. `similarity` is 1 for pictures that look the same, None where they cannot be compared."""

    target: str
    state: State
    here: Side
    there: Side
    similarity: float | None = None
    detail: str = ""

    @property
    def rank(self) -> tuple[int, float, str]:
        """Worst first."""
        return _ORDER[self.state], 1.0 if self.similarity is None else self.similarity, self.target


async def compare(
    targets: Sequence[bytes],
    here: Place,
    there: Place,
    visitor: Visitor,
    *,
    least: float,
    at_once: int,
    done: Callable[[], None],
) -> list[Pair]:
    """Ask both places for every target, so many at once, and return the pairs, worst first."""
    vips.start()
    pairs: list[Pair] = []

    async def work(waiting: Iterator[bytes]) -> None:
        for target in waiting:
            answers = await asyncio.gather(visitor.ask(here, target), visitor.ask(there, target))
            pairs.append(await asyncio.to_thread(judge, target, *answers, least))
            done()

    waiting = iter(targets)
    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(targets))):
            group.create_task(work(waiting))
    return sorted(pairs, key=lambda pair: pair.rank)


def judge(target: bytes, ours: Answer, theirs: Answer, least: float) -> Pair:
    """Say what is different about two answers; pictures less alike than `least` are so said."""
    shown = target.decode("ascii", "backslashreplace")
    here, there = (Side(one.status, one.media_type, len(one.body)) for one in (ours, theirs))
    troubles = (("here", ours.trouble), ("there", theirs.trouble))
    if trouble := "; ".join(f"{where}: {what}" for where, what in troubles if what):
        return Pair(shown, State.FAILED, here, there, detail=trouble)
    if here.status != there.status:
        return Pair(shown, State.STATUS, here, there)
    if here.status != 200:
        return Pair(shown, State.UNSERVED, here, there)
    if not (here.media_type.startswith("image/") and there.media_type.startswith("image/")):
        return _of_texts(shown, ours, theirs)
    return _of_pictures(shown, ours, theirs, least)


def _of_texts(shown: str, ours: Answer, theirs: Answer) -> Pair:
    here, there = (Side(one.status, one.media_type, len(one.body)) for one in (ours, theirs))
    is_same = ours.body == theirs.body
    detail = "the same bytes" if is_same else "other bytes" if here.media_type == there.media_type else "other types"
    state = State.STATUS if "image/" in {here.media_type[:6], there.media_type[:6]} else State.NO_PICTURE
    return Pair(shown, state, here, there, 1.0 if is_same else None, detail)


def _of_pictures(shown: str, ours: Answer, theirs: Answer, least: float) -> Pair:
    found: list[Picture | str] = [_read(one) for one in (ours, theirs)]
    here, there = (_side(one, what) for one, what in zip((ours, theirs), found, strict=True))
    one, other = found
    if isinstance(one, str) or isinstance(other, str):
        sides = (("here", one), ("there", other))
        why = "; ".join(f"{where}: {what}" for where, what in sides if isinstance(what, str))
        return Pair(shown, State.FAILED, here, there, detail=why)
    try:
        similarity = likeness.compare(one, other) if _is_near(one, other) else None
    except errors.CorruptImageError as error:
        return Pair(shown, State.FAILED, here, there, detail=error.detail)
    if one.size != other.size:
        state = State.SIZE
    elif one.frames != other.frames:
        state = State.FRAMES
    else:
        state = State.BELOW if similarity is not None and similarity < least else State.ALIKE
    detail = "" if here.media_type == there.media_type else "other types"
    return Pair(shown, state, here, there, similarity, detail)


def _read(answer: Answer) -> Picture | str:
    try:
        return likeness.picture(answer.body)
    except errors.ImgcdnError as error:
        return error.detail


def _side(answer: Answer, found: Picture | str) -> Side:
    if isinstance(found, str):
        return Side(answer.status, answer.media_type, len(answer.body))
    return Side(answer.status, answer.media_type, len(answer.body), found.size.width, found.size.height, found.frames)


def _is_near(one: Picture, other: Picture) -> bool:
    return abs(one.size.width - other.size.width) <= _ROUNDING and abs(one.size.height - other.size.height) <= _ROUNDING
