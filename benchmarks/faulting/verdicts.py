"""What every answer is held against: the picture that a server rendered to which nothing happened."""

import hashlib
import itertools
import math
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pyvips

_MOST_SAID = 20
_AROUND_S = 1.5
"""How long after a kill a connection may still be found cut: it was made before, and used after."""


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP; `headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @property
    def cache(self) -> str:
        return self.headers.get("cache-status", "")

    @property
    def is_hit(self) -> bool:
        return "; hit" in self.cache

    @property
    def is_acknowledged(self) -> bool:
        """Whether it says that the picture is kept."""
        return self.is_hit or self.cache.endswith("; stored")

    @property
    def is_provisional(self) -> bool:
        """Whether it says of itself that something better will come: a short life, and not kept."""
        return not self.is_acknowledged and "stale-while-revalidate" not in self.headers.get("cache-control", "")


@dataclass(frozen=True)
class Right:
    """The right answer to a URL."""

    digest: str
    etag: str
    size: tuple[int, int]


def size_of(body: bytes) -> tuple[int, int]:
    """Decode all of a picture and return its width and height; raises pyvips.Error for anything else."""
    image = pyvips.Image.new_from_buffer(body, "", fail_on="warning")
    image.avg()
    return image.width, image.height


class Ledger:
    """Counts what came of one phase, and every answer that must not be. For any thread."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []
        self.acknowledged: set[str] = set()
        self.notes: list[str] = []
        self.is_skipped = False
        self._kills: list[float] = []
        self._lock = threading.Lock()
        self._answered: list[float] = []
        self._excused: list[tuple[float, float]] = []

    # What happened

    def killed(self, role: str) -> None:
        with self._lock:
            self.counts[f"killed {role}"] += 1
            self.counts["kills"] += 1
            self._kills.append(time.monotonic())

    @contextmanager
    def restarting(self) -> Iterator[None]:
        """There is no server at all in this time."""
        with self._lock:
            self._excused.append((time.monotonic(), math.inf))
        yield
        with self._lock:
            self._excused[-1] = (self._excused[-1][0], time.monotonic())

    def wrong(self, what: str) -> None:
        with self._lock:
            self.counts["violations"] += 1
            if len(self.violations) < _MOST_SAID:
                self.violations.append(what)

    def note(self, text: str) -> None:
        self.notes.append(text)

    # Answers

    def alive(self) -> None:
        """Somebody was answered just now."""
        with self._lock:
            self._answered.append(time.monotonic())

    def cut(self, target: str, begun: float, why: str) -> None:
        """A connection broke: right only when a process was killed meanwhile, or just before."""
        now = time.monotonic()
        with self._lock:
            is_due = any(begun - _AROUND_S <= at <= now for at in self._kills)
            is_due = is_due or any(since <= now and begun <= until + _AROUND_S for since, until in self._excused)
        self.counts["cut"] += 1
        if not is_due:
            self.wrong(f"{target}: the connection broke and nothing was killed ({why})")

    def judge(self, target: str, rights: Iterable[Right], answer: Answer, asked_with: str = "") -> bool:
        """Hold an answer against those that are right; return whether the visitor has a picture now."""
        allowed = list(rights)
        if answer.status == 503 and "retry-after" in answer.headers:
            self.counts["refused"] += 1
            return False
        self.alive()
        self.counts["answers"] += 1
        if answer.status == 304:
            self._judge_not_modified(target, allowed, asked_with)
        elif answer.status != 200:
            self.wrong(f"{target}: {answer.status} {answer.body[:200]!r}")
        elif any(answer.digest == right.digest for right in allowed):
            self._judge_right(target, allowed, answer)
        elif answer.is_provisional and self._shows(answer, allowed):
            self.counts["stand-ins"] += 1
        else:
            self.wrong(f"{target}: wrong bytes ({len(answer.body)}, {answer.cache}, {answer.headers})")
        return True

    def _judge_not_modified(self, target: str, allowed: list[Right], asked_with: str) -> None:
        self.counts["304"] += 1
        if not any(asked_with == right.etag for right in allowed):
            self.wrong(f"{target}: 304 to {asked_with}, which is not what is right")

    def _judge_right(self, target: str, allowed: list[Right], answer: Answer) -> None:
        self.counts["right"] += 1
        self.counts["hits"] += answer.is_hit
        etags = {right.etag for right in allowed if right.digest == answer.digest}
        if answer.headers.get("etag") not in etags:
            self.wrong(f"{target}: the right bytes under another entity tag, {answer.headers.get('etag')}")
        if answer.is_acknowledged:
            with self._lock:
                self.acknowledged.add(target)

    def _shows(self, answer: Answer, allowed: list[Right]) -> bool:
        try:
            return size_of(answer.body) in {right.size for right in allowed}
        except pyvips.Error:
            return False

    # The end

    def longest_silence_s(self) -> tuple[float, float]:
        """Return the longest time without any answer while there was a server, and the longest with starts of one."""
        times = sorted(self._answered)
        own, with_starts = 0.0, 0.0
        for before, after in itertools.pairwise(times):
            took = after - before
            if any(before <= until and since <= after for since, until in self._excused):
                with_starts = max(with_starts, took)
            else:
                own = max(own, took)
        return own, with_starts

    @property
    def verdict(self) -> str:
        if self.is_skipped:
            return "SKIPPED"
        return "FAILED" if self.violations else "held"
