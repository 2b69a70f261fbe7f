"""Answers that can go out as they are: whole ones in memory, and the heads of more, whose bodies the disk has."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from time import time
from typing import Literal

from imgcdn.model.media import Bucket
from imgcdn.pipeline.renewal import Footing
from imgcdn.planning import negotiate
from imgcdn.web.headers import Headers, PictureHeaders

Accepted = Bucket | Literal["none"]
"""What Accept was reduced to; "none" for who refuses every picture, which no URL that negotiates has an answer for."""
Key = tuple[bytes, bytes, Accepted]
"""Host (empty when it does not choose among mounts), request target as it came, and what Accept was reduced to."""

Reread = Callable[[], bytes | None]
"""Reads the same body again, None when it is not to be had that way any more."""
Recall = Callable[[str, bytes], tuple[bytes, Reread | None] | None]
"""Reads the body under a fingerprint, if its quoted ETag is still this one."""
_HEAD = b"HTTP/1.1 %b\r\ndate: %b\r\ncache-status: imgcdn; hit; ttl=%d\r\n%b\r\n"
_OVERHEAD = 5500
"""What a head weighs besides its target, in bytes, with its headers written out."""
_MOST_ACCEPTS = 4096
"""Distinct Accept headers whose bucket is remembered; browsers send a few dozen."""
_LONGEST_ACCEPT = 256
"""Longest Accept that is remembered, in bytes; browsers send half as much, and anybody may send what he likes."""
_RENEWED_FOR_S = 60.0
"""How old an answer may get before all that decides about it is looked at again: engines come and go."""


@dataclass(slots=True)
class Ready:
    """The head of an answer that can go out as it is from `made_at` until `deadline` (on the monotonic clock).

    `fingerprint` is the name under which the cache has the body, if it has; `footings` is what the answer rests on.
    """

    lasting: PictureHeaders
    etag: bytes
    deadline: float
    made_at: float = 0.0
    fingerprint: str = ""
    footings: tuple[Footing, ...] = ()
    reread: Reread | None = None
    read_at: int = 0
    """How many bodies this process had read from the disk when it read this one."""
    _second: int = -1
    _full_head: bytes = b""
    _bare_head: bytes = b""
    _full_lines: bytes = b""
    _bare_lines: bytes = b""

    def go_on(self, deadline: float) -> None:
        """Go out until then."""
        self.deadline, self._second = deadline, -1

    def headers(self, now: float, *, is_bare: bool) -> Headers:
        """Return the headers of the whole answer, or those of a 304."""
        status = (b"cache-status", b"imgcdn; hit; ttl=%d" % self._left_s(now))
        validating = [*self.lasting.aged(now - self.made_at), status]
        return validating if is_bare else [*validating, *self.lasting.describing]

    def head(self, now: float, *, is_bare: bool) -> bytes:
        """Return the same as bytes of HTTP/1.1, status line and Date included, written anew once a second."""
        if self._second != int(now):
            self._second, self._full_head, self._bare_head = int(now), b"", b""
        if is_bare:
            self._bare_head = self._bare_head or self._written_bare(now)
            return self._bare_head
        self._full_head = self._full_head or self._written(now)
        return self._full_head

    def _written(self, now: float) -> bytes:
        lines = self._full_lines = self._lines(self._full_lines, now, self.lasting.describing)
        return _HEAD % (b"200 OK", _date(int(time())), self._left_s(now), lines)

    def _written_bare(self, now: float) -> bytes:
        lines = self._bare_lines = self._lines(self._bare_lines, now, ())
        return _HEAD % (b"304 Not Modified", _date(int(time())), self._left_s(now), lines)

    def _left_s(self, now: float) -> int:
        return max(0, int(self.deadline - now))

    def _lines(self, known: bytes, now: float, describing: Sequence[tuple[bytes, bytes]]) -> bytes:
        """Write what does not change from answer to answer, once, unless the life of its source runs out meanwhile."""
        if known and self.lasting.source_life_s is None:
            return known
        return b"".join(b"%b: %b\r\n" % header for header in (*self.lasting.aged(now - self.made_at), *describing))


@lru_cache(maxsize=2)
def _date(second: int) -> bytes:
    """Write a Unix time as Date has it."""
    return formatdate(second, usegmt=True).encode()


def _weight(key: Key) -> int:
    """Return what a head weighs, in bytes."""
    return _OVERHEAD + len(key[1])


class ReadyAnswers:
    """Answers by request target and Accept bucket, least recently used out first, within a budget of bytes.

    Bodies go before heads, down to half of the budget: a head is small, and spares all but reading its body.
    """

    def __init__(self, budget: int, *, offers_avif: bool, by_host: bool) -> None:
        self._budget = budget
        self._offers_avif = offers_avif
        self._by_host = by_host
        self._heads: OrderedDict[Key, Ready] = OrderedDict()
        self._bodies: OrderedDict[Key, bytes] = OrderedDict()
        self._head_bytes = 0
        self._body_bytes = 0
        self._reads = 0
        self.generation: Callable[[], int] = lambda: 0
        self._recall: Recall = lambda _key, _etag: None
        self._left_s: Callable[[Sequence[Footing]], float] = lambda _: 0.0
        self._buckets: dict[bytes, Accepted] = {}

    @property
    def weight(self) -> int:
        """Bytes that are held."""
        return self._head_bytes + self._body_bytes

    def key(self, host: bytes, target: bytes, accept: bytes) -> Key:
        """Name an answer by what came over the wire."""
        bucket = self._buckets.get(accept) or self._bucket(accept)
        return (host if self._by_host else b"", target, bucket)

    def _bucket(self, accept: bytes) -> Accepted:
        text = accept.decode("latin-1")
        bucket = "none" if negotiate.refuses(text) else negotiate.bucket(text, offers_avif=self._offers_avif)
        if len(accept) <= _LONGEST_ACCEPT:
            if len(self._buckets) >= _MOST_ACCEPTS:
                self._buckets.clear()
            self._buckets[accept] = bucket
        return bucket

    def watch(self, generation: Callable[[], int]) -> None:
        """Ask this before each answer: it forgets what is held when something was purged, and numbers the purges."""
        self.generation = generation

    def read_from(self, recall: Recall) -> None:
        """Read bodies that are not held with this: the one under a fingerprint, if its ETag is still this one."""
        self._recall = recall

    def renew_by(self, left_s: Callable[[Sequence[Footing]], float]) -> None:
        """Ask this how many more seconds what an answer rests on may be believed."""
        self._left_s = left_s

    def get(self, key: Key, now: float) -> Ready | None:
        """Return the head of an answer that is still fresh."""
        self.generation()
        ready = self._heads.get(key)
        if ready is None or (ready.deadline <= now and not self._renewed(key, ready, now)):
            return None
        self._heads.move_to_end(key)
        return ready

    def _renewed(self, key: Key, ready: Ready, now: float) -> bool:
        """Whether an answer whose time is up may go on: what it rests on is as it was, and it is not too old."""
        allowed_s = ready.made_at + _RENEWED_FOR_S - now
        left_s = min(allowed_s, self._left_s(ready.footings)) if allowed_s > 0 else 0.0
        if left_s <= 0 or self._heads.get(key) is not ready:  # a purge was noticed meanwhile
            return False
        ready.go_on(now + left_s)
        return True

    def body(self, key: Key, ready: Ready) -> tuple[bytes, bool] | None:
        """Return the body that belongs to what `get` gave, and whether it was held; None when the cache has lost it."""
        held = self._bodies.get(key)
        if held is not None:
            self._bodies.move_to_end(key)
            return held, True
        body = (ready.reread and ready.reread()) or self._ask_disk(ready)
        if body is None:
            self.drop(key)
            return None
        self._reads += 1
        if self._is_worth_holding(ready, body):
            self._hold(key, body)
        ready.read_at = self._reads
        return body, False

    def _ask_disk(self, ready: Ready) -> bytes | None:
        found = self._recall(ready.fingerprint, ready.etag) if ready.fingerprint else None
        if found is None:
            return None
        body, ready.reread = found
        return body

    def _is_worth_holding(self, ready: Ready, body: bytes) -> bool:
        """Whether there is room, or this body was read so lately that it would still be here had it been held.

        So who walks through more than memory holds does not push out what is asked for again and again.
        """
        if self.weight + len(body) <= self._budget:
            return True
        return ready.read_at > 0 and self._reads - ready.read_at <= len(self._bodies)

    def put(self, key: Key, ready: Ready, body: bytes) -> None:
        """Keep an answer; of one that would take an eighth of the budget or more only the head, if the disk has it."""
        self.drop(key)
        if _weight(key) * 8 > self._budget or not (ready.fingerprint or self._is_holdable(key, body)):
            return
        self._heads[key] = ready
        self._head_bytes += _weight(key)
        self._hold(key, body)

    def drop(self, key: Key) -> None:
        """Forget an answer."""
        if self._heads.pop(key, None) is not None:
            self._head_bytes -= _weight(key)
        self._body_bytes -= len(self._bodies.pop(key, b""))

    def clear(self) -> None:
        """Forget all."""
        self._heads.clear()
        self._bodies.clear()
        self._head_bytes = self._body_bytes = 0

    def _is_holdable(self, key: Key, body: bytes) -> bool:
        return (len(body) + _weight(key)) * 8 <= self._budget

    def _hold(self, key: Key, body: bytes) -> None:
        if self._is_holdable(key, body):
            self._bodies[key] = body
            self._body_bytes += len(body)
        while self.weight > self._budget:
            if self._body_bytes * 2 > self._budget:
                oldest = next(iter(self._bodies))
                if self._heads[oldest].fingerprint:
                    self._body_bytes -= len(self._bodies.pop(oldest))
                else:
                    self.drop(oldest)
            else:
                self.drop(next(iter(self._heads)))
