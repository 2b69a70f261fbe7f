"""What `imgcdn imgix lint` found, for people."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Record = Mapping[str, Any]

_COLOURS: Final = {
    "same": "green",
    "unknown": "dim",
    "approximate": "yellow",
    "unusable": "red",
    "unsupported": "red",
}
_VALUES: Final = 4
"""Values of a parameter that are shown."""
_REASONS: Final = 2
_LONGEST: Final = 32


def show(found: Record) -> None:
    """Print what was counted, parameter by parameter, what cannot be used, and what would differ most."""
    console = Console()
    if found["parameters"]:
        console.print(_parameters(found))
    if found["unusable"]:
        console.print(_unusable(found["unusable"]))
    if found["worst"]:
        console.print(_worst(found["worst"]))
    for sentence in _sentences(found):
        console.print(sentence, highlight=False, soft_wrap=True)


def _parameters(found: Record) -> Table:
    table = Table("parameter", "here", "hits", "of URLs", "values", "most frequent values", title="parameters")
    for column in table.columns[2:5]:
        column.justify = "right"
    for one in found["parameters"]:
        more = "+" if one["hits_of_more_values"] else ""
        table.add_row(
            clean(one["name"]),
            _marks(one),
            f"{one['hits']:,}",
            f"{one['hits'] / found['urls']:.1%}",
            f"{one['distinct_values']:,}{more}" if one["values"] else "",
            "\n".join(["  ".join(map(_value, one["values"][:_VALUES])), *map(_why, one["why"][:_REASONS])]),
        )
    return table


def _marks(one: Record) -> str:
    marks = sorted(one["marks"].items(), key=lambda pair: -pair[1])
    if len(marks) == 1:
        return _coloured(marks[0][0], marks[0][0])
    return ", ".join(_coloured(mark, f"{mark} {hits / one['hits']:.1%}") for mark, hits in marks)


def _value(value: Record) -> str:
    return f"{_coloured(value['mark'], clean(value['value'], _LONGEST) or '(empty)')} [dim]×{value['hits']:,}[/dim]"


def _why(note: str) -> str:
    return f"[dim]{clean(note, 200)}[/dim]"


def _unusable(values: Sequence[Record]) -> Table:
    table = Table("parameter", "value", "hits", "what becomes of it", title="values that cannot be used")
    table.columns[2].justify = "right"
    for one in values:
        table.add_row(clean(one["name"]), clean(one["value"], _LONGEST), f"{one['hits']:,}", clean(one["why"], 400))
    return table


def _worst(cases: Sequence[Record]) -> Table:
    table = Table("hits", "weight", "by what", "such as", title="URLs that would differ most", show_lines=True)
    table.columns[0].justify = table.columns[1].justify = "right"
    table.columns[3].overflow = "fold"
    for case in cases:
        said = " ".join(
            _coloured(one["mark"], clean(f"{one['name']}={one['value']}", _LONGEST)) for one in case["parameters"]
        )
        table.add_row(f"{case['hits']:,}", str(case["weight"]), said, clean(case["example"], 300))
    return table


def _sentences(found: Record) -> list[str]:
    urls: int = found["urls"]
    told: list[str] = []
    told.append(
        f"[bold]{urls:,} URLs[/bold] in {found['lines']:,} lines; {found['without_parameters']:,} without parameters; "
        f"{found['no_urls']:,} lines ask for no URL by GET or HEAD"
    )
    if urls:
        near = found["differing"] - found["unsupported"]
        told.append(
            f"{1 - found['differing'] / urls:.1%} would be the same, {near / urls:.1%} approximately, "
            f"{found['unsupported'] / urls:.1%} ({found['unsupported']:,}) ask for something that is not done here"
        )
    told += [f"[red]{one['hits']:,} would be refused[/red]: {clean(one['why'], 400)}" for one in found["refused"]]
    told += _signatures(found["signatures"])
    if any(one["hits_of_more_values"] for one in found["parameters"]):
        told.append(
            f"[dim]of each parameter the first {found['bounds']['values_per_parameter']:,} values are counted[/dim]"
        )
    if found["bounds"]["cases_forgotten"]:
        told.append("[dim]there are so many kinds of differences that rare ones may be counted too low[/dim]")
    return told


def _signatures(said: Record) -> list[str]:
    if not said["signed"]:
        return []
    told = f"{said['signed']:,} are signed, {said['unsigned']:,} are not"
    if said["hidden"]:
        told += f"; of {said['hidden']:,} the log hides the signature"
    if not said["verified"]:
        return [told + "; with --token signatures are verified"]
    colour = "red" if said["bad"] else "green"
    lines = [told + f"; [{colour}]{said['good']:,} fit a token, {said['bad']:,} fit none[/{colour}]"]
    return lines + [f"  fits no token: {clean(target, 300)}" for target in said["examples"]]


def _coloured(mark: str, text: str) -> str:
    return f"[{_COLOURS[mark]}]{text}[/{_COLOURS[mark]}]"


def clean(text: str, longest: int = 60) -> str:
    """Return text of somebody else as markup that shows it: short, steering no terminal."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:longest])
    return escape(shown + ("…" if len(text) > longest else ""))
