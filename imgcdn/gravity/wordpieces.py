"""Text as the numbers of pieces of words that a BERT model reads (Wu et al. 2016, arXiv:1609.08144)."""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_MOST_LETTERS = 100
"""A longer word is unknown."""
_UNKNOWN, _START, _END = "[UNK]", "[CLS]", "[SEP]"
_IDEOGRAPHS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))
"""Where Unicode has characters that are words of their own."""


class WordPieces:
    """A vocabulary, and how words are cut by it: the longest piece that it knows first."""

    def __init__(self, numbers: Mapping[str, int], *, is_cased: bool = False) -> None:
        """Take the vocabulary. Raises ValueError where it has no start, end or unknown."""
        missing = [piece for piece in (_UNKNOWN, _START, _END) if piece not in numbers]
        if missing:
            raise ValueError(f"the vocabulary lacks {', '.join(missing)}: expected that of a BERT model")
        self._numbers = numbers
        self._is_cased = is_cased

    def numbers(self, text: str, most: int) -> list[int]:
        """Return at most `most` numbers, with those of start and end; only these two where no word is known."""
        pieces = [piece for word in _words(text, is_cased=self._is_cased) for piece in self._pieces(word)]
        if all(piece == _UNKNOWN for piece in pieces):
            pieces = []
        return [self._numbers[piece] for piece in (_START, *pieces[: most - 2], _END)]

    def _pieces(self, word: str) -> list[str]:
        pieces: list[str] = []
        at = 0
        while at < len(word) <= _MOST_LETTERS:
            mark = "##" if at else ""
            end = next((end for end in range(len(word), at, -1) if mark + word[at:end] in self._numbers), at)
            if end == at:
                return [_UNKNOWN]
            pieces.append(mark + word[at:end])
            at = end
        return pieces or [_UNKNOWN]


def read_vocabulary(folder: Path) -> WordPieces:
    """Read vocab.txt, a piece a line, and whether its words are cased. Raises OSError or ValueError."""
    lines = (folder / "vocab.txt").read_text("utf-8").splitlines()
    said: Any = {}
    if (folder / "tokenizer_config.json").exists():
        said = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    return WordPieces({piece: n for n, piece in enumerate(lines)}, is_cased=said.get("do_lower_case") is False)


def _words(text: str, *, is_cased: bool) -> Iterator[str]:
    """Yield words, and each sign and ideograph by itself; uncased ones in small letters without accents."""
    if not is_cased:
        plain = unicodedata.normalize("NFD", text.lower())
        text = "".join(letter for letter in plain if unicodedata.category(letter) != "Mn")
    word = ""
    for letter in text:
        kind = unicodedata.category(letter)
        if letter.isspace() or kind in {"Cc", "Cf"}:
            parts = ("",) if letter.isspace() else None
        elif kind[0] == "P" or (letter.isascii() and not letter.isalnum()) or _is_ideograph(letter):
            parts = (letter,)
        else:
            word += letter
            continue
        if parts is None:
            continue  # control characters are nothing, not even a space
        if word:
            yield word
        word = ""
        yield from filter(None, parts)
    if word:
        yield word


def _is_ideograph(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _IDEOGRAPHS)
