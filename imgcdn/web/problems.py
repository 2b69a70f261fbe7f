"""Errors as problem+json (RFC 9457), whatever went wrong and wherever."""

import json
import re
import secrets
from collections.abc import Sequence
from itertools import count
from typing import Final

import structlog
from starlette.responses import Response

from imgcdn import errors
from imgcdn.web.headers import allowances
from imgcdn.web.originals import Shown
from imgcdn.web.settings import HttpSettings

_log = structlog.get_logger("imgcdn.web")
_SANE_ID = re.compile(rb"[\w.:/+=-]{1,128}")
_ID_PREFIX = secrets.token_hex(6)
_IDS = count()
"""Ids are one process's prefix and a number: unlike anybody else's, and cheaper to make than random ones."""
CHALLENGING: Final = b"www-authenticate"
KEY_CHALLENGE: Final = b'Bearer realm="imgcdn"'
"""What a 401 asks for (RFC 9110 §15.5.2): an API key."""
_SIGNATURE_CHALLENGE = b'Signature realm="imgcdn"'
"""The same where it is the URL that is not signed as it must be."""
_LASTING = frozenset({400, 403, 404, 405, 410, 413, 415, 422})
"""Answers that would be the same a minute later; others are not to be kept."""


def request_id(given: str | None) -> str:
    """Return the caller's X-Request-Id when it is fit for a log line, else a new one."""
    if given is not None and is_sane_id(given.encode("latin-1", "replace")):
        return given
    return f"{_ID_PREFIX}{next(_IDS):010x}"


def is_sane_id(given: bytes) -> bool:
    """Whether a caller's X-Request-Id is fit for a header and a log line."""
    return _SANE_ID.fullmatch(given) is not None


def note(error: errors.ImgcdnError, given_id: str | None) -> str:
    """Tell the log of an error that is about to be answered, in whatever form, and return the id of its request."""
    identity = request_id(given_id)
    structlog.contextvars.bind_contextvars(code=error.code)  # for the access log's line of this request
    if error.status >= 500:
        _log.warning("failed", code=error.code, detail=error.detail, request_id=identity)
    return identity


def problem(
    error: errors.ImgcdnError,
    given_id: str | None,
    settings: HttpSettings,
    *,
    vary: Sequence[str] = (),
    is_lasting: bool = True,
    allow: str = "GET, HEAD, OPTIONS",
    picture: Shown | None = None,
    status: int | None = None,
) -> Response:
    """Build the answer for an error. `is_lasting` lets others keep it when it would be the same a minute later.

    `picture` goes out in place of the JSON, with the same status. `status` stands in for the error's own.
    """
    status = status or error.status
    identity = note(error, given_id)
    is_lasting = is_lasting and error.status in _LASTING
    content: dict[str, object] = {
        "type": f"/errors/{error.code.replace('_', '-')}",
        "title": error.title,
        "status": status,
        "detail": error.detail,
        "code": error.code,
        "request_id": identity,
    }
    if error.param is not None:
        content["param"] = error.param
    headers = {
        "cache-control": f"public, max-age={settings.not_found_max_age_s}" if is_lasting else "no-store",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-request-id": identity,
    }
    headers |= {name.decode(): value.decode() for name, value in allowances(settings)}
    if vary:
        headers["vary"] = ", ".join(vary)
    if error.retry_after_s is not None:
        headers["retry-after"] = str(error.retry_after_s)
    if status == 401:
        challenge = KEY_CHALLENGE if isinstance(error, errors.MissingKeyError) else _SIGNATURE_CHALLENGE
        headers[CHALLENGING.decode()] = challenge.decode()
    if isinstance(error, errors.MethodNotAllowedError):
        headers["allow"] = allow
    if picture is not None:
        headers["x-imgcdn-error"] = error.code
        return Response(picture.body, status, headers, media_type=picture.media_type)
    return Response(json.dumps(content, ensure_ascii=False), status, headers, media_type="application/problem+json")
