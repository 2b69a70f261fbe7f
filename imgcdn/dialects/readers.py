"""Readers turn one argument into a value, or explain why not; writers turn the value back into its canonical text."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

import webcolors

from imgcdn.model.edges import ROUND, Corners
from imgcdn.model.geometry import Point
from imgcdn.model.playing import Span
from imgcdn.model.spec import ACROSS, COMPASS, DOWN, ENGINES, POINT, Anchor, Colour, Hint, Length, Rect

# ASCII, for `\d` would take the digits of every script.
_INTEGER = re.compile(r"[+-]?\d{1,12}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d{1,9}(\.\d{0,12})?|\.\d{1,12})", re.ASCII)
_CLASS = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
_FINEST_RATIO = 1_000_000
"""Largest denominator of a ratio: finer than a pixel can show, and short enough to be read back."""
_MORE_COLOURS = {"transparent": Colour(0, 0, 0, 0), "rebeccapurple": Colour(102, 51, 153)}
"""Names of CSS Color 4, where webcolors ends with CSS 3."""
_TRUE, _FALSE = frozenset({"1", "true", "yes", "on", ""}), frozenset({"0", "false", "no", "off"})


class UnreadableError(ValueError):
    """The argument is not what the reader expects; the reader's `expects` says what that is.

    Its text, if any, is the part of a list that cannot be read.
    """


@dataclass(frozen=True, slots=True)
class Reader:
    """How one argument is read and written. `expects` completes the sentence "expected …"."""

    expects: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    choices: tuple[str, ...] = ()
    """The words that can be meant, so that an error can name the nearest."""
    schema: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False)
    """JSON Schema of the argument, where one can say more than that it is text."""


def write_number(value: float) -> str:
    """Write a number as short as it reads back: no exponent, no trailing zeros."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.12f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def _plain(value: float) -> str:
    text = write_number(float(value))
    return text.removesuffix(".0")


def _decimal(text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise UnreadableError
    return float(text) + 0.0  # so that -0 is 0, and prints as it


def _between(value: float, low: float, high: float) -> float:
    if not low <= value <= high or math.isnan(value):
        raise UnreadableError
    return value


def integer(low: int, high: int) -> Reader:
    def read(text: str) -> int:
        if not _INTEGER.fullmatch(text):
            raise UnreadableError
        return int(_between(int(text), low, high))

    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Reader(f"a whole number from {low} to {high}", read, str, schema=schema)


def number(low: float, high: float, what: str = "a number") -> Reader:
    return Reader(
        f"{what} from {_plain(low)} to {_plain(high)}",
        lambda text: _between(_decimal(text), low, high),
        _plain,
        schema={"type": "number", "minimum": low, "maximum": high},
    )


def _length(text: str, *, longest: int, shortest: int = 1) -> Length:
    if _INTEGER.fullmatch(text):
        return int(_between(int(text), shortest, longest))
    value = _decimal(text)
    if 0 < value < 1:
        return value
    if value == int(value):
        return int(_between(value, shortest, longest))
    raise UnreadableError


def length(longest: int, of: str = "source") -> Reader:
    return Reader(
        f"a whole number of pixels from 1 to {longest}, or a share of the {of} between 0 and 1",
        lambda text: _length(text, longest=longest),
        write_number,
    )


def boolean() -> Reader:
    def read(text: str) -> bool:
        word = text.lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise UnreadableError

    schema = {"enum": [*sorted(_TRUE | _FALSE)]}
    return Reader(
        "1, true, yes or on, or 0, false, no or off", read, lambda value: "1" if value else "0", schema=schema
    )


def one_of(choices: type[StrEnum], aliases: Mapping[str, str] | None = None) -> Reader:
    known = {choice.value: choice for choice in choices}
    other = aliases or {}

    def read(text: str) -> StrEnum:
        word = text.lower()
        choice = known.get(other.get(word, word))
        if choice is None:
            raise UnreadableError
        return choice

    words = (*known, *other)
    return Reader(
        f"one of {', '.join(known)}", read, lambda value: value.value, words, {"enum": [*dict.fromkeys(words)]}
    )


def either(first: Reader, second: Reader) -> Reader:
    """Read what one of two readers can; their values print as they are written."""

    def read(text: str) -> Any:
        try:
            return first.read(text)
        except UnreadableError:
            return second.read(text)

    return Reader(f"{first.expects}, or {second.expects}", read, str, (*first.choices, *second.choices))


def meaning(values: Mapping[str, Any]) -> Reader:
    """Read words that stand for values of a field that another row can write."""

    def read(text: str) -> Any:
        if text.lower() not in values:
            raise UnreadableError
        return values[text.lower()]

    return Reader(f"one of {', '.join(values)}", read, str, tuple(values))


def span(longest: int) -> Reader:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 12:
            raise UnreadableError
        return int(_between(int(text), 1, longest))

    def read(text: str) -> Span:
        first, dash, last = text.partition("-")
        if not dash:
            return Span(number(first), number(first))
        if not (first or last):
            raise UnreadableError
        found = Span(number(first) if first else 1, number(last) if last else None)
        if found.last is not None and found.last < found.first:
            raise UnreadableError
        return found

    return Reader(f"a whole number from 1 to {longest}, or a range of them such as 5-20, 5- or -20", read, str)


def optional(reader: Reader, word: str) -> Reader:
    """Add a word that means 'nothing said', such as `auto`; it reads as None and is never written."""
    return Reader(
        f"{reader.expects}, or {word}",
        lambda text: None if text.lower() == word else reader.read(text),
        reader.write,
        (*reader.choices, word),
    )


def switched(reader: Reader, on: object) -> Reader:
    """Add the words of a boolean: those for true mean `on`, those for false read as None, 'nothing said'."""

    def read(text: str) -> Any:
        word = text.lower()
        return on if word in _TRUE else None if word in _FALSE else reader.read(text)

    return Reader(f"{reader.expects}, or 1 or 0", read, reader.write, reader.choices)


def corners(longest: int) -> Reader:
    def read(text: str) -> Corners:
        if text.lower() == "max":
            return (ROUND, ROUND, ROUND, ROUND)
        parts = text.split(",")
        if len(parts) not in {1, 4} or not all(_INTEGER.fullmatch(part.strip()) for part in parts):
            raise UnreadableError
        first, *rest = (int(_between(int(part), 0, longest)) for part in parts)
        second, third, fourth = rest or (first, first, first)
        return (first, second, third, fourth)

    def write(value: Corners) -> str:
        if value[0] == ROUND:
            return "max"
        return str(value[0]) if len(set(value)) == 1 else ",".join(map(str, value))

    return Reader(f"max, or one or four whole numbers of pixels from 0 to {longest}", read, write, ("max",))


def ratio() -> Reader:
    def read(text: str) -> Fraction:
        for separator in (":", "/", "x"):
            if separator in text:
                left, _, right = text.partition(separator)
                if not (_DECIMAL.fullmatch(left) and _DECIMAL.fullmatch(right)) or Fraction(right) <= 0:
                    raise UnreadableError
                return _sane(Fraction(left) / Fraction(right))
        if not _DECIMAL.fullmatch(text):
            raise UnreadableError
        return _sane(Fraction(text))

    def _sane(value: Fraction) -> Fraction:
        if not Fraction(1, 100) <= value <= 100:
            raise UnreadableError
        return value.limit_denominator(_FINEST_RATIO)

    return Reader(
        "a ratio such as 16:9, 3/2 or 1.5, from 1:100 to 100:1",
        read,
        lambda value: f"{value.numerator}:{value.denominator}",
    )


def _axis(text: str) -> float:
    if text.endswith("%"):
        return _between(_decimal(text[:-1]), 0, 100) / 100
    return _between(_decimal(text), 0, 1)


def point() -> Reader:
    def read(text: str) -> Point:
        parts = text.split(",")
        if len(parts) != 2:
            raise UnreadableError
        return Point(_axis(parts[0].strip()), _axis(parts[1].strip()))

    return Reader(
        "x,y as shares from 0 to 1 or as percentages, such as 0.5,0.3 or 50%,30%",
        read,
        lambda value: f"{_plain(value.x)},{_plain(value.y)}",
    )


def rect(longest: int) -> Reader:
    def length(text: str, shortest: int = 1) -> Length:
        text = text.strip()
        if "." in text and _decimal(text) == 1:
            return 1.0  # the whole side, where `1` is one pixel
        return _length(text, longest=longest, shortest=shortest)

    def start(text: str, names: Mapping[str, Length | Anchor]) -> Length | Anchor:
        name = text.strip().lower()
        return names[name] if name in names else length(text, 0)

    def written(value: Length | Anchor, names: Mapping[str, Length | Anchor]) -> str:
        return next(n for n, a in names.items() if a is value) if isinstance(value, Anchor) else write_number(value)

    def read(text: str) -> Rect:
        parts = text.split(",")
        if len(parts) != 4:
            raise UnreadableError
        return Rect(start(parts[0], ACROSS), start(parts[1], DOWN), length(parts[2]), length(parts[3]))

    def write(value: Rect) -> str:
        place = (written(value.x, ACROSS), written(value.y, DOWN))
        return ",".join((*place, write_number(value.width), write_number(value.height)))

    return Reader(
        f"x,y,width,height in whole pixels up to {longest} or in shares written with a decimal point, "
        "such as 0,212,3200,1800 or 0.1,0.1,0.8,0.8; x may be left, center or right, y top, middle or bottom",
        read,
        write,
    )


def gravities() -> Reader:
    known = frozenset({*COMPASS, *ENGINES, POINT})
    aliases = {"centre": "center"}

    def read(text: str) -> tuple[str, ...]:
        found: list[str] = []
        for raw in text.split(","):
            word = raw.strip()
            name = aliases.get(word.lower(), word.lower())
            if name.startswith("obj:"):
                classes = re.split(r"[+ ]", name[4:])  # a `+` that was not written %2B arrives as a space
                if not all(_CLASS.fullmatch(c) for c in classes):
                    raise UnreadableError(name)
                name = "obj:" + "+".join(classes)
            elif name not in known:
                raise UnreadableError(name)
            if name not in found:
                found.append(name)
        if not 1 <= len(found) <= 8:
            raise UnreadableError
        return tuple(found)

    names = ", ".join((*ENGINES, *COMPASS, POINT))
    return Reader(
        f"one of {names} or obj:<class>, or a comma list of them in order of preference",
        read,
        ",".join,
        (*ENGINES, *COMPASS, POINT, *aliases),
    )


def hints() -> Reader:
    by_word = {hint.value.lower(): hint for hint in Hint}

    def read(text: str) -> tuple[Hint, ...]:
        words = [word.strip().lower() for word in text.split(",")]
        for word in words:
            if word not in by_word:
                raise UnreadableError(word)
        return tuple(hint for word, hint in by_word.items() if word in words)

    names = tuple(hint.value for hint in Hint)
    return Reader(f"one of {', '.join(names)}, or a comma list of them", read, ",".join, names)


def colour() -> Reader:
    def read(text: str) -> Colour:
        word = text.lower().removeprefix("#")
        if word in _MORE_COLOURS:
            return _MORE_COLOURS[word]
        if len(word) in {3, 4} and all(c in "0123456789abcdef" for c in word):
            word = "".join(c * 2 for c in word)
        if len(word) in {6, 8} and all(c in "0123456789abcdef" for c in word):
            values = bytes.fromhex(word)
            return Colour(*values)
        try:
            red, green, blue = webcolors.name_to_rgb(word)
        except ValueError:
            raise UnreadableError from None
        return Colour(red, green, blue)

    def write(value: Colour) -> str:
        text = f"{value.red:02x}{value.green:02x}{value.blue:02x}"
        return text if value.alpha == 255 else f"{text}{value.alpha:02x}"

    return Reader(
        "a hex colour of 3, 4, 6 or 8 digits or a CSS colour name, such as f60 or tomato",
        read,
        write,
        (*webcolors.names(), *_MORE_COLOURS),
    )


def two_colours() -> Reader:
    """Read two opaque colours, for what is dark and what is light."""
    one = colour()

    def read(text: str) -> tuple[Colour, Colour]:
        found = tuple(one.read(part.strip()) for part in text.split(","))
        if len(found) != 2 or any(each.alpha != 255 for each in found):
            raise UnreadableError
        return found

    return Reader(
        "two opaque colours, each a hex colour of 3 or 6 digits or a CSS colour name, such as 000080,fa8072",
        read,
        lambda value: ",".join(map(one.write, value)),
    )


def words(pattern: str, expects: str) -> Reader:
    compiled = re.compile(pattern, re.ASCII)

    def read(text: str) -> str:
        if not compiled.fullmatch(text):
            raise UnreadableError
        return text

    return Reader(expects, read, str)
