"""What `imgcdn imgix diff` found: a record for machines, a table for people."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from imgcdn.cli.linted import clean
from imgcdn.migration.comparison import WRONG, Pair, Side, State

_GOOD: Final = frozenset({State.ALIKE})


def record(pairs: Sequence[Pair], base: str, against: str, least: float) -> dict[str, Any]:
    """Return everything, the worst first."""
    return {
        "here": base,
        "there": against,
        "least": least,
        "urls": len(pairs),
        "states": {str(state): count for state, count in Counter(pair.state for pair in pairs).items()},
        "wrong": sum(pair.state in WRONG for pair in pairs),
        "pairs": [asdict(pair) for pair in pairs],
    }


def show(pairs: Sequence[Pair], most: int) -> None:
    """Print the worst pairs, and how many there are of each kind."""
    console = Console()
    table = Table("what", "similarity", "here", "there", "bytes", "URL", title="worst first")
    table.columns[1].justify = table.columns[4].justify = "right"
    table.columns[5].overflow = "fold"
    for pair in pairs[:most]:
        colour = "red" if pair.state in WRONG else "green" if pair.state in _GOOD else "dim"
        what = f"[{colour}]{pair.state}[/{colour}]"
        table.add_row(
            what,
            "" if pair.similarity is None else f"{pair.similarity:.4f}",
            _side(pair.here),
            _side(pair.there),
            f"{decimal(pair.here.bytes)} / {decimal(pair.there.bytes)}",
            clean(pair.target, 300) + (f"\n[dim]{clean(pair.detail, 300)}[/dim]" if pair.detail else ""),
        )
    console.print(table)
    counts = Counter(pair.state for pair in pairs)
    told = ", ".join(f"{counts[state]:,} {state}" for state in State if counts[state])
    likenesses = sorted(pair.similarity for pair in pairs if pair.similarity is not None)
    console.print(f"{len(pairs):,} URLs: {told}", highlight=False, soft_wrap=True)
    if likenesses:
        middle = likenesses[len(likenesses) // 2]
        console.print(f"similarity: least {likenesses[0]:.4f}, median {middle:.4f}", highlight=False)
    if len(pairs) > most:
        console.print(f"[dim]{len(pairs) - most:,} more rows: --top shows them[/dim]")


def _side(side: Side) -> str:
    if side.status != 200:
        return str(side.status or "–")
    kind = clean(side.media_type.removeprefix("image/"))
    if not side.width:
        return kind
    frames = f" × {side.frames}" if side.frames > 1 else ""
    return f"{side.width}x{side.height}{frames} {kind}"
