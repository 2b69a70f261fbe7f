"""One producer per key: whoever asks meanwhile waits for the same value, and other processes wait for its lock.

The producer runs in a task of its own, so that a visitor who goes away never takes the work away from others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar, cast

from imgcdn import errors
from imgcdn.cache.locks import Locks

T = TypeVar("T")


class Flights:
    """Work under way, by key. For one event loop; with `locks`, other processes on the folder are waited for."""

    def __init__(self, locks: Locks | None = None) -> None:
        self._locks = locks
        # The dict is also what keeps the tasks alive: the loop itself holds only weak references.
        self._tasks: dict[Hashable, asyncio.Task[object]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    async def join(
        self, key: Hashable, produce: Callable[[], Awaitable[T]], again: Callable[[], T | None] | None = None
    ) -> tuple[T, bool]:
        """Return the value, and whether this call was a follower; raises what the producer raised.

        `again` looks up what another process may have produced since the caller looked: it is called when the lock
        is ours, and a value that it returns is taken instead of producing one. Without it no lock is asked for. The
        key's `repr` names the lock, so that a key is made of texts and numbers.

        Raises DrainingError when the producer was cancelled, which only shutting down does.
        """
        task = self._tasks.get(key)
        was_follower = task is not None and not task.done()
        if task is None or task.done():
            task = self._start(key, produce, again)
        await _landed(task)
        if task.cancelled():
            raise errors.DrainingError("The work on this picture was stopped because the server is shutting down.")
        # `result` sets the error's traceback anew for each waiter, so that it does not grow from one to the next.
        return cast("T", task.result()), was_follower

    def begin(
        self, key: Hashable, produce: Callable[[], Awaitable[T]], again: Callable[[], T | None] | None = None
    ) -> bool:
        """Start the work for a key without waiting for it, unless it is under way; say whether it was started."""
        task = self._tasks.get(key)
        if task is not None and not task.done():
            return False
        self._start(key, produce, again)
        return True

    async def idle(self) -> None:
        """Wait until nothing is under way, work that begins meanwhile included."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks.values()))

    def _start(
        self, key: Hashable, produce: Callable[[], Awaitable[object]], again: Callable[[], object | None] | None
    ) -> asyncio.Task[object]:
        task = asyncio.get_running_loop().create_task(self._run(key, produce, again))
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._land(key, done))
        return task

    def _land(self, key: Hashable, task: asyncio.Task[object]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
        if not task.cancelled():
            task.exception()  # seen, even when every waiter has gone away

    async def _run(
        self, key: Hashable, produce: Callable[[], Awaitable[object]], again: Callable[[], object | None] | None
    ) -> object:
        if self._locks is None or again is None:
            return await produce()
        async with self._locks.held(repr(key)):
            found = again()
            return await produce() if found is None else found


async def _landed(task: asyncio.Task[object]) -> None:
    """Wait until the task is done; it is left alone when this caller is cancelled.

    What `asyncio.wait` does with a set of tasks, at a third of the cost; `shield` would log what nobody waits for.
    """
    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake(_: asyncio.Task[object]) -> None:
        if not waiter.done():
            waiter.set_result(None)

    task.add_done_callback(wake)
    try:
        await waiter
    finally:
        task.remove_done_callback(wake)
