"""`imgcdn doctor`: what this installation can do, and what stands in front of it does to its answers."""

from collections.abc import Iterable
from typing import Annotated, Protocol

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from imgcdn import __version__, diagnosis, edge
from imgcdn.cli.console import Config, console, settings_of

_COLOURS = {"ok": "green", "warning": "yellow", "broken": "red"}

doctor_app = typer.Typer(invoke_without_command=True)


class _Line(Protocol):
    @property
    def what(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def detail(self) -> str: ...


@doctor_app.callback()
def doctor(context: typer.Context, config: Config = None) -> None:
    """Say what this installation can do: versions, formats, models, cache folder."""
    if context.invoked_subcommand is None:
        _report(f"imgcdn {__version__}", diagnosis.examine(settings_of(config, {})))


@doctor_app.command("cdn")
def doctor_cdn(
    url: Annotated[str, typer.Argument(help="a picture's URL as browsers ask for it, without a format of its own")],
) -> None:
    """Ask for a URL as three kinds of browsers, and say what the cache in front gets wrong."""
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=True) as progress:
        progress.add_task(f"asking for {escape(url)}")
        remarks = edge.examine(url)
    _report(url, remarks)


def _report(title: str, lines: Iterable[_Line]) -> None:
    """Print a table; status 1 when something is broken."""
    table = Table("what", "state", "detail", title=escape(title))
    is_broken = False
    for line in lines:
        colour = _COLOURS[line.state]
        table.add_row(line.what, f"[{colour}]{line.state}[/{colour}]", escape(line.detail))
        is_broken = is_broken or line.state == "broken"
    Console().print(table)
    if is_broken:
        raise typer.Exit(1)
