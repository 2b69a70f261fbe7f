"""Cloudinary's signatures: the first characters of a digest over components and public id, as their clients make it."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha1, sha256
from urllib.parse import quote, unquote_to_bytes

from imgcdn import errors
from imgcdn.dialects.cloudinary import address
from imgcdn.dialects.cloudinary.address import Address

_SHORT, _LONG = 8, 32
_SAFE = "/:_.-"
"""What Cloudinary's clients leave as it is in a public id, besides letters and digits."""
_SENT_AS_IT_IS = "/%:@!$&'()*+,;=~"
"""What a browser leaves as it is in a path besides letters and digits."""


def sign(secret: str, signed: str, *, is_long: bool = False) -> str:
    """Return the signature of components and public id, joined by slashes: 8 characters of SHA-1, or 32 of SHA-256."""
    text = signed.encode("utf-8", "surrogateescape") + secret.encode()
    # What Cloudinary chose, and what every client of it makes: not ours to change.
    digest = sha256(text).digest() if is_long else sha1(text, usedforsecurity=False).digest()
    return urlsafe_b64encode(digest).decode()[: _LONG if is_long else _SHORT]


def signed(secret: str, path: str) -> str:
    """Return a path behind its mount with a signature of 32 characters, in place of one that it has.

    What is not percent-encoded yet is, as every browser would do. Raises NotFoundError for what is no delivery URL.
    """
    path = quote(path, safe=_SENT_AS_IT_IS)
    return address.with_signature(path, sign(secret, address.split(path).signed, is_long=True))


def signature(path: str) -> str | None:
    """Return the signature of a URL, good or bad; None where there is none."""
    return None if (found := _address(path)) is None else found.signature


def needs_signature(path: str) -> bool:
    """Whether the type of delivery is one that only signed URLs have."""
    return (found := _address(path)) is not None and found.is_guarded


def verify(secrets: Iterable[str], path: str) -> None:
    """Raise BadSignatureError unless one of the secrets signed this path behind its mount, all of them tried.

    `path` is percent-encoded as it came.
    """
    found = _address(path)
    if found is None or found.signature is None:
        raise errors.BadSignatureError("s--…-- is missing: expected a signed URL", param="s")
    is_good = False
    for secret in secrets:
        for signed in _spellings(found):
            for made in _made(secret, signed, len(found.signature)):
                # In constant time, and all of them, so that the time tells nothing of which one fits.
                is_good = hmac.compare_digest(made.encode(), found.signature.encode()) or is_good
    if not is_good:
        raise errors.BadSignatureError("s--…-- does not fit: expected that of a live secret", param="s")


def _made(secret: str, signed: str, length: int) -> tuple[str, ...]:
    """Return the signatures that may stand for this: short ones are of either digest."""
    long = sign(secret, signed, is_long=True)
    return (long,) if length == _LONG else (sign(secret, signed), long[:_SHORT])


def _address(path: str) -> Address | None:
    try:
        return address.split(path)
    except errors.ImgcdnError:
        return None


def _spellings(found: Address) -> set[str]:
    """Return what may have been signed: the path as it came, and as the clients spell it before they sign.

    Whatever came between may have spelt the public id anew; and spaces are encoded only once all else is signed, but
    for those in the letters of a text.
    """
    source = quote(unquote_to_bytes(found.source), safe=_SAFE)
    spaced = tuple(",".join(_spaced(part) for part in text.split(",")) for text in found.components)
    return {
        "/".join((*components, name)) for components in (found.components, spaced) for name in (found.source, source)
    }


def _spaced(part: str) -> str:
    if not part.startswith("l_text:"):
        return part.replace("%20", " ")
    style, colon, letters = part.removeprefix("l_text:").partition(":")
    return f"l_text:{style.replace('%20', ' ')}{colon}{letters}"
