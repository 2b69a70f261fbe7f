"""Silence for libraries whose C++ writes banners to file descriptor 2, past Python's sys.stderr."""

import contextlib
import os
from collections.abc import Generator


@contextlib.contextmanager
def silenced() -> Generator[None]:
    """Send file descriptor 2 to nowhere for a while."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
