"""The process above several fronts: it takes the port, starts them, replaces those that die, and ends with them.

It serves nothing and opens no cache. Each front listens with a socket of its own, among which the kernel shares out
connections: with one queue for all, whoever wakes first takes every connection that waits.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from imgcdn.cache.scratch import Scratch
from imgcdn.errors import SettingsError
from imgcdn.fronts.process import FrontProcess
from imgcdn.fronts.share import share
from imgcdn.server import ECHO_S, bind, check, notify
from imgcdn.settings import Settings
from imgcdn.workers.worker import describe

_log = structlog.get_logger("imgcdn.fronts")

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 10.0
_OLD_S = 60.0
"""Whoever lived this long did not die of its start."""
_HOPELESS = 5
"""Starts in a row that fail in every place, with no front left, before the parent gives up."""
_OVER_GRACE_S = 15.0
"""What fronts may take beyond the grace: workers that are killed, files that are closed."""
_BALANCES = sys.platform == "linux"
"""Elsewhere SO_REUSEPORT gives all connections to one socket, so that the fronts share a single one."""


def serve_fronts(settings: Settings, announce: Callable[[Settings, list[socket.socket]], None]) -> int:
    """Keep `server.fronts` fronts until SIGINT or SIGTERM; return the status to exit with.

    `announce` is called once, when all of them accept requests. Raises SettingsError when the first cannot start.
    """
    check(settings)
    with bind(settings.server.host, settings.server.port) as place:
        if _BALANCES:
            # Only now: a port that another program has, or another imgcdn, must be found taken.
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        scratch = Scratch("imgcdn-fronts")

        def tell_ready() -> None:
            announce(settings, [place])
            notify(b"READY=1")

        try:
            return asyncio.run(_Parent(settings, place, scratch, tell_ready).run())
        finally:
            scratch.close()


class _Parent:
    def __init__(self, settings: Settings, place: socket.socket, scratch: Scratch, ready: Callable[[], None]) -> None:
        self._settings = settings
        self._place = place
        self._scratch = scratch
        self._ready = ready
        self._living: dict[int, FrontProcess] = {}
        self._failures = dict.fromkeys(range(1, settings.server.fronts + 1), 0)
        self._seen: set[int] = set()
        """The places whose front has listened at least once."""
        self._first_listens = asyncio.Event()
        self._is_over = asyncio.Event()
        self._told_at: float | None = None
        self._status = 0
        self._why = ""

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._pass_on, number)
        async with asyncio.TaskGroup() as keeping:
            for number in self._failures:
                keeping.create_task(self._keep(number))
        if self._why:
            raise SettingsError(self._why)
        return self._status

    async def _keep(self, number: int) -> None:
        """Fill one place, until all is over."""
        if number > 1:  # a mistake in the settings is said once, and only one process begins the databases
            await self._first_listens.wait()
        pause = _FIRST_PAUSE_S
        while not self._is_over.is_set():
            begun = time.monotonic()
            await self._live(number)
            if time.monotonic() - begun > _OLD_S:
                pause = _FIRST_PAUSE_S
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_over.wait(), pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _live(self, number: int) -> None:
        """See one front from its start to its end."""
        try:
            front = self._start(number)
        except (OSError, SettingsError) as error:
            _log.error("a front cannot be started", front=number, why=str(error))
            self._failed(number, str(error))
            return
        self._living[number] = front
        if await front.started():
            self._failures[number] = 0
            self._listens(number)
        status = await front.ended()
        del self._living[number]
        if self._is_over.is_set():
            return
        _log.error("a front has ended", front=number, pid=front.pid, how=describe(status), why=front.why or None)
        if not front.is_ready:
            self._failed(number, front.why)

    def _start(self, number: int) -> FrontProcess:
        # A socket for each start, which dies with the front: nobody must wait in the queue of one that is not there.
        host, port = self._place.getsockname()[:2]
        settings = share(self._settings, number)
        with bind(host, port, is_shared=True) if _BALANCES else self._place.dup() as listener:
            return FrontProcess(number, settings, listener, self._scratch.path)

    def _listens(self, number: int) -> None:
        self._first_listens.set()
        if number not in self._seen:
            self._seen.add(number)
            if len(self._seen) == len(self._failures):
                self._ready()

    def _failed(self, number: int, why: str) -> None:
        """Count a start that came to nothing, and give up when there is no hope."""
        self._failures[number] += 1
        is_first = not self._seen
        is_served = any(front.is_ready for front in self._living.values())
        if is_first or (not is_served and all(count >= _HOPELESS for count in self._failures.values())):
            if is_first:
                self._why = why
            _log.error("no front can be started")
            self._status = 1
            self._finish(signal.SIGKILL)

    def _finish(self, how: int) -> None:
        self._is_over.set()
        self._first_listens.set()
        self._send(how)

    def _send(self, how: int) -> None:
        for front in self._living.values():
            front.send(how)

    def _pass_on(self, how: int) -> None:
        """Let all fronts drain at the first signal; end all at once at the second."""
        now = time.monotonic()
        if self._told_at is None:
            self._told_at = now
            notify(b"STOPPING=1")
            self._finish(how)
            server = self._settings.server
            limit = max(server.grace_s, server.drain_s) + _OVER_GRACE_S
            asyncio.get_running_loop().call_later(limit, self._send, signal.SIGKILL)
        elif now - self._told_at > ECHO_S:
            self._send(signal.SIGKILL)
            self._scratch.close()
            signal.signal(how, signal.SIG_DFL)
            os.kill(os.getpid(), how)
