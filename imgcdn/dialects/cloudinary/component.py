"""One component of a transformation: its parameters by their keys, each of them known and not refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from imgcdn import errors
from imgcdn.dialects.cloudinary import arguments, gravities, table
from imgcdn.dialects.cloudinary.row import Row, Setting, bad
from imgcdn.dialects.imgix.row import Status
from imgcdn.dialects.parameters import shown
from imgcdn.dialects.readers import UnreadableError

_REPEATED = frozenset({"e", "fl", "a"})
"""Parameters that may stand in a component more than once."""
_CALCULATED = frozenset({"w", "h", "x", "y", "ar", "r", "o", "z"})
_PICTURED = frozenset({"l", "t", "co", "u"})
"""Parameters whose value is a name, not a word of the table."""


@dataclass(frozen=True, slots=True)
class Component:
    """Parameters in their order, as (key, value); `text` is the component as it stands in the URL."""

    text: str
    pairs: tuple[tuple[str, str], ...]
    _last: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_last", dict(self.pairs))

    def get(self, key: str) -> str | None:
        """Return the value of a parameter, the last if there are several."""
        return self._last.get(key)

    def has(self, *keys: str) -> bool:
        return any(key in self._last for key in keys)

    def all(self, key: str) -> list[str]:
        """Return every value of a parameter, those with dots between them apart."""
        return [one for name, value in self.pairs if name == key for one in value.split(".")]

    @property
    def flags(self) -> list[str]:
        """Return the flags without what stands behind their colons."""
        return [flag.partition(":")[0] for flag in self.all("fl")]


def read(text: str, *, strict: bool, ignored: list[str], sees: gravities.Sees = gravities.sees_people) -> Component:
    """Read a component. Raises InvalidParameterError for what is not known, twice, or refused.

    What is known and refused is left out and listed where a mount is not strict; things that nobody here can find are
    so on every mount.
    """
    pairs: list[tuple[str, str]] = []
    for part in filter(None, text.split(",")):
        key, _, value = part.partition("_")
        _refuse_calculated(part, key, value)
        row = _row(key, value)
        if row is None:
            if strict:
                raise errors.UnknownParameterError(
                    f"{shown(part)} is no parameter of a transformation: expected one of Cloudinary's", param=key[:8]
                )
            ignored.append(shown(part))
        elif row.status is Status.UNSUPPORTED:
            if strict and row.name != "d":
                raise errors.InvalidParameterError(
                    f"{shown(part)} is not supported here ({row.note}): expected a transformation without it", param=key
                )
            ignored.append(shown(part))
        elif key not in _REPEATED and any(key == name for name, _ in pairs):
            raise errors.ConflictingParametersError(
                f"{key}_ is given more than once in {shown(text)}: expected it once", param=key
            )
        elif key == "g":
            found = _gravity(value, sees, strict=strict)
            if found != value:
                ignored.append(shown(part))
            if found:
                pairs.append((key, found))
        else:
            pairs.append((key, value))
    return Component(text, tuple(pairs))


def _gravity(value: str, sees: gravities.Sees, *, strict: bool) -> str:
    """Return what of a gravity can be looked for here; nothing of one that is unknown where a mount is not strict."""
    try:
        return gravities.known(value, sees)
    except errors.InvalidParameterError:
        if strict:
            raise
        return ""


def _row(key: str, value: str) -> Row | None:
    if key in _PICTURED:
        return table.find(key, value if key == "l" else "")
    words = value.split(".") if key in {"a", "fl"} else [value]
    rows = [table.find(key, word) for word in words]
    return next((row for row in rows if row is None or row.status is Status.UNSUPPORTED), rows[0])


def _refuse_calculated(part: str, key: str, value: str) -> None:
    if key.startswith("$") or (key in _CALCULATED and arguments.is_expression(value)):
        raise bad(part, "a number; variables, iw, ih and sums are not calculated here")


def settings(component: Component, key: str) -> Iterator[tuple[str, Setting]]:
    """Yield what follows from the values of `e` or `fl` alone, each with the parameter that says it."""
    for value in component.all(key) if key == "fl" else [value for name, value in component.pairs if name == key]:
        row = table.find(key, value)
        if row is None or row.read is None:
            continue
        said = f"{key}_{value}"
        try:
            for setting in row.read(value.partition(":")[2]):
                yield said, setting
        except UnreadableError:
            more = row.expects.removeprefix("– or ").removeprefix("–")
            alone = f"{row.name} alone" if row.expects.startswith("–") else ""
            raise bad(said, ", or ".join(filter(None, (alone, more and f"{row.name}: with {more}")))) from None
