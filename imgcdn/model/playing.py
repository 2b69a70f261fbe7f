"""Which frames or pages of a source are shown, in what order, and how an animation runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Frames counted from 1, both ends among them; `last` is None for all that follow."""

    first: int = 1
    last: int | None = None

    def __str__(self) -> str:
        if self.first == self.last:
            return str(self.first)
        return f"{self.first}-{'' if self.last is None else self.last}"


@dataclass(frozen=True, slots=True)
class Play:
    """What a URL says of frames and pages; stills of one page are not changed by any of it.

    Frames are chosen in this order: those in `frames`, of these every `interval`-th from the first on, without every
    `skip`-th from the first on, backwards if `is_reversed`. `loop` is how often they run in all, 0 for ever.
    """

    is_animated: bool = True
    frames: Span | None = None
    page: int = 1
    loop: int | None = None
    fps: float | None = None
    interval: int = 1
    skip: int | None = None
    is_reversed: bool = False


@dataclass(frozen=True, slots=True)
class Playback:
    """How the frames that are written differ from those of the file, which are read from the plan's `page` on.

    `reads` is how many are read; `order` names those written by their places among them, None for all as they come.
    `delay_ms` is how long each is shown, `loop` how often all run (0 for ever); None leaves both as in the source.
    """

    reads: int
    order: tuple[int, ...] | None = None
    delay_ms: int | None = None
    loop: int | None = None
