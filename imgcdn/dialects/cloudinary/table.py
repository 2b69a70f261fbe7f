"""The parameters of Cloudinary: every one that sites use, what becomes of it here, and whether that is the same."""

from collections.abc import Mapping

from imgcdn.dialects.cloudinary.row import Row
from imgcdn.dialects.cloudinary.rows import effects, flags, gravity, looks, output, size
from imgcdn.dialects.imgix.row import Status

GROUPS = (*size.GROUPS, *gravity.GROUPS, *effects.GROUPS, *looks.GROUPS, *output.GROUPS, *flags.GROUPS)
"""The table."""
ROWS: tuple[Row, ...] = tuple(row for group in GROUPS for row in group.rows)
_BY_NAME: Mapping[str, Row] = {name: row for row in ROWS for name in row.names}
KEYS = frozenset(name.partition("_")[0] for name in _BY_NAME)
"""What stands before the first underscore of every parameter."""
_VALUED = frozenset(name.partition("_")[0] for name in _BY_NAME if "_" in name)


def find(key: str, value: str) -> Row | None:
    """Return the row of a parameter's value, else that of the parameter; None for one that is not known."""
    if key in _VALUED:
        found = _BY_NAME.get(f"{key}_{value.partition(':')[0]}")
        if found is not None:
            return found
    return _BY_NAME.get(key)


def count() -> dict[Status, int]:
    """Return how many rows have each status."""
    return {status: sum(row.status is status for row in ROWS) for status in Status}
