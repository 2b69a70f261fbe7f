"""The progress of a job as events: the last one is told to whoever comes late, and goes out again as a heartbeat."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from imgcdn import errors
from imgcdn.apis.jobs.board import Board
from imgcdn.apis.snapotter.failures import code_of
from imgcdn.apis.snapotter.models import FileError, Frame, Phase, Result
from imgcdn.model.jobs import Job

ARCHIVE: Final = "smart-crop.zip"
_LOOK_EVERY_S: Final = 0.5
"""How often is looked for what other fronts wrote."""
_NOT_ONE: Final = "none of the pictures could be cropped"


def frame_of(job: Job) -> Frame:
    """Say how far a job has come."""
    return _batch(job) if job.is_batch else _single(job)


async def events(
    job: Job, find: Callable[[], Job | None], board: Board, heartbeat_s: float, *, is_plain: bool
) -> AsyncGenerator[bytes]:
    """Yield events until the job ends, is forgotten, or this front stops; `find` returns the job as it is written."""
    loop = asyncio.get_running_loop()
    told, told_at = "", 0.0
    with board.waiting(job.id) as news:
        while True:
            text = json.dumps(frame_of(board.over(job)).as_json(), ensure_ascii=False)
            if text != told or loop.time() - told_at >= heartbeat_s:
                told, told_at = text, loop.time()
                yield (f"data: {text}\n\n" if is_plain else f"event: progress\ndata: {text}\n\n").encode()
            if not job.is_open or board.is_closed:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), min(_LOOK_EVERY_S, heartbeat_s))
            news.clear()
            with suppress(errors.RecordsUnavailableError):
                found = find()
                if found is None:
                    return
                job = found


def _single(job: Job) -> Frame:
    item = job.items[0]
    result = None
    if job.state == "complete":
        result = Result(
            jobId=job.id,
            downloadUrl=_url(job, item.result_name),
            originalSize=item.source_bytes,
            processedSize=item.result_bytes,
        )
    error, code = (item.error, code_of(item.code)) if job.state == "failed" else _cancelled(job)
    return Frame(
        jobId=job.id,
        type="single",
        phase=_phase(job),
        percent=item.percent,
        stage=job.state if not job.is_open else item.stage,
        error=error,
        code=code,
        result=result,
    )


def _batch(job: Job) -> Frame:
    done = [item for item in job.items if item.state == "complete"]
    failed = [item for item in job.items if item.state == "failed"]
    result = None
    if job.state == "complete":
        result = Result(
            jobId=job.id,
            downloadUrl=_url(job, ARCHIVE),
            originalSize=sum(item.source_bytes for item in done),
            processedSize=sum(item.result_bytes for item in done),
        )
    error, code = (_NOT_ONE, "BATCH_FAILED") if job.state == "failed" else _cancelled(job)
    percents = [100 if item.state == "failed" else item.percent for item in job.items]
    return Frame(
        jobId=job.id,
        type="batch",
        phase=_phase(job),
        percent=100 if job.state == "complete" else sum(percents) // len(percents),
        stage=_stage(job),
        error=error,
        code=code,
        result=result,
        totalFiles=len(job.items),
        completedFiles=len(done),
        failedFiles=len(failed),
        errors=[FileError(filename=item.name, error=item.error) for item in failed],
    )


def _stage(job: Job) -> str:
    """Name what is being done with the first picture of a batch that is under way."""
    if not job.is_open:
        return job.state
    return next((item.stage for item in job.items if item.state == "running"), "queued")


def _phase(job: Job) -> Phase:
    if job.is_open:
        return "processing"
    return "complete" if job.state == "complete" else "failed"


def _cancelled(job: Job) -> tuple[str | None, str | None]:
    return ("the job was cancelled", "CANCELLED") if job.state == "cancelled" else (None, None)


def _url(job: Job, name: str) -> str:
    return f"/api/v1/download/{job.id}/{quote(name)}"
