"""The parameters of imgix: every one that sites use, what becomes of it here, and whether that is the same."""

from collections.abc import Mapping

from imgcdn.dialects.imgix.row import Row, Status
from imgcdn.dialects.imgix.rows import identity, looks, output, overlays, shape

GROUPS = (*shape.GROUPS, *looks.GROUPS, *overlays.GROUPS, *output.GROUPS, *identity.GROUPS)
"""The table. A name that ends with a star stands for every name that begins so."""

ROWS: tuple[Row, ...] = tuple(row for group in GROUPS for row in group.rows)
ALONE: Mapping[str, str] = {row.name: row.sets[0] for row in ROWS if row.is_alone}
"""The field of each parameter that sets one, whatever else is said."""
_BY_KEY: Mapping[str, Row] = {key: row for row in ROWS for key in row.names}
_PREFIXES = tuple((key.removesuffix("*"), row) for key, row in _BY_KEY.items() if key.endswith("*"))
_NEVER_ENCODED = frozenset({"auto", "ch"})
_BASE64 = "64"


def find(key: str) -> Row | None:
    """Return the row of a name or alias, None for one that imgix does not know."""
    row = _BY_KEY.get(key)
    return row or next((found for prefix, found in _PREFIXES if key.startswith(prefix)), None)


def find_encoded(key: str) -> Row | None:
    """Return the row of a name that ends with 64, which says that its value is in base64url."""
    if not key.endswith(_BASE64) or key in _BY_KEY:
        return None
    row = _BY_KEY.get(key.removesuffix(_BASE64))
    return None if row is None or row.name in _NEVER_ENCODED else row


def count() -> dict[Status, int]:
    """Return how many rows have each status."""
    return {status: sum(row.status is status for row in ROWS) for status in Status}
