"""The queue as its users see it. The one in the records is embedded; another one has these methods."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from imgcdn.model.jobs import Claim, Fault, Given, Item, Job, Made, Stage
from imgcdn.model.kept import KeptFile

Notice = Callable[[str, int], Awaitable[None]]
"""Told of each stage that begins, and of the per cent that are done by then; it may keep the work waiting."""
Tool = Callable[[Claim, KeptFile, Notice], Awaitable[Made]]
"""Does the work of one item. Raises the errors of `errors`."""


class Queue(Protocol):
    """Durable jobs that several fronts share: what was acknowledged survives the end of any process.

    Every method may raise RecordsUnavailableError.
    """

    @property
    def temp_dir(self) -> Path:
        """A folder for files that are still being written; raises OSError."""
        ...

    async def add(
        self,
        tool: str,
        settings: str,
        pictures: Sequence[Given],
        *,
        is_batch: bool,
        owner: str,
        client_id: str | None,
        lives_s: float,
        most_waiting: int,
    ) -> Job:
        """Take a job on, once for each name that an owner's client gives. Raises QueueFullError."""
        ...

    def find(self, identity: str, owner: str | None = None) -> Job | None:
        """Return the job of this id, or the one that this owner's client named so; None when its time is over."""
        ...

    def source(self, item: Item) -> KeptFile | None: ...
    def result(self, item: Item) -> KeptFile | None: ...

    async def claim(self, most: int, lease_s: float) -> tuple[Claim, ...]:
        """Take up to `most` items for this process, oldest first."""
        ...

    async def keep_on(self, told: Mapping[int, Stage | None], lease_s: float) -> None:
        """Renew the leases of items that this process works on, and note how far they are where that changed."""
        ...

    def held(self) -> frozenset[int] | None:
        """Return which items this process still holds, None when that cannot be told now."""
        ...

    async def finish(self, claim: Claim, end: Made | Fault, lives_s: float) -> bool:
        """End an item with its result, all at once; False when it was held no more, and nothing is kept."""
        ...

    async def release(self, seqs: Iterable[int], *, counts: bool) -> None:
        """Give items back; with `counts` the attempt counts."""
        ...

    async def cancel(self, identity: str) -> Job | None:
        """End what is not done of a job, and return it as it stands then."""
        ...

    async def sweep(self) -> int:
        """Forget what is over its time."""
        ...
