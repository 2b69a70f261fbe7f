"""What came with an RPC request: parameters, which are texts, and the lists in JSON that some of them are."""

import json
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from starlette.requests import Request

from imgcdn import errors
from imgcdn.apis.bodies import checked, limited, media_type, shown
from imgcdn.apis.imm.models import Parameters
from imgcdn.apis.ratios import AUTO
from imgcdn.model.spec import SourceRef

_MOST_BODY: Final = 65_536
_MOST_PARAMETERS: Final = 100
_MOST_RATIOS: Final = 5
_MOST_HINTS: Final = 1
_MOST_HINT: Final = 64
"""Characters of a hint."""
_RATIO: Final = re.compile(r"([0-9]{1,4}):([0-9]{1,4})")
_BELOW: Final = 20
LEAST, MOST = Fraction(1, 2), Fraction(2)
"""Ratios, width by height."""
_COMMON: Final = frozenset({
    "AccessKeyId", "CredentialConfig", "Format", "RegionId", "SecurityToken", "Signature", "SignatureMethod",
    "SignatureNonce", "SignatureType", "SignatureVersion", "Timestamp", "Version",
})  # fmt: skip
"""What clients add to every request; of these the id of the key alone means something here."""
_CREDENTIAL: Final = re.compile(r"ACS3-HMAC-SHA256\s.*?Credential=([^,\s]+)", re.IGNORECASE)
_SOURCE: Final = re.compile(r"oss://([A-Za-z0-9._~-]{1,64})/(.+)", re.DOTALL)
_FIRST_HINT: Final = "InclusionHints.1"
"""How clients that write lists as numbered parameters name the only hint."""

Given = dict[str, str]


async def read(request: Request) -> Given:
    """Read the parameters of the query and of a form or a JSON object. Raises 400, 413 and 415 errors."""
    query: bytes = request.scope["query_string"]
    pairs = _pairs(query.decode("latin-1"))
    if request.method == "POST":
        pairs += await _body(request)
    given = _once(pairs)
    action = request.headers.get("x-acs-action")
    return given if action is None else {"Action": action} | given


async def _body(request: Request) -> list[tuple[str, str]]:
    body = b"".join([chunk async for chunk in limited(request, _MOST_BODY)])
    if not body:
        return []
    match media_type(request):
        case "application/x-www-form-urlencoded":
            return _pairs(body.decode("latin-1"))
        case "application/json":
            return _members(body)
        case other:
            raise errors.UnsupportedMediaTypeError(
                f"content-type is {shown(other) or 'missing'}: expected application/x-www-form-urlencoded",
                param="content-type",
            )


def _members(body: bytes) -> list[tuple[str, str]]:
    content = _json("body", body)
    if not isinstance(content, dict):
        raise errors.InvalidParameterError(f"the body is {shown(content)}: expected a JSON object", param="body")
    members = cast("dict[str, Any]", content)
    return [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in members.items()]


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise errors.InvalidParameterError(f"expected at most {_MOST_PARAMETERS} parameters", param="query") from None


def _once(pairs: Iterable[tuple[str, str]]) -> Given:
    found: Given = {}
    for name, value in pairs:
        if name in found:
            raise errors.InvalidParameterError(f"{shown(name)} is there twice: expected it once", param=name)
        found[name] = value
    return found


def key(request: Request, given: Given) -> str | None:
    """Return the API key: where clients put the id of their access key, in the query or in Authorization."""
    match = _CREDENTIAL.match(request.headers.get("authorization", ""))
    return match[1] if match is not None else given.get("AccessKeyId")


def parameters(given: Given) -> Parameters:
    """Check what is asked. Raises InvalidParameterError that names the parameter."""
    if given.get("Format", "JSON").upper() != "JSON":
        raise errors.InvalidParameterError(f"Format={shown(given['Format'])} is not written: expected JSON")
    own = {name: value for name, value in given.items() if name not in _COMMON}
    if _FIRST_HINT in own:
        own["InclusionHints"] = json.dumps([own.pop(_FIRST_HINT)])
    return checked(own, Parameters)


def source(uri: str, buckets: dict[str, str]) -> SourceRef:
    """Return the picture at oss://bucket/key; `buckets` names mounts, or folders of them, for other buckets."""
    match = _SOURCE.fullmatch(uri)
    if match is None:
        raise errors.InvalidParameterError(
            f"SourceURI={shown(uri)} cannot be used: expected oss://bucket/key", param="SourceURI"
        )
    mount, _, folder = buckets.get(match[1], match[1]).partition("/")
    return SourceRef(mount, f"{folder.strip('/')}/{match[2]}" if folder else match[2])


def ratios(text: str) -> list[str]:
    """Read the list of ratios. Raises InvalidParameterError that names the one that cannot be used."""
    listed = _texts("AspectRatios", text)
    if not listed:
        raise _unusable("AspectRatios", text, f"expected 1 to {_MOST_RATIOS} ratios, and not an empty list")
    if len(listed) > _MOST_RATIOS:
        raise _unusable("AspectRatios", text, f"expected at most {_MOST_RATIOS} ratios, and not {len(listed)}")
    for ratio in listed:
        if ratio != AUTO:
            value(ratio)
    return listed


def value(ratio: str) -> Fraction:
    """Return width / height. Raises InvalidParameterError."""
    match = _RATIO.fullmatch(ratio)
    if match is None:
        raise _unusable("AspectRatios", ratio, "expected auto, or two whole numbers such as 2:3")
    width, height = int(match[1]), int(match[2])
    if not (0 < width < _BELOW and 0 < height < _BELOW):
        raise _unusable("AspectRatios", ratio, f"expected whole numbers from 1 to {_BELOW - 1}")
    if not LEAST <= Fraction(width, height) <= MOST:
        raise _unusable("AspectRatios", ratio, f"expected a ratio from {float(LEAST):g} to {MOST}")
    return Fraction(width, height)


def hints(text: str) -> list[str]:
    """Read the list of hints. Raises InvalidParameterError."""
    listed = _texts("InclusionHints", text)
    if len(listed) > _MOST_HINTS:
        raise _unusable("InclusionHints", text, f"expected at most {_MOST_HINTS} text, and not {len(listed)}")
    if any(not hint.strip() or len(hint) > _MOST_HINT for hint in listed):
        raise _unusable("InclusionHints", text, f"expected a text of 1 to {_MOST_HINT} characters")
    return listed


def _texts(name: str, text: str) -> list[str]:
    found = _json(name, text)
    if not isinstance(found, list):
        raise _unusable(name, text, "expected a JSON list of texts")
    listed = cast("list[Any]", found)
    for one in listed:
        if not isinstance(one, str):
            raise _unusable(name, json.dumps(one), "expected texts")
    return cast("list[str]", listed)


def _json(name: str, text: str | bytes) -> Any:
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # halves of surrogate pairs are no characters
    except (ValueError, RecursionError):
        spelt = text if isinstance(text, str) else text.decode("utf-8", "replace")
        raise _unusable(name, spelt, "expected JSON") from None
    return found


def _unusable(name: str, text: str, expected: str) -> errors.InvalidParameterError:
    return errors.InvalidParameterError(f"{name}={shown(text)} cannot be used: {expected}", param=name)
