"""The native API: analyze, crops, focus overrides and explain, under /v1."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imgcdn import errors
from imgcdn.apis import answers
from imgcdn.apis.bodies import checked, media_type, read_json, shown
from imgcdn.apis.forms import read_one
from imgcdn.apis.gate import Gate
from imgcdn.apis.models import Analyze, Crops, Explain, Named, Picture, SetFocus
from imgcdn.apis.operation import Operation
from imgcdn.apis.problem import Problem
from imgcdn.apis.ratios import AUTO, fraction
from imgcdn.apis.reasoning import ExplainReply
from imgcdn.apis.replies import AnalysisReply, CropsReply, FocusReply
from imgcdn.apis.settings import ApiSettings
from imgcdn.dialects.mounts import Mounts
from imgcdn.model.analysis import Cropping, Override
from imgcdn.model.geometry import Point
from imgcdn.model.media import Source
from imgcdn.model.spec import SourceRef
from imgcdn.pipeline.insight import Insight
from imgcdn.pipeline.stages import Pipeline
from imgcdn.web.explained import explanation
from imgcdn.web.problems import request_id

_NEVER_KEPT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class KeptOverrides(Protocol):
    """Art directors' words, durable before `put` and `drop` return."""

    def get(self, digest: str) -> Override | None: ...
    async def put(self, digest: str, override: Override) -> None: ...
    async def drop(self, digest: str) -> bool: ...


class KeptFiles(Protocol):
    """Source files under their digest, and a folder to write them in first."""

    @property
    def temp_dir(self) -> Path: ...
    async def adopt(self, digest: str, path: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Backing:
    """What the API works with once the server runs. `renew` forgets ready answers."""

    pipeline: Pipeline
    insight: Insight
    overrides: KeptOverrides
    files: KeptFiles
    renew: Callable[[], None]
    gate: Gate
    clock: Callable[[], float]


class NativeApi:
    """The endpoints. Errors are raised for the site to answer."""

    def __init__(self, mounts: Mounts, settings: ApiSettings) -> None:
        self._mounts = mounts
        self._settings = settings
        self._backing: Backing | None = None

    def serve(self, backing: Backing) -> None:
        """Take what is behind the endpoints, once it runs."""
        self._backing = backing

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/v1/images/analyze", self.analyze, methods=["GET", "POST"]),
            Route("/api/images/analyze", self.analyze, methods=["GET", "POST"]),
            Route("/v1/images/focus", self.focus, methods=["GET", "PUT", "DELETE"]),
            Route("/v1/images/crops", self.crops, methods=["POST"]),
            Route("/v1/explain", self.explain, methods=["POST"]),
        ]

    async def analyze(self, request: Request) -> Response:
        """Return the analysis of a picture of a mount, or of an upload."""
        behind, is_trusted = self._admit(request, is_reading=request.method != "POST")
        anew = False
        picture: SourceRef | Source
        if request.method != "POST":
            picture = self._ref(checked(dict(request.query_params), Named), is_trusted=is_trusted)
        elif media_type(request) == "multipart/form-data":
            picture = await self._uploaded(request, behind.files)
        else:
            body = await read_json(request, Analyze)
            picture, anew = self._ref(body), body.refresh
        found = await behind.insight.analyse(picture, anew=anew)
        return _json(answers.analysis_record(found))

    async def focus(self, request: Request) -> Response:
        """Read, set or remove the art director's override of a picture."""
        behind, is_trusted = self._admit(request, is_reading=request.method not in {"PUT", "DELETE"})
        if request.method == "PUT":
            body: Named = await read_json(request, SetFocus)
        elif media_type(request) == "application/json":
            body = await read_json(request, Named)
        else:
            body = checked(dict(request.query_params), Named)
        source = await behind.insight.find(self._ref(body, is_trusted=is_trusted))
        answer: dict[str, Any] = {"source": body.source, "path": body.path, "digest": f"sha256:{source.digest}"}
        if isinstance(body, SetFocus):
            await behind.overrides.put(source.digest, Override(Point(body.x, body.y), body.note, behind.clock()))
            behind.renew()
        elif request.method == "DELETE":
            answer["removed"] = await behind.overrides.drop(source.digest)
            behind.renew()
        found = behind.overrides.get(source.digest)
        focus = None
        if found is not None:
            note = found.note if is_trusted else ""  # it is for those who look after the pictures
            focus = {"x": found.point.x, "y": found.point.y, "note": note}
        return _json(answer | {"focus": focus})

    async def crops(self, request: Request) -> Response:
        """Return the best windows of several aspect ratios."""
        behind, is_trusted = self._admit(request, is_reading=True)
        body = await read_json(request, Crops)
        ref = self._ref(body, is_trusted=is_trusted)
        listed = {fraction(text): text for text in self._settings.crop_ratios}
        asked = [(text, {fraction(text): text} if text != AUTO else listed) for text in body.aspect_ratios]
        ratios = {ratio for _, among in asked for ratio in among}
        gravity = ("obj:" + "+".join(body.hints), "auto") if body.hints else ("auto",)
        found = await behind.insight.crops(ref, sorted(ratios), gravity, body.max_candidates)
        croppings = [
            answers.cropping(one, among[one.aspect], text, self._url(ref, one))
            for text, among in asked
            for one in _best({ratio: found[ratio] for ratio in among})
        ]
        matches = await behind.insight.matching(ref, body.hints)
        content = {
            "croppings": croppings,
            "matched_hints": list(dict.fromkeys(match.hint for match in matches)),
            "matches": [asdict(match) for match in matches],
            "request_id": request_id(_given_id(request)),
        }
        return _json(content)

    async def explain(self, request: Request) -> Response:
        """Return why the crop of a URL is what it is, as `explain=1` does."""
        behind, is_trusted = self._admit(request, is_reading=True)
        body = await read_json(request, Explain)
        if body.url is not None:
            host = request.headers.get("host", "")
            path, _, query = body.url.partition("?")
        else:
            host, path = self._place(self._ref(Picture(source=body.source, path=body.path)))
            query = urlencode({key: _written(value) for key, value in body.params.items()})
        ask = self._mounts.ask(host, path, query, is_trusted=is_trusted)
        return _json(explanation(ask, await behind.pipeline.explain(ask, body.accept)))

    def _admit(self, request: Request, *, is_reading: bool) -> tuple[Backing, bool]:
        """Return what is behind, and whether who asks may be told more than visitors are."""
        if self._backing is None:
            raise errors.DrainingError("the server is still starting")
        gate = self._backing.gate
        if is_reading:
            return self._backing, gate.admit_reader(request)
        gate.admit(request)
        return self._backing, True

    def _ref(self, body: Named | Picture, *, is_trusted: bool = True) -> SourceRef:
        """Return which picture is meant. Raises 404 for a mount that is not there, 403 where no mount is a proxy.

        Who is not trusted gets 403 for a mount whose pictures visitors see by signed URLs alone.
        """
        ref = self._named(body)
        if not is_trusted and self._mounts.needs_signature(ref.mount):
            raise errors.KeyNotAllowedError(
                f"the mount {ref.mount} takes signed URLs only, so a publishable key tells nothing of its pictures: "
                "expected a secret one"
            )
        return ref

    def _named(self, body: Named | Picture) -> SourceRef:
        if isinstance(body, Picture) and body.url is not None:
            proxy = self._mounts.proxy
            if proxy is None:
                raise errors.SourceForbiddenError("no mount fetches whole URLs: expected source and path", param="url")
            return SourceRef(proxy, body.url)
        if isinstance(body, Picture) and body.fileId is not None:
            files = self._mounts.files
            if files is None or "/" in body.fileId:
                raise errors.SourceNotFoundError(f"fileId={shown(body.fileId)} is not kept here", param="fileId")
            return SourceRef(files, body.fileId)
        name, path = body.source or "", body.path or ""
        if name not in self._mounts.names:
            known = ", ".join(sorted(self._mounts.names)) or "none"
            raise errors.SourceNotFoundError(
                f"source={shown(name)} is not a mount: expected one of {known}", param="source"
            )
        return SourceRef(name, path.removeprefix("/"))

    def _place(self, ref: SourceRef) -> tuple[str, str]:
        """Return the host name, empty where none counts, and the path under which a picture is served."""
        url = self._mounts.url(ref)
        if not url.startswith("//"):
            return "", url
        host, _, path = url.removeprefix("//").partition("/")
        return host, f"/{path}"

    def _url(self, ref: SourceRef, found: Cropping) -> str:
        return self._mounts.cropped_url(ref, found.window)

    async def _uploaded(self, request: Request, files: KeptFiles) -> Source:
        upload = await read_one(request, files.temp_dir, self._settings.max_upload_bytes)
        kept = await files.adopt(upload.digest, upload.path)
        return Source(upload.digest, kept, upload.size, None, None)


_ASKING = (400, 401, 403, 404, 410, 413, 415, 422, 500, 502, 503, 504)
"""What may go wrong where a source is read."""
OPERATIONS = (
    Operation(
        "GET",
        "/v1/images/analyze",
        "Look at a picture",
        query=Named,
        responses={200: AnalysisReply},
        errors=_ASKING,
        error=Problem,
        is_reading=True,
        about="Where its subject and faces are, and its colours. A source is looked at once: what was seen is kept.",
    ),
    Operation(
        "POST",
        "/v1/images/analyze",
        "Look at a picture, or at an upload",
        request=Analyze,
        files=("file",),
        responses={200: AnalysisReply},
        errors=_ASKING,
        error=Problem,
    ),
    Operation(
        "GET",
        "/v1/images/focus",
        "Read the override of a picture",
        query=Named,
        responses={200: FocusReply},
        errors=_ASKING,
        error=Problem,
        is_reading=True,
    ),
    Operation(
        "PUT",
        "/v1/images/focus",
        "Override what engines say of a picture",
        request=SetFocus,
        responses={200: FocusReply},
        errors=_ASKING,
        error=Problem,
        about="It beats every engine, and makes every rendition of the picture new at once.",
    ),
    Operation(
        "DELETE",
        "/v1/images/focus",
        "Remove the override of a picture",
        query=Named,
        responses={200: FocusReply},
        errors=_ASKING,
        error=Problem,
        about="The picture may be named in a JSON body in place of the query, too.",
    ),
    Operation(
        "POST",
        "/v1/images/crops",
        "Find the best windows of several shapes",
        request=Crops,
        responses={200: CropsReply},
        errors=_ASKING,
        error=Problem,
        is_reading=True,
    ),
    Operation(
        "POST",
        "/v1/explain",
        "Tell why a picture is as it is",
        request=Explain,
        responses={200: ExplainReply},
        errors=(*_ASKING, 501),
        error=Problem,
        is_reading=True,
        about="What `explain=1` tells, for a URL or for parameters.",
    ),
)


def _best(found: dict[Fraction, list[Cropping]]) -> list[Cropping]:
    """Return the windows of the ratio whose best one is surest."""
    return max(found.values(), key=lambda windows: windows[0].confidence)


def _written(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _given_id(request: Request) -> str | None:
    return request.headers.get("x-request-id")


def _json(content: dict[str, Any]) -> Response:
    return JSONResponse(content, 200, _NEVER_KEPT)
