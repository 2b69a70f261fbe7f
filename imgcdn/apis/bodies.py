"""Bodies of API requests: JSON checked against a model, and what is known of a file that came with a form."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from imgcdn import errors

M = TypeVar("M", bound=BaseModel)

_MOST_JSON = 1_000_000
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form: where it lies, under which name it was sent, its SHA-256 and size.

    The file belongs to whoever takes the record, to keep or to delete.
    """

    path: str
    name: str
    digest: str
    size: int


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request, model: type[M]) -> M:
    """Read a JSON object. Raises 400 errors that name the field, 413 and 415 errors."""
    if media_type(request) != "application/json":
        raise errors.UnsupportedMediaTypeError(
            f"content-type is {shown(media_type(request)) or 'missing'}: expected application/json",
            param="content-type",
        )
    body = b"".join([chunk async for chunk in limited(request, _MOST_JSON)])
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise errors.InvalidParameterError(f"the body is not JSON: {error}", param="body") from None
    if not isinstance(content, dict):
        raise errors.InvalidParameterError(f"the body is {shown(content)}: expected a JSON object", param="body")
    if not _is_text(body, content):
        raise errors.InvalidParameterError(
            "the body holds what is no text, such as half a surrogate pair: expected UTF-8", param="body"
        )
    return checked(content, model)


def _is_text(body: bytes, content: Any) -> bool:
    """Whether all strings can be written again: JSON may spell halves of surrogate pairs, which are no characters."""
    if body.isascii() and b"\\u" not in body:
        return True
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def checked(content: Any, model: type[M]) -> M:
    """Check what was read against a model. Raises a 400 error that names the first field that cannot be used."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        if first["type"] == "extra_forbidden":
            known = ", ".join(field.alias or name for name, field in model.model_fields.items())
            raise errors.UnknownParameterError(f"{where} is not known: expected {known}", param=where) from None
        said = first["msg"].removeprefix("Value error, ")
        given = "" if first["type"] == "missing" else f"={shown(first['input'])}"
        raise errors.InvalidParameterError(f"{where}{given} cannot be used: {said}", param=where) from None


def shown(value: object) -> str:
    """Repeat a value in an error, cut to a line."""
    try:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
    except RecursionError:
        text = "…"  # it could just be read, and is nested too deeply to be written
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def discard(upload: Upload) -> None:
    """Delete the file of an upload that nobody wants."""
    Path(upload.path).unlink(missing_ok=True)


async def limited(request: Request, most: int) -> AsyncGenerator[bytes]:
    """Pass the body on until it is too long, which its announced length may tell before a byte is read."""
    too_large = errors.UploadTooLargeError(f"the body is too long: expected at most {most} bytes", param="body")
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > most:
        raise too_large
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > most:
            raise too_large
        yield chunk
