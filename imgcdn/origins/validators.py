"""What a web server gave us to ask "did it change?" with, and the stamp in which it is remembered."""

import json
from dataclasses import dataclass
from typing import Any, Self

import httpx

_MAX_LENGTH = 1024


@dataclass(frozen=True, slots=True)
class Validators:
    """The ETag and the Last-Modified of an answer, as the server wrote them.

    `life_s` is the life that it was given when it was made, for an answer that was older already when it came.
    """

    etag: str | None = None
    last_modified: str | None = None
    life_s: int | None = None

    @classmethod
    def of(cls, headers: httpx.Headers) -> Self:
        """Take them from the headers of an answer, those left out that could not be sent back."""
        return cls(_usable(headers.get("etag")), _usable(headers.get("last-modified")))

    @classmethod
    def read(cls, stamp: str) -> Self:
        """Read a stamp; one that is none of ours has no validators."""
        try:
            record: Any = json.loads(stamp)
            life_s = record.get("life_s")
            life_s = life_s if type(life_s) is int and life_s >= 0 else None
            return cls(_usable(record.get("etag")), _usable(record.get("last_modified")), life_s)
        except (ValueError, AttributeError):
            return cls()

    def __bool__(self) -> bool:
        return self.etag is not None or self.last_modified is not None

    @property
    def stamp(self) -> str:
        """The text that `read` reads."""
        record = {"etag": self.etag, "last_modified": self.last_modified, "life_s": self.life_s}
        return json.dumps({name: value for name, value in record.items() if value is not None})

    @property
    def headers(self) -> dict[str, str]:
        """The request headers that ask for an answer only if it changed."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value is not None}

    def updated(self, newer: "Validators") -> "Validators":
        """Return these with what a 304 says anew."""
        return Validators(newer.etag or self.etag, newer.last_modified or self.last_modified, newer.life_s)


def _usable(text: object) -> str | None:
    if isinstance(text, str) and 0 < len(text) <= _MAX_LENGTH and text.isascii() and text.isprintable():
        return text
    return None
