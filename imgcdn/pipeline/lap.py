"""Milliseconds by stage."""

from collections.abc import Callable


class Lap:
    """Adds the time spent inside to a record of timings, in milliseconds."""

    def __init__(self, stopwatch: Callable[[], float], timings: dict[str, float], stage: str) -> None:
        self._stopwatch, self._timings, self._stage = stopwatch, timings, stage
        self._begun = 0.0

    def __enter__(self) -> None:
        self._begun = self._stopwatch()

    def __exit__(self, *_: object) -> None:
        self._timings[self._stage] = (self._stopwatch() - self._begun) * 1e3
