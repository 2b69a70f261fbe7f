"""The whole HTTP side as one ASGI application: hot path first, then the watch, then operations and pictures."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from imgcdn import errors
from imgcdn.dialects.mounts import RESERVED
from imgcdn.web.hot import App, HotPath, Receive, Scope, Send
from imgcdn.web.ops import Operations
from imgcdn.web.pace import Pace
from imgcdn.web.pictures import Pictures
from imgcdn.web.problems import problem
from imgcdn.web.ready import ReadyAnswers
from imgcdn.web.settings import HttpSettings
from imgcdn.web.tally import Tally
from imgcdn.web.watch import OPERATIONS, Watch

ErrorForm = Callable[[errors.ImgcdnError, str | None], Response]
"""How an API family tells an error; also given the caller's X-Request-Id."""

_RESERVED = tuple(f"/{segment}/" for segment in sorted(RESERVED))


def build_site(
    pictures: Pictures,
    operations: Operations,
    answers: ReadyAnswers,
    settings: HttpSettings,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]],
    routes: Sequence[BaseRoute] = (),
    watch: Watch | None = None,
    error_forms: Mapping[str, ErrorForm] | None = None,
    takes_root: Callable[[Scope], bool] = lambda _: False,
) -> App:
    """Join the parts; `routes` are those of the APIs and the metrics.

    `error_forms` are those of families by the beginnings of their paths, the longest of which counts.
    `takes_root` tells whether a request for the root is for the routes, and not for a mount.
    """
    watch = watch or Watch(Tally(), settings)
    forms = error_forms or {}

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        kind: errors.ImgcdnError
        allow = "GET, HEAD"
        if isinstance(error, errors.ImgcdnError):
            kind = error
        elif status == 405:
            # Routes of one path and several methods name what they take.
            named = (error.headers or {}).get("Allow", allow) if isinstance(error, HTTPException) else allow
            allow = ", ".join(sorted(named.split(", ")))  # they come from a set
            kind = errors.MethodNotAllowedError(
                f"{request.method} is not served at {request.url.path}: expected {allow}"
            )
        elif status == 404:
            kind = errors.NotFoundError(f"there is nothing at {request.url.path}: expected a path under a mount")
        else:
            kind = errors.InternalError("something unexpected happened; the log of the server says what")
        given_id = request.headers.get("x-request-id")
        prefix = max((prefix for prefix in forms if request.url.path.startswith(prefix)), key=len, default=None)
        if prefix is not None:
            response = forms[prefix](kind, given_id)
            if kind.retry_after_s is not None:
                response.headers.setdefault("retry-after", str(kind.retry_after_s))
            return response
        return problem(kind, given_id, settings, is_lasting=False, allow=allow)

    reserved = Starlette(
        routes=[Route("/-/healthz", operations.healthz), Route("/-/ready", operations.ready), *routes],
        exception_handlers={HTTPException: refused, errors.ImgcdnError: refused, Exception: refused},
        lifespan=lifespan,
    )
    reserved.router.redirect_slashes = False

    pace = Pace(settings.requests_per_minute)

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        """Send reserved paths and the lifespan to the router; everything else is a picture, and needs no routing."""
        if scope["type"] == "http" and scope["path"] == "*":
            await server_wide(scope)(scope, receive, send)
            return
        is_ours = scope["type"] != "http" or scope["path"].startswith(_RESERVED)
        if scope["type"] == "http" and not scope["path"].startswith(OPERATIONS):
            try:
                pace.check(scope)
            except errors.RateLimitedError as error:
                response = await refused(Request(scope), error)
                response.headers["vary"] = "Accept"
                await response(scope, receive, send)
                return
        if not is_ours and not (scope["path"] == "/" and takes_root(scope)):
            response = await pictures(Request(scope))
            await response(scope, receive, send)
        else:
            await reserved(scope, receive, send)

    def server_wide(scope: Scope) -> Response:
        """Answer what is asked of the server as a whole (RFC 9110, 9.3.7)."""
        if scope["method"] == "OPTIONS":
            return Response(None, 204, {"allow": "GET, HEAD, OPTIONS", "cache-control": "no-store"})
        error = errors.MalformedRequestError(f"{scope['method']} * is no request: expected a path, or OPTIONS")
        return problem(error, Request(scope).headers.get("x-request-id"), settings, is_lasting=False)

    if watch.logs_hits:
        return watch.around(HotPath(route, answers, watch.tally))
    return HotPath(watch.around(route), answers, watch.tally)
