"""What was served, counted: plain numbers that cost the hot path next to nothing, read when somebody asks."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from typing import Final

STAGES: Final = ("fetch", "probe", "focus", "decode", "resize", "encode")
BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds, in seconds, of what stages are sorted into: a hit of the probe's memory up to a large AVIF."""

_LAYERS: Final = {"hit": "disk"}
"""Ways of the pipeline that go by another name here, where two layers can hit."""
_KINDS: Final = {
    "GET": "read",
    "HEAD": "read",
    "OPTIONS": "preflight",
    "POST": "write",
    "PUT": "write",
    "PATCH": "write",
    "DELETE": "write",
}
"""Methods by kind: clients can make up methods, and each label is a series for ever."""


class Spread:
    """How long something took, as counts by upper bound."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.total_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one duration; the last count is of those beyond every bound."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.total_s += seconds


class Tally:
    """Counts since the start of this process. Those that begin with `hot_` are bumped by the hot path itself."""

    __slots__ = (
        "answers",
        "fallbacks",
        "focuses",
        "hot_bare",
        "hot_full",
        "hot_read",
        "in_flight",
        "requests",
        "sent_bytes",
        "stages",
    )

    def __init__(self) -> None:
        self.hot_full = 0
        """Hits of memory answered with a 200."""
        self.hot_read = 0
        """Answers of the hot path whose head was in memory and whose body was read from the disk."""
        self.hot_bare = 0
        """Hits of memory answered with a 304."""
        self.in_flight = 0
        """Requests that are being answered now."""
        self.sent_bytes = 0
        """Bytes of bodies, the hot path apart."""
        self.requests: Counter[tuple[str, int]] = Counter()
        """By kind of method and status, the hot path apart."""
        self.answers: Counter[tuple[str, int]] = Counter()
        """Pictures by layer and status, the hot path apart."""
        self.focuses: Counter[str] = Counter()
        """Renders by the engine that chose the crop; "none" needed no choice."""
        self.fallbacks: Counter[str] = Counter()
        """Those of them that are a fallback, by the engine that stood in."""
        self.stages: dict[str, Spread] = {stage: Spread() for stage in STAGES}

    def requested(self, method: str, status: int, sent_bytes: int) -> None:
        """Count a request that was answered."""
        self.requests[_KINDS.get(method, "other"), status] += 1
        self.sent_bytes += sent_bytes

    def answered(self, way: str, status: int) -> None:
        """Count a picture by how the pipeline came by it (`pipeline.stages.Way`)."""
        self.answers[layer(way), status] += 1

    def served(self) -> int:
        """Count the pictures that were answered."""
        return self.hot_full + self.hot_read + self.hot_bare + self.answers.total()

    def rendered(self, engine: str, timings: Mapping[str, float], *, is_final: bool) -> None:
        """Count a render: the engine that chose its crop, and milliseconds by stage."""
        self.focuses[engine or "none"] += 1
        if not is_final:
            self.fallbacks[engine or "none"] += 1
        for stage, spread in self.stages.items():
            if stage in timings:
                spread.add(timings[stage] / 1e3)


def layer(way: str) -> str:
    """Name the layer that answered."""
    return _LAYERS.get(way, way)
