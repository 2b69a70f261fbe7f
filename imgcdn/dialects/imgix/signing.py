"""imgix' signatures: MD5 over token, path and query as they came over the wire, unsorted, spelt as they were signed."""

import hmac
from collections.abc import Iterable
from hashlib import md5
from itertools import product
from urllib.parse import quote

from imgcdn import errors

SIGNATURE = "s"
_BEGINNING = f"{SIGNATURE}="
_ENDING = "expires="
_SENT_AS_IT_IS = "/%:@!$&'()*+,;=~"
"""What a browser leaves as it is in a path besides letters and digits."""


def sign(token: str, path: str, query: str) -> str:
    """Return `s` for a path as it is percent-encoded in the URL and a query without `s`."""
    return _digest(token, path, query or None)


def signed(token: str, path: str, query: str, expires_at: int | None = None) -> str:
    """Return `path?query` with `s` at its end, in place of one that it has; `expires_at` is the last Unix second.

    What is not percent-encoded yet is, as every browser would do.
    """
    path, query = quote(path, safe=_SENT_AS_IT_IS), quote(query, safe=_SENT_AS_IT_IS + "?[]")
    replaced = (_BEGINNING,) if expires_at is None else (_BEGINNING, _ENDING)
    parts = [part for part in query.split("&") if part and not part.startswith(replaced)]
    query = "&".join(parts if expires_at is None else [*parts, f"{_ENDING}{expires_at}"])
    return f"{path}?{query}{'&' if query else ''}{_BEGINNING}{sign(token, path, query)}"


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
    for token, spelt in product(tokens, _spellings(signed)):
        # In constant time, and all of them, so that the time tells nothing of which one fits.
        is_good = hmac.compare_digest(_digest(token, path, spelt).encode(), found) or is_good
    if not is_good:
        raise errors.BadSignatureError(f"{SIGNATURE} does not fit: expected that of a live token", param=SIGNATURE)


def _spellings(query: str | None) -> tuple[str | None, ...]:
    """Return a query as it came, and as it was before a browser wrote %27 for an apostrophe, which JavaScript's clients
    leave as it is and sign so: of all that they write it is the one letter that browsers spell anew.
    """
    return (query,) if query is None or "%27" not in query else (query, query.replace("%27", "'"))


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
