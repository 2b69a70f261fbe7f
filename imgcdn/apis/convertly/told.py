"""How this family tells errors: {"error": "…"} with one of eleven statuses."""

from typing import Final

from starlette.responses import JSONResponse, Response

from imgcdn import errors
from imgcdn.web.problems import note

_STATUSES: Final = {405: 404, 410: 404, 501: 500, 502: 503, 504: 503}
"""What a status that its clients do not know becomes: they try again after 429 and 503, and only then."""
_RETRYING: Final = frozenset({429, 503})
_RETRY_AFTER_S: Final = 5


def status_of(error: errors.ImgcdnError) -> int:
    """Return the status that an error has here. Rendering that took too long takes as long the next time."""
    return 500 if isinstance(error, errors.RenderTimeoutError) else _STATUSES.get(error.status, error.status)


def told(error: errors.ImgcdnError, given_id: str | None) -> Response:
    """Answer with an error; `given_id` is the caller's X-Request-Id."""
    status = status_of(error)
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", "x-request-id": note(error, given_id)}
    if status in _RETRYING:
        headers["retry-after"] = str(error.retry_after_s or _RETRY_AFTER_S)
    return JSONResponse({"error": error.detail}, status, headers)
