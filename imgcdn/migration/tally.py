"""Counts of parameters, values and differences that stay small, whatever a log says and however long it is."""

from dataclasses import dataclass, field
from typing import Final

from imgcdn import errors
from imgcdn.migration import marks
from imgcdn.migration.lines import shown
from imgcdn.migration.marks import Mark, Said, Verdict

MOST_VALUES: Final = 1_000
"""Distinct values that are counted of one parameter; hits of later ones are counted together."""
MOST_NAMES: Final = 500
"""Distinct parameters; later ones are counted together."""
MOST_CASES: Final = 10_000
"""Distinct sets of differences; where there are more, the lighter half is forgotten."""
_LONGEST_VALUE: Final = 200
"""Characters of a value by which it is told from others."""
_EVERYTHING_ELSE: Final = "(more names)"

Differences = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Value:
    """How often a parameter has one value, and what becomes of that."""

    mark: Mark
    hits: int = 0


@dataclass(slots=True)
class Parameter:
    """What is known of one parameter. `other_hits` are those with values beyond the most that are counted."""

    hits: int = 0
    other_hits: int = 0
    verdicts: dict[Verdict, int] = field(default_factory=dict[Verdict, int])
    values: dict[str, Value] = field(default_factory=dict[str, Value])


@dataclass(slots=True)
class Case:
    """URLs that differ by the same parameters and values. `example` is the target of one of them."""

    weight: int
    said: tuple[Said, ...]
    example: str
    hits: int = 0

    @property
    def score(self) -> int:
        return self.weight * self.hits


class Tally:
    """Adds up queries. Those that the server would refuse are counted apart, by the reason."""

    def __init__(self) -> None:
        self.parameters: dict[str, Parameter] = {}
        self.cases: dict[Differences, Case] = {}
        self.refused: dict[str, int] = {}
        self.differing = 0
        self.unsupported = 0
        self.has_forgotten = False

    def add(self, query: str, hits: int, path: bytes) -> None:
        """Count a raw query string, without its signature, so many times; `path` is one that it was asked with."""
        try:
            found = marks.read(query)
        except errors.InvalidParameterError as error:
            self.refused[error.detail] = self.refused.get(error.detail, 0) + hits
            return
        for said in found:
            self.count(said.mark, said.text, hits)
        if differing := [said for said in found if said.weight]:
            self._compare(differing, hits, path, query)

    def count(self, mark: Mark, text: str | None, hits: int) -> None:
        """Count one parameter; a text of None is a value that is not told."""
        name = mark.name
        parameter = self.parameters.get(name)
        if parameter is None:
            if len(self.parameters) >= MOST_NAMES and mark.verdict is Verdict.UNKNOWN:
                name = _EVERYTHING_ELSE
            parameter = self.parameters.setdefault(name, Parameter())
        parameter.hits += hits
        parameter.verdicts[mark.verdict] = parameter.verdicts.get(mark.verdict, 0) + hits
        if text is None:
            return
        text = text[:_LONGEST_VALUE]
        value = parameter.values.get(text)
        if value is None:
            if len(parameter.values) >= MOST_VALUES:
                parameter.other_hits += hits
                return
            value = parameter.values[text] = Value(mark)
        value.hits += hits

    def _compare(self, said: list[Said], hits: int, path: bytes, query: str) -> None:
        self.differing += hits
        self.unsupported += hits * any(one.mark.verdict is not Verdict.APPROXIMATE for one in said)
        key = tuple(sorted((one.mark.name, one.text[:_LONGEST_VALUE]) for one in said))
        case = self.cases.get(key)
        if case is None:
            if len(self.cases) >= MOST_CASES:
                self._forget()
            case = self.cases[key] = Case(
                sum(one.weight for one in said), tuple(said), shown(path, query.encode("latin-1"))
            )
        case.hits += hits

    def _forget(self) -> None:
        kept = sorted(self.cases.items(), key=lambda pair: pair[1].score, reverse=True)[: MOST_CASES // 2]
        self.cases = dict(kept)
        self.has_forgotten = True

    def worst(self, most: int) -> list[Case]:
        """Return the cases that make the most difference, by their weight times their hits."""
        return sorted(self.cases.values(), key=lambda case: (-case.score, case.example))[:most]

    def unusable(self) -> list[tuple[str, str, Value]]:
        """Return parameter, value and count of what cannot be read, most frequent first."""
        found = (
            (name, text, value)
            for name, parameter in self.parameters.items()
            for text, value in parameter.values.items()
            if value.mark.verdict is Verdict.UNUSABLE
        )
        return sorted(found, key=lambda one: -one[2].hits)
