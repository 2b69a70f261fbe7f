"""What imgix calls the parameters of the native dialect, for errors that name one."""

from collections.abc import Mapping

from imgcdn.dialects import native
from imgcdn.dialects.imgix import table


def _name_of(field: str) -> str | None:
    """Return the parameter that sets a field, first of all one that is there for it."""
    paths = {field, f"delivery.{field}"}
    first = (row.name for row in table.ROWS if row.sets and row.sets[0] in paths)
    return next(first, next((row.name for row in table.ROWS if not paths.isdisjoint(row.sets)), None))


NAMES: Mapping[str, str] = {
    row.name: name for row in native.TABLE if table.find(row.name) is None and (name := _name_of(row.sets)) is not None
}
"""imgix' names by native ones that imgix does not know."""
