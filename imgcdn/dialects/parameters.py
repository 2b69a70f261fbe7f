"""A table of parameters: what feeds the parser, the documentation and the tests alike."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from imgcdn import errors
from imgcdn.dialects.readers import Reader, UnreadableError

_SHOWN = 80
"""How many characters of a bad value an error repeats."""

_NAMED = 6
"""How many parameters an error names; the documentation has them all."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row. `sets` names the field of `Spec` or `Delivery` that the value goes to, or "preset".

    A field in a group of `Spec` is named with the group: `adjust.contrast`.
    """

    name: str
    sets: str
    reader: Reader
    default: str
    about: str
    example: str
    aliases: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Values that mean another field's value: `crop=smart` sets gravity."""

    def read(self, text: str) -> Any:
        try:
            return self.reader.read(text)
        except UnreadableError as error:
            near = get_close_matches(str(error) or text.lower(), self.reader.choices, n=1, cutoff=0.6)
            hint = f"; the nearest known value is {near[0]}" if near else ""
            raise errors.InvalidParameterError(
                f"{self.name}={shown(text)} cannot be used{hint}: expected {self.reader.expects}",
                param=self.name,
            ) from None


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together, under the heading that the documentation gives them."""

    title: str
    rows: tuple[Parameter, ...]


class Table:
    """The parameters of one dialect, by name and alias."""

    def __init__(self, rows: Iterable[Parameter]) -> None:
        self.rows = tuple(rows)
        self._by_key = {key: row for row in self.rows for key in (row.name, *row.aliases)}

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.rows)

    def find(self, key: str) -> Parameter | None:
        return self._by_key.get(key)

    def nearest(self, key: str) -> str | None:
        """Return the known name or alias that looks most like `key`."""
        lowered = {known.lower(): known for known in self._by_key}
        if key.lower() in lowered:
            return lowered[key.lower()]
        close = get_close_matches(key.lower(), lowered, n=1, cutoff=0.5)
        return lowered[close[0]] if close else None

    def unknown(self, key: str) -> errors.UnknownParameterError:
        near = self.nearest(key)
        hint = f"; the nearest known name is {near}" if near else ""
        some = ", ".join(row.name for row in self.rows[:_NAMED])
        return errors.UnknownParameterError(
            f"there is no parameter {shown(key)}{hint}: expected one of {some}, … (see the documentation)",
            param=key[:_SHOWN],
        )


def shown(text: str) -> str:
    """Return a value fit to be repeated in an error: short, and without control characters."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:_SHOWN])
    return clean + ("…" if len(text) > _SHOWN else "")


def markdown(table: Iterable[Parameter]) -> str:
    """Print a table of parameters for the documentation."""
    lines = ["| parameter | value | default | meaning | example |", "|---|---|---|---|---|"]
    for row in table:
        names = ", ".join(f"`{name}`" for name in (row.name, *row.aliases))
        cells = (names, row.reader.expects, row.default, row.about, f"`{row.example}`")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
