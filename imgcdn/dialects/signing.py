"""Signatures of native URLs: proof that we issued them. What is signed does not depend on the order of parameters."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qsl, quote

from imgcdn import errors

SIGNATURE, KEY_ID, EXPIRY = "sig", "kid", "exp"
_MOST_PARAMETERS = 100


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One live key: its id in URLs, and the secret bytes."""

    identity: str
    secret: bytes


class Signing:
    """Several live keys: the first signs, all verify, so that keys can be changed without breaking URLs."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = tuple(SigningKey(identity, secret.encode()) for identity, secret in keys.items())

    @property
    def has_keys(self) -> bool:
        return bool(self._keys)

    def sign(self, path: str, query: str, *, expires_at: int | None = None, key_id: str | None = None) -> str:
        """Return `path?query` with `exp`, `kid` and `sig` added; `path` is percent-encoded and begins with a slash."""
        key = next((key for key in self._keys if key_id in (None, key.identity)), None)
        if key is None:
            known = ", ".join(key.identity for key in self._keys) or "none, for the settings have no signing keys"
            raise errors.InvalidParameterError(f"kid={key_id} is not a key: expected one of {known}", param=KEY_ID)
        added = {} if expires_at is None else {EXPIRY: str(expires_at)}
        pairs = [pair for pair in _pairs(query) if pair[0] not in {SIGNATURE, KEY_ID, *added}]
        pairs += [*added.items(), (KEY_ID, key.identity)]
        text = _written(pairs)
        return f"{path}?{text}&{SIGNATURE}={_digest(key, path, text)}"

    def verify(self, path: str, query: str, now: float) -> None:
        """Raise BadSignatureError unless a live key signed this URL, UrlExpiredError when its time is over.

        `exp` is the last Unix second at which the URL holds. URLs without `kid` are tried with every key.
        """
        pairs = _pairs(query)
        given = [value for name, value in pairs if name == SIGNATURE]
        if len(given) != 1:
            raise errors.BadSignatureError(
                "sig is missing: expected a signed URL" if not given else "sig is given more than once",
                param=SIGNATURE,
            )
        named = [value for name, value in pairs if name == KEY_ID]
        text = _written(pairs)
        candidates = [key for key in self._keys if not named or key.identity == named[0]]
        is_good = False
        for key in candidates:
            # Every candidate is compared, each in constant time.
            is_good = hmac.compare_digest(_digest(key, path, text).encode(), given[0].encode()) or is_good
        if not is_good:
            raise errors.BadSignatureError("sig does not fit: expected the signature of a live key", param=SIGNATURE)
        expiry = [value for name, value in pairs if name == EXPIRY]
        if expiry and now >= _seconds(expiry[0]) + 1:
            raise errors.UrlExpiredError(f"exp={expiry[0]} has passed: expected a later time", param=EXPIRY)


def canonical_query(query: str) -> str:
    """Return what is signed of a query: every parameter but `sig`, sorted, percent-encoded in one way (RFC 3986)."""
    return _written(_pairs(query))


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, errors="surrogateescape", max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise errors.InvalidParameterError(
            f"the query has too many parameters: expected at most {_MOST_PARAMETERS}", param="query"
        ) from None


def _written(pairs: list[tuple[str, str]]) -> str:
    kept = sorted(pair for pair in pairs if pair[0] != SIGNATURE)
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in kept)


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogateescape")


def _digest(key: SigningKey, path: str, text: str) -> str:
    signed = f"{path}?{text}".encode("utf-8", "surrogateescape")
    return urlsafe_b64encode(hmac.digest(key.secret, signed, sha256)).rstrip(b"=").decode()


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise errors.InvalidParameterError(f"exp={text[:80]} is no Unix time: expected seconds", param=EXPIRY)
    return int(text)
