"""Takes items of jobs up and has them worked on, as many at once as leaves workers for visitors.

Every front runs one. What it holds is its own until its lease ends; a front that is killed loses all of it to others,
or to itself after its restart.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from imgcdn import errors
from imgcdn.apis.jobs.board import Board
from imgcdn.apis.jobs.port import Queue, Tool
from imgcdn.apis.jobs.settings import JobSettings
from imgcdn.model.jobs import Claim, Fault, Made, Stage

_log = structlog.get_logger("imgcdn.jobs")

_LOOK_EVERY_S = 1.0
"""How often a front looks for items that others took on, or lost."""
_BEAT_S = 0.25
"""How often stages are written down, and looked for what was cancelled elsewhere."""
_REST_S = 0.5
"""The pause after something that will pass: a full queue of workers, records that cannot be written."""
_MOST_CRASHES = 3
"""How often an item may take its worker down before it is given up."""
_PATIENCE_S = 1.0
"""How long one stage gives way to visitors; then it takes its turn among them."""
_GLANCE_S = 0.02
_CLAIM_S = 2.0
"""How long a claim that is under way is waited for at the end."""
_CROWD_PER_S = 200
"""Pictures a second from which the processor is wanted by visitors, also those whom no worker serves."""
_REST_SHARE = 2.0
"""How long an item rests in a crowd after each stage, in multiples of what that took."""
_PASSING = (errors.OverloadedError, errors.DrainingError, errors.RecordsUnavailableError)
_CRASHES = (errors.InternalError, errors.RenderTimeoutError)


@dataclass(slots=True)
class _Running:
    claim: Claim
    task: asyncio.Task[None]
    is_ending: bool = False
    """It is being written down, so that it is too late to stop it."""


class Executor:
    """Works on the queue. Start and stop it in one event loop.

    `is_busy` says whether visitors wait for workers, `served` how many pictures they were given so far.
    """

    def __init__(
        self,
        queue: Queue,
        tools: Mapping[str, Tool],
        settings: JobSettings,
        board: Board,
        *,
        room: int,
        is_busy: Callable[[], bool],
        served: Callable[[], int] = lambda: 0,
    ) -> None:
        self._queue = queue
        self._tools = tools
        self._settings = settings
        self._board = board
        self._room = room
        self._is_busy = is_busy
        self._served = served
        self._is_crowded = False
        self._running: dict[int, _Running] = {}
        self._told: dict[int, Stage] = {}
        self._news = asyncio.Event()
        self._is_stopping = False
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to take items up."""
        self._loops = [asyncio.create_task(self._take_up()), asyncio.create_task(self._beat())]

    def wake(self) -> None:
        """Look at once: there is something new to do."""
        self._news.set()

    def drain(self) -> None:
        """Take nothing up any more, and send those away who watch."""
        self._is_stopping = True
        self._news.set()
        self._board.close()

    async def stop(self, grace_s: float) -> None:
        """Give what is under way `grace_s` to end, and the rest back to the queue."""
        self.drain()
        if self._loops:
            await asyncio.wait(self._loops[:1], timeout=_CLAIM_S)  # what it is about to claim must be given back, too
        tasks = [running.task for running in self._running.values()]
        if tasks and grace_s > 0:
            await asyncio.wait(tasks, timeout=grace_s)
        left = list(self._running)
        for task in (*tasks, *self._loops):
            task.cancel()
        await asyncio.gather(*tasks, *self._loops, return_exceptions=True)
        with suppress(*_PASSING):
            await self._queue.release(left, counts=False)

    def stop_job(self, job: str) -> None:
        """Stop what is under way for a job that was cancelled."""
        for running in self._running.values():
            if running.claim.item.job == job and not running.is_ending:
                running.task.cancel()
        self._board.tell(job)

    async def _take_up(self) -> None:
        while not self._is_stopping:
            self._news.clear()
            free = self._room - len(self._running)
            claims = await self._claimed(free) if free > 0 else ()
            for claim in claims:
                if claim.item.seq in self._running:
                    continue  # its lease ended, for this process stood still, and nobody else took it
                task = asyncio.create_task(self._work(claim))
                self._running[claim.item.seq] = _Running(claim, task)
            if not claims:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), _LOOK_EVERY_S)

    async def _claimed(self, most: int) -> tuple[Claim, ...]:
        try:
            return await self._queue.claim(most, self._settings.lease_s)
        except Exception as error:  # noqa: BLE001 - the executor goes on, whatever the queue says
            if not isinstance(error, _PASSING):
                _log.exception("no job could be taken up")
            await asyncio.sleep(_REST_S)
            return ()

    async def _beat(self) -> None:
        """Write stages down, renew leases, and stop what somebody else cancelled or took."""
        loop = asyncio.get_running_loop()
        renewed_at = seen_at = loop.time()
        seen = self._served()
        while True:
            await asyncio.sleep(_BEAT_S)
            served, now = self._served(), loop.time()
            self._is_crowded = served - seen > _CROWD_PER_S * (now - seen_at)
            seen, seen_at = served, now
            if not self._running:
                self._told.clear()
                renewed_at = loop.time()
                continue
            held = self._queue.held()
            for seq, running in self._running.items():
                if held is not None and seq not in held and not running.is_ending:
                    running.task.cancel()
            if self._told or loop.time() - renewed_at > self._settings.lease_s / 3:
                told, self._told = {seq: self._told.get(seq) for seq in self._running}, {}
                with suppress(*_PASSING):
                    await self._queue.keep_on(told, self._settings.lease_s)
                    renewed_at = loop.time()

    async def _work(self, claim: Claim) -> None:
        seq, job = claim.item.seq, claim.item.job
        try:
            await self._try(claim)
        except asyncio.CancelledError:
            pass  # its job was cancelled, or this front stops: then `stop` gives it back
        except _PASSING:
            await asyncio.sleep(_REST_S)
            await self._give_back(seq, counts=False)
        except Exception:  # noqa: BLE001 - one item must not end the executor
            _log.exception("a job's item could not be ended", job=job)
            await asyncio.sleep(_REST_S)
            await self._give_back(seq, counts=True)
        finally:
            self._running.pop(seq, None)
            self._told.pop(seq, None)
            self._board.drop(job, seq)
            self._news.set()

    async def _try(self, claim: Claim) -> None:
        """Work on an item, and end it with what came of it."""
        seq = claim.item.seq
        end: Made | Fault
        try:
            end = await self._made(claim)
        except _PASSING:
            raise
        except errors.ImgcdnError as error:
            if isinstance(error, _CRASHES) and claim.item.attempts < _MOST_CRASHES:
                _log.warning("a job's item took its worker down", job=claim.item.job, why=error.detail)
                await self._give_back(seq, counts=True)
                return
            end = Fault(error.detail, error.code)
        except Exception:  # noqa: BLE001 - whatever it is, the client must hear of it
            _log.exception("a job's item failed", job=claim.item.job)
            end = Fault("something unexpected happened; the log of the server says what", "internal")
        running = self._running.get(seq)
        if running is not None:
            running.is_ending = True
        await self._queue.finish(claim, end, self._settings.keep_s)

    async def _made(self, claim: Claim) -> Made:
        source = self._queue.source(claim.item)
        if source is None:
            raise errors.SourceGoneError("the picture is not kept any more")
        tool = self._tools.get(claim.tool)
        if tool is None:
            raise errors.FeatureNotInstalledError(f"this server has no tool {claim.tool}")

        loop = asyncio.get_running_loop()
        begun_at = loop.time()

        async def notice(stage: str, percent: int) -> None:
            nonlocal begun_at
            self._told[claim.item.seq] = (percent, stage)
            self._board.put(claim.item.job, claim.item.seq, (percent, stage))
            await self._give_way(loop.time() - begun_at)
            begun_at = loop.time()

        return await tool(claim, source, notice)

    async def _give_way(self, took_s: float) -> None:
        """Let visitors go first, for a time; `took_s` is what the stage before took."""
        if self._is_crowded:
            await asyncio.sleep(min(_PATIENCE_S, took_s * _REST_SHARE))
        loop = asyncio.get_running_loop()
        until = loop.time() + _PATIENCE_S
        while self._is_busy() and loop.time() < until:  # noqa: ASYNC110 - pools tell nobody when they have room
            await asyncio.sleep(_GLANCE_S)

    async def _give_back(self, seq: int, *, counts: bool) -> None:
        with suppress(*_PASSING):  # then its lease ends
            await self._queue.release([seq], counts=counts)
