"""Prints the table for docs/migrating-from-imgix.md."""

from imgcdn.dialects.imgix import table
from imgcdn.dialects.imgix.row import Group, Row


def summary() -> str:
    """Say how many parameters have each status."""
    return ", ".join(f"{number} {status.value}" for status, number in table.count().items()) + "."


def markdown(group: Group) -> str:
    """Print one group as a table."""
    lines = ["| parameter | value | default | here | native fields | note |", "|---|---|---|---|---|---|"]
    return "\n".join([*lines, *(_line(row) for row in group.rows)]) + "\n"


def _line(row: Row) -> str:
    names = ", ".join(f"`{name}`" for name in row.names)
    sets = ", ".join(f"`{field}`" for field in row.sets) or "–"
    notes = [row.note, *(f"`{value}`: {why} (approximate)" for value, why in row.differing.items())]
    cells = (names, row.argument.expects, row.default or "–", row.status.value, sets)
    return "| " + " | ".join((*cells, "; ".join(filter(None, notes)) or "–")).replace("\n", " ") + " |"
