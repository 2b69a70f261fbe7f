"""Choosing frames and pages: which are read, which of them are written, and for how long each is shown."""

from dataclasses import dataclass

from imgcdn import errors
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.playing import Playback, Span
from imgcdn.model.spec import Spec


@dataclass(frozen=True, slots=True)
class Reel:
    """The part of a plan that is about frames: the first to read (from 0), how many are written, and what changes."""

    page: int
    frames: int
    playback: Playback | None


def page_of(spec: Spec) -> int:
    """Return the page of a document, counted from 0, whose header must be read before anything can be planned."""
    return spec.play.page - 1


def moves(spec: Spec, info: SourceInfo) -> bool:
    """Whether more than one frame is asked for. Raises InvalidParameterError as `reel` does."""
    return len(_chosen(spec, info)) > 1


def reel(spec: Spec, info: SourceInfo, output_format: Format) -> Reel:
    """Choose the frames. Raises InvalidParameterError, naming how many there are, when none is left."""
    refuse(spec, info)
    chosen = _chosen(spec, info)
    if len(chosen) == 1 or not output_format.keeps_animation:
        return Reel(info.page + chosen[0], 1, None)
    play = spec.play
    first, reads = min(chosen), max(chosen) - min(chosen) + 1
    order = tuple(index - first for index in chosen)
    playback = Playback(
        reads,
        order=None if order == tuple(range(reads)) else order,
        delay_ms=None if play.fps is None else max(1, round(1000 / play.fps)),
        loop=play.loop,
    )
    return Reel(first, len(chosen), None if playback == Playback(info.frames) else playback)


def refuse(spec: Spec, info: SourceInfo) -> None:
    """Raise InvalidParameterError for a page or a frame that is not there."""
    _chosen(spec, info)
    if spec.play.page > info.pages:
        raise errors.InvalidParameterError(
            f"page={spec.play.page} cannot be used: the source has {_count(info.pages, 'page')}, "
            f"expected {_up_to(info.pages)}",
            param="page",
        )


def _chosen(spec: Spec, info: SourceInfo) -> range | list[int]:
    """Return the frames by their places in the source, from 0, in the order of showing; never none."""
    play = spec.play
    span = play.frames or Span()
    if span.first > info.frames:
        raise errors.InvalidParameterError(
            f"frame={span} cannot be used: the source has {_count(info.frames, 'frame')}, "
            f"expected {_up_to(info.frames)}",
            param="frame",
        )
    chosen = range(span.first - 1, min(info.frames, span.last or info.frames))
    if len(chosen) == 1:
        return chosen
    left: range | list[int] = chosen[:: play.interval]
    if play.skip is not None:
        left = [index for place, index in enumerate(left) if place % play.skip] or left[:1]
    if play.is_reversed:
        left = left[::-1]
    return left if play.is_animated else left[:1]


def _up_to(number: int) -> str:
    return "1" if number == 1 else f"1 to {number}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
