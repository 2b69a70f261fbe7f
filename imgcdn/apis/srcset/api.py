"""GET /v1/srcset: a <picture> for a URL. It takes a key, for it signs."""

from typing import Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from imgcdn import errors
from imgcdn.apis.bodies import checked
from imgcdn.apis.gate import Gate
from imgcdn.apis.operation import Operation
from imgcdn.apis.problem import Problem
from imgcdn.apis.srcset.building import Srcsets
from imgcdn.apis.srcset.markup import Choice, Snippet
from imgcdn.apis.srcset.wanted import SrcsetQuery, wanted

_NEVER_KEPT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class CandidateRecord(BaseModel):
    """One file of the picture."""

    url: str
    descriptor: str = Field(description="400w, or 2x where the size is fixed")
    width: int = Field(description="of the answer at this URL, in px")
    height: int


class ChoiceRecord(BaseModel):
    """A <source>, or the <img>."""

    type: str | None
    media: str | None
    width: int = Field(description="the width attribute")
    height: int = Field(description="the height attribute")
    candidates: list[CandidateRecord]


class SnippetRecord(BaseModel):
    """A <picture>, as HTML and in its parts."""

    html: str
    sizes: str | None = Field(description="null where the size is fixed")
    alt: str
    src: str = Field(description="for browsers that do not know srcset")
    sources: list[ChoiceRecord]
    image: ChoiceRecord


class SrcsetApi:
    """The endpoint. Errors are raised for the site to answer."""

    def __init__(self) -> None:
        self._behind: tuple[Srcsets, Gate] | None = None

    def serve(self, srcsets: Srcsets, gate: Gate) -> None:
        """Take what is behind the endpoint, once it runs."""
        self._behind = srcsets, gate

    @property
    def routes(self) -> list[Route]:
        return [Route("/v1/srcset", self.srcset, methods=["GET"])]

    async def srcset(self, request: Request) -> Response:
        """Return the picture, as JSON or as HTML alone."""
        if self._behind is None:
            raise errors.DrainingError("the server is still starting")
        srcsets, gate = self._behind
        gate.admit(request)
        body = checked(dict(request.query_params), SrcsetQuery)
        asked = wanted(
            body.url,
            widths=body.widths,
            sizes=body.sizes,
            formats=body.formats,
            dprs=body.dprs,
            ratios=body.ratios,
            alt=body.alt,
        )
        snippet = await srcsets.build(asked, request.headers.get("host", ""))
        if body.as_ == "html":
            return PlainTextResponse(snippet.html() + "\n", 200, _NEVER_KEPT)
        return JSONResponse(_described(snippet), 200, _NEVER_KEPT)


OPERATIONS = (
    Operation(
        "GET",
        "/v1/srcset",
        "A <picture> snippet for a URL",
        query=SrcsetQuery,
        responses={200: SnippetRecord},
        media=("text/plain",),
        errors=(400, 401, 403, 404, 410, 413, 415, 422, 500, 501, 502, 503, 504),
        error=Problem,
    ),
)


def _described(snippet: Snippet) -> dict[str, Any]:
    return {
        "html": snippet.html(),
        "sizes": snippet.sizes,
        "alt": snippet.alt,
        "src": snippet.image.main.url,
        "sources": [_choice(source) for source in snippet.sources],
        "image": _choice(snippet.image),
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "type": choice.media_type,
        "media": choice.media,
        "width": choice.main.width,
        "height": choice.main.height,
        "candidates": [
            {"url": one.url, "descriptor": one.descriptor, "width": one.width, "height": one.height}
            for one in choice.candidates
        ],
    }
