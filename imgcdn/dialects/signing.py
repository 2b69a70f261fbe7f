"""Signatures of native URLs: proof that we issued them.

Signed is `path?query`: the query with its parameters decoded, sorted by name and value, and percent-encoded in one way
(all but letters, digits, `-`, `.`, `_` and `~`), so that neither their order nor their spelling matters.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes

from imgcdn import errors
from imgcdn.dialects import readers
from imgcdn.dialects.parameters import shown

SIGNATURE, KEY_ID, EXPIRY = "sig", "kid", "exp"
OWN_KEY_ID = "own"
"""What `kid` is where a server signs with the secret that it made for itself."""
KEY_ID_PATTERN = r"[A-Za-z0-9._-]{1,32}"
LATEST = 253_402_300_799
"""The last second of the year 9999: what lies beyond no clock will see."""
EXPIRY_READER = readers.integer(0, LATEST)
_MOST_PARAMETERS = 200

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One live key: its id in URLs, and the secret bytes."""

    identity: str
    secret: bytes


class Signing:
    """Several live keys: the first signs, all verify, so that keys can be changed without breaking URLs.

    The secret that a server makes for itself comes after those of the settings, so that it signs where there are none.
    """

    def __init__(self, keys: Mapping[str, str], clock: Callable[[], float]) -> None:
        self._keys = tuple(SigningKey(identity, secret.encode()) for identity, secret in keys.items())
        self._clock = clock

    @property
    def has_keys(self) -> bool:
        return bool(self._keys)

    def take_own(self, secret: bytes) -> None:
        """Sign and verify with a secret of the server's own, too."""
        others = tuple(key for key in self._keys if key.identity != OWN_KEY_ID or key.secret != secret)
        self._keys = (*others, SigningKey(OWN_KEY_ID, secret))

    def sign(self, path: str, query: str, *, expires_at: int | None = None, key_id: str | None = None) -> str:
        """Return `path?query` with `exp`, `kid` and `sig` added; `path` is percent-encoded and begins with a slash.

        What the query says of the three is replaced, but for an `exp` where no other is given.
        """
        key = next((key for key in self._keys if key_id in (None, key.identity)), None)
        if key is None:
            known = ", ".join(key.identity for key in self._keys) or "none, for the settings have no signing keys"
            raise errors.InvalidParameterError(
                f"kid={shown(key_id or '')} is not a key: expected one of {known}", param=KEY_ID
            )
        added = {KEY_ID: key.identity} | ({} if expires_at is None else {EXPIRY: str(expires_at)})
        pairs = [pair for pair in _pairs(query) if pair[0] not in {SIGNATURE, *added}] + list(added.items())
        path, text = _canonical_path(path), _written(pairs)
        return f"{path}?{text}&{SIGNATURE}={_digest(key, path, text)}"

    def verify(self, path: str, query: str) -> None:
        """Raise BadSignatureError unless a live key signed this URL, UrlExpiredError when its time is over.

        `path` is percent-encoded as it came. URLs without `kid` are tried with every key.
        """
        pairs = _pairs(query)
        given = _only(pairs, SIGNATURE)
        if given is None:
            raise errors.BadSignatureError("sig is missing: expected a signed URL", param=SIGNATURE)
        named, expiry = _only(pairs, KEY_ID), _only(pairs, EXPIRY)
        text = _written(pairs)
        # The path as it came is what signers elsewhere sign; its one spelling is what proxies may have made of it.
        paths = {path, _canonical_path(path)}
        found = given.encode("utf-8", "surrogateescape")
        is_good = False
        for key in self._keys:
            if named is None or named == key.identity:
                for spelt in paths:
                    # The texts are compared, not the bytes: base64 has several texts for one digest. In constant time.
                    is_good = hmac.compare_digest(_digest(key, spelt, text).encode(), found) or is_good
        if not is_good:
            raise errors.BadSignatureError("sig does not fit: expected the signature of a live key", param=SIGNATURE)
        if expiry is not None:
            self.check_time(_seconds(expiry))

    def check_time(
        self, expires_at: int | None, param: str = EXPIRY, kind: type[errors.UrlExpiredError] = errors.UrlExpiredError
    ) -> None:
        """Raise UrlExpiredError, or another `kind` of it, after the last second at which a URL holds."""
        if expires_at is not None and self._clock() >= expires_at + 1:
            raise kind(f"{param}={expires_at} has passed: expected a later time", param=param)


def is_signed(query: str) -> bool:
    """Whether a query carries a signature, good or bad.

    Every miss asks, so that names alone are looked at, and values are left to who reads them.
    """
    if SIGNATURE not in query and "%" not in query:
        return False
    return any(_named(piece) == SIGNATURE for piece in query.split("&"))


def canonical_query(query: str) -> str:
    """Return what is signed of a query: every parameter but `sig`, sorted, percent-encoded in one way (RFC 3986)."""
    return _written(_pairs(query))


def _pairs(query: str) -> Pairs:
    try:
        return parse_qsl(query, keep_blank_values=True, errors="surrogateescape", max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise errors.InvalidParameterError(
            f"the query has too many parameters: expected at most {_MOST_PARAMETERS}", param="query"
        ) from None


def _named(piece: str) -> str:
    """Return the decoded name of one parameter."""
    name = piece.partition("=")[0]
    return unquote(name) if "%" in name else name


def _only(pairs: Pairs, name: str) -> str | None:
    """Return the value of a parameter that must not be there twice, for readers may differ about which one counts."""
    values = [value for key, value in pairs if key == name]
    if len(values) > 1:
        raise errors.BadSignatureError(f"{name} is given more than once: expected it once", param=name)
    return values[0] if values else None


def _canonical_path(path: str) -> str:
    """Spell a path in one way. Encoded slashes stay encoded: they are no separators."""
    return "/".join(quote(unquote_to_bytes(segment), safe="") for segment in path.split("/"))


def _written(pairs: Pairs) -> str:
    kept = sorted(pair for pair in pairs if pair[0] != SIGNATURE)
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in kept)


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogateescape")


def _digest(key: SigningKey, path: str, text: str) -> str:
    signed = f"{path}?{text}".encode("utf-8", "surrogateescape")
    return urlsafe_b64encode(hmac.digest(key.secret, signed, sha256)).rstrip(b"=").decode()


def _seconds(text: str) -> int:
    try:
        return EXPIRY_READER.read(text)
    except readers.UnreadableError:
        raise errors.InvalidParameterError(
            f"{EXPIRY}={shown(text)} cannot be used: expected {EXPIRY_READER.expects}", param=EXPIRY
        ) from None
