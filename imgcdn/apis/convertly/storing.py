"""Stored files: uploads that stay, are rendered at a mount of uploads, and take everything with them when they go."""

from pathlib import Path

from starlette.requests import Request

from imgcdn import errors
from imgcdn.apis.bodies import discard, shown
from imgcdn.apis.convertly.backing import Backing
from imgcdn.apis.convertly.models import StoredFile
from imgcdn.apis.forms import read_one
from imgcdn.dialects.mounts import Mounts
from imgcdn.model.kept import KeptFile
from imgcdn.model.media import Source
from imgcdn.planning.tagging import asset_tag


async def store(request: Request, behind: Backing, most_bytes: int, owner: str) -> KeptFile:
    """Stream the file of a form to the disk, and keep it if it is a picture; `owner` is the id of an API key.

    Raises 400, 413, 415, 422 and 503 errors.
    """
    upload = await read_one(request, _folder(behind), most_bytes)
    try:
        info = await behind.insight.probe(Source(upload.digest, upload.path, upload.size, None, None))
    except BaseException:
        discard(upload)
        raise
    return await behind.files.keep(
        upload.path,
        upload.digest,
        kind="upload",
        name=upload.name,
        media_type=f"image/{info.format}",
        size=info.upright,
        owner=owner,
    )


def find(behind: Backing, file_id: str) -> KeptFile:
    """Return a stored file. Raises SourceNotFoundError."""
    found = behind.files.find(file_id)
    if found is None or found.kind != "upload":
        raise errors.SourceNotFoundError(f"fileId={shown(file_id)} is not the id of a stored file", param="fileId")
    return found


async def delete(behind: Backing, file_id: str, mounts: Mounts) -> None:
    """Delete a stored file with everything that was made of it. Raises SourceNotFound- and RecordsUnavailableError."""
    find(behind, file_id)
    if not await behind.files.drop(file_id):
        raise errors.SourceNotFoundError(f"fileId={shown(file_id)} is not the id of a stored file", param="fileId")
    places = [f"{name}/{file_id}" for name in mounts.of_files]
    done = await behind.purge.sources(places)
    for place in places:
        done = done.plus(await behind.purge.prefix(f"{place}/"))  # what stood behind the id was only a name
    done = done.plus(await behind.purge.tag(asset_tag(file_id)))
    if done.problems:
        raise errors.RecordsUnavailableError(
            f"the file is deleted, but what was made of it may be left in the cache: {'; '.join(done.problems)}"
        )


def described(file: KeptFile) -> dict[str, object]:
    """Describe a stored file."""
    width, height = (0, 0) if file.size is None else (file.size.width, file.size.height)
    kind = file.media_type.partition("/")[2]
    return StoredFile(fileId=file.id, width=width, height=height, format=kind, bytes=file.bytes).model_dump()


def _folder(behind: Backing) -> Path:
    try:
        return behind.files.temp_dir
    except OSError as error:
        raise errors.RecordsUnavailableError(f"nothing can be stored now: {error.strerror}") from error
