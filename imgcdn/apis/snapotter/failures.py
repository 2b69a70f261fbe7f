"""Errors as SnapOtter's clients know them: a sentence, and a code."""

from typing import Final

import structlog
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from imgcdn import errors
from imgcdn.apis.bodies import shown
from imgcdn.apis.snapotter.models import Detail, Failure

NEVER_KEPT: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_UNDECODABLE: Final = (errors.UnsupportedSourceFormatError, errors.CorruptImageError)


class RefusedError(Exception):
    """A request that this API answers with an error of its own."""

    def __init__(self, status: int, failure: Failure) -> None:
        super().__init__(failure.error)
        self.status = status
        self.failure = failure


def code_of(error_code: str) -> str:
    """Write a code as this API does."""
    return error_code.upper()


def answered(error: errors.ImgcdnError | RefusedError) -> Response:
    """Build the answer for an error."""
    headers = dict(NEVER_KEPT)
    if isinstance(error, RefusedError):
        status, failure = error.status, error.failure
    else:
        status = 422 if isinstance(error, _UNDECODABLE) else error.status
        failure = Failure(error=error.detail, code=code_of(error.code))
        if error.retry_after_s is not None:
            headers["retry-after"] = str(error.retry_after_s)
    if status == 413:
        headers["connection"] = "close"  # what is still on its way is not wanted
    structlog.contextvars.bind_contextvars(code=failure.code.lower())
    return JSONResponse(failure.model_dump(exclude_none=True), status, headers)


def refused(status: int, code: str, error: str) -> RefusedError:
    """Make an error of this API alone."""
    return RefusedError(status, Failure(error=error, code=code))


def not_installed(feature: str, error: str) -> RefusedError:
    """Make the error for what this server lacks."""
    return RefusedError(501, Failure(error=error, code="FEATURE_NOT_INSTALLED", feature=feature))


def invalid(error: ValidationError) -> RefusedError:
    """Make the error for settings that cannot be used, with a line for each."""
    details = [
        Detail(
            path=".".join(str(part) for part in found["loc"]),
            message=f"{found['msg'].removeprefix('Value error, ')}: {shown(found['input'])}",
        )
        for found in error.errors()
    ]
    return RefusedError(400, Failure(error="Invalid settings", code="INVALID_SETTINGS", details=details))
