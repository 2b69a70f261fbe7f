"""The main program of one of several front processes: serves on the socket that it was given until its parent ends."""

import asyncio
import os
import pickle
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from imgcdn import logs
from imgcdn.errors import SettingsError
from imgcdn.server import serve
from imgcdn.settings import Settings
from imgcdn.web.siblings import Siblings
from imgcdn.workers.child import die_with

READY: Final = b"\0ready"
"""What a front says when it listens; what else it says is why it cannot."""
LENGTH_BYTES: Final = 4
"""What comes before the settings, and says how many bytes they are."""


def main(arguments: Sequence[str]) -> None:
    """Serve on the socket with the number `arguments[1]`.

    `arguments[0]` is the parent's socket, over which the settings come, `[2]` this front's number from 1, `[3]` the
    parent's process id and `[4]` the folder in which the fronts tell each other their numbers.
    """
    die_with(int(arguments[3]))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))
    with socket.socket(fileno=int(arguments[0])) as link:
        listener = socket.socket(fileno=int(arguments[1]))
        for inherited in (link, listener):
            inherited.set_inheritable(False)  # workers must not keep them open
        settings = _received(link)
        front = int(arguments[2])
        logs.configure(settings.server.log, front=front)
        try:
            serve(settings, [listener], lambda: _tell_ready(link), Siblings(Path(arguments[4]), front))
        except SettingsError as error:
            link.sendall(str(error).encode())
            sys.exit(2)


def _received(link: socket.socket) -> Settings:
    with link.makefile("rb") as reading:
        length = int.from_bytes(reading.read(LENGTH_BYTES))
        return pickle.loads(reading.read(length))  # noqa: S301 - from the parent that started us


def _tell_ready(link: socket.socket) -> None:
    link.sendall(READY)
    # The parent says no more: what can be read is its end, where the kernel has not ended this process with it.
    asyncio.get_running_loop().add_reader(link, os._exit, 1)


if __name__ == "__main__":
    main(sys.argv[1:])
