"""A counter in the cache folder by which processes tell each other that what they hold in memory may be wrong.

It is read as a file and not mapped: a file cut short under a mapping is a SIGBUS, which nothing turns into an answer.
Reading it costs some microseconds, so that `Memory` looks at it a few times a second only, however many ask.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

_log = structlog.get_logger()

_SIZE = 8
_LOCK_WITHIN_S = 0.2
_LOCK_AGAIN_S = 0.001
_LARGEST = 2**63 - 1
_LOOK_EVERY_S = 0.05
"""How long another process's purge may go unseen."""


class Generation:
    """The counter at `path`, 8 bytes. It never raises: what cannot be told to others still counts in this process."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._lock = threading.Lock()
        self._last = 0
        self._own = 0
        self._why = {"read": "", "write": ""}

    @property
    def why(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        return "; ".join(why for why in self._why.values() if why)

    def value(self) -> int:
        """Return the counter as it is now: any other number than before means a change. For any thread."""
        return self._stored() + self._own

    def bump(self) -> None:
        """Count on, in all processes. Blocks for some tens of microseconds; for any thread."""
        with self._lock:
            try:
                self._write_next()
            except OSError as error:
                self._own += 1
                self._failed("write", error)
            else:
                self._why["write"] = ""

    def _stored(self) -> int:
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            self._last = 0  # nobody has counted yet, or the folder was deleted
        except OSError as error:
            self._failed("read", error)
        else:
            try:
                self._last = _number(os.read(file, _SIZE))
                self._why["read"] = ""
            except OSError as error:
                self._failed("read", error)
            finally:
                os.close(file)
        return self._last

    def _write_next(self) -> None:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            _lock(file)
            # The time keeps a counter that was deleted or cut short from coming back to a number that was seen before.
            following = max(_number(os.pread(file, _SIZE, 0)) + 1, time.time_ns())
            os.pwrite(file, min(following, _LARGEST).to_bytes(_SIZE), 0)
        finally:
            os.close(file)

    def _failed(self, doing: str, error: OSError) -> None:
        why = f"{doing} {self._path}: {error.strerror}; what other processes purge is not seen here, or the reverse"
        if self._why[doing] != why:
            self._why[doing] = why
            _log.error("cache_generation_failed", doing=doing, why=why)


class Memory:
    """What this process holds in memory, and when to forget it. For one event loop, but for `is_current`."""

    def __init__(
        self,
        generation: Generation,
        *,
        every_s: float = _LOOK_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._generation = generation
        self._every_s = every_s
        self._clock = clock
        self._followers: list[Callable[[], None]] = []
        self._seen = generation.value()
        self._look_at = 0.0

    def follow(self, forget: Callable[[], None]) -> None:
        """Have `forget` called after each change, here or in another process."""
        self._followers.append(forget)

    def look(self) -> int:
        """Return the generation that what is held belongs to, at most 50 ms old; a tenth of a microsecond."""
        if self._clock() >= self._look_at:
            self.catch_up()
        return self._seen

    def catch_up(self) -> None:
        """Forget what is held if the generation is another one by now."""
        found = self._generation.value()
        self._look_at = self._clock() + self._every_s
        if found != self._seen:
            self._seen = found
            for forget in self._followers:
                forget()

    def bump(self) -> None:
        """Have every process forget what it holds, this one at once."""
        self._generation.bump()
        self.catch_up()

    def is_current(self, since: int) -> bool:
        """Whether nothing was purged since `look` returned this number; reads the disk, for any thread."""
        return self._generation.value() == since


def _number(stored: bytes) -> int:
    return int.from_bytes(stored) if len(stored) == _SIZE else 0


def _lock(file: int) -> None:
    """Wait for others who count, but not for one that is stopped: without the lock two counts may become one."""
    until = time.monotonic() + _LOCK_WITHIN_S
    with suppress(OSError):  # a file system without locks
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    return
                time.sleep(_LOCK_AGAIN_S)
            else:
                return
