"""Collects files that nothing points to: a killed process leaves some. Walks folders, so never at start."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path


def remove_old(folder: Path, older_than_s: float) -> int:
    """Remove the files directly in `folder` that are older than this, and return how many."""
    return remove((path for path, _ in _files(folder)), older_than_s)


def remove_orphans(folder: Path, older_than_s: float, is_known: Callable[[str], bool]) -> int:
    """Remove the value files under `folder` (`ab/<name>.val`) that no row knows, and return how many.

    A file is younger than its row, so a young one without a row may be just being written.
    """
    orphans = (
        path
        for shard in _folders(folder)
        for path, name in _files(shard)
        if name.endswith(".val") and not is_known(f"{shard.name}/{name}")
    )
    return remove(orphans, older_than_s)


def remove(paths: Iterable[Path], older_than_s: float) -> int:
    """Remove those of `paths` that are older than this, and return how many."""
    limit = time.time() - older_than_s
    removed = 0
    for path in paths:
        with suppress(OSError):
            facts = path.stat()
            # The inode's own time too: a file that was moved in keeps the older time of its content.
            if max(facts.st_mtime, facts.st_ctime) < limit:
                path.unlink()
                removed += 1
    return removed


def _folders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False) and len(entry.name) == 2]


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield Path(entry.path), entry.name
