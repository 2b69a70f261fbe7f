"""One SQLite file that several servers share: written in a thread, read on the event loop, never deleted.

A folder that cannot be used, a full disk or a damaged file is reported by `health` and refuses writes; it is tried
again every few seconds, and a damaged file is left for people to mend.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from imgcdn import errors
from imgcdn.records.health import Health
from imgcdn.records.reader import Reader
from imgcdn.records.settings import DataSettings
from imgcdn.records.writer import Writer

T = TypeVar("T")

FILE_NAME: Final = "records.sqlite3"


class Database:
    """The records' file. Opening blocks and never raises; call it in each process on its own, after any fork."""

    def __init__(self, settings: DataSettings) -> None:
        path = settings.dir / FILE_NAME
        self._health = Health()
        self._writer = Writer(path, settings.lock_timeout_s, self._health)
        self._reader = Reader(path, self._health)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="records")
        self._followers: list[Callable[[], object]] = []
        self._is_closed = False
        self._is_mending = False
        self._thread.submit(self._writer.ready).result()

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run the work as one transaction, on the disk when this returns; raises RecordsUnavailableError.

        What a cancelled caller wanted is done wholly or not at all.
        """
        if self._is_closed:
            raise errors.DrainingError("the server is shutting down")
        result = await asyncio.wrap_future(self._thread.submit(self._writer.do, work))
        self._reader.hurry()
        return result

    def look(self, doing: str, work: Callable[[sqlite3.Connection], None]) -> bool:
        """Run the work over the connection that never waits, and say whether it could be done; for the event loop."""
        if self._is_closed:
            return False
        self._mend()
        return self._reader.look(doing, work)

    def follow(self, look: Callable[[], object]) -> None:
        """Have `look` called whenever somebody asks how things are, so that the answer is not an old one."""
        self._followers.append(look)

    def health(self) -> dict[str, str]:
        """Return what is wrong; empty when all is well. Costs microseconds, for the event loop."""
        self._mend()
        for look in self._followers:
            look()
        why = self._health.why
        return {"records": why} if why else {}

    def close(self) -> None:
        """Finish what is being written and close the database. Blocks."""
        if self._is_closed:
            return
        self._is_closed = True
        self._thread.submit(self._writer.close)
        self._thread.shutdown(wait=True)
        self._reader.close()

    def _mend(self) -> None:
        """Have the thread try again for what could not be opened or written, when it is time."""
        if self._writer.is_due and not self._is_mending and not self._is_closed:
            self._is_mending = True
            self._thread.submit(self._try_again)

    def _try_again(self) -> None:
        try:
            if self._writer.ready() is not None:
                self._reader.hurry()
        finally:
            self._is_mending = False
