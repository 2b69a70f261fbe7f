"""One thread per store for what writes, so that SQLite's locks and the disk never hold up the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import structlog

T = TypeVar("T")
_log = structlog.get_logger()


class Background:
    """Runs one piece of work after the other; after `close`, none at all."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"cache-{name}")

    def later(self, work: Callable[[], object]) -> None:
        """Run the work when the thread is free; what it raises is logged."""
        try:
            self._thread.submit(work).add_done_callback(self._report)
        except RuntimeError:  # closed
            return

    async def run(self, work: Callable[[], T]) -> T | None:
        """Return the work's result, or None without doing it when closed."""
        try:
            future = self._thread.submit(work)
        except RuntimeError:
            return None
        return await asyncio.wrap_future(future)

    def close(self, last: Callable[[], object]) -> None:
        """Finish what waits, do `last` in the thread, and end it."""
        self.later(last)
        self._thread.shutdown(wait=True)

    def _report(self, future: "Future[object]") -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            _log.error("cache_background_failed", store=self._name, exc_info=error)
