"""Lines of logs as they lie on disks and come through pipes: large, compressed, cut off, or no text at all."""

import sys
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from errno import EISDIR
from gzip import BadGzipFile, GzipFile
from io import BufferedReader
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Final, cast

from imgcdn.errors import SettingsError
from imgcdn.migration.lines import LONGEST

STDIN: Final = "-"
_CHUNK: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"

Report = Callable[[int], None]


def size_of(names: Iterable[str]) -> int | None:
    """Return the bytes of all files together, None where they are not known: standard input, or another pipe.

    Raises SettingsError for one that is no file.
    """
    sizes: list[int | None] = []
    for name in names:
        try:
            sizes.append(None if name == STDIN else _size(Path(name)))
        except (OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else "") or "no name of a file"
            raise SettingsError(
                f"{name} cannot be read ({why}): expected access logs, lists of URLs, or - for standard input"
            ) from None
    return None if None in sizes else sum(filter(None, sizes))


def _size(path: Path) -> int | None:
    found = path.stat()
    if S_ISDIR(found.st_mode):
        raise OSError(EISDIR, "it is a folder")
    return found.st_size if S_ISREG(found.st_mode) else None


def blocks(name: str, report: Report, problems: list[str]) -> Iterator[list[bytes]]:
    """Yield the lines of a file, some thousands at once; gzip is seen by the first bytes.

    `report` is told how many more bytes were read. What ends a file early goes to `problems`; the lines before are
    yielded. A line longer than LONGEST comes as its beginning.
    """
    try:
        with _opened(name) as raw:
            is_compressed = raw.peek(2)[:2] == _GZIP
            yield from _lines(GzipFile(fileobj=raw) if is_compressed else raw, raw, report)
    except (EOFError, BadGzipFile, zlib.error) as error:
        problems.append(f"{name}: the compressed data is damaged, what follows was not read ({error})")
    except OSError as error:
        problems.append(f"{name} cannot be read: {error.strerror or error}")


@contextmanager
def _opened(name: str) -> Generator[BufferedReader]:
    if name == STDIN:
        yield cast("BufferedReader", sys.stdin.buffer)
        return
    with Path(name).open("rb") as file:
        yield file


def _lines(stream: BufferedReader | GzipFile, raw: BufferedReader, report: Report) -> Iterator[list[bytes]]:
    rest, told = b"", 0
    is_too_long = False
    # read1 hands over what there is: read would lose what came before the end of a file that is cut off.
    while chunk := stream.read1(_CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        if is_too_long and lines:
            del lines[0]
            is_too_long = False
        elif is_too_long:
            rest = b""
        if len(rest) > LONGEST:
            lines.append(rest[: LONGEST + 1])
            rest, is_too_long = b"", True
        yield lines
        now = raw.tell() if raw.seekable() else told + len(chunk)
        report(now - told)
        told = now
    if rest:
        yield [rest]
