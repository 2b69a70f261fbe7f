"""Convertly's endpoints. Errors are raised for the site to answer in this family's form."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imgcdn import errors
from imgcdn.apis.addresses import Addresses
from imgcdn.apis.bodies import read_json
from imgcdn.apis.convertly import storing, transforms
from imgcdn.apis.convertly.backing import Backing
from imgcdn.apis.convertly.models import (
    Failed,
    FileGone,
    NewPreset,
    PresetChange,
    PurgeAnswer,
    PurgeRequest,
    Signed,
    SignRequest,
    StoredFile,
)
from imgcdn.apis.keeping import purge_pictures
from imgcdn.apis.operation import Operation
from imgcdn.apis.places import own_hosts, whole
from imgcdn.apis.presets import PresetGone, PresetList, PresetRecord
from imgcdn.apis.settings import ApiSettings
from imgcdn.cache.purge import Purged
from imgcdn.dialects.mounts import Mounts

_NEVER_KEPT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class ConvertlyApi:
    """The endpoints under /api, but for /api/images/analyze, which is the native one."""

    def __init__(self, mounts: Mounts, settings: ApiSettings, addresses: Addresses) -> None:
        self._mounts = mounts
        self._settings = settings
        self._addresses = addresses
        self._backing: Backing | None = None

    def serve(self, backing: Backing) -> None:
        """Take what is behind the endpoints, once it runs."""
        self._backing = backing

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/api/files", self.upload, methods=["POST"]),
            Route("/api/files/{id}", self.file, methods=["GET", "DELETE"]),
            Route("/api/cdn-presets", self.presets, methods=["GET", "POST"]),
            Route("/api/cdn-presets/{id}", self.preset, methods=["PATCH", "DELETE"]),
            Route("/api/cdn-purge", self.purge, methods=["POST"]),
            Route("/api/media/signed-transform", self.sign, methods=["POST"]),
        ]

    async def upload(self, request: Request) -> Response:
        """Store a picture."""
        behind = self._admit(request)
        if self._mounts.files is None:
            raise errors.NotAllowedError('no mount serves uploads: expected one with origin = "files" in the settings')
        owner = behind.gate.admit(request)
        kept = await storing.store(request, behind, self._settings.max_upload_bytes, owner)
        return _json(storing.described(kept))

    async def file(self, request: Request) -> Response:
        """Describe or delete a stored file."""
        behind = self._admit(request)
        file_id: str = request.path_params["id"]
        if request.method == "DELETE":
            await storing.delete(behind, file_id, self._mounts)
            return _json({"ok": True, "fileId": file_id})
        return _json(storing.described(storing.find(behind, file_id)))

    async def presets(self, request: Request) -> Response:
        """List presets, or make one."""
        book = self._admit(request).presets
        if request.method == "POST":
            body = await read_json(request, NewPreset)
            return _json(await book.add(body.name, body.written() or ""))
        return _json({"presets": book.all()})

    async def preset(self, request: Request) -> Response:
        """Change or delete a preset."""
        book = self._admit(request).presets
        preset_id: str = request.path_params["id"]
        if request.method == "DELETE":
            return _json({"ok": True, "name": await book.drop(preset_id)})
        body = await read_json(request, PresetChange)
        return _json(await book.change(preset_id, body.name, body.written()))

    async def purge(self, request: Request) -> Response:
        """Have caches forget URLs and tags."""
        behind = self._admit(request)
        body = await read_json(request, PurgeRequest)
        urls, tags = list(dict.fromkeys(body.urls or ())), list(dict.fromkeys(body.tags or ()))
        host = request.headers.get("host", "")
        pictures = [self._addresses.asks(url, "urls", host) for url in urls]
        done = Purged()
        for tag in tags:
            done = done.plus(await behind.purge.tag(tag))
        if pictures:
            done = done.plus(await purge_pictures(behind.pipeline, behind.purge, pictures))
        if done.problems:
            raise errors.RecordsUnavailableError(f"something may be left in the cache: {'; '.join(done.problems)}")
        return _json({"ok": True, "purged": urls, "purgedTags": tags})

    async def sign(self, request: Request) -> Response:
        """Return a URL that holds for a time."""
        behind = self._admit(request)
        body = await read_json(request, SignRequest)
        url, ends = transforms.sign(body, behind, self._mounts, own_hosts(request, self._settings))
        return _json({"url": whole(url, request, self._settings), "expiresAt": ends})

    def _admit(self, request: Request) -> Backing:
        if self._backing is None:
            raise errors.DrainingError("the server is still starting")
        self._backing.gate.admit(request)
        return self._backing


_READING = (401, 403, 500, 503)
_WRITING = (400, *_READING, 413, 415)
_FILE, _PRESET = {"id": "the file's id"}, {"id": "the preset's id"}
OPERATIONS = (
    Operation(
        "POST",
        "/api/files",
        "Store a picture",
        files=("file",),
        responses={200: StoredFile},
        errors=(*_WRITING, 422),
        error=Failed,
    ),
    Operation(
        "GET",
        "/api/files/{id}",
        "Describe a stored file",
        path_parameters=_FILE,
        responses={200: StoredFile},
        errors=(*_READING, 404),
        error=Failed,
    ),
    Operation(
        "DELETE",
        "/api/files/{id}",
        "Delete a stored file with all that was made of it",
        path_parameters=_FILE,
        responses={200: FileGone},
        errors=(*_READING, 404),
        error=Failed,
    ),
    Operation(
        "GET", "/api/cdn-presets", "List every preset", responses={200: PresetList}, errors=_READING, error=Failed
    ),
    Operation(
        "POST",
        "/api/cdn-presets",
        "Make a preset",
        request=NewPreset,
        responses={200: PresetRecord},
        errors=(*_WRITING, 409),
        error=Failed,
    ),
    Operation(
        "PATCH",
        "/api/cdn-presets/{id}",
        "Change a preset",
        path_parameters=_PRESET,
        request=PresetChange,
        responses={200: PresetRecord},
        errors=(*_WRITING, 404, 409),
        error=Failed,
    ),
    Operation(
        "DELETE",
        "/api/cdn-presets/{id}",
        "Delete a preset",
        path_parameters=_PRESET,
        responses={200: PresetGone},
        errors=(*_READING, 404, 409),
        error=Failed,
    ),
    Operation(
        "POST",
        "/api/cdn-purge",
        "Have caches forget URLs and tags",
        request=PurgeRequest,
        responses={200: PurgeAnswer},
        errors=(*_WRITING, 404),
        error=Failed,
    ),
    Operation(
        "POST",
        "/api/media/signed-transform",
        "Sign a URL that holds for a time",
        request=SignRequest,
        responses={200: Signed},
        errors=(*_WRITING, 404),
        error=Failed,
    ),
)


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, 200, _NEVER_KEPT)
