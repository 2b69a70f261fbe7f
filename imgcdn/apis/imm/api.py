"""The endpoint of IMM's DetectImageCropping, and its errors in the form that its clients read."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imgcdn import errors
from imgcdn.apis.gate import Gate
from imgcdn.apis.imm import reading
from imgcdn.apis.imm.models import Boundary, Corner, Cropping, Failure, Parameters, Success
from imgcdn.apis.operation import Operation
from imgcdn.apis.outcomes import NEVER_KEPT, answered, every_method
from imgcdn.apis.ratios import AUTO, fraction
from imgcdn.apis.settings import ApiSettings
from imgcdn.dialects.mounts import Mounts
from imgcdn.model import analysis
from imgcdn.model.spec import SourceRef
from imgcdn.pipeline.insight import Insight
from imgcdn.web.problems import request_id

_PATH: Final = "/v1/imm"
_ACTION_HEADER: Final = b"x-acs-action"
_CODES: Final = {
    401: "InvalidAccessKeyId",
    403: "AccessDenied",
    404: "ResourceNotFound",
    405: "UnsupportedHTTPMethod",
    410: "ResourceNotFound",
    429: "Throttling",
    503: "ServiceUnavailable",
}
"""Codes by status; the others of clients are InvalidArgument, the others of ours InternalError."""


@dataclass(frozen=True, slots=True)
class ImmBacking:
    """What the API works with once the server runs."""

    insight: Insight
    gate: Gate


class ImmApi:
    """The endpoint, under a path of its own and at the root."""

    def __init__(self, mounts: Mounts, settings: ApiSettings) -> None:
        self._mounts = mounts
        self._settings = settings
        listed = {fraction(text) for text in settings.crop_ratios}
        self._auto = {ratio for ratio in listed if reading.LEAST <= ratio <= reading.MOST} or {Fraction(1)}
        self._backing: ImmBacking | None = None

    def serve(self, backing: ImmBacking) -> None:
        """Take what is behind the endpoint, once it runs."""
        self._backing = backing

    @property
    def routes(self) -> list[Route]:
        return [every_method(path, self.call) for path in ("/", _PATH)]

    def takes_root(self, scope: Any) -> bool:
        """Whether a request for the root is a call: not where a mount answers to the host name."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if self._mounts.has_host(headers.get(b"host", b"").decode("latin-1")):
            return False
        query: bytes = scope["query_string"]
        is_named = _ACTION_HEADER in headers or b"Action=" in query
        return scope["method"] == "POST" or is_named

    async def call(self, request: Request) -> Response:
        """Return the best windows of a picture for up to five ratios."""
        return await answered(request, ("GET", "POST"), self._call, _failed)

    async def _call(self, request: Request) -> Response:
        behind = self._backing
        if behind is None:
            raise errors.DrainingError("the server is still starting")
        given = await reading.read(request)
        behind.gate.admit(request, reading.key(request, given))
        asked = reading.parameters(given)
        content = await self._detected(asked, behind.insight, request_id(request.headers.get("x-request-id")))
        return JSONResponse(content.model_dump(), 200, NEVER_KEPT)

    async def _detected(self, asked: Parameters, insight: Insight, identity: str) -> Success:
        texts, hints = reading.ratios(asked.AspectRatios), reading.hints(asked.InclusionHints)
        ref = self._source(asked.SourceURI)
        among = [self._auto if text == AUTO else {reading.value(text)} for text in texts]
        gravity = (*("obj:" + hint.replace("+", " ") for hint in hints), "auto")
        found = await insight.crops(ref, sorted(set[Fraction]().union(*among)), gravity, 1)
        croppings = [
            _cropping(max((found[ratio][0] for ratio in sorted(several)), key=lambda one: one.confidence), text)
            for text, several in zip(texts, among, strict=True)
        ]
        matched = await insight.matching(ref, hints)
        return Success(
            RequestId=identity,
            Croppings=croppings,
            MatchedInclusionHints=list(dict.fromkeys(match.hint for match in matched)),
        )

    def _source(self, uri: str) -> SourceRef:
        ref = reading.source(uri, self._settings.imm_buckets)
        if ref.mount not in self._mounts.names:
            known = ", ".join(sorted(self._mounts.names | self._settings.imm_buckets.keys())) or "none"
            raise errors.SourceNotFoundError(f"SourceURI={uri[:80]} is in no bucket here: expected one of {known}")
        return ref


def _cropping(found: analysis.Cropping, asked: str) -> Cropping:
    window, ratio = found.window, found.aspect
    corners = ((window.left, window.top), (window.right, window.top), (window.right, window.bottom))
    return Cropping(
        AspectRatio=f"{ratio.numerator}:{ratio.denominator}" if asked == AUTO else asked,
        Confidence=round(min(1.0, max(0.0, found.confidence)), 3),
        Boundary=Boundary(
            Width=window.width,
            Height=window.height,
            Left=window.left,
            Top=window.top,
            Polygon=[Corner(X=x, Y=y) for x, y in (*corners, (window.left, window.bottom))],
        ),
    )


def _failed(request: Request, error: errors.ImgcdnError) -> Response:
    return told(error, request.headers.get("x-request-id"), request.headers.get("host", ""))


def told(error: errors.ImgcdnError, given_id: str | None, host: str = "") -> Response:
    """Answer with an error; `given_id` is the caller's X-Request-Id, `host` where it was asked."""
    code = _CODES.get(error.status, "InvalidArgument" if error.status < 500 else "InternalError")
    content = Failure(
        RequestId=request_id(given_id),
        HostId=host,
        Code=code,
        Message=error.detail,
    )
    return JSONResponse(content.model_dump(), error.status, NEVER_KEPT)


_ERRORS = (400, 401, 403, 404, 410, 413, 415, 422, 500, 502, 503, 504)
_SUMMARY = "Find the best windows of a picture for up to five aspect ratios"
_FORMS = ("application/x-www-form-urlencoded",)
OPERATIONS = (
    *(
        Operation(
            "GET",
            path,
            _SUMMARY,
            query=Parameters,
            responses={200: Success},
            errors=_ERRORS,
            error=Failure,
            problems=(404, 429),
        )
        for path in (_PATH, "/")
    ),
    *(
        Operation(
            "POST",
            path,
            _SUMMARY,
            form=Parameters,
            form_media=_FORMS,
            responses={200: Success},
            errors=_ERRORS,
            error=Failure,
            about="Parameters may come in the query, too, or as a JSON object.",
        )
        for path in (_PATH, "/")
    ),
)
