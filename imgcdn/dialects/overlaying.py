"""Readers of what is laid over a picture: where from, where to, and what it says."""

import unicodedata
from typing import Any

from imgcdn.dialects.readers import Reader, UnreadableError, colour
from imgcdn.model.colour import Colour
from imgcdn.model.spec import COMPASS

_MOST_PATH = 1024
_ROWS = {"top": "north", "middle": "", "bottom": "south"}
_COLUMNS = {"left": "west", "center": "", "centre": "", "right": "east"}


def picture() -> Reader:
    """Read the path of a picture, as it stands behind the host name once its %XX are decoded."""

    def read(text: str) -> str:
        if not 1 <= len(text) <= _MOST_PATH or not text.isprintable() or not text.strip("/"):
            raise UnreadableError
        return text

    return Reader(f"the path of a picture, such as /img/logo.png, of at most {_MOST_PATH} characters", read, str)


def layer() -> Reader:
    """Read a colour, else the path of a picture."""
    ink, path = colour(), picture()

    def read(text: str) -> Colour | str:
        try:
            found: Colour = ink.read(text)
        except UnreadableError:
            written: str = path.read(text)
            return written
        return found

    def write(value: Any) -> str:
        return ink.write(value) if isinstance(value, Colour) else path.write(value)

    return Reader(f"{ink.expects}, or {path.expects}", read, write)


def place() -> Reader:
    """Read a name of the compass, or a row and a column in any order: `bottom,right`."""

    def read(text: str) -> str:
        word = text.lower()
        if word in COMPASS:
            return word
        parts = [part.strip() for part in word.split(",")]
        row = [part for part in parts if part in _ROWS]
        column = [part for part in parts if part in _COLUMNS]
        if not parts or len(row) > 1 or len(column) > 1 or len(row) + len(column) != len(parts):
            raise UnreadableError
        name = "".join((_ROWS[row[0]] if row else "", _COLUMNS[column[0]] if column else ""))
        return name or "center"

    expects = f"one of {', '.join(COMPASS)}, or a row (top, middle, bottom) and a column (left, center, right)"
    return Reader(expects, read, str, (*COMPASS, *_ROWS, *_COLUMNS))


def sentence(longest: int) -> Reader:
    """Read a text of one or more lines; an empty one is none."""

    def read(text: str) -> str | None:
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        if len(text) > longest or any(_is_unfit(letter) for letter in text):
            raise UnreadableError
        return text if text.strip() else None

    return Reader(f"a text of at most {longest} characters, without control characters", read, str)


def _is_unfit(letter: str) -> bool:
    return letter != "\n" and unicodedata.category(letter) in {"Cc", "Cs"}
