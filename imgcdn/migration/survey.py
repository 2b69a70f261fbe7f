"""What a log asks of an imgix host: every line's target counted, equal queries understood once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from imgcdn import errors
from imgcdn.dialects.imgix import signing
from imgcdn.migration.lines import shown, target_of
from imgcdn.migration.marks import Mark, Verdict
from imgcdn.migration.tally import Tally

MOST_WAITING: Final = 100_000
"""Distinct queries that are held, so that equal ones are understood once."""
_MOST_HELD: Final = 64 << 20
"""Bytes of them and of their paths."""
_SHOWN_BAD: Final = 10
_NAME: Final = signing.SIGNATURE.encode() + b"="
_LAST: Final = b"&" + _NAME
_HIDDEN: Final = b"-"
"""What logs of imgcdn have in place of a signature."""


@dataclass(slots=True)
class Signatures:
    """How many URLs are signed. Without tokens `good` and `bad` say nothing; `hidden` are those that a log leaves out.

    `examples` are targets, without their signatures, of some that fit no token.
    """

    signed: int = 0
    unsigned: int = 0
    hidden: int = 0
    good: int = 0
    bad: int = 0
    examples: list[str] = field(default_factory=list[str])


class Survey:
    """Reads lines. `tokens` verify signatures; call `finish` before looking at the tally."""

    def __init__(self, tokens: Sequence[str] = ()) -> None:
        self.tally = Tally()
        self.signatures = Signatures()
        self.lines = self.blank = self.urls = self.plain = 0
        self._tokens = tuple(tokens)
        self._hits: dict[bytes, int] = {}
        self._examples: dict[bytes, bytes] = {}
        self._held = 0

    @property
    def verifies(self) -> bool:
        """Whether there are tokens to verify signatures with."""
        return bool(self._tokens)

    @property
    def others(self) -> int:
        """Lines that are neither empty nor a GET or HEAD of a URL."""
        return self.lines - self.blank - self.urls

    def read(self, lines: Iterable[bytes]) -> None:
        """Count the lines' targets."""
        hits, examples = self._hits, self._examples
        for line in lines:
            self.lines += 1
            target = target_of(line)
            if target is None:
                self.blank += not line.strip()
                continue
            self.urls += 1
            path, _, query = target.partition(b"?")
            if _NAME in query:
                query = self._without_signature(path, query)
            else:
                self.signatures.unsigned += 1
            known = hits.get(query)
            if known is None:
                hits[query] = 1
                examples[query] = path
                self._held += len(query) + len(path)
            else:
                hits[query] = known + 1
        if len(hits) > MOST_WAITING or self._held > _MOST_HELD:
            self._understand()

    def finish(self) -> None:
        """Understand what is still waiting."""
        self._understand()
        if self.signatures.signed:
            self.tally.count(Mark(signing.SIGNATURE, Verdict.SAME), None, self.signatures.signed)

    def _understand(self) -> None:
        for query, hits in self._hits.items():
            if query:
                # As servers do: bytes that are not percent-encoded are Latin-1.
                self.tally.add(query.decode("latin-1"), hits, self._examples[query])
            else:
                self.plain += hits
        self._hits.clear()
        self._examples.clear()
        self._held = 0

    def _without_signature(self, path: bytes, query: bytes) -> bytes:
        """Verify a query if it is signed, and return it without its signature, which stands last."""
        at = query.rfind(_LAST)
        if at >= 0 and query.find(b"&", at + 1) < 0 and not query.startswith(_NAME) and query.find(_LAST) == at:
            rest, given = query[:at], query[at + len(_LAST) :]
        else:
            parts = query.split(b"&")
            found = [part for part in parts if part.startswith(_NAME)]
            if not found:
                self.signatures.unsigned += 1
                return query
            rest = b"&".join(part for part in parts if not part.startswith(_NAME))
            given = found[0].removeprefix(_NAME)
        self.signatures.signed += 1
        if given == _HIDDEN:
            self.signatures.hidden += 1
        elif self._tokens:
            self._verify(path, query, rest)
        return rest

    def _verify(self, path: bytes, query: bytes, rest: bytes) -> None:
        try:
            signing.verify(self._tokens, path.decode("latin-1"), query.decode("latin-1"))
        except errors.BadSignatureError:
            self.signatures.bad += 1
            if len(self.signatures.examples) < _SHOWN_BAD:
                self.signatures.examples.append(shown(path, rest))
        else:
            self.signatures.good += 1
