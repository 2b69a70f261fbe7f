"""What this front knows of the work under way before it is written down, and who waits to hear of it."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from imgcdn.model.jobs import Job, Stage


class Board:
    """Stages of items by their number. For one event loop."""

    def __init__(self) -> None:
        self._stages: dict[int, Stage] = {}
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._everybody: set[asyncio.Event] = set()
        self.is_closed = False

    def put(self, job: str, seq: int, stage: Stage) -> None:
        """Say what is being done with an item."""
        self._stages[seq] = stage
        self.tell(job)

    def drop(self, job: str, seq: int) -> None:
        """Forget an item: what is written down is all there is to know."""
        self._stages.pop(seq, None)
        self.tell(job)

    def tell(self, job: str) -> None:
        """Wake those who wait for news of a job."""
        for event in self._waiting.get(job, ()):
            event.set()

    def over(self, job: Job) -> Job:
        """Return the job with what is known here laid over what was written down."""
        items = tuple(
            replace(item, percent=stage[0], stage=stage[1])
            if item.state == "running" and (stage := self._stages.get(item.seq)) is not None
            else item
            for item in job.items
        )
        return replace(job, items=items)

    def close(self) -> None:
        """Send everybody away: this front stops."""
        self.is_closed = True
        for event in self._everybody:
            event.set()

    @contextmanager
    def waiting(self, job: str) -> Generator[asyncio.Event]:
        """Give an event that is set when there is news of a job."""
        event = asyncio.Event()
        self._waiting.setdefault(job, set()).add(event)
        self._everybody.add(event)
        if self.is_closed:
            event.set()
        try:
            yield event
        finally:
            self._everybody.discard(event)
            others = self._waiting[job]
            others.discard(event)
            if not others:
                del self._waiting[job]
