"""Prints the table for docs/migrating-from-cloudinary.md."""

from imgcdn.dialects.cloudinary import table
from imgcdn.dialects.cloudinary.row import Group, Row


def summary() -> str:
    """Say how many parameters and values have each status."""
    return ", ".join(f"{number} {status.value}" for status, number in table.count().items()) + "."


def markdown(group: Group) -> str:
    """Print one group as a table."""
    lines = ["| parameter | value | here | native fields | note |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *(_line(row) for row in group.rows)]) + "\n"


def _line(row: Row) -> str:
    names = ", ".join(f"`{name}`" for name in row.names)
    sets = ", ".join(f"`{field}`" for field in row.sets) or "–"
    return "| " + " | ".join((names, row.expects, row.status.value, sets, row.note or "–")) + " |"
