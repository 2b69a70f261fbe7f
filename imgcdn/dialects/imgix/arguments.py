"""How values of imgix' parameters are read: numbers out of range go to its end, as imgix does; nonsense is no value."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from imgcdn.dialects import readers
from imgcdn.dialects.imgix.row import Argument
from imgcdn.dialects.readers import UnreadableError
from imgcdn.model.colour import Colour
from imgcdn.model.edges import Corners
from imgcdn.model.playing import Span
from imgcdn.model.spec import ACROSS, DOWN, Anchor, Length, Rect

_NUMBER = re.compile(r"[+-]?(\d{1,9}(\.\d{0,12})?|\.\d{1,12})", re.ASCII)
_HEX = re.compile(r"[0-9a-f]+", re.ASCII)
_LONGEST = 1_000_000
"""Pixels of a side of the source, or of the answer before it is scaled down."""
_FINEST_RATIO = 1_000_000
_ROWS = {"top": "north", "middle": "", "bottom": "south"}
_COLUMNS = {"left": "west", "center": "", "right": "east"}
_NAMED = readers.colour()


def decimal(text: str) -> float:
    """Read a number. Raises UnreadableError."""
    if not _NUMBER.fullmatch(text.strip()):
        raise UnreadableError
    return float(text) + 0.0


def number(low: float, high: float) -> Argument:
    """Read a number; what is beyond an end is that end."""
    return Argument(f"a number from {low:g} to {high:g}", lambda text: float(min(max(decimal(text), low), high)))


def percent() -> Argument:
    """Read −100–100 about 0 as 0–200 about 100."""
    return Argument("a number from -100 to 100", lambda text: 100 + min(max(decimal(text), -100.0), 100.0))


def integer(low: int, high: int) -> Argument:
    """Read a whole number; what is beyond an end is that end."""
    return Argument(f"a whole number from {low} to {high}", lambda text: min(max(round(decimal(text)), low), high))


def positive(high: int, low: int = 1) -> Argument:
    """Read a whole number that means nothing below its least value."""

    def read(text: str) -> int:
        found = round(decimal(text))
        if found < low:
            raise UnreadableError
        return min(found, high)

    return Argument(f"a whole number from {low} to {high}", read)


def ratio_of_pixels(high: float) -> Argument:
    def read(text: str) -> float:
        found = float(min(decimal(text), high))
        if found <= 0:
            raise UnreadableError
        return found

    return Argument(f"a number above 0, up to {high:g}", read)


def length() -> Argument:
    """Read whole pixels, or a share: what is below 1, or 1 with a decimal point."""

    def read(text: str) -> Length:
        found = decimal(text)
        if found <= 0:
            raise UnreadableError
        return found if found < 1 or (found == 1 and "." in text) else min(round(found), _LONGEST)

    return Argument("pixels from 1 to 8192, or a share of 0.0 to 1.0", read)


def ratio() -> Argument:
    def read(text: str) -> Fraction:
        left, _, right = text.partition(":")
        above, below = decimal(left), decimal(right or "1")
        if above <= 0 or below <= 0 or not Fraction(1, 100) <= Fraction(above) / Fraction(below) <= 100:
            raise UnreadableError
        return (Fraction(left.strip()) / Fraction((right or "1").strip())).limit_denominator(_FINEST_RATIO)

    return Argument("a ratio such as 16:9 or 1.5", read)


def one_of(choices: Mapping[str, Any]) -> Argument:
    """Read a word, in any case, as what it stands for."""

    def read(text: str) -> Any:
        try:
            return choices[text.strip().lower()]
        except KeyError:
            raise UnreadableError(text) from None

    return Argument("one of " + ", ".join(choices), read)


def words(text: str) -> tuple[str, ...]:
    """Split a comma list into its words, in lower case."""
    return tuple(word for part in text.split(",") if (word := part.strip().lower()))


def list_of(*known: str) -> Argument:
    """Read a comma list; unknown words are left out, and none that is left is no value."""

    def read(text: str) -> tuple[str, ...]:
        found = tuple(word for word in words(text) if word in known)
        if not found:
            raise UnreadableError
        return found

    return Argument("a comma list of " + ", ".join(known), read)


def read_colour(text: str) -> Colour:
    """Read RGB, ARGB, RRGGBB, AARRGGBB in hex, or a name. Raises UnreadableError."""
    word = text.strip().lower().removeprefix("#")
    if len(word) in {3, 4, 6, 8} and _HEX.fullmatch(word):
        if len(word) < 6:
            word = "".join(letter * 2 for letter in word)
        values = tuple(bytes.fromhex(word))
        # imgix puts alpha first, CSS last.
        alpha, red, green, blue = values if len(values) == 4 else (255, *values)
        return Colour(red, green, blue, alpha)
    found: Colour = _NAMED.read(word)
    return found


COLOUR = Argument("a hex colour (RGB, ARGB, RRGGBB or AARRGGBB) or a name", read_colour)


def read_two_colours(text: str) -> tuple[Colour, Colour]:
    """Read two colours without their alpha. Raises UnreadableError."""
    found = [read_colour(part) for part in text.split(",")]
    if len(found) != 2:
        raise UnreadableError
    dark, light = (Colour(one.red, one.green, one.blue) for one in found)
    return dark, light


def read_squares(text: str) -> tuple[Colour, Colour]:
    """Read the colours of a chequered ground, the second of which is white where it is left out."""
    return read_two_colours(text if "," in text else f"{text},fff")


def rect() -> Argument:
    """Read x,y,width,height; what is negative is 0."""

    def place(text: str, names: Mapping[str, Length | Anchor]) -> Length | Anchor:
        name = text.strip().lower()
        return names[name] if name in names else part(text, 0)

    def part(text: str, least: int = 1) -> Length:
        if least and text.strip().lower() == "full":
            return 1.0
        found = decimal(text)
        if 0 < found < 1 or (found == 1 and "." in text):
            return found
        if found < least and least:
            raise UnreadableError
        return min(max(round(found), 0), _LONGEST)

    def read(text: str) -> Rect:
        parts = text.split(",")
        if len(parts) != 4:
            raise UnreadableError
        return Rect(place(parts[0], ACROSS), place(parts[1], DOWN), part(parts[2]), part(parts[3]))

    return Argument(
        "x,y,width,height in pixels or shares; x may be left, center or right, y top, middle or bottom, sides full",
        read,
    )


def corners() -> Argument:
    def read(text: str) -> Corners:
        parts = [min(max(round(decimal(part)), 0), _LONGEST) for part in text.split(",")]
        if len(parts) not in {1, 4}:
            raise UnreadableError
        first, second, third, fourth = parts if len(parts) == 4 else parts * 4
        return (first, second, third, fourth)

    return Argument("one or four whole numbers of pixels", read)


def read_border(text: str) -> tuple[int, Colour]:
    size, _, ink = text.partition(",")
    return min(max(round(decimal(size)), 0), 1000), read_colour(ink) if ink else Colour(0, 0, 0)


def turned_back() -> Argument:
    """Read degrees against the clock as whole-circle degrees with it."""
    return Argument("a number from 0 to 359", lambda text: min(-min(max(decimal(text), 0.0), 359.0) % 360, 359.0))


def place() -> Argument:
    """Read a row and a column, in any order, as a name of the compass."""

    def read(text: str) -> str:
        parts = [part for part in words(text) if part in {*_ROWS, *_COLUMNS}]
        if not parts:
            raise UnreadableError
        row = next((_ROWS[part] for part in parts if part in _ROWS), "")
        column = next((_COLUMNS[part] for part in parts if part in _COLUMNS), "")
        return row + column or "center"

    return Argument("top, middle or bottom, and left, center or right", read)


def span() -> Argument:
    """Read one frame, or the first and the last."""

    def read(text: str) -> Span:
        first, dash, last = text.partition("-")
        if not dash:
            found = _frame(first)
            return Span(found, found)
        begin, end = _frame(first or "1"), _frame(last) if last else None
        if end is not None and end < begin:
            raise UnreadableError
        return Span(begin, end)

    return Argument("a frame, counted from 1, or first-last", read)


def _frame(text: str) -> int:
    found = round(decimal(text))
    if not 1 <= found <= 100_000:
        raise UnreadableError
    return found


def text(longest: int) -> Argument:
    """Read a text of printable letters and line ends."""

    def read(said: str) -> str:
        said = said.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        if not said.strip() or any(not letter.isprintable() and letter != "\n" for letter in said):
            raise UnreadableError
        return said[:longest]

    return Argument(f"a text of at most {longest} characters", read)


def pattern(expression: str, expects: str) -> Argument:
    compiled = re.compile(expression, re.ASCII)

    def read(said: str) -> str:
        if not compiled.fullmatch(said):
            raise UnreadableError
        return said

    return Argument(expects, read)
