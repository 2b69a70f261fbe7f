"""How values of Cloudinary's parameters are read; what cannot be read is refused, as Cloudinary does."""

import re
from fractions import Fraction

from imgcdn.dialects import readers
from imgcdn.dialects.readers import UnreadableError
from imgcdn.model.colour import Colour
from imgcdn.model.edges import Corners
from imgcdn.model.spec import Length

_WHOLE = re.compile(r"-?\d{1,7}", re.ASCII)
_DECIMAL = re.compile(r"-?(\d{1,7}\.\d{0,9}|\.\d{1,9})", re.ASCII)
_LONGEST = 1_000_000
_LARGEST_SHARE = 100.0
_FINEST_RATIO = 1_000_000
_NAMED = readers.colour()
_EXPRESSION = re.compile(r"[a-z$]", re.ASCII)
_MOST_RADIUS = 32_000


def is_expression(text: str) -> bool:
    """Whether a value is calculated: from a variable, or from a size that only the source tells."""
    return bool(_EXPRESSION.match(text)) and text not in {"auto", "max"} and not text.startswith("auto:")


def number(text: str, low: float, high: float) -> float:
    """Read a number between two ends. Raises UnreadableError."""
    if not (_WHOLE.fullmatch(text) or _DECIMAL.fullmatch(text)) or not low <= float(text) <= high:
        raise UnreadableError(text)
    return float(text) + 0.0


def whole(text: str, low: int, high: int) -> int:
    """Read a whole number between two ends; 40.0 is one. Raises UnreadableError."""
    found = number(text, low, high)
    if found != int(found):
        raise UnreadableError(text)
    return int(found)


def length(text: str) -> Length:
    """Read a side: whole pixels, or with a decimal point a share. Raises UnreadableError."""
    if _WHOLE.fullmatch(text):
        return whole(text, 1, _LONGEST)
    found = number(text, 0, _LARGEST_SHARE)
    if found <= 0:
        raise UnreadableError(text)
    return found


def offset(text: str) -> Length:
    """Read a place or a distance: whole pixels, or a share, of either sign. Raises UnreadableError."""
    if _WHOLE.fullmatch(text):
        return whole(text, -_LONGEST, _LONGEST)
    return number(text, -_LARGEST_SHARE, _LARGEST_SHARE)


def ratio(text: str) -> Fraction:
    """Read 16:9 or 1.5. Raises UnreadableError."""
    left, _, right = text.partition(":")
    above, below = number(left, 0, _LONGEST), number(right or "1", 0, _LONGEST)
    if not above or not below or not Fraction(1, 100) <= Fraction(left) / Fraction(right or "1") <= 100:
        raise UnreadableError(text)
    return (Fraction(left) / Fraction(right or "1")).limit_denominator(_FINEST_RATIO)


def colour(text: str) -> Colour:
    """Read a name, rgb:RGB, rgb:RRGGBB, rgb:RRGGBBAA, or the digits alone. Raises UnreadableError."""
    found: Colour = _NAMED.read(text.removeprefix("rgb:").removeprefix("#").lower())
    return found


def radii(text: str) -> Corners:
    """Read one radius, or two to four of them in the order of CSS. Raises UnreadableError."""
    parts = [_MOST_RADIUS if part == "max" else whole(part, 0, _MOST_RADIUS) for part in text.split(":")]
    match parts:
        case [a]:
            return (a, a, a, a)
        case [a, b]:
            return (a, b, a, b)
        case [a, b, c]:
            return (a, b, c, b)
        case [a, b, c, d]:
            return (a, b, c, d)
        case _:
            raise UnreadableError(text)


def border(text: str) -> tuple[int, Colour]:
    """Read 5px_solid_red. Raises UnreadableError."""
    width, _, rest = text.partition("px_")
    style, _, ink = rest.partition("_")
    if style != "solid":
        raise UnreadableError(text)
    return whole(width, 0, 400), colour(ink)
