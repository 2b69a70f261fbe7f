"""An endpoint's outcome in the form of its API family: whatever goes wrong, its clients get the errors they know."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from imgcdn import errors

_log = structlog.get_logger("imgcdn.apis")

NEVER_KEPT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}

Failed = Callable[[Request, errors.ImgcdnError], Response]


def every_method(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    """Route requests of every method, so that those not served are refused in the family's own form."""
    route = Route(path, endpoint)
    route.methods = None
    return route


async def answered(
    request: Request, allowed: tuple[str, ...], work: Callable[[Request], Awaitable[Response]], failed: Failed
) -> Response:
    """Return what `work` answers to one of the `allowed` methods, or what `failed` makes of an error."""
    try:
        if request.method not in allowed:
            raise errors.MethodNotAllowedError(
                f"{request.method} is not served at {request.url.path}: expected {' or '.join(allowed)}"
            )
        return await work(request)
    except errors.ImgcdnError as error:
        kind = error
    except ClientDisconnect:
        kind = errors.InvalidParameterError("the body broke off: expected all of it", param="body")
    except Exception:  # noqa: BLE001 - the family's form is owed for faults of ours, too
        _log.exception("an API failed", path=request.url.path)
        kind = errors.InternalError("something unexpected happened; the log of the server says what")
    structlog.contextvars.bind_contextvars(code=kind.code)  # for the access log's line of this request
    response = failed(request, kind)
    if isinstance(kind, errors.MethodNotAllowedError):
        response.headers["allow"] = ", ".join(allowed)
    if kind.retry_after_s is not None:
        response.headers["retry-after"] = str(kind.retry_after_s)
    return response
