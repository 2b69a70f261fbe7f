"""Tasks on their way, and the bounded line they wait in while every worker is busy."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from imgcdn.errors import ImgcdnError, OverloadedError
from imgcdn.workers.messages import Failure, Reply

Outcome = Reply | Failure | ImgcdnError


@dataclass(slots=True, eq=False)
class Ticket:
    """One task on its way. Errors are values here too, because the caller may have left by then."""

    task: str
    request: bytes
    timeout_s: float
    outcome: asyncio.Future[Outcome]
    is_portable: bool = True  # any worker can take it
    was_tried: bool = False  # a worker was killed over it once
    patience: asyncio.TimerHandle | None = None

    def settle(self, outcome: Outcome) -> None:
        """Hand the outcome to whoever still waits for it."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class Line:
    """First come, first served; nobody waits longer than twice what the task itself may take."""

    def __init__(self, name: str, longest: int) -> None:
        self._name = name
        self._longest = longest
        self._tickets: deque[Ticket] = deque()
        self.rejected = 0

    def __len__(self) -> int:
        return len(self._tickets)

    @property
    def outcomes(self) -> list[asyncio.Future[Outcome]]:
        return [ticket.outcome for ticket in self._tickets]

    def join(self, ticket: Ticket) -> None:
        """Wait at the end. Raises OverloadedError when the line is as long as it may be."""
        if len(self._tickets) >= self._longest:
            raise self.reject(f"{len(self._tickets)} tasks wait already for the {self._name} workers")
        self._tickets.append(ticket)
        self._bound(ticket)

    def rejoin(self, ticket: Ticket) -> None:
        """Wait at the front again: it was its turn, but the worker was gone."""
        self._tickets.appendleft(ticket)
        self._bound(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Stop waiting, if it still does."""
        with suppress(ValueError):
            self._tickets.remove(ticket)
        _stop(ticket)

    def next(self) -> Ticket | None:
        """Take out the ticket whose turn it is."""
        while self._tickets:
            ticket = self._tickets.popleft()
            _stop(ticket)
            if not ticket.outcome.done():
                return ticket
        return None

    def dissolve(self, refuse: Callable[[], ImgcdnError]) -> None:
        """Send everybody away with an error each."""
        while (ticket := self.next()) is not None:
            ticket.settle(refuse())

    def reject(self, detail: str) -> OverloadedError:
        """Count and make the answer to a task that no worker will see."""
        self.rejected += 1
        return OverloadedError(detail)

    def _bound(self, ticket: Ticket) -> None:
        loop = asyncio.get_running_loop()
        ticket.patience = loop.call_later(2 * ticket.timeout_s, self._give_up, ticket)

    def _give_up(self, ticket: Ticket) -> None:
        self.leave(ticket)
        ticket.settle(self.reject(f"none of the {self._name} workers was free within {2 * ticket.timeout_s:g} s"))


def _stop(ticket: Ticket) -> None:
    if ticket.patience is not None:
        ticket.patience.cancel()
        ticket.patience = None
