"""What a row of the imgix table says: a parameter's names, how it is read, what it sets, and how true that is to it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from imgcdn.dialects.readers import UnreadableError


class Status(StrEnum):
    """How close the answer comes to that of imgix."""

    SAME = "same"
    APPROXIMATE = "approximate"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Argument:
    """How a value is read: `expects` completes the sentence "expected …"; `read` raises UnreadableError."""

    expects: str
    read: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter. `sets` names the fields of `Spec` (or `delivery.…`) that follow from it.

    One that is `alone` gives its value to its one field; others are joined with what else is said. A note says what is
    different where the status is not `same`, and whatever else somebody who moves must know.
    """

    name: str
    argument: Argument
    sets: tuple[str, ...]
    status: Status
    note: str = ""
    aliases: tuple[str, ...] = ()
    default: str = ""
    is_alone: bool = False
    differing: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values that are not as good as the parameter's status, and why."""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together, under the heading that the documentation gives them."""

    title: str
    rows: tuple[Row, ...]


def alone(
    name: str,
    argument: Argument,
    sets: str,
    status: Status,
    note: str = "",
    aliases: tuple[str, ...] = (),
    default: str = "",
    differing: Mapping[str, str] | None = None,
) -> Row:
    """Make the row of a parameter that sets one field, whatever else is said."""
    return Row(name, argument, (sets,), status, note, aliases, default, is_alone=True, differing=differing or {})


def nothing(name: str, status: Status, note: str, aliases: tuple[str, ...] = ()) -> Row:
    """Make the row of a parameter that is known and changes nothing."""
    return Row(name, Argument("anything", str), (), status, note, aliases)


def switch(on: Iterable[str] = ("1", "true", "yes", "on", "")) -> Argument:
    known = frozenset(on)

    def read(text: str) -> bool:
        word = text.lower()
        if word in known:
            return True
        if word in {"0", "false", "no", "off"}:
            return False
        raise UnreadableError

    return Argument("true or 1, false or 0", read)
