"""A temporary file that is hashed while it is written, never outgrows its limit, and is gone unless kept."""

import hashlib
import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from imgcdn.errors import InternalError, SourceTooLargeError


class Download:
    """Bytes on their way into `folder`, at most `max_bytes`. Leaving it deletes what was not kept."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self._file: BinaryIO | None = None
        self._path: str | None = None
        self.size = 0

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written, in hex."""
        return self._hash.hexdigest()

    def start(self) -> None:
        """Make the file. Raises InternalError when the folder cannot be written to."""
        with _translated():
            descriptor, self._path = tempfile.mkstemp(prefix="fetch-", dir=self._folder)
            self._file = os.fdopen(descriptor, "wb")

    def check_size(self, size: int) -> None:
        """Raise SourceTooLargeError for more bytes than are allowed."""
        if size > self._max_bytes:
            raise SourceTooLargeError(f"The source has more than {self._max_bytes} bytes, the most that are allowed")

    def write(self, chunk: bytes) -> None:
        """Append; raises SourceTooLargeError, or InternalError when the disk is full."""
        if self._file is None:
            raise RuntimeError("write() before start()")
        self.check_size(self.size + len(chunk))
        with _translated():
            self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    def keep(self) -> str:
        """Complete the file, leave it to the caller and return its path; raises InternalError."""
        if self._file is None or self._path is None:
            raise RuntimeError("keep() before start()")
        with _translated():
            self._file.close()
        kept, self._path = self._path, None
        return kept

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is None:
            return
        try:
            if self._file is not None:
                self._file.close()
        except OSError:
            pass  # what could not be written is about to be deleted
        finally:
            Path(self._path).unlink(missing_ok=True)


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise InternalError("The folder for temporary files cannot be written to") from error
