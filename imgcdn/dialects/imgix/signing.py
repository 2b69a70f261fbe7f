"""imgix' signatures: MD5 over token, path and query as they came over the wire, never sorted or spelt anew."""

import hmac
from collections.abc import Iterable
from hashlib import md5

from imgcdn import errors

SIGNATURE = "s"
_BEGINNING = f"{SIGNATURE}="


def sign(token: str, path: str, query: str) -> str:
    """Return `s` for a path as it is percent-encoded in the URL and a query without `s`."""
    return _digest(token, path, query or None)


def is_signed(query: str) -> bool:
    """Whether a query carries a signature, good or bad."""
    return any(part.startswith(_BEGINNING) for part in query.split("&"))


def verify(tokens: Iterable[str], path: str, query: str) -> None:
    """Raise BadSignatureError unless one of the tokens signed these very bytes, all of them tried."""
    parts = query.split("&")
    given = [part for part in parts if part.startswith(_BEGINNING)]
    if len(given) != 1:
        many = "is given more than once: expected it once" if given else "is missing: expected a signed URL"
        raise errors.BadSignatureError(f"{SIGNATURE} {many}", param=SIGNATURE)
    rest = [part for part in parts if not part.startswith(_BEGINNING)]
    signed = "&".join(rest) if rest else None
    found = _bytes(given[0].removeprefix(_BEGINNING))
    is_good = False
    for token in tokens:
        # In constant time, and all of them, so that the time tells nothing of which one fits.
        is_good = hmac.compare_digest(_digest(token, path, signed).encode(), found) or is_good
    if not is_good:
        raise errors.BadSignatureError(f"{SIGNATURE} does not fit: expected that of a live token", param=SIGNATURE)


def _digest(token: str, path: str, query: str | None) -> str:
    text = path if query is None else f"{path}?{query}"
    # What imgix chose, and what every client of it makes: not ours to change.
    return md5(token.encode() + _bytes(text), usedforsecurity=False).hexdigest()


def _bytes(text: str) -> bytes:
    """Return what came over the wire, of which Latin-1 is the text; what is no such text is none of the wire's."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
