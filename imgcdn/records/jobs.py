"""Jobs that outlive the process: taken on, claimed, finished and cancelled, each in one transaction.

A table of our own, because state, inputs and results must be committed together, in the one file that all fronts
share. An item belongs to the front that claimed it until its lease ends or its process does; only who holds the claim
can finish it, so that none is finished twice.
"""

import asyncio
import sqlite3
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from imgcdn import errors
from imgcdn.model.geometry import Size
from imgcdn.model.jobs import Claim, Fault, Given, Item, Job, Made, Stage
from imgcdn.model.kept import KeptFile
from imgcdn.records import jobrows
from imgcdn.records.database import Database
from imgcdn.records.files import Files
from imgcdn.records.fronts import Living

_MOST_BEGUN: Final = 20
"""How often work on an item is begun before it is given up: its front was killed each time."""
_GIVEN_UP = Fault("the work was begun again and again, and its server ended each time", "internal")
_HELD = "seq = ? AND state = 'running' AND claimed_by = ?"


class Jobs:
    """All jobs. Its methods are for the event loop; `clock` tells the Unix time in seconds."""

    def __init__(
        self, database: Database, files: Files, living: Living, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._files = files
        self._living = living
        self._clock = clock

    @property
    def temp_dir(self) -> Path:
        """A folder for files that are still being written, on the same file system; raises OSError."""
        return self._files.temp_dir

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
        """Take a job on: it and its pictures are on the disk when this returns.

        A client's own name for a job that there is already gives that one. Raises RecordsUnavailableError, and
        QueueFullError when `most_waiting` items wait.
        """
        now = float(self._clock())
        identity = str(uuid.uuid4())

        def add(connection: sqlite3.Connection, drafts: Sequence[KeptFile]) -> str:
            known = jobrows.named(connection, owner, client_id, now)
            if known is not None:
                return known
            jobrows.refuse_more(connection, len(drafts), most_waiting)
            jobrows.insert(connection, row)
            for given, kept in zip(pictures, drafts, strict=True):
                self._files.put(connection, kept, given.path)
                jobrows.insert_item(connection, identity, kept)
            return identity

        row = (identity, tool, is_batch, owner, client_id, settings, "queued", now, None, None, now + lives_s)
        with _left_over(pictures):
            drafts = [await asyncio.to_thread(self._draft, one, owner, lives_s) for one in pictures]
            taken = await self._database.write(lambda connection: add(connection, drafts))
        found = self.find(taken)
        if found is None:
            raise errors.RecordsUnavailableError("the job was taken on, but cannot be read now; asking again is safe")
        return found

    def find(self, identity: str, owner: str | None = None) -> Job | None:
        """Return the job of this id, or the one that this owner's client named so; None when its time is over."""
        found: list[Job] = []

        def find(connection: sqlite3.Connection) -> None:
            job = jobrows.find(connection, identity, owner, self._clock())
            if job is not None:
                found.append(job)

        if not self._database.look("read jobs", find):
            raise errors.RecordsUnavailableError("the jobs cannot be read now; asking again is safe")
        return found[0] if found else None

    def source(self, item: Item) -> KeptFile | None:
        """Return the picture of an item, None when its time is over."""
        return self._files.find(item.source)

    def result(self, item: Item) -> KeptFile | None:
        """Return what came of an item, None when there is nothing or its time is over."""
        return None if item.result is None else self._files.find(item.result)

    async def claim(self, most: int, lease_s: float) -> tuple[Claim, ...]:
        """Take up to `most` items for this front, oldest first: those that wait, and those whose front is gone.

        Raises RecordsUnavailableError.
        """
        is_waiting, holders = self._look_around()
        if holders:
            holders = await asyncio.to_thread(self._gone, holders)
        if not is_waiting and not holders:
            return ()
        await asyncio.to_thread(self._living.begin)
        now, name = float(self._clock()), self._living.name

        def claim(connection: sqlite3.Connection) -> list[Claim]:
            begun: list[Claim] = []
            for seq, attempts in jobrows.free(connection, now, holders, most):
                if attempts >= _MOST_BEGUN:
                    jobrows.end(connection, seq, _GIVEN_UP, now)
                else:
                    begun.append(jobrows.begin(connection, seq, name, now, lease_s))
            return begun

        return tuple(await self._database.write(claim))

    async def keep_on(self, told: Mapping[int, Stage | None], lease_s: float) -> None:
        """Renew the leases of items that this front works on, and note their per cent and stage where they changed."""
        name, until = self._living.name, float(self._clock()) + lease_s

        def keep_on(connection: sqlite3.Connection) -> None:
            connection.executemany(
                f"UPDATE job_items SET lease_until = ? WHERE {_HELD}",  # noqa: S608
                [(until, seq, name) for seq in told],
            )
            connection.executemany(
                f"UPDATE job_items SET percent = ?, stage = ? WHERE {_HELD}",  # noqa: S608
                [(stage[0], stage[1], seq, name) for seq, stage in told.items() if stage is not None],
            )

        await self._database.write(keep_on)

    def held(self) -> frozenset[int] | None:
        """Return which items this front still holds, None when that cannot be read now; for the event loop."""
        found: list[int] = []

        def look(connection: sqlite3.Connection) -> None:
            rows = connection.execute(
                "SELECT seq FROM job_items WHERE state = 'running' AND claimed_by = ?",
                (self._living.name,),
            )
            found.extend(seq for (seq,) in rows.fetchall())

        return frozenset(found) if self._database.look("read jobs", look) else None

    async def finish(self, claim: Claim, end: Made | Fault, lives_s: float) -> bool:
        """End an item with what came of it, and say whether this front still held it: if not, nothing is kept.

        The result and the state are committed together. Raises RecordsUnavailableError.
        """
        seq, name = claim.item.seq, self._living.name

        def finish(connection: sqlite3.Connection, draft: KeptFile | None) -> bool:
            held = connection.execute(f"SELECT 1 FROM job_items WHERE {_HELD}", (seq, name))  # noqa: S608
            if held.fetchone() is None:
                return False
            if draft is not None and isinstance(end, Made):
                self._files.put(connection, draft, end.path)
                jobrows.note_result(connection, seq, draft)
            fault = end if isinstance(end, Fault) else None
            jobrows.end(connection, seq, fault, float(self._clock()), lives_s)
            return True

        if isinstance(end, Fault):
            return await self._database.write(lambda connection: finish(connection, None))
        given = Given(end.path, end.digest, end.name, end.media_type, Size(end.width, end.height))
        with _left_over([given]):
            made = await asyncio.to_thread(self._draft, given, claim.owner, lives_s, is_result=True)
            return await self._database.write(lambda connection: finish(connection, made))

    async def release(self, seqs: Iterable[int], *, counts: bool) -> None:
        """Give items back that this front holds; with `counts` the attempt counts, for it went wrong."""
        values = [(0 if counts else 1, seq, self._living.name) for seq in seqs]

        def release(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "UPDATE job_items SET state = 'queued', stage = 'queued', percent = 0, claimed_by = NULL, "  # noqa: S608
                f"lease_until = NULL, attempts = attempts - ? WHERE {_HELD}",
                values,
            )

        await self._database.write(release)

    async def cancel(self, identity: str) -> Job | None:
        """End what is not done of a job, and return the job as it stands then; None when there is none."""
        now = float(self._clock())
        await self._database.write(lambda connection: jobrows.cancel(connection, identity, now))
        return self.find(identity)

    async def sweep(self) -> int:
        """Forget the jobs whose time is over, and return how many; their files go with the sweep of files."""
        now = float(self._clock())

        def sweep(connection: sqlite3.Connection) -> int:
            connection.execute("DELETE FROM job_items WHERE job IN (SELECT id FROM jobs WHERE expires_at <= ?)", (now,))
            return connection.execute("DELETE FROM jobs WHERE expires_at <= ?", (now,)).rowcount

        removed = await self._database.write(sweep)
        await asyncio.to_thread(self._living.sweep)
        return removed

    def _draft(self, given: Given, owner: str, lives_s: float, *, is_result: bool = False) -> KeptFile:
        return self._files.draft(
            given.path,
            given.digest,
            kind="result" if is_result else "input",
            name=given.name,
            media_type=given.media_type,
            size=given.size,
            owner=owner,
            lives_s=lives_s,
        )

    def _look_around(self) -> tuple[bool, tuple[str, ...]]:
        """Say whether there is something to claim, and name the other fronts that hold items; read without writing."""
        now, found = self._clock(), list[tuple[bool, tuple[str, ...]]]()
        is_read = self._database.look(
            "read jobs", lambda connection: found.append(jobrows.around(connection, now, self._living.name))
        )
        return found[0] if is_read else (False, ())

    def _gone(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return those that are known to have ended."""
        return tuple(name for name in names if self._living.is_dead(name))


@contextmanager
def _left_over(pictures: Sequence[Given]) -> Generator[None]:
    """Delete afterwards what was not taken in; a cancelled caller's may still be, and is left to the sweep."""
    try:
        yield
    except asyncio.CancelledError:
        raise
    except BaseException:
        _discard(pictures)
        raise
    _discard(pictures)


def _discard(pictures: Sequence[Given]) -> None:
    for one in pictures:
        with suppress(OSError):
            Path(one.path).unlink(missing_ok=True)
