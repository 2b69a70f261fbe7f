"""What a row of the Cloudinary table says: a parameter or one of its values, what it sets, and how true that is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from imgcdn import errors
from imgcdn.dialects.imgix.row import Status
from imgcdn.dialects.parameters import shown

Setting = tuple[str, Any]
"""A field of `Spec` by its path, and its value."""
Read = Callable[[str], Iterable[Setting]]


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter (`w`), or one of its values (`c_fill`). `sets` names the fields of `Spec` that follow from it.

    `read` turns what stands behind a value's colon into settings, where they need nothing else to be known; it raises
    UnreadableError. A `note` says what is different where the status is not `same`.
    """

    name: str
    expects: str
    sets: tuple[str, ...]
    status: Status
    note: str = ""
    read: Read | None = None
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together, under the heading that the documentation gives them."""

    title: str
    rows: tuple[Row, ...]


def refused(names: Mapping[str, str]) -> tuple[Row, ...]:
    """Make the rows of values that are known and refused, each with its reason."""
    return tuple(Row(name, "–", (), Status.UNSUPPORTED, why) for name, why in names.items())


def bad(said: str, expects: str, hint: str = "") -> errors.InvalidParameterError:
    """Return the error of a value that cannot be used; `said` is the parameter as it stands in the URL."""
    return errors.InvalidParameterError(
        f"{shown(said)} cannot be used{hint}: expected {expects}", param=said.partition("_")[0].partition(" ")[0][:8]
    )


def irreducible(said: str, why: str) -> errors.ConflictingParametersError:
    """Return the error of a component that cannot become part of one plan with those before it."""
    return errors.ConflictingParametersError(
        f"the component {shown(said)} cannot stand there: {why}", param="transformation"
    )
