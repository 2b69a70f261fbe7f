"""SnapOtter's endpoints: jobs are taken on, watched, cancelled and downloaded here; the executor does the work."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from imgcdn import errors
from imgcdn.apis.bodies import Upload, media_type, shown
from imgcdn.apis.forms import Form, read_files
from imgcdn.apis.gate import Gate
from imgcdn.apis.jobs.board import Board
from imgcdn.apis.jobs.executor import Executor
from imgcdn.apis.jobs.port import Queue
from imgcdn.apis.jobs.settings import JobSettings
from imgcdn.apis.outcomes import every_method
from imgcdn.apis.settings import ApiSettings
from imgcdn.apis.snapotter import archive, frames
from imgcdn.apis.snapotter.failures import NEVER_KEPT, RefusedError, answered, invalid, not_installed, refused
from imgcdn.apis.snapotter.models import Cancelled, Events, Settings, SmartCropForm, Taken
from imgcdn.model.geometry import Size
from imgcdn.model.jobs import Given, Job
from imgcdn.model.media import Source
from imgcdn.pipeline.uploaded import UploadedPictures

_log = structlog.get_logger("imgcdn.apis")
TOOL: Final = "smart-crop"
PREFIXES: Final = ("/api/v1/tools/smart-crop", "/api/v1/tools/image/smart-crop")
"""Where the tool is found, in SnapOtter 1 and since."""
_PROBED_AT_ONCE: Final = 4
"""Headers of uploads that are read at a time; more would fill the line in which visitors wait."""
_EVENT_HEADERS: Final = {"cache-control": "no-cache", "x-accel-buffering": "no", "x-content-type-options": "nosniff"}
_Endpoint = Callable[[Request], Awaitable[Response]]
_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Serving:
    """What the API works with once the server runs. `state` tells whether an engine is "absent"."""

    queue: Queue
    executor: Executor
    board: Board
    pictures: UploadedPictures
    state: Callable[[str], str]
    gate: Gate


class SnapOtterApi:
    """The endpoints; every error is answered in SnapOtter's form."""

    def __init__(self, settings: ApiSettings, jobs: JobSettings) -> None:
        self._settings = settings
        self._jobs = jobs
        self._serving: Serving | None = None
        self._probing = asyncio.Semaphore(_PROBED_AT_ONCE)

    def serve(self, serving: Serving) -> None:
        """Take what is behind the endpoints, once it runs."""
        self._serving = serving

    @property
    def routes(self) -> list[Route]:
        tools = [_route(prefix, POST=self.crop) for prefix in PREFIXES]
        batches = [_route(f"{prefix}/batch", POST=self.crop_all) for prefix in PREFIXES]
        return [
            *tools,
            *batches,
            _route("/api/v1/jobs/{job}/progress", GET=self.progress),
            _route("/api/v1/jobs/{job}", DELETE=self.cancel),
            _route("/api/v1/download/{job}/{file}", GET=self.download, HEAD=self.download),
        ]

    async def crop(self, request: Request) -> Response:
        """Take one picture on."""
        behind, owner = self._admit(request)
        form = await self._form(request, behind, most_files=1, most_bytes=self._settings.max_upload_bytes)
        with _refusing(form):
            settings, client_id = _wish(form, "file")
            _refuse_missing(settings, behind)
            ((_, upload),) = form.files
            size = await self._probed(behind, upload)
        return await self._taken(behind, settings, [_given(upload, size)], owner, client_id, is_batch=False)

    async def crop_all(self, request: Request) -> Response:
        """Take many pictures on as one job. One that cannot be read is told of among its errors."""
        behind, owner = self._admit(request)
        most = self._jobs.max_batch_files
        form = await self._form(request, behind, most_files=most, most_bytes=self._jobs.max_batch_bytes)
        with _refusing(form):
            settings, client_id = _wish(form, "files")
            _refuse_missing(settings, behind)
        given = [_given(upload, None) for _, upload in form.files]
        return await self._taken(behind, settings, given, owner, client_id, is_batch=True)

    async def progress(self, request: Request) -> Response:
        """Tell a job's progress as it comes."""
        behind, owner = self._admit(request)
        job = _found(request, behind, owner)
        query = _checked(dict(request.query_params), Events)
        told = frames.events(
            job,
            lambda: behind.queue.find(job.id),
            behind.board,
            self._jobs.heartbeat_s,
            is_plain=query.events == "plain",
        )
        return StreamingResponse(told, headers=_EVENT_HEADERS, media_type="text/event-stream")

    async def cancel(self, request: Request) -> Response:
        """Stop a job; once more is as good as once."""
        behind, owner = self._admit(request)
        job = await behind.queue.cancel(_found(request, behind, owner).id)
        if job is None:
            raise _unknown()
        if job.state != "cancelled":
            raise refused(409, "JOB_FINISHED", f"the job is {job.state} already: expected one that is under way")
        behind.executor.stop_job(job.id)
        return JSONResponse(Cancelled(jobId=job.id).model_dump(), 200, NEVER_KEPT)

    async def download(self, request: Request) -> Response:
        """Hand a result over, or all of a batch as a ZIP."""
        behind, owner = self._admit(request)
        job = _found(request, behind, owner)
        name = request.path_params["file"]
        kept = [(item, behind.queue.result(item)) for item in job.items if item.state == "complete"]
        files = [(item.result_name, file) for item, file in kept if file is not None]
        if job.state != "complete" or len(files) < len(kept):
            raise _unknown()
        headers = dict(NEVER_KEPT)
        if not job.is_batch and name == files[0][0]:
            file = files[0][1]
            return FileResponse(file.path, 200, headers, file.media_type, filename=name)
        if not job.is_batch or name != frames.ARCHIVE:
            raise _unknown()
        headers["content-disposition"] = f'attachment; filename="{name}"'
        names = archive.unique(name for name, _ in files)
        whole = archive.length([(name, file.bytes) for name, (_, file) in zip(names, files, strict=True)])
        if whole is not None:
            headers["content-length"] = str(whole)  # so that who gets less knows it
        if request.method == "HEAD":
            return Response(None, 200, headers, "application/zip")
        parts = archive.zipped([(name, file.path, file.made_at) for name, (_, file) in zip(names, files, strict=True)])
        return StreamingResponse(parts, 200, headers, "application/zip")

    def _admit(self, request: Request) -> tuple[Serving, str]:
        if self._serving is None:
            raise errors.DrainingError("the server is still starting")
        return self._serving, self._serving.gate.admit(request)

    async def _form(self, request: Request, behind: Serving, *, most_files: int, most_bytes: int) -> Form:
        if media_type(request) != "multipart/form-data":
            raise refused(400, "INVALID_REQUEST", "the request is not multipart: expected multipart/form-data")
        folder = await asyncio.to_thread(lambda: behind.queue.temp_dir)
        most = min(self._settings.max_upload_bytes, most_bytes)
        return await read_files(request, folder, most_files=most_files, most_file_bytes=most, most_bytes=most_bytes)

    async def _probed(self, behind: Serving, upload: Upload) -> Size:
        """Read the header of an upload, so that what is no picture is refused at once."""
        async with self._probing:
            source = Source(upload.digest, upload.path, upload.size, None, None)
            return (await behind.pictures.probe(source)).upright

    async def _taken(
        self,
        behind: Serving,
        settings: Settings,
        given: list[Given],
        owner: str,
        client_id: str | None,
        *,
        is_batch: bool,
    ) -> Response:
        job = await behind.queue.add(
            TOOL,
            settings.model_dump_json(),
            given,
            is_batch=is_batch,
            owner=owner,
            client_id=client_id,
            lives_s=self._jobs.keep_s,
            most_waiting=self._jobs.max_waiting,
        )
        behind.executor.wake()
        return JSONResponse(Taken(jobId=job.id).model_dump(by_alias=True), 202, NEVER_KEPT)


@contextmanager
def _refusing(form: Form) -> Generator[None]:
    """Delete the files of a form that is refused."""
    try:
        yield
    except BaseException:
        form.discard()
        raise


def _wish(form: Form, part: str) -> tuple[Settings, str | None]:
    """Return the settings of a form and its client's name for the job. Raises 400 errors."""
    if not form.files:
        raise refused(400, "NO_FILE", f"no file was sent: expected one in a part named {part}")
    for name, upload in form.files:
        if name != part:
            raise refused(400, "INVALID_REQUEST", f"{shown(name)} is no part that takes a file: expected {part}")
        if upload.size == 0:
            raise refused(400, "NO_FILE", f"the file {shown(upload.name)} is empty: expected a picture")
    fields = _checked(form.fields, SmartCropForm)
    try:
        written = json.loads(fields.settings or "{}")
    except (ValueError, RecursionError) as error:
        raise refused(400, "INVALID_SETTINGS", f"settings is not JSON: {error}") from None
    return _checked(written, Settings), fields.clientJobId or None


def _checked(content: Any, model: type[_M]) -> _M:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise invalid(error) from None


def _refuse_missing(settings: Settings, behind: Serving) -> None:
    if settings.mode == "face" and behind.state("face") == "absent":
        raise not_installed("face-detection", "face mode needs the face models, which are not installed on this server")


def _given(upload: Upload, size: Size | None) -> Given:
    return Given(upload.path, upload.digest, upload.name or "image", "application/octet-stream", size)


def _found(request: Request, behind: Serving, owner: str) -> Job:
    """Return the job that the path names, by its id or its client's name. One of somebody else is not there."""
    job = behind.queue.find(request.path_params["job"], owner)
    if job is None or job.tool != TOOL or job.owner not in {"", owner}:
        raise _unknown()
    return job


def _unknown() -> RefusedError:
    return refused(404, "NOT_FOUND", "there is no such job or file, or its time is over")


def _route(path: str, **endpoints: _Endpoint) -> Route:
    """Make a route of which every answer, errors too, has this API's form."""

    async def answer(request: Request) -> Response:
        endpoint = endpoints.get(request.method)
        try:
            if endpoint is None:
                raise errors.MethodNotAllowedError(f"{request.method} is not served here: expected {allowed}")
            return await endpoint(request)
        except (errors.ImgcdnError, RefusedError) as error:
            response = answered(error)
        except Exception:  # noqa: BLE001 - the last line of defence: logged, and answered in this API's form
            _log.exception("a request failed", path=path)
            response = answered(errors.InternalError("something unexpected happened; the log of the server says what"))
        if endpoint is None:
            response.headers["allow"] = allowed
        return response

    allowed = ", ".join(endpoints)
    return every_method(path, answer)
