"""The endpoint of Aidge's image cropping, and its errors in the form that its clients read."""

import asyncio
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imgcdn import errors
from imgcdn.apis.aidge import reading
from imgcdn.apis.aidge.models import Crop, Data, Failure, Success
from imgcdn.apis.aidge.moderation import (
    ContentRefusedError,
    Moderation,
    ModerationFailedError,
    ModerationTimeoutError,
)
from imgcdn.apis.croppers import Cropper
from imgcdn.apis.gate import Gate
from imgcdn.apis.operation import Operation
from imgcdn.apis.outcomes import NEVER_KEPT, answered, every_method
from imgcdn.apis.results import ResultsApi
from imgcdn.dialects.mounts import Mounts
from imgcdn.model.geometry import Size
from imgcdn.model.media import Source
from imgcdn.model.spec import SourceRef
from imgcdn.pipeline.insight import Insight
from imgcdn.web.problems import request_id

_PATH: Final = "/ai/image/cropping"
_LEAST_SIDE, _MOST_SIDE = 100, 5000
"""Sides of a source in px."""
_SYSTEM_ERROR, _RATE_LIMIT, _INVALID, _MODEL_FAILED = 500, 501, 700, 801
_MODELS = (errors.RenderTimeoutError, errors.LookFailedError, errors.FeatureNotInstalledError)
_MODERATED = (ContentRefusedError, ModerationFailedError, ModerationTimeoutError)
_MEDIA = {
    "jpegload": "image/jpeg",
    "pngload": "image/png",
    "webpload": "image/webp",
    "gifload": "image/gif",
    "heifload": "image/avif",
    "tiffload": "image/tiff",
}


@dataclass(frozen=True, slots=True)
class AidgeBacking:
    """What the API works with once the server runs."""

    cropper: Cropper
    insight: Insight
    results: ResultsApi
    gate: Gate
    moderation: Moderation


class AidgeApi:
    """The endpoint. Its pictures live for `lives_s` seconds."""

    def __init__(self, mounts: Mounts, lives_s: int) -> None:
        self._mounts = mounts
        self._lives_s = lives_s
        self._backing: AidgeBacking | None = None

    def serve(self, backing: AidgeBacking) -> None:
        """Take what is behind the endpoint, once it runs."""
        self._backing = backing

    @property
    def routes(self) -> list[Route]:
        return [every_method(_PATH, self.crop)]

    async def crop(self, request: Request) -> Response:
        """Crop a picture to exactly the size asked for."""
        return await answered(request, ("GET", "POST"), self._crop, _failed)

    async def _crop(self, request: Request) -> Response:
        behind = self._backing
        if behind is None:
            raise errors.DrainingError("the server is still starting")
        behind.gate.admit(request, request.query_params.get("app_key"))
        asked = await reading.read(request)
        field = "imageBase64" if asked.imageBase64 else "imageUrl"
        identity = request_id(request.headers.get("x-request-id"))
        try:
            source = await self._source(asked, behind)
            media_type = await _checked(source, field, behind)
        except errors.ImgcdnError as error:
            detail = error.detail if field in error.detail else f"{field} cannot be used: {error.detail}"
            raise type(error)(detail, param=error.param or field) from None
        await behind.moderation.judge(source, media_type, identity)
        made = await behind.cropper.crop(source, Size(asked.targetWidth, asked.targetHeight))
        url = await behind.results.keep(request, made.picture, made.decision.plan.output.format, self._lives_s)
        data = Data(imageUrl=url, width=made.picture.width, height=made.picture.height)
        return JSONResponse(Success(requestId=identity, data=data).model_dump(), 200, NEVER_KEPT)

    async def _source(self, asked: Crop, behind: AidgeBacking) -> Source:
        if asked.imageBase64:
            return await behind.cropper.keep(await asyncio.to_thread(reading.decoded, asked.imageBase64))
        if asked.imageUrl:
            return await self._fetched(asked.imageUrl, behind.insight)
        raise errors.InvalidParameterError("imageUrl and imageBase64 are missing: expected one of them")

    async def _fetched(self, url: str, insight: Insight) -> Source:
        """Fetch through the first proxy mount that allows the URL's host."""
        refused = errors.SourceForbiddenError("no mount fetches whole URLs: expected imageBase64", param="imageUrl")
        for proxy in self._mounts.proxies:
            try:
                return await insight.find(SourceRef(proxy, url))
            except errors.SourceForbiddenError as error:
                refused = error
        raise refused


async def _checked(source: Source, field: str, behind: AidgeBacking) -> str:
    """Return the media type of a source. Raises InvalidParameterError for one of another size than Aidge takes."""
    info = await behind.cropper.probe(source)
    size = info.upright
    if min(size.width, size.height) < _LEAST_SIDE or max(size.width, size.height) > _MOST_SIDE:
        raise errors.InvalidParameterError(
            f"{field} is a picture of {size.width}x{size.height} px: expected {_LEAST_SIDE} to {_MOST_SIDE} px a side",
            param=field,
        )
    return _MEDIA.get(info.loader, "application/octet-stream")


def _failed(request: Request, error: errors.ImgcdnError) -> Response:
    return told(error, request.headers.get("x-request-id"))


def told(error: errors.ImgcdnError, given_id: str | None) -> Response:
    """Answer with an error; `given_id` is the caller's X-Request-Id."""
    code = _res_code(error)
    content = Failure.model_validate(
        {
            "resCode": code,
            "resMessage": f"invalid input: {error.detail}" if code == _INVALID else error.detail,
            "requestId": request_id(given_id),
            "code": str(code),
        }
    )
    return JSONResponse(content.model_dump(), error.status, NEVER_KEPT)


def _res_code(error: errors.ImgcdnError) -> int:
    if isinstance(error, _MODERATED):
        return error.res_code
    if isinstance(error, _MODELS):
        return _MODEL_FAILED
    if error.status >= 500:
        return _SYSTEM_ERROR
    return _RATE_LIMIT if error.status == 429 else _INVALID


_ERRORS = (400, 401, 403, 404, 410, 413, 415, 422, 500, 502, 503, 504)
_SUMMARY = "Crop a picture to exactly the size asked for"
OPERATIONS = (
    Operation("GET", _PATH, _SUMMARY, query=Crop, responses={200: Success}, errors=_ERRORS, error=Failure),
    Operation(
        "POST",
        _PATH,
        _SUMMARY,
        request=Crop,
        form=Crop,
        form_media=("multipart/form-data", "application/x-www-form-urlencoded"),
        responses={200: Success},
        errors=_ERRORS,
        error=Failure,
        about="Parameters may come in the query, too.",
    ),
)
