"""Forms with many files, each written to the disk once, while it comes, and digested on the way."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from imgcdn import errors
from imgcdn.apis.bodies import Upload, discard, media_type, shown

_MOST_FIELDS: Final = 100
_MOST_TEXT: Final = 65_536
"""Bytes of all fields that are no files."""
_FORM_ROOM: Final = 1_000
"""Bytes that the headers of one part may take."""
_BLOCK: Final = 1 << 20
"""Bytes that are gathered before they are written."""


@dataclass(frozen=True, slots=True)
class Form:
    """What came: files by the name of their part, in their order, and the other fields. The files are the caller's."""

    files: tuple[tuple[str, Upload], ...]
    fields: dict[str, str]

    def discard(self) -> None:
        """Delete the files."""
        for _, upload in self.files:
            discard(upload)


@dataclass(slots=True)
class _Part:
    name: str = ""
    filename: str = ""
    path: str = ""
    file: BinaryIO | None = None
    block: bytearray = field(default_factory=bytearray)
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0
    has_ended: bool = False


async def read_files(request: Request, folder: Path, *, most_files: int, most_file_bytes: int, most_bytes: int) -> Form:
    """Stream a form to `folder`. Raises 400 and 413 errors as soon as there is a reason, and leaves no file then."""
    reading = _Reading(folder, most_files, most_file_bytes)
    room = most_bytes + _MOST_TEXT + most_files * _FORM_ROOM
    _refuse_announced(request, room)
    try:
        await reading.read(request, room)
        return reading.form()
    except BaseException:
        reading.discard()
        raise


async def read_one(request: Request, folder: Path, most_bytes: int, part: str = "file") -> Upload:
    """Stream a form of one file alone to `folder`. Raises 400, 413 and 415 errors, and leaves no file then."""
    if media_type(request) != "multipart/form-data":
        raise errors.UnsupportedMediaTypeError(
            f"content-type is {shown(media_type(request)) or 'missing'}: expected multipart/form-data",
            param="content-type",
        )
    form = await read_files(request, folder, most_files=1, most_file_bytes=most_bytes, most_bytes=most_bytes)
    try:
        return _only(form, part)
    except BaseException:
        form.discard()
        raise


def _only(form: Form, part: str) -> Upload:
    name = next(iter(form.fields), None) or next((name for name, _ in form.files if name != part), None)
    if name == part:
        raise errors.InvalidParameterError(f"{part} is text: expected a file with a name", param=part)
    if name is not None:
        raise errors.UnknownParameterError(f"{shown(name)} is not known: expected {part} alone", param=shown(name))
    if not form.files:
        raise errors.InvalidParameterError(f"{part} is missing: expected a file in a part of that name", param=part)
    upload = form.files[0][1]
    if not upload.size:
        raise errors.InvalidParameterError(f"{part} is empty: expected a picture", param=part)
    return upload


class _Reading:
    """One form as it comes: what the parser says in its callbacks, and where the bytes go."""

    def __init__(self, folder: Path, most_files: int, most_file_bytes: int) -> None:
        self._folder = folder
        self._most_files = most_files
        self._most_file_bytes = most_file_bytes
        self._files: list[_Part] = []
        self._fields: dict[str, str] = {}
        self._text_bytes = 0
        self._part = _Part()
        self._header: tuple[bytes, bytes] = (b"", b"")
        self._disposition = b""
        self._has_ended = False

    async def read(self, request: Request, most: int) -> None:
        parser = MultipartParser(_boundary(request), self._callbacks())  # pyright: ignore[reportArgumentType] - names of callbacks
        total = 0
        try:
            async for chunk in request.stream():
                total += len(chunk)
                if total > most:
                    raise errors.UploadTooLargeError(
                        f"the body is too long: expected at most {most} bytes", param="body"
                    )
                parser.write(chunk)
                await self._write()
        except FormParserError as error:
            raise errors.InvalidParameterError(f"the form cannot be read: {error}", param="body") from None
        except ClientDisconnect:
            self._has_ended = False  # nobody hears of it but the log
        if not self._has_ended:
            raise errors.InvalidParameterError("the form cannot be read: it breaks off", param="body")

    def form(self) -> Form:
        files = tuple((part.name, _upload(part)) for part in self._files)
        return Form(files, self._fields)

    def discard(self) -> None:
        for part in self._files:
            if part.file is not None:
                part.file.close()
                Path(part.path).unlink(missing_ok=True)

    async def _write(self) -> None:
        """Write what was gathered; parts that have ended are closed."""
        for part in self._files:
            if part.file is not None and not part.file.closed and (part.has_ended or len(part.block) >= _BLOCK):
                await asyncio.to_thread(_flush, part)

    def _callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._name_header,
            "on_header_value": self._value_header,
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_part_data": self._take,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._part = _Part()
        self._header, self._disposition = (b"", b""), b""

    def _name_header(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0] + data[start:end], self._header[1])

    def _value_header(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0], self._header[1] + data[start:end])

    def _end_header(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = value
        self._header = (b"", b"")

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        part = self._part
        if b"name" not in options:
            raise errors.InvalidParameterError("the form cannot be read: a part has no name", param="body")
        part.name = options[b"name"].decode("utf-8", "replace")
        if b"filename" not in options:
            if len(self._fields) >= _MOST_FIELDS:
                raise errors.InvalidParameterError(f"expected at most {_MOST_FIELDS} fields", param="body")
            if part.name in self._fields:
                raise errors.InvalidParameterError(
                    f"{shown(part.name)} is there twice: expected it once", param=part.name
                )
            return
        if len(self._files) >= self._most_files:
            raise errors.InvalidParameterError(f"too many files: expected at most {self._most_files}", param=part.name)
        part.filename = options[b"filename"].decode("utf-8", "replace")
        handle, part.path = tempfile.mkstemp(dir=self._folder, prefix="upload-")
        part.file = os.fdopen(handle, "wb", buffering=0)
        self._files.append(part)

    def _take(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        part.size += end - start
        if part.file is None:
            self._text_bytes += end - start
            if self._text_bytes > _MOST_TEXT:
                raise errors.UploadTooLargeError(
                    f"the fields are too long: expected at most {_MOST_TEXT} bytes", param=part.name
                )
        elif part.size > self._most_file_bytes:
            raise errors.UploadTooLargeError(
                f"{part.name} has at least {part.size} bytes: expected at most {self._most_file_bytes}", param=part.name
            )
        part.block += memoryview(data)[start:end]

    def _end(self) -> None:
        part = self._part
        part.has_ended = True
        if part.file is None:
            try:
                self._fields[part.name] = part.block.decode()
            except UnicodeDecodeError:
                raise errors.InvalidParameterError(
                    f"{shown(part.name)} is no text: expected UTF-8", param=part.name
                ) from None

    def _finish(self) -> None:
        self._has_ended = True


def _flush(part: _Part) -> None:
    assert part.file is not None  # noqa: S101 - only parts with files are flushed
    part.digest.update(part.block)
    part.file.write(part.block)
    part.block.clear()
    if part.has_ended:
        part.file.close()


def _upload(part: _Part) -> Upload:
    return Upload(part.path, part.filename, part.digest.hexdigest(), part.size)


def _boundary(request: Request) -> bytes:
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise errors.InvalidParameterError("the form cannot be read: its content-type has no boundary", param="body")
    return boundary


def _refuse_announced(request: Request, most: int) -> None:
    """Refuse by the announced length before a byte is read."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > most:
        raise _too_long(most)


def _too_long(most: int) -> errors.UploadTooLargeError:
    return errors.UploadTooLargeError(f"the body is too long: expected at most {most} bytes", param="body")
