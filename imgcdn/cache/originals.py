"""Fetched source files under the digest of their bytes: fetched once, and handed to workers as paths."""

import os
import shutil
import tempfile
import time
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import structlog

from imgcdn.cache import batches, sweep
from imgcdn.cache.store import Store

_log = structlog.get_logger()

_STALE_AFTER_S = 86_400.0
_SWEEP_EVERY_S = 86_400.0
_LEAST_FREE = 64 * 2**20
_LOOSE_FILES = 64


class Originals:
    """Source files on disk within a budget; the least recently used go first.

    While the cache folder cannot be used, downloads go to the system's temporary folder, and the latest few
    stay there.
    """

    def __init__(self, store: Store, temp_dir: Path) -> None:
        self._store = store
        self._temp_dir = temp_dir
        self._fallback_dir: Path | None = None
        self._loose: OrderedDict[str, str] = OrderedDict()
        self._next_sweep = 0.0

    @property
    def temp_dir(self) -> Path:
        """A folder for downloads, on the file system of the originals whenever that can be written to."""
        with suppress(OSError):
            self._temp_dir.mkdir(parents=True, exist_ok=True)
            is_writable = os.access(self._temp_dir, os.W_OK | os.X_OK)
            if is_writable and shutil.disk_usage(self._temp_dir).free >= _LEAST_FREE:
                return self._temp_dir
        if self._fallback_dir is None or not self._fallback_dir.is_dir():
            self._fallback_dir = Path(tempfile.mkdtemp(prefix="imgcdn-"))
            _log.error("cache_downloads_elsewhere", wanted=str(self._temp_dir), used=str(self._fallback_dir))
        return self._fallback_dir

    def find(self, digest: str) -> str | None:
        """Return the path of the kept file, or None; the file may be evicted at any time."""
        loose = self._loose.get(digest)
        if loose is not None and os.path.exists(loose):  # noqa: PTH110 - a str in and out, on the way of each miss
            return loose
        return self._store.find(digest)

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
        if self._fallback_dir is not None:
            shutil.rmtree(self._fallback_dir, ignore_errors=True)

    def _adopt(self, digest: str, path: str, tags: tuple[str, ...]) -> str | None:
        if Path(path).parent == self._fallback_dir:
            return None  # another file system: moving would be copying, to a disk that is full or broken
        known = self._store.find(digest)
        if known is None:
            return self._store.adopt(digest, Path(path), tags)
        if tags:
            self._store.work("write", lambda table: batches.tag(table, digest, tags))
        # Somebody was quicker: a worker may be reading that file, so it stays and this one goes.
        if known != path:
            Path(path).unlink(missing_ok=True)
        return known

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
