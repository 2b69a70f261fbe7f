"""The results of a batch as one ZIP, put together while it is sent: nothing is kept twice, and memory stays flat."""

import time
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final, cast

_BLOCK: Final = 1 << 18
_LOCAL, _BEHIND, _LISTED, _END = 30, 16, 46, 22
"""Bytes around a file in a ZIP: before it, behind it, and in the list at the end, which ends with some of its own."""
_MOST_PLAIN = 1 << 30
"""An archive of more bytes is not told its length: from some size on ZIP's records are longer."""


class _Sink:
    """What `zipfile` writes to: it can only go on, as a connection does."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what was written is taken out between blocks."""

    def taken(self) -> bytes:
        body = b"".join(self.parts)
        self.parts.clear()
        return body


def unique(names: Iterable[str]) -> list[str]:
    """Return the names with a number behind those that came before, whatever their case."""
    found: list[str] = []
    seen: set[str] = set()
    for name in names:
        stem, dot, extension = name.rpartition(".")
        stem, number, fresh = (stem if dot else name), 1, name
        while fresh.casefold() in seen:
            number += 1
            fresh = f"{stem}_{number}{dot}{extension}" if dot else f"{stem}_{number}"
        seen.add(fresh.casefold())
        found.append(fresh)
    return found


def length(files: Sequence[tuple[str, int]]) -> int | None:
    """Return how many bytes the ZIP of files has, given by name and size; None for a very large one."""
    names = [len(name.encode()) for name, _ in files]
    whole = sum(size for _, size in files) + 2 * sum(names) + len(files) * (_LOCAL + _BEHIND + _LISTED) + _END
    return whole if whole <= _MOST_PLAIN else None


def zipped(files: Sequence[tuple[str, str, float]]) -> Iterator[bytes]:
    """Yield a ZIP of files, given by name, path and Unix time. Blocks; raises OSError."""
    sink = _Sink()
    with zipfile.ZipFile(cast("IO[bytes]", sink), "w", zipfile.ZIP_STORED) as archive:
        for name, path, made_at in files:
            source = Path(path)
            entry = zipfile.ZipInfo(name, time.gmtime(max(made_at, _FIRST))[:6])
            entry.file_size = source.stat().st_size
            entry.external_attr = 0o100644 << 16
            with source.open("rb") as file, archive.open(entry, "w") as member:
                while block := file.read(_BLOCK):
                    member.write(block)
                    yield sink.taken()
    yield sink.taken()


_FIRST: Final = 315_619_200.0
"""1 January 1980, when ZIP's time begins."""
