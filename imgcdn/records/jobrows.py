"""The rows of jobs and their items: each function is a part of somebody's transaction."""

import sqlite3
from typing import Any, Final

from imgcdn import errors
from imgcdn.model.jobs import Claim, Fault, Item, Job
from imgcdn.model.kept import KeptFile

_JOB: Final = "id, tool, is_batch, owner, client_id, settings, state, made_at, started_at, finished_at, expires_at"
_ITEM: Final = (
    "seq, job, name, source, state, percent, stage, attempts, source_bytes, "
    "result, result_name, result_bytes, error, code"
)
_Row = tuple[Any, ...]


def named(connection: sqlite3.Connection, owner: str, client_id: str | None, now: float) -> str | None:
    """Return the id of the job that this owner's client named so, if its time is not over."""
    if client_id is None:
        return None
    row: _Row | None = connection.execute(
        "SELECT id FROM jobs WHERE owner = ? AND client_id = ? AND expires_at > ?", (owner, client_id, now)
    ).fetchone()
    return None if row is None else row[0]


def refuse_more(connection: sqlite3.Connection, more: int, most: int) -> None:
    """Raise QueueFullError when so many more items would be more than may wait."""
    waiting: int = connection.execute("SELECT count(*) FROM job_items WHERE state = 'queued'").fetchone()[0]
    if waiting + more > most:
        raise errors.QueueFullError(f"{waiting} pictures wait for jobs already: expected at most {most}")


def insert(connection: sqlite3.Connection, row: _Row) -> None:
    """Add a job. One whose time is over gives up the name that its client gave it."""
    owner, client_id = row[3], row[4]
    connection.execute("UPDATE jobs SET client_id = NULL WHERE owner = ? AND client_id = ?", (owner, client_id))
    connection.execute(f"INSERT INTO jobs ({_JOB}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608


def insert_item(connection: sqlite3.Connection, job: str, kept: KeptFile) -> None:
    """Add an item for a kept picture."""
    connection.execute(
        "INSERT INTO job_items (job, name, source, state, source_bytes) VALUES (?, ?, ?, 'queued', ?)",
        (job, kept.name, kept.id, kept.bytes),
    )


def note_result(connection: sqlite3.Connection, seq: int, kept: KeptFile) -> None:
    """Say what came of an item."""
    connection.execute(
        "UPDATE job_items SET result = ?, result_name = ?, result_bytes = ? WHERE seq = ?",
        (kept.id, kept.name, kept.bytes, seq),
    )


def find(connection: sqlite3.Connection, identity: str, owner: str | None, now: float) -> Job | None:
    """Return the job of this id, or the one that this owner's client named so, with its items."""
    if owner is not None:
        identity = named(connection, owner, identity, now) or identity
    sql = f"SELECT {_JOB} FROM jobs WHERE id = ? AND expires_at > ?"  # noqa: S608 - our own names
    row: _Row | None = connection.execute(sql, (identity, now)).fetchone()
    if row is None:
        return None
    rows = connection.execute(f"SELECT {_ITEM} FROM job_items WHERE job = ? ORDER BY seq", (row[0],)).fetchall()  # noqa: S608
    items = tuple(Item(*item) for item in rows)
    job_id, tool, is_batch, its_owner, client_id, settings, state, made_at, started_at, finished_at, expires_at = row
    return Job(
        job_id, tool, bool(is_batch), its_owner, client_id, settings, state,
        made_at, started_at, finished_at, expires_at, items,
    )  # fmt: skip


def around(connection: sqlite3.Connection, now: float, name: str) -> tuple[bool, tuple[str, ...]]:
    """Say whether anything waits or has an ended lease, and name the other fronts that hold items."""
    is_waiting = connection.execute("SELECT 1 FROM job_items WHERE state = 'queued' LIMIT 1").fetchone() is not None
    rows: list[tuple[str, float]] = connection.execute(
        "SELECT claimed_by, min(lease_until) FROM job_items WHERE state = 'running' GROUP BY claimed_by"
    ).fetchall()
    return is_waiting or any(until <= now for _, until in rows), tuple(holder for holder, _ in rows if holder != name)


def free(connection: sqlite3.Connection, now: float, gone: tuple[str, ...], most: int) -> list[tuple[int, int]]:
    """Return number and attempts of items that may be claimed: those whose front is gone first, as they are older."""
    running: list[tuple[int, int, float, str]] = connection.execute(
        "SELECT seq, attempts, lease_until, claimed_by FROM job_items WHERE state = 'running' ORDER BY seq"
    ).fetchall()
    left = [(seq, tried) for seq, tried, until, holder in running if until <= now or holder in gone][:most]
    waiting = connection.execute(
        "SELECT seq, attempts FROM job_items WHERE state = 'queued' ORDER BY seq LIMIT ?", (most - len(left),)
    )
    return [*left, *waiting.fetchall()]


def begin(connection: sqlite3.Connection, seq: int, name: str, now: float, lease_s: float) -> Claim:
    """Give an item to the front of this name."""
    connection.execute(
        "UPDATE job_items SET state = 'running', claimed_by = ?, lease_until = ?, percent = 0, stage = 'received', "
        "attempts = attempts + 1 WHERE seq = ?",
        (name, now + lease_s, seq),
    )
    item = Item(*connection.execute(f"SELECT {_ITEM} FROM job_items WHERE seq = ?", (seq,)).fetchone())  # noqa: S608
    connection.execute(
        "UPDATE jobs SET state = 'running', started_at = ? WHERE id = ? AND state = 'queued'", (now, item.job)
    )
    row = connection.execute("SELECT tool, settings, owner FROM jobs WHERE id = ?", (item.job,)).fetchone()
    return Claim(item, *row)


def end(
    connection: sqlite3.Connection, seq: int, fault: Fault | None, now: float, lives_s: float | None = None
) -> None:
    """End an item, and its job with the last one, which is kept for `lives_s` from now on."""
    state, error, code = ("complete", "", "") if fault is None else ("failed", fault.error, fault.code)
    connection.execute(
        "UPDATE job_items SET state = ?, stage = ?, percent = ?, error = ?, code = ?, claimed_by = NULL, "
        "lease_until = NULL WHERE seq = ?",
        (state, state, 100 if fault is None else 0, error, code, seq),
    )
    job: str = connection.execute("SELECT job FROM job_items WHERE seq = ?", (seq,)).fetchone()[0]
    states = {row[0] for row in connection.execute("SELECT DISTINCT state FROM job_items WHERE job = ?", (job,))}
    if states.isdisjoint({"queued", "running"}):
        connection.execute(
            "UPDATE jobs SET state = ?, finished_at = ?, expires_at = max(expires_at, ?) "
            "WHERE id = ? AND state IN ('queued', 'running')",
            ("complete" if "complete" in states else "failed", now, now + (lives_s or 0.0), job),
        )


def cancel(connection: sqlite3.Connection, identity: str, now: float) -> None:
    """End a job that is not done, and all of its items that are not."""
    ended = connection.execute(
        "UPDATE jobs SET state = 'cancelled', finished_at = ? WHERE id = ? AND state IN ('queued', 'running')",
        (now, identity),
    )
    if ended.rowcount:
        connection.execute(
            "UPDATE job_items SET state = 'cancelled', stage = 'cancelled', claimed_by = NULL, lease_until = NULL "
            "WHERE job = ? AND state IN ('queued', 'running')",
            (identity,),
        )
