"""Which of several servers on one folder still live: each holds a lock, and the kernel lets go of it when it ends."""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

_RANDOM_BYTES: Final = 8
_SILENT: Final = "silent-"
"""How the names of processes begin that can show no sign: nobody can say that they are dead."""


class Living:
    """This process's sign of life in `folder`. Every method blocks for microseconds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = secrets.token_hex(_RANDOM_BYTES)
        self._descriptor: int | None = None

    def begin(self) -> None:
        """Show that this process lives. One that cannot be shown has another name from then on."""
        if self._descriptor is not None or self.name.startswith(_SILENT):
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            while self._descriptor is None:
                self._descriptor = self._locked()
        except OSError:
            self.name = _SILENT + self.name

    def end(self) -> None:
        """Take the sign away."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):
                (self._folder / self.name).unlink(missing_ok=True)
            os.close(descriptor)

    def is_dead(self, name: str) -> bool:
        """Whether the process of this name is known to have ended; its sign is taken away then."""
        if name == self.name or name.startswith(_SILENT):
            return False
        path = self._folder / name
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True

    def sweep(self) -> None:
        """Take away the signs of processes that have ended."""
        with suppress(OSError):
            for path in self._folder.iterdir():
                self.is_dead(path.name)

    def _locked(self) -> int | None:
        """Make the sign, and return None when somebody took it away before it was locked."""
        path = self._folder / self.name
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except FileNotFoundError:
            pass
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None
