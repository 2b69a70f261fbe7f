"""Keeps one place of a pool filled: starts a worker, replaces it when it dies or has served long enough, and
waits longer each time that this fails, so that a broken installation is no fork bomb.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from imgcdn.errors import InternalError, RenderTimeoutError
from imgcdn.workers.line import Outcome, Ticket
from imgcdn.workers.messages import Failure, Reply
from imgcdn.workers.worker import Worker, describe

_BACK_OFF_S = 0.2
_LONGEST_BACK_OFF_S = 10.0
_OLD_S = 60.0  # whoever lived this long did not die of its start
_HOPELESS = 2  # starts in a row after which nobody waits for a worker that says itself why it cannot work
_HOPELESS_DEATHS = 5  # the same for one that is ended by a signal: a lack of memory, or somebody's kill, may pass


class StartError(RuntimeError):
    """A worker could not be started; the message says why, `code` is the stable code of what went wrong.

    One that `may_pass` was ended by a signal: nothing tells that the next one will not start.
    """

    def __init__(self, message: str, code: str = "internal", log: str | None = None, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.log = log
        self.may_pass = may_pass


class Team(Protocol):
    """What a keeper fills places of."""

    def take_in(self, fresh: Worker, old: Worker | None) -> None:
        """Give work to `fresh` from now on, and no more to `old`."""
        ...

    def miss(self) -> None:
        """Hear that a start failed."""
        ...


class Keeper:
    """One place. Whoever recycles holds `recycling`, so that a pool is never more than one process larger."""

    def __init__(self, team: Team, launch: Callable[[], Awaitable[Worker]], recycling: asyncio.Lock) -> None:
        self._team = team
        self._launch = launch
        self._recycling = recycling
        self._failures = 0  # starts that failed, and workers that died young: how long to wait before the next
        self._misses = 0  # starts that failed in a row
        self.failure: StartError | None = None  # why the last start failed, if it did

    @property
    def is_hopeless(self) -> bool:
        """Whether starting has failed so often in a row that nobody should wait for it."""
        if self.failure is None:
            return False
        return self._misses >= (_HOPELESS_DEATHS if self.failure.may_pass else _HOPELESS)

    @property
    def has_given_up(self) -> bool:
        """Whether a pool that is not ready yet need not wait for this place: what was said once counts then."""
        return self.failure is not None and (not self.failure.may_pass or self.is_hopeless)

    async def run(self) -> None:
        """Fill the place until cancelled."""
        current: Worker | None = None
        while True:
            try:
                fresh = await self._replace(current)
            except StartError as error:
                self.failure = error
                self._misses += 1
                await self._back_off()
                continue
            self.failure = None
            self._misses = 0
            self._team.take_in(fresh, current)
            current = fresh
            if not await self._outlives_its_start(fresh):
                await self._back_off()

    async def _replace(self, current: Worker | None) -> Worker:
        if current is None or not current.alive:
            return await self._launch()
        async with self._recycling:
            return await self._launch()

    async def _outlives_its_start(self, worker: Worker) -> bool:
        loop = asyncio.get_running_loop()
        born = loop.time()
        await worker.over
        if worker.served or loop.time() - born > _OLD_S:
            self._failures = 0
            return True
        return False

    async def _back_off(self) -> None:
        self._failures += 1
        if self.failure is not None:
            self._team.miss()
        await asyncio.sleep(min(_BACK_OFF_S * 2 ** (self._failures - 1), _LONGEST_BACK_OFF_S))


async def greet(worker: Worker, greeting: bytes, limit_s: float) -> None:
    """Send a new process its settings and wait until it is ready. Raises StartError when it is dead."""
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    ticket = Ticket("start", greeting, limit_s, future, is_portable=False)
    if not worker.hand(ticket):
        ticket.settle(InternalError("it has ended at once"))
    try:
        outcome = await future
    except asyncio.CancelledError:
        worker.kill()
        raise
    match outcome:
        case Reply():
            return
        case Failure():
            worker.kill()
            raise StartError(outcome.detail, outcome.code, outcome.log)
        case RenderTimeoutError():
            raise StartError(f"start() took longer than {limit_s:g} s")
        case _:
            status = await asyncio.shield(worker.gone)
            raise StartError(f"{describe(status)} before it was ready", may_pass=status < 0)
