"""Keeps processes on one folder from doing the same work at once. It saves work, and nothing else rests on it.

A lock is one byte of one file, at an offset that the name of the work gives; the kernel takes it back from a process
that dies. The file itself stays empty.
"""

import asyncio
import fcntl
import os
import time
from hashlib import sha256
from pathlib import Path

import structlog

_log = structlog.get_logger()

_WAIT_S = 10.0
_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.02
_OFFSET_BYTES = 7  # a file offset is a positive number of 64 bits


class Locks:
    """Locks by name in the file at `path`. For one event loop, and one object a process: the locks are a process's."""

    def __init__(self, path: Path, *, wait_s: float = _WAIT_S) -> None:
        self._path = str(path)
        self._wait_s = wait_s
        self._file: int | None = None
        self._identity = (0, 0)  # device and inode of that file
        self._held: set[int] = set()
        self._is_failing = False

    def held(self, name: str) -> "Held":
        """Hold the lock of this name, and say whether it is held: not when it took too long or cannot be had."""
        return Held(self, int.from_bytes(sha256(name.encode(errors="surrogatepass")).digest()[:_OFFSET_BYTES]))

    def close(self) -> None:
        """Let go of all."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    async def acquire(self, at: int) -> bool:
        """Take the lock at an offset, and say whether it is held now."""
        if got := self._try(at):
            return True
        until = time.monotonic() + self._wait_s
        pause = _FIRST_PAUSE_S
        while got is False and time.monotonic() < until:
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_S, pause * 1.5)
            got = self._try(at)
        return bool(got)

    def release(self, at: int) -> None:
        """Give back a lock that is held."""
        self._held.discard(at)
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, at)

    def _try(self, at: int) -> bool | None:
        """Return whether the lock is ours now, None when there are no locks to be had."""
        if at in self._held:  # the kernel would give it to the same process twice
            return False
        try:
            fcntl.lockf(self._opened(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, at)
        except (BlockingIOError, PermissionError):  # the two that POSIX names for a lock that another holds
            if self._file is not None:
                return False
            return self._failed("it cannot be opened")
        except OSError as error:
            return self._failed(str(error))
        self._held.add(at)
        self._is_failing = False
        return True

    def _opened(self) -> int:
        # Closing the file would let go of all locks, so that one that was deleted is given up only when none is held.
        if self._file is not None and not self._held and not self._is_there():
            self.close()
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            facts = os.fstat(self._file)
            self._identity = (facts.st_dev, facts.st_ino)
        return self._file

    def _is_there(self) -> bool:
        """Whether the file that is open is the one that others find."""
        try:
            facts = os.stat(self._path)  # noqa: PTH116 - a str, on the way of each miss
        except OSError:
            return False
        return (facts.st_dev, facts.st_ino) == self._identity

    def _failed(self, why: str) -> None:
        if not self._is_failing:
            self._is_failing = True
            _log.warning("cache_locks_failed", path=self._path, why=why)


class Held:
    """A lock for as long as an `async with` block; a class, because a generator costs more than taking the lock."""

    __slots__ = ("_at", "_is_held", "_locks")

    def __init__(self, locks: Locks, at: int) -> None:
        self._locks = locks
        self._at = at
        self._is_held = False

    async def __aenter__(self) -> bool:
        self._is_held = await self._locks.acquire(self._at)
        return self._is_held

    async def __aexit__(self, *_: object) -> None:
        if self._is_held:
            self._locks.release(self._at)
