"""Which labels a text means that it does not name: those whose embedding lies near that of the text."""

from collections.abc import Sequence
from typing import Protocol

from imgcdn.gravity import naming
from imgcdn.gravity.embedding import Matrix

_LEAST = 0.65
"""Cosine from which a text means a label.

With all-MiniLM-L6-v2 a feline is a cat (0.70), a canine a dog (0.93), a parrot a bird (0.73), a jetliner an aeroplane
(0.66); a spaceship is near to boats (0.60) and aeroplanes (0.58), a tiger to cats (0.55), and are none. Of the 5,000
commonest words 46 mean one of Pascal VOC's 20 classes that they do not name.
"""
_BESIDE = 0.1
"""How much farther than the nearest label others may be that are meant with it: livestock is sheep and cows."""
_MOST_WORDS = 8
"""Words of a text that are looked at one by one."""
_LEAST_LETTERS = 3
_PEOPLE = ("person", "face")
"""What is known without any object model."""


class Embedder(Protocol):
    """A text model."""

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return a row of length one for each text, of zeros for one that it cannot read."""
        ...


class Meaning:
    """The labels of an object model, and people, by what they mean; each was embedded once."""

    def __init__(self, embedder: Embedder, labels: Sequence[str] = ()) -> None:
        self._embedder = embedder
        self._labels = tuple(dict.fromkeys((*labels, *_PEOPLE)))
        self._near = embedder.embed([naming.common(label) for label in self._labels])

    def of(self, text: str) -> dict[str, float]:
        """Return the labels that a text means with their cosines, 0-1; empty where it names one, or means none."""
        if any(naming.matches(label, text) for label in self._labels):
            return {}
        unknown = [word for word in naming.phrases(text, self._labels) if not naming.is_known(word)]
        if not unknown:  # it names things, and they are none of ours
            return {}
        words = [word for word in unknown if len(word) >= _LEAST_LETTERS][:_MOST_WORDS]
        whole = [text] if len(unknown) == len(naming.phrases(text, self._labels)) else []
        if not (texts := list(dict.fromkeys([*whole, *words]))):
            return {}
        cosines = (self._near @ self._embedder.embed(texts).T).max(1)
        least = max(_LEAST, float(cosines.max()) - _BESIDE)
        near = zip(self._labels, cosines.tolist(), strict=True)
        return {label: round(min(1.0, cosine), 3) for label, cosine in near if cosine >= least}
