"""Reads from an answer's headers how long a shared cache may believe it (RFC 9111 §4.2, §5.2, §5.3)."""

from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from imgcdn.model.terms import SILENT, Terms

_MAX_S = 2**31
_NEVER = frozenset({"no-store", "no-cache", "private"})
_STRICT = frozenset({"must-revalidate", "proxy-revalidate"})


def read_date(text: str | None) -> float | None:
    """Return the Unix time in seconds of an HTTP date, or None for one that cannot be read."""
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def read_number(text: str | None) -> int | None:
    """Return a header's number, or None unless it is ASCII digits; absurdly long ones count as large."""
    text = (text or "").strip().strip('"')
    if not (text.isascii() and text.isdecimal()):
        return None
    return int(text) if len(text) <= 18 else 10**18


def read_life_s(headers: httpx.Headers, now: float) -> int | None:
    """Return how many seconds from `now` (Unix time) an answer may be kept; None if the origin is silent."""
    whole_s = read_whole_life_s(headers, now)
    return None if whole_s is None else left_s(whole_s, headers, now)


def read_whole_life_s(headers: httpx.Headers, now: float) -> int | None:
    """Return how many seconds an answer may be kept from when it was made; None if the origin is silent."""
    control = _directives(headers.get("cache-control", ""))
    if control.keys() & _NEVER:
        return 0
    return _whole_life_s(control, ("s-maxage", "max-age"), headers, now)


def read_terms(headers: httpx.Headers, now: float) -> Terms | None:
    """Return what an origin says of keeping an answer besides that life; None if that is nothing."""
    control = _directives(headers.get("cache-control", ""))
    is_apart = "private" in control or "s-maxage" in control
    browser_s = _whole_life_s(control, ("max-age",), headers, now) if is_apart else None
    terms = Terms(
        unkept="no-store" in control,
        private="private" in control,
        checked="no-cache" in control,
        strict=not control.keys().isdisjoint(_STRICT),
        browser_s=None if browser_s is None else left_s(browser_s, headers, now),
        revalidate_s=_stale_s(control, "stale-while-revalidate"),
        error_s=_stale_s(control, "stale-if-error"),
    )
    return None if terms == SILENT else terms


def _stale_s(control: dict[str, str], name: str) -> int | None:
    """Return for how long an answer may be used stale; s-maxage forbids it unless more is said (RFC 9111 §4.2.4)."""
    if not control.keys().isdisjoint(_NEVER | _STRICT):
        return 0
    if name in control:
        return _bounded(read_number(control[name]) or 0)
    return 0 if "s-maxage" in control else None


def _whole_life_s(control: dict[str, str], names: tuple[str, ...], headers: httpx.Headers, now: float) -> int | None:
    for name in names:
        if name in control:
            # A life that cannot be read is over (RFC 9111 §4.2.1).
            return _bounded(read_number(control[name]) or 0)
    if "expires" in headers:
        expires, date = read_date(headers["expires"]), read_date(headers.get("date"))
        return 0 if expires is None else _bounded(int(expires - (now if date is None else date)))
    return None


def left_s(whole_s: int, headers: httpx.Headers, now: float) -> int:
    """Return what is left of a life: less the age that caches on the way or its date give the answer (§4.2.3)."""
    date = read_date(headers.get("date"))
    return _bounded(whole_s - max(read_number(headers.get("age")) or 0, 0 if date is None else int(now - date)))


def _bounded(life_s: int) -> int:
    return min(max(0, life_s), _MAX_S)


def _directives(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in text.split(","):
        name, _, value = piece.partition("=")
        found.setdefault(name.strip().lower(), value)
    return found
