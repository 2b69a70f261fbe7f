"""What came with a request to Aidge: parameters of a query, a form or a JSON object, and pictures in Base64."""

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Iterable
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from imgcdn import errors
from imgcdn.apis.aidge.models import Crop
from imgcdn.apis.bodies import limited, media_type, shown

MOST_BYTES: Final = 10_000_000
"""The largest picture that may come as Base64, for it is held in memory."""
_MOST_BODY: Final = MOST_BYTES * 8 // 5
"""Base64 takes four bytes for three, and its plus signs and slashes take three each in a form."""
_MOST_PARAMETERS: Final = 100
_PREFIX: Final = re.compile(r"\s*data:[^,]{0,200},", re.IGNORECASE)
_SYSTEM: Final = frozenset({
    "app_key", "timestamp", "sign", "sign_method", "sign_ver", "partner_id", "access_token", "session", "method",
    "format", "simplify", "debug", "v",
})  # fmt: skip
"""What clients add to every request, and nobody needs here but for the key."""
_FORM, _MULTIPART, _JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"


async def read(request: Request) -> Crop:
    """Read the parameters, those of the body over those of the query. Raises 400, 413 and 415 errors."""
    query: bytes = request.scope["query_string"]
    given = _pairs(query.decode("latin-1"))
    if request.method == "POST":
        given |= await _body(request)
    try:
        return Crop.model_validate({name: value for name, value in given.items() if name not in _SYSTEM})
    except ValidationError as error:
        raise _named(error) from None


async def _body(request: Request) -> dict[str, Any]:
    match media_type(request):
        case "application/json":
            return _object(b"".join([chunk async for chunk in limited(request, _MOST_BODY)]))
        case "application/x-www-form-urlencoded":
            body = b"".join([chunk async for chunk in limited(request, _MOST_BODY)])
            return _pairs(body.decode("latin-1"))
        case "multipart/form-data":
            return await _parts(request)
        case other:
            if not b"".join([chunk async for chunk in limited(request, _MOST_BODY)]):
                return {}
            raise errors.UnsupportedMediaTypeError(
                f"content-type is {shown(other) or 'missing'}: expected {_JSON}, {_FORM} or {_MULTIPART}",
                param="content-type",
            )


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise errors.InvalidParameterError(f"the body is not JSON: {error}", param="body") from None
    if not isinstance(content, dict):
        raise errors.InvalidParameterError(f"the body is {shown(content)}: expected a JSON object", param="body")
    return cast("dict[str, Any]", content)


def _pairs(text: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise errors.InvalidParameterError(f"expected at most {_MOST_PARAMETERS} parameters", param="body") from None
    return _once(pairs)


async def _parts(request: Request) -> dict[str, Any]:
    parser = MultiPartParser(
        request.headers,
        limited(request, _MOST_BODY),
        max_files=0,
        max_fields=_MOST_PARAMETERS,
        max_part_size=_MOST_BODY,
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise errors.InvalidParameterError(f"the form cannot be read: {error.message}", param="body") from None
    return _once([(name, value) for name, value in form.multi_items() if isinstance(value, str)])


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise errors.InvalidParameterError(f"{shown(name)} is there twice: expected it once", param=name)
        # A plus sign that a client did not encode has become a space.
        found[name] = value.strip().replace(" ", "+") if name == "imageBase64" else value
    return found


def _named(error: ValidationError) -> errors.InvalidParameterError:
    """Name every field that cannot be used."""
    said: list[str] = []
    names = [".".join(str(part) for part in one["loc"]) or "body" for one in error.errors()]
    for name, one in zip(names, error.errors(), strict=True):
        if one["type"] == "missing":
            said.append(f"{shown(name)} is missing")
        elif one["type"] == "extra_forbidden":
            said.append(f"{shown(name)} is not known")
        else:
            said.append(f"{name}={shown(one['input'])} cannot be used: {one['msg'].removeprefix('Value error, ')}")
    return errors.InvalidParameterError("; ".join(said[:10]), param=names[0])


def decoded(text: str) -> bytes:
    """Decode Base64 of either alphabet, with line breaks or without, behind the prefix of a data URL or not.

    Raises InvalidParameterError and UploadTooLargeError.
    """
    prefix = _PREFIX.match(text)
    if prefix is not None:
        if "base64" not in prefix[0].lower():
            raise errors.InvalidParameterError(
                "imageBase64 is a data URL in another coding: expected ;base64,", param="imageBase64"
            )
        text = text[prefix.end() :]
    # Spaces have become plus signs on the way of a form: line breaks have not.
    text = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    if len(text) * 3 // 4 > MOST_BYTES:
        raise errors.UploadTooLargeError(
            f"imageBase64 is of about {len(text) * 3 // 4} bytes: expected at most {MOST_BYTES}", param="imageBase64"
        )
    try:
        body = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise errors.InvalidParameterError(
            f"imageBase64={shown(text)} is no Base64: expected the bytes of a picture", param="imageBase64"
        ) from None
    if not body:
        raise errors.InvalidParameterError("imageBase64 is empty: expected a picture", param="imageBase64")
    return body
