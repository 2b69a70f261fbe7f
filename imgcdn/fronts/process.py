"""One front process as its parent sees it: started with a socket to listen on, heard over another, and waited for."""

import asyncio
import os
import pickle
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from imgcdn.fronts.front import LENGTH_BYTES, READY
from imgcdn.settings import Settings
from imgcdn.workers.spawn import importable

_LONGEST_WORD = 65_536
_REAP_S = 2.0
"""What a process may take to end once its socket is closed."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class FrontProcess:
    """Starts the process. For one event loop, and its main thread: the front dies with the thread that starts it."""

    def __init__(self, number: int, settings: Settings, listener: socket.socket, folder: Path) -> None:
        self.number = number
        self.is_ready = False
        self.why = ""
        """What it said of its own end, when that was a mistake in the settings."""
        self._link, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = _spawn(theirs, listener, number, folder)
            except BaseException:
                self._link.close()
                raise
        self._link.setblocking(False)
        self._settings = settings

    @property
    def pid(self) -> int:
        return self._process.pid

    async def started(self) -> bool:
        """Hand it its settings, and wait until it listens; False when it ended before."""
        loop = asyncio.get_running_loop()
        word = b""
        with suppress(OSError):
            # A pickle, because JSON would hide secrets; it goes from us to our own child.
            settings = pickle.dumps(self._settings)
            await loop.sock_sendall(self._link, len(settings).to_bytes(LENGTH_BYTES) + settings)
            word = await loop.sock_recv(self._link, _LONGEST_WORD)
        self.is_ready = word == READY
        self.why = "" if self.is_ready else word.decode(errors="replace")
        return self.is_ready

    async def ended(self) -> int:
        """Wait for its end; return its status as `subprocess` tells it."""
        with suppress(OSError):
            while await asyncio.get_running_loop().sock_recv(self._link, _LONGEST_WORD):
                pass
        self._link.close()
        # The socket closes a moment before the process can be waited for.
        pause, waited = 0.002, 0.0
        while (status := self._process.poll()) is None:
            await asyncio.sleep(pause)
            waited += pause
            pause = min(pause * 2, 0.1)
            if waited > _REAP_S:
                self._process.kill()
        return status

    def send(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        with suppress(OSError):
            self._process.send_signal(number)


def _spawn(link: socket.socket, listener: socket.socket, number: int, folder: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
    fds = (link.fileno(), listener.fileno())
    # Until it has begun in earnest a front would answer Ctrl-C with a traceback; it lets them through by itself.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        return subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "imgcdn.fronts.front",
                *map(str, fds),
                str(number),
                str(os.getpid()),
                str(folder),
            ],
            pass_fds=fds,
            stdin=subprocess.DEVNULL,
            env=importable(environment),
        )
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
