"""`/v1/openapi.json` and `/v1/docs`: what every API takes and gives, for programs and for people."""

import json
import secrets
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imgcdn.apis.operation import Operation

_LASTING: Final = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
_NONCE: Final = "{nonce}"


class OpenApiDocument(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]


class OpenApi:
    """The endpoints. They need no key: all that they tell is public. `describe` makes the document."""

    def __init__(self, describe: Callable[[], dict[str, Any]]) -> None:
        self._written = lru_cache(maxsize=1)(lambda: json.dumps(describe(), ensure_ascii=False).encode())

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/v1/openapi.json", self.document, methods=["GET"]),
            Route("/v1/docs", self.page, methods=["GET"]),
        ]

    async def document(self, _request: Request) -> Response:
        """Answer with the document."""
        return Response(self._written(), 200, _LASTING, media_type="application/json")

    async def page(self, _request: Request) -> Response:
        """Answer with a page that shows the document, and fetches nothing else from anywhere."""
        nonce = secrets.token_urlsafe(16)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
            "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        headers = {
            "cache-control": "no-store",
            "content-security-policy": policy,
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        }
        return Response(_page().replace(_NONCE, nonce), 200, headers, media_type="text/html")


@lru_cache(maxsize=1)
def _page() -> str:
    return files("imgcdn.apis.openapi").joinpath("page.html").read_text(encoding="utf-8")


OPERATIONS = (
    Operation("GET", "/v1/openapi.json", "Read this document", responses={200: OpenApiDocument}, is_open=True),
    Operation("GET", "/v1/docs", "See it", responses={200: None}, media=("text/html",), is_open=True),
)
