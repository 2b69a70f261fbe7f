"""One worker process as the front sees it: a socket, the ticket it works on, and how it came to its end.

Everything happens in callbacks of the event loop on the socket itself, which costs the front less than
streams would, and notices the death of an idle process just as that of a busy one.
"""

import asyncio
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from imgcdn.errors import CorruptImageError, ImgcdnError, InternalError, RenderTimeoutError
from imgcdn.workers.line import Outcome, Ticket
from imgcdn.workers.messages import Failure, MalformedReplyError, Reply, ReplyReader
from imgcdn.workers.spawn import spawn

_READ = 262_144
_STOP_S = 5.0  # what a process may take to leave once it was told to
_REAP_S = 2.0  # what a process may take to end once its socket is closed
_CRASHES = {-number for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT)}


class Owner(Protocol):
    """Who is told about a worker."""

    def freed(self, worker: "Worker") -> None:
        """`worker` has answered and can take the next ticket."""
        ...

    def lost(self, worker: "Worker", unread: Ticket | None) -> None:
        """`worker` takes no more tickets; `unread` is one that it never saw."""
        ...

    def takes_over(self, ticket: Ticket) -> bool:
        """Whether `ticket`, over which a worker was killed from outside, is tried by another."""
        ...

    def timed_out(self, worker: "Worker", ticket: Ticket) -> None: ...

    def garbled(self, worker: "Worker", reason: str) -> None: ...


class Worker:
    """Starts a process for the tasks of `module`; whoever hands it tickets hears of it through `owner`."""

    def __init__(self, owner: Owner, module: str, environment: Mapping[str, str], niceness: int = 0) -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._process, self._sock = spawn(module, environment, niceness)
        self._reader = ReplyReader()
        self._unsent = memoryview(b"")
        self._timer: asyncio.TimerHandle | None = None
        self._reaping: asyncio.Task[None] | None = None
        self._is_retiring = False
        self.pid = self._process.pid
        self.alive = True
        self.served = 0
        self.ticket: Ticket | None = None
        self.over: asyncio.Future[None] = self._loop.create_future()  # dead, or due to be replaced
        self.gone: asyncio.Future[int] = self._loop.create_future()  # the process has ended, with this status
        self._loop.add_reader(self._sock, self._readable)

    def hand(self, ticket: Ticket) -> bool:
        """Send a ticket to this idle worker, or return False when it turns out to be dead."""
        try:
            sent = self._sock.send(ticket.request)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._end()
            return False
        self.ticket = ticket
        self._timer = self._loop.call_later(ticket.timeout_s, self._expire)
        if sent < len(ticket.request):
            self._unsent = memoryview(ticket.request)[sent:]
            self._loop.add_writer(self._sock, self._writable)
        return True

    def retire(self) -> None:
        """Let the process finish its ticket, if it has one, and leave."""
        self._is_retiring = True
        if self.ticket is None and self.alive:
            self._stop_timer()
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_WR)
            self._timer = self._loop.call_later(_STOP_S, self.kill)

    def kill(self, outcome: Outcome | None = None) -> None:
        """End the process now; its ticket is settled with `outcome`."""
        if not self.alive:
            return
        if self.ticket is not None:
            self.ticket.settle(outcome or InternalError("the worker was stopped"))
            self.ticket = None
        self._process.kill()
        self._end()

    def call_over(self) -> None:
        """Ask to be replaced; this worker goes on until then."""
        if not self.over.done():
            self.over.set_result(None)

    def _readable(self) -> None:
        try:
            data = self._sock.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            # Linux resets a stream whose other end closed with bytes unread: the request was never looked at.
            self._end(unread=True)
            return
        if not data:
            self._end(unread=len(self._unsent) > 0)
            return
        try:
            reply = self._reader.feed(data)
            if reply is not None:
                self._finish(reply)
        except MalformedReplyError as error:
            self._owner.garbled(self, str(error))
            self.kill(InternalError("the worker's answer could not be read"))

    def _finish(self, reply: Reply | Failure) -> None:
        ticket = self.ticket
        if ticket is None or self._unsent:
            raise MalformedReplyError("it answers what was not asked")
        self.ticket = None
        self._stop_timer()
        self.served += 1
        ticket.settle(reply)
        if self._is_retiring:
            self.retire()
        else:
            self._owner.freed(self)

    def _writable(self) -> None:
        try:
            self._unsent = self._unsent[self._sock.send(self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._end(unread=True)
            return
        if not self._unsent:
            self._loop.remove_writer(self._sock)

    def _expire(self) -> None:
        ticket = self.ticket
        if ticket is not None:
            self._owner.timed_out(self, ticket)
            self.kill(RenderTimeoutError(f"the work took longer than {ticket.timeout_s:g} s and was stopped"))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, *, unread: bool = False) -> None:
        if not self.alive:
            return
        self.alive = False
        self._stop_timer()
        self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        self._sock.close()
        ticket, self.ticket = self.ticket, None
        movable = ticket if ticket is not None and unread and ticket.is_portable else None
        self.call_over()
        self._reaping = self._loop.create_task(self._reap(None if movable else ticket))
        self._owner.lost(self, movable)

    async def _reap(self, ticket: Ticket | None) -> None:
        # The socket closes a moment before the process can be waited for. asyncio's watcher has a thread.
        pause, waited = 0.001, 0.0
        while (status := self._process.poll()) is None:
            await asyncio.sleep(pause)
            waited += pause
            pause = min(pause * 2, 0.1)
            if waited > _REAP_S:
                self._process.kill()
                if ticket is not None:  # even the kernel can be slow to end a process; the caller need not wait
                    ticket.settle(_verdict(-signal.SIGKILL))
        # Who is killed by a lack of memory, or by hand, need not have died of its task.
        if ticket is not None and not (status == -signal.SIGKILL and self._owner.takes_over(ticket)):
            ticket.settle(_verdict(status))
        self.gone.set_result(status)


def describe(status: int) -> str:
    """Say in words how a process ended."""
    try:
        return f"it was ended by {signal.Signals(-status).name}" if status < 0 else f"it exited with status {status}"
    except ValueError:
        return f"it was ended by signal {-status}"


def _verdict(status: int) -> ImgcdnError:
    if status in _CRASHES:
        return CorruptImageError("the decoder crashed on this file")
    return InternalError("the worker that rendered this picture was stopped; asking again is safe")
