"""Fetched source files under the digest of their bytes: fetched once, and handed to workers as paths."""

import hashlib
import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import structlog

from imgcdn.cache import batches, sweep
from imgcdn.cache.recent import Recent
from imgcdn.cache.scratch import Scratch
from imgcdn.cache.store import Store

_log = structlog.get_logger()

_STALE_AFTER_S = 86_400.0
_SWEEP_EVERY_S = 86_400.0
_LEAST_FREE = 64 * 2**20
_LOOSE_FILES = 64
_MOST_PROVED = 50_000
"""Files that were touched, as a copied folder's are, and of which this process knows that they are right."""


class Originals:
    """Source files on disk within a budget; the least recently used go first.

    While the cache folder cannot be used, downloads go to the system's temporary folder, and the latest few
    stay there.
    """

    def __init__(self, store: Store, temp_dir: Path) -> None:
        self._store = store
        self._temp_dir = temp_dir
        self._elsewhere: Scratch | None = None
        self._loose: OrderedDict[str, str] = OrderedDict()
        self._proved: Recent[str] = Recent(_MOST_PROVED)
        self._proving = threading.Lock()
        self._next_sweep = 0.0

    @property
    def temp_dir(self) -> Path:
        """A folder for downloads, on the file system of the originals whenever that can be written to."""
        with suppress(OSError):
            self._temp_dir.mkdir(parents=True, exist_ok=True)
            is_writable = os.access(self._temp_dir, os.W_OK | os.X_OK)
            if is_writable and shutil.disk_usage(self._temp_dir).free >= _LEAST_FREE:
                return self._temp_dir
        if self._elsewhere is None or not self._elsewhere.path.is_dir():
            self.close()
            self._elsewhere = Scratch("imgcdn-downloads")
            _log.error("cache_downloads_elsewhere", wanted=str(self._temp_dir), used=str(self._elsewhere.path))
        return self._elsewhere.path

    def find(self, digest: str) -> str | None:
        """Return the path of the kept file, or None; the file may be evicted at any time."""
        loose = self._loose.get(digest)
        if loose is not None and os.path.exists(loose):  # noqa: PTH110 - a str in and out, on the way of each miss
            return loose
        return self._store.find(digest, lambda path: self._is_right(path, digest))

    async def adopt(self, digest: str, path: str, tags: tuple[str, ...] = ()) -> str:
        """Move the temporary file at `path` in; return where it is now, unmoved if it cannot be kept.

        The tags (`source:<mount/path>`) let `Purge` find bytes that their source has no longer.
        """
        kept = await self._store.background.run(lambda: self._adopt(digest, path, tags))
        if kept is None:
            self._keep_loose(digest, path)
        if time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + _SWEEP_EVERY_S
            self._store.background.later(self._sweep)
        return kept or path

    def drop_loose(self, digests: Iterable[str] | None = None) -> None:
        """Remove files that are held in the temporary folder because they could not be kept; None is all of them."""
        for digest in list(self._loose) if digests is None else digests:
            path = self._loose.pop(digest, None)
            if path is not None:
                Path(path).unlink(missing_ok=True)

    async def clear(self) -> int:
        """Forget all, and return how many there were."""
        return await self._store.background.run(self._store.clear) or 0

    def close(self) -> None:
        """Remove the files that could not be kept."""
        if self._elsewhere is not None:
            self._elsewhere.close()
            self._elsewhere = None

    def _adopt(self, digest: str, path: str, tags: tuple[str, ...]) -> str | None:
        if self._elsewhere is not None and Path(path).parent == self._elsewhere.path:
            return None  # another file system: moving would be copying, to a disk that is full or broken
        known = self._store.find(digest, lambda path: self._is_right(path, digest))
        if known is None:
            return self._store.adopt(digest, Path(path), tags)
        if tags:
            self._store.work("write", lambda table: batches.tag(table, digest, tags))
        # Somebody was quicker: a worker may be reading that file, so it stays and this one goes.
        if known != path:
            Path(path).unlink(missing_ok=True)
        return known

    def _is_right(self, path: str, digest: str) -> bool:
        """Whether a file that was touched is still what its name says; each is read once. For any thread."""
        facts = os.stat(path)  # noqa: PTH116 - a str in and out
        state = f"{facts.st_ino} {facts.st_ctime_ns} {facts.st_mtime_ns}"
        with self._proving:
            if self._proved.get(digest) == state:
                return True
        with open(path, "rb") as file:  # noqa: PTH123 - a str in and out
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                return False
        with self._proving:
            self._proved.put(digest, state)
        return True

    def _keep_loose(self, digest: str, path: str) -> None:
        self._loose[digest] = path
        self._loose.move_to_end(digest)
        while len(self._loose) > _LOOSE_FILES:
            _, oldest = self._loose.popitem(last=False)
            with suppress(OSError):
                Path(oldest).unlink()

    def _sweep(self) -> None:
        with suppress(OSError):
            sweep.remove_old(self._temp_dir, _STALE_AFTER_S)
