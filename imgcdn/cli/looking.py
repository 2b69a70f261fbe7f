"""`imgcdn analyze` and `imgcdn explain`: what is seen in files, and why a crop is what it is."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from imgcdn import errors, logs
from imgcdn.apis.answers import analysis_record
from imgcdn.cli.console import Config, console, say, settings_of
from imgcdn.diagnosis import PICTURES
from imgcdn.oneshot import Desk, open_desk
from imgcdn.settings import Settings
from imgcdn.web.explained import explanation

_AHEAD = 4
"""Files under way at once for each analysis worker: one is looked at while the next are read."""

Record = dict[str, Any]


def analyze(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="pictures, or folders of them")],
    config: Config = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object a line")] = False,
) -> None:
    """Say what is seen in pictures: faces, focal point, colours. It is kept for the server, by the pictures' bytes."""
    settings = settings_of(config, {})
    logs.configure("error")
    failed = asyncio.run(_analyze(settings, list(_listed(files)), as_json=as_json))
    if failed:
        raise typer.Exit(1)


def explain(
    file: Annotated[Path, typer.Argument(help="picture to read")],
    query: Annotated[str, typer.Argument(help="parameters as in a URL, such as 'w=400&h=300&gravity=face'")],
    config: Config = None,
    accept: Annotated[str, typer.Option(help="the browser's Accept header")] = "image/avif,image/webp,image/*,*/*",
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Say why a crop is what it is: who was asked, what was found, which windows were weighed."""
    if not file.is_file():
        raise errors.SourceNotFoundError(f"{file} is no file: expected a picture", param="FILE")
    settings = settings_of(config, {})
    logs.configure("error")
    record = asyncio.run(_explain(settings, file.absolute(), query, accept))
    if as_json:
        print(json.dumps({"file": str(file), **record}))  # noqa: T201 - it is the output
    else:
        _tell(file, record)


def _listed(files: list[Path]) -> Iterator[Path]:
    for file in files:
        if file.is_dir():
            yield from sorted(path for path in file.rglob("*") if path.suffix.lower() in PICTURES and path.is_file())
        else:
            yield file


async def _analyze(settings: Settings, files: list[Path], *, as_json: bool) -> int:
    """Print a record for each file in their order, and return how many could not be analysed."""
    failed = 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=console, transient=True)
    table = None if as_json else Table("file", "size", "focal point", "from", "confidence", "faces", "colours")
    async with open_desk(settings, keeps=True) as desk:
        with progress if len(files) > 1 else nullcontext():
            task = progress.add_task("looking", total=len(files))
            width = _AHEAD * max(1, settings.analysis.workers)
            async for file, record in _in_order(files, width, lambda file: _record(desk, file)):
                failed += "error" in record
                if table is None:
                    print(json.dumps({"file": str(file), **record}), flush=True)  # noqa: T201 - it is the output
                else:
                    table.add_row(escape(str(file)), *_row(record))
                progress.advance(task)
    if table is not None:
        Console().print(table)
    return failed


async def _record(desk: Desk, file: Path) -> Record:
    try:
        return analysis_record(await desk.analyse(file))
    except errors.ImgcdnError as error:
        return {"error": {"code": error.code, "status": error.status, "detail": error.detail}}


async def _in_order(
    files: list[Path], width: int, work: Callable[[Path], Awaitable[Record]]
) -> AsyncGenerator[tuple[Path, Record]]:
    """Work on `width` files at once, and yield results in the order of the files."""
    waiting = iter(files)
    running: deque[tuple[Path, asyncio.Future[Record]]] = deque()
    try:
        while True:
            for file in waiting:
                running.append((file, asyncio.ensure_future(work(file))))
                if len(running) >= width:
                    break
            if not running:
                return
            file, future = running.popleft()
            yield file, await future
    finally:
        for _, future in running:
            future.cancel()


def _row(record: Record) -> tuple[str, ...]:
    if "error" in record:
        return (f"[red]{escape(record['error']['detail'])}[/red]", "", "", "", "", "")
    focal = record["focal"]["suggested"]
    palette: dict[str, Any] = record["palette"] or {}
    colours = " ".join(f"[{swatch['hex']}]██[/]" for swatch in palette.values() if swatch and "rgb" in swatch)
    return (
        f"{record['width']}x{record['height']}",
        f"{focal['x']:.3f}, {focal['y']:.3f}",
        focal["source"],
        f"{focal['confidence']:.2f}",
        str(len(record["faces"])),
        colours,
    )


async def _explain(settings: Settings, file: Path, query: str, accept: str) -> Record:
    async with open_desk(settings, keeps=True) as desk:
        ask, found = await desk.explain(file, query, accept)
    return explanation(ask, found)


def _tell(file: Path, record: Record) -> None:
    plan, focus, window, output = record["plan"], record["focus"], record["window"], record["output"]
    source = record["source"]
    place = f"{window['width']}x{window['height']} at {window['left']}, {window['top']}"
    say(f"{file}: {source['width']}x{source['height']} → {plan['w']}x{plan['h']} {output['format']}", "bold")
    say(f"  window: {place} ({plan['fit']})")
    if focus is None:
        say("  focus: none was needed, for nothing is cut away")
    else:
        sure = "" if focus["confidence"] is None else f", confidence {focus['confidence']:.2f}"
        say(f"  focus: {focus['engine']} at {focus['x']:.3f}, {focus['y']:.3f}{sure}")
        for trial in focus["tried"]:
            say(f"    asked {trial['engine']}: {trial['result']}")
    for sentence in record["why"]:
        say(f"  because {sentence}")
    say(f"  format: {output['why']}")
    if record["candidates"]:
        names = list(record["candidates"][0]["parts"])
        table = Table("window", "score", *names, title="windows that were weighed")
        for candidate in record["candidates"]:
            box = candidate["window"]
            parts = (f"{candidate['parts'].get(name, 0):+.3f}" for name in names)
            table.add_row(f"{box['left']}, {box['top']}", f"{candidate['score']:.3f}", *parts)
        Console().print(table)
