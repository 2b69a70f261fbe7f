"""The letters that drawings are labelled with: strokes of our own, for a server may have no font installed.

Planning needs their widths, the engine their shapes. There are capitals only; small letters are read as them.
"""

from functools import lru_cache
from math import ceil

UNITS = 7
"""Height of a letter in units of its grid, the stroke's own width of one unit included."""

_STROKES = {
    "0": "10 30 41 45 36 16 05 01 10",
    "1": "02 20 26",
    "2": "01 10 30 41 42 06 46",
    "3": "01 10 30 41 42 33 44 45 36 16 05|13 33",
    "4": "30 04 44|30 36",
    "5": "40 00 02 32 43 45 36 16 05",
    "6": "41 30 10 01 05 16 36 45 44 33 13 04",
    "7": "00 40 41 16",
    "8": "13 02 01 10 30 41 42 33 13 04 05 16 36 45 44 33",
    "9": "42 33 13 02 01 10 30 41 45 36 16 05",
    "A": "06 02 20 42 46|04 44",
    "B": "00 30 41 42 33 44 45 36 06 00|03 33",
    "C": "41 30 10 01 05 16 36 45",
    "D": "00 20 42 44 26 06 00",
    "E": "40 00 06 46|03 33",
    "F": "40 00 06|03 33",
    "G": "41 30 10 01 05 16 36 45 43 23",
    "H": "00 06|40 46|03 43",
    "I": "00 06",
    "J": "30 35 26 16 05",
    "K": "00 06|40 03 46",
    "L": "00 06 36",
    "M": "06 00 23 40 46",
    "N": "06 00 46 40",
    "O": "10 30 41 45 36 16 05 01 10",
    "P": "06 00 30 41 42 33 03",
    "Q": "10 30 41 45 36 16 05 01 10|24 46",
    "R": "06 00 30 41 42 33 03|23 46",
    "S": "41 30 10 01 02 13 33 44 45 36 16 05",
    "T": "00 40|20 26",
    "U": "00 05 16 36 45 40",
    "V": "00 26 40",
    "W": "00 16 23 36 40",
    "X": "00 46|40 06",
    "Y": "00 23 40|23 26",
    "Z": "00 40 06 46",
    ".": "06",
    ",": "15 06",
    ":": "02|05",
    "·": "03",
    "'": "00 01",
    "-": "03 33",
    "+": "03 43|21 25",
    "=": "02 42|04 44",
    "_": "06 46",
    "/": "06 40",
    "%": "06 40|01|45",
    "(": "10 01 05 16",
    ")": "00 11 15 06",
    "×": "01 45|41 05",
    "?": "01 10 30 41 42 23 24|26",
}
"""Lines of points, each a digit across (0–4) and one down (0–6); a point alone is a dot."""
_SPACE = 3
"""Width of a space in units, between the gaps that every letter has."""
_GAP = 0.22
"""What lies between two letters, in heights of a letter."""

Stroke = tuple[tuple[int, int], ...]


@lru_cache(maxsize=256)
def strokes(letter: str) -> tuple[Stroke, ...]:
    """Return a letter's lines as points in units from its top left; a question mark when there is no such letter."""
    text = "" if letter == " " else _STROKES.get(letter.upper(), _STROKES["?"])
    return tuple(tuple((int(point[0]), int(point[1])) for point in line.split()) for line in text.split("|") if line)


@lru_cache(maxsize=512)
def letter_width(letter: str, height_px: int) -> int:
    """Return a letter's width in px, at a height in px."""
    across = [x for stroke in strokes(letter) for x, _ in stroke]
    return ceil((max(across) + 1 if across else _SPACE) * height_px / UNITS)


def gap(height_px: int) -> int:
    """Return what lies between two letters, in px."""
    return max(1, round(height_px * _GAP))


def text_width(text: str, height_px: int) -> int:
    """Return the width of a line of text in px, at a height in px."""
    return sum(letter_width(letter, height_px) + gap(height_px) for letter in text) - (gap(height_px) if text else 0)
