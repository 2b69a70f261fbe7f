"""The endpoint of AILabTools' image cropping, and its errors in the form that its clients read."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imgcdn import errors
from imgcdn.apis.ailab.models import Code, Data, Detail, Failure, Fields, Form, Place, Success
from imgcdn.apis.bodies import checked, media_type
from imgcdn.apis.croppers import Cropper
from imgcdn.apis.forms import read_files
from imgcdn.apis.gate import Gate
from imgcdn.apis.operation import Operation
from imgcdn.apis.outcomes import NEVER_KEPT, answered, every_method
from imgcdn.apis.results import ResultsApi
from imgcdn.model.geometry import Size
from imgcdn.model.media import Source
from imgcdn.pipeline.deciding import Decision
from imgcdn.planning.placing import place
from imgcdn.web.problems import request_id

_PATH: Final = "/api/image/editing/image-cropping"
_KEY: Final = "ailabapi-api-key"
_MOST_BYTES: Final = 3_500_000
_BELOW_SIDE: Final = 2000
_LIVES_S: Final = 86_400
_CHANNELS: Final = 3
_LOADERS: Final = frozenset({"jpegload", "pngload", "webpload"})
_FORMATS: Final = "JPEG, PNG, BMP or WEBP"
_FIELDS: Final = ("image", "width", "height")


class MissingFieldsError(errors.InvalidParameterError):
    """The form lacks fields."""


@dataclass(frozen=True, slots=True)
class AilabBacking:
    """What the API works with once the server runs."""

    cropper: Cropper
    results: ResultsApi
    gate: Gate


class AilabApi:
    """The endpoint."""

    def __init__(self) -> None:
        self._backing: AilabBacking | None = None

    def serve(self, backing: AilabBacking) -> None:
        """Take what is behind the endpoint, once it runs."""
        self._backing = backing

    @property
    def routes(self) -> list[Route]:
        return [every_method(_PATH, self.crop)]

    async def crop(self, request: Request) -> Response:
        """Crop an upload to exactly the size asked for."""
        return await answered(request, ("POST",), self._crop, _failed)

    async def _crop(self, request: Request) -> Response:
        behind = self._backing
        if behind is None:
            raise errors.DrainingError("the server is still starting")
        behind.gate.admit(request, request.headers.get(_KEY))
        source, size = await _read(request, behind.cropper)
        source = await _checked(source, behind.cropper)
        made = await behind.cropper.crop(source, size)
        url = await behind.results.keep(request, made.picture, made.decision.plan.output.format, _LIVES_S)
        identity = request_id(request.headers.get("x-request-id"))
        data = Data(url=url, retain_location=_place(made.decision))
        content = Success(request_id=identity, log_id=identity, data=data)
        return JSONResponse(content.model_dump(), 200, NEVER_KEPT)


async def _read(request: Request, cropper: Cropper) -> tuple[Source, Size]:
    """Read the form. Raises 400, 413 and 415 errors."""
    if media_type(request) != "multipart/form-data":
        raise errors.UnsupportedMediaTypeError("expected a multipart/form-data form", param="content-type")
    try:
        form = await read_files(
            request, cropper.temp_dir, most_files=1, most_file_bytes=_MOST_BYTES, most_bytes=_MOST_BYTES
        )
    except errors.UploadTooLargeError:
        raise errors.UploadTooLargeError(
            f"image is too large: expected at most {_MOST_BYTES} bytes", param="image"
        ) from None
    try:
        files = dict(form.files)
        missing = [name for name in _FIELDS if name not in files and name not in form.fields]
        if missing:
            raise MissingFieldsError(
                f"{', '.join(missing)} missing: expected image, width and height", param=missing[0]
            )
        unknown = [name for name in files if name != "image"]
        if unknown or "image" in form.fields:
            raise errors.InvalidParameterError("expected one file, in the part image", param="image")
        fields = checked(form.fields, Fields)
        if not files["image"].size:
            raise errors.InvalidParameterError("image is empty: expected a picture", param="image")
    except errors.ImgcdnError:
        form.discard()
        raise
    return await cropper.adopt(files["image"]), Size(fields.width, fields.height)


async def _checked(source: Source, cropper: Cropper) -> Source:
    """Return the source as it can be decoded here. Raises what says why it is not of a kind that AILabTools takes."""
    source = await cropper.readable(source)
    info = await cropper.probe(source)
    if info.loader not in _LOADERS:
        raise errors.UnsupportedSourceFormatError(f"image is of another format: expected {_FORMATS}", param="image")
    size = info.upright
    if max(size.width, size.height) >= _BELOW_SIDE:
        raise errors.InvalidParameterError(
            f"image has {size.width}x{size.height} px: expected less than {_BELOW_SIDE} px a side", param="image"
        )
    if info.bands != _CHANNELS:
        raise errors.InvalidParameterError(
            f"image has {info.bands} channels: expected the {_CHANNELS} of RGB, without transparency", param="image"
        )
    return source


def _place(decision: Decision) -> Place:
    found = place(decision.plan, decision.info.upright)
    return Place(width=found.width, height=found.height, x=found.left, y=found.top)


def _failed(request: Request, error: errors.ImgcdnError) -> Response:
    return told(error, request.headers.get("x-request-id"))


def told(error: errors.ImgcdnError, given_id: str | None) -> Response:
    """Answer with an error; `given_id` is the caller's X-Request-Id."""
    status, code = _kind(error)
    identity = request_id(given_id)
    detail = Detail(status_code=status, code=code, code_message=error.title, message=error.detail)
    content = Failure(
        request_id=identity, log_id=identity, error_code=status, error_msg=error.detail, error_detail=detail
    )
    return JSONResponse(content.model_dump(), status, NEVER_KEPT)


def _kind(error: errors.ImgcdnError) -> tuple[int, Code]:
    """Return the status and the code that AILabTools has for an error."""
    match error:
        case MissingFieldsError():
            return 400, "MISSING_PARAMETERS"
        case errors.MissingKeyError() | errors.KeyNotAllowedError() | errors.NotAllowedError():
            return 401, "ERROR_USER_NOT_EXISTS"
        case errors.UnsupportedMediaTypeError():
            return 400, "ERROR_PARAMETERS"
        case errors.MethodNotAllowedError():
            return 405, "ERROR_PARAMETERS"
        case errors.CorruptImageError():
            return 400, "PROCESSING_FAILURE"
        case errors.InvalidParameterError():
            return 400, "ERROR_PARAMETERS" if error.param == "body" else "ERROR_INVALID_PARAMETER"
        case _ if error.status == 429:
            return 429, "ERROR_NOT_ENOUGH_CREDITS"
        case _ if error.status >= 500:
            return error.status, "PROCESSING_FAILURE"
        case _:
            return 413 if error.status == 413 else 400, "ERROR_INVALID_PARAMETER"


OPERATIONS = (
    Operation(
        "POST",
        _PATH,
        "Crop a picture to exactly the size asked for",
        form=Form,
        files=("image",),
        responses={200: Success},
        errors=(400, 401, 413, 500, 503, 504),
        error=Failure,
    ),
)
