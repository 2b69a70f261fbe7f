"""One thread per store for what writes, so that SQLite's locks and the disk never hold up the event loop."""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar, cast

import structlog

T = TypeVar("T")
_log = structlog.get_logger()


class Background:
    """Runs one piece of work after the other; after `close`, none at all.

    Not a ThreadPoolExecutor: its futures, made for any thread to wait on, cost as much as a small write.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    def later(self, work: Callable[[], object]) -> None:
        """Run the work when the thread is free; what it raises is logged."""
        self._take(work)

    async def run(self, work: Callable[[], T]) -> T | None:
        """Return the work's result, or None without doing it when closed."""
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if outcome.done():  # whoever waited was cancelled
                return
            if error is None:
                outcome.set_result(cast("T", result))
            else:
                outcome.set_exception(error)

        def do() -> None:
            result: T | None = None
            failure: BaseException | None = None
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                failure = error
            try:
                loop.call_soon_threadsafe(settle, result, failure)
            except RuntimeError:  # the loop was closed meanwhile
                return

        return await outcome if self._take(do) else None

    def close(self, last: Callable[[], object]) -> None:
        """Finish what waits, do `last` in the thread, and end it."""
        self._take(last)
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._work.put(None)
        if self._thread is not None:
            self._thread.join()

    def _take(self, work: Callable[[], object]) -> bool:
        with self._lock:
            if self._is_closed:
                return False
            if self._thread is None:
                # A daemon, as one that was never closed must not keep a program from ending.
                self._thread = threading.Thread(target=self._go_on, name=f"cache-{self._name}", daemon=True)
                self._thread.start()
            self._work.put(work)
        return True

    def _go_on(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - the next piece of work is another matter
                _log.error("cache_background_failed", store=self._name, exc_info=error)
            del work  # or what it holds would stay until there is more to do
