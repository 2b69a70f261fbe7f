"""A set of worker processes that hangs, crashes and kills cannot take down: each has a socket of its own, no
lock is shared, and the front runs no thread for them.

pebble 5.2.3's ProcessPool was measured first. Its workers share one pipe and one mutex, so one SIGKILL of an
idle worker made the whole pool unusable ("Unexpected error within the Pool"); it cost the front about 240 µs
of CPU in three threads per task; and the front unpickled what came from processes that handle hostile files.
anyio.to_process cannot recycle a worker.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import structlog

from imgcdn.errors import DrainingError, OverloadedError, from_code
from imgcdn.workers.keeper import Keeper, StartError, greet
from imgcdn.workers.line import Line, Outcome, Ticket
from imgcdn.workers.messages import Failure, Reply, pack_request
from imgcdn.workers.settings import PoolSettings
from imgcdn.workers.worker import Worker, describe

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

_CLOSE_S = 10.0  # what killed processes may take to vanish before they are left to the kernel


@dataclass(frozen=True, slots=True)
class Stats:
    """A pool at one moment; the last four are counted from its start."""

    size: int
    ready: int
    busy: int
    waiting: int
    restarts: int
    recycles: int
    timeouts: int
    rejected: int


class Pool:
    """Runs the tasks of `task_module` in processes that were told `settings_json` when they started."""

    def __init__(
        self,
        name: str,
        task_module: str,
        settings_json: str,
        settings: PoolSettings,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._module = task_module
        self._greeting = pack_request(settings_json)
        self._settings = settings
        self._env = dict(env or {})
        self._size = settings.size
        self._processes: set[Worker] = set()  # all that have not been reaped
        self._ready: set[Worker] = set()
        self._idle: list[Worker] = []  # the last to come is the next to go: its caches are warm
        self._line = Line(name, settings.queue)
        recycling = asyncio.Lock()
        self._keepers = [Keeper(self, self._launch, recycling) for _ in range(self._size)]
        self._keeping: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()
        self._is_closing = False
        self._restarts = self._recycles = self._timeouts = 0

    @property
    def stats(self) -> Stats:
        return Stats(
            size=self._size,
            ready=len(self._ready),
            busy=sum(worker.ticket is not None for worker in self._ready),
            waiting=len(self._line),
            restarts=self._restarts,
            recycles=self._recycles,
            timeouts=self._timeouts,
            rejected=self._line.rejected,
        )

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that take tasks now."""
        return tuple(sorted(worker.pid for worker in self._ready))

    async def start(self) -> None:
        """Start every worker and wait for the first to be ready. Raises StartError when none can be."""
        self._keeping = [asyncio.create_task(keeper.run()) for keeper in self._keepers]
        try:
            await self._first_ready()
        except BaseException:
            await self.close(0)
            raise

    async def run(self, task: str, *args: object, timeout_s: float | None = None) -> Reply:
        """Run one task and return its reply. Raises what the task raised, or an ImgcdnError if it cannot end.

        `timeout_s` counts from when a worker takes it. A running task is not stopped when its caller leaves.
        """
        if self._is_closing:
            raise DrainingError("the server is shutting down")
        limit_s = self._settings.timeout_s if timeout_s is None else timeout_s
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        ticket = Ticket(task, pack_request((task, args)), limit_s, future)
        if not self._hand_out(ticket):
            if self._is_hopeless():
                raise self._hopeless()
            self._line.join(ticket)
        try:
            outcome = await future
        except asyncio.CancelledError:
            self._line.leave(ticket)
            raise
        if isinstance(outcome, Reply):
            return outcome
        if isinstance(outcome, Failure):
            if outcome.log:
                log.error("a worker's task failed", pool=self._name, task=task, traceback=outcome.log)
            raise from_code(outcome.code, outcome.detail, outcome.param)
        raise outcome

    async def close(self, grace_s: float) -> None:
        """Take no more tasks, give those running and waiting `grace_s` to end, then end every process."""
        self._is_closing = True
        tickets = [worker.ticket for worker in self._processes if worker.ticket and worker.ticket.is_portable]
        unfinished = [*self._line.outcomes, *(ticket.outcome for ticket in tickets)]
        if unfinished and grace_s > 0:
            await asyncio.wait(unfinished, timeout=grace_s)
        for keeping in self._keeping:
            keeping.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        self._line.dissolve(_unfinished)
        for worker in self._processes:
            if worker.ticket is None:
                worker.retire()
            else:
                worker.kill(_unfinished())
        if self._processes:
            await asyncio.wait([worker.gone for worker in self._processes], timeout=_CLOSE_S)

    # What workers tell

    def freed(self, worker: Worker) -> None:
        if worker not in self._ready:
            return
        if worker.served >= self._settings.max_tasks:
            worker.call_over()
        ticket = self._line.next()
        if ticket is None:
            self._idle.append(worker)
        elif not worker.hand(ticket):
            self._line.rejoin(ticket)

    def lost(self, worker: Worker, unread: Ticket | None) -> None:
        if worker in self._ready and not self._is_closing:
            self._restarts += 1
        self._dismiss(worker)
        if unread is not None and not self._hand_out(unread):
            self._line.rejoin(unread)

    def takes_over(self, ticket: Ticket) -> bool:
        if ticket.was_tried or ticket.outcome.done() or not ticket.is_portable:
            return False
        if self._is_closing or self._is_hopeless():
            return False
        ticket.was_tried = True  # once: what a second worker is killed over is to blame
        if not self._hand_out(ticket):
            self._line.rejoin(ticket)
        return True

    def timed_out(self, worker: Worker, ticket: Ticket) -> None:
        self._timeouts += 1
        log.warning(
            "a task took too long",
            pool=self._name,
            task=ticket.task,
            limit_s=ticket.timeout_s,
            pid=worker.pid,
        )

    def garbled(self, worker: Worker, reason: str) -> None:
        log.error("a worker's reply is malformed", pool=self._name, reason=reason, pid=worker.pid)

    # What keepers tell

    def take_in(self, fresh: Worker, old: Worker | None) -> None:
        if old is not None and old.alive:
            self._recycles += 1
            self._dismiss(old)
            old.retire()
        if fresh.alive:
            fresh.served = 0
            self._ready.add(fresh)
            self._news.set()
            self.freed(fresh)

    def miss(self) -> None:
        self._news.set()
        if self._is_hopeless():
            self._line.dissolve(self._hopeless)

    # Inside

    async def _first_ready(self) -> None:
        while not self._ready:
            await self._news.wait()
            self._news.clear()
            failures = [keeper.failure for keeper in self._keepers if keeper.failure and keeper.has_given_up]
            if len(failures) == self._size:
                raise failures[0]

    async def _launch(self) -> Worker:
        try:
            worker = Worker(self, self._module, self._env, self._settings.niceness)
        except (OSError, ValueError) as error:
            raise StartError(f"the {self._name} workers cannot be started: {error}") from error
        self._processes.add(worker)
        worker.gone.add_done_callback(partial(self._bury, worker))
        try:
            await greet(worker, self._greeting, self._settings.start_timeout_s)
        except StartError as error:
            log.error("a worker cannot be started", pool=self._name, reason=str(error), traceback=error.log)  # noqa: TRY400
            message = f"the {self._name} workers cannot be started: {error}"
            raise StartError(message, error.code, may_pass=error.may_pass) from None
        return worker

    def _hand_out(self, ticket: Ticket) -> bool:
        while self._idle:
            if self._idle.pop().hand(ticket):
                return True
        return False

    def _dismiss(self, worker: Worker) -> None:
        self._ready.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)

    def _bury(self, worker: Worker, gone: asyncio.Future[int]) -> None:
        self._processes.discard(worker)
        if gone.result() != 0 and not self._is_closing:
            log.warning("a worker process has ended", pool=self._name, pid=worker.pid, how=describe(gone.result()))

    def _is_hopeless(self) -> bool:
        return not self._ready and all(keeper.is_hopeless for keeper in self._keepers)

    def _hopeless(self) -> OverloadedError:
        return self._line.reject(f"no {self._name} worker can be started; the server's log says why")


def _unfinished() -> DrainingError:
    return DrainingError("the server shut down before this was done")
