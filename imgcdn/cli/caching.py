"""`imgcdn cache`: what is kept and how much of the disk it takes, what is to be forgotten, and what to be made."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from imgcdn import errors, logs
from imgcdn.cache.caches import Caches, open_caches
from imgcdn.cache.purge import Purge, Purged, Report
from imgcdn.cache.stats import Stats
from imgcdn.cli.console import Config, console, say, settings_of
from imgcdn.cli.warming import warm_cache
from imgcdn.settings import Settings

cache_app = typer.Typer(no_args_is_help=True, help="What is kept: how much it is, forgetting it, and making it.")
cache_app.command("warm")(warm_cache)

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
Dir = Annotated[Path | None, typer.Option(help="cache folder, where it is not that of the settings")]
Asked = Callable[[Purge, Report], Awaitable[Purged]]


@cache_app.command("stats")
def stats(
    config: Config = None,
    cache_dir: Dir = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Say how many values are kept, how much of the disk they take, and when they were last used."""
    settings = _settings(config, cache_dir)
    caches = _open(settings)
    try:
        held, problems = caches.stats(), caches.health()
    finally:
        caches.close()
    if as_json:
        stores = {name: asdict(one) for name, one in held.items()}
        for one in stores.values():
            del one["evicted"]  # counted by each process for itself
        print(json.dumps({"dir": str(settings.cache.dir), "stores": stores, "problems": problems}))  # noqa: T201 - it is the output
    else:
        _show(settings.cache.dir, held)
    for name, why in problems.items():
        say(f"{name}: {why}", "red")
    if problems:
        raise typer.Exit(1)


@cache_app.command("purge")
def purge(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]…", help="sources as mount/path, such as img/team.jpg")
    ] = None,
    prefix: Annotated[
        list[str] | None, typer.Option(help="all sources whose mount/path begins so; one ending in / is a folder")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="all renditions with this tag, and the references of their sources")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="all sources, renditions and originals")] = False,
    soft: Annotated[bool, typer.Option("--soft", help="keep all, but ask the origin at the next visit")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask whether --all is meant")] = False,
    config: Config = None,
    cache_dir: Dir = None,
) -> None:
    """Forget pictures, also while servers run: they notice at once. Analyses are kept; they are about bytes.

    Run it as the user that the server runs as, so that the server can go on writing what it writes.
    """
    asked = _asked(sources or [], prefix or [], tag or [], everything=everything, is_soft=soft)
    if not asked:
        raise errors.SettingsError("nothing to purge was named: expected SOURCE, --prefix, --tag or --all")
    settings = _settings(config, cache_dir)
    if everything and not soft and not yes:
        typer.confirm(f"Forget all that is kept in {settings.cache.dir}?", abort=True, err=True)
    done = asyncio.run(_purge(settings, asked))
    marked = "marked stale" if soft else "forgotten"
    say(
        f"{marked}: {done.references} references"
        + ("" if soft else f", {done.renditions} renditions, {done.originals} originals")
    )
    for problem in done.problems:
        say(f"not all could be reached: {problem}", "red")
    if done.problems:
        raise typer.Exit(1)


def _asked(
    sources: list[str], prefixes: list[str], wanted: list[str], *, everything: bool, is_soft: bool
) -> list[Asked]:
    """Return the purges that were asked for, in their order."""
    asked: list[Asked] = []
    if everything:
        asked.append(lambda purge, report: purge.everything(is_soft=is_soft, report=report))
    if sources:
        named = [source.removeprefix("/") for source in sources]
        asked.append(lambda purge, report: purge.sources(named, is_soft=is_soft, report=report))
    for prefix in prefixes:
        if not prefix.removeprefix("/"):
            raise errors.SettingsError("--prefix is empty: expected a mount or mount/path; --all forgets all")
        asked.append(_of_prefix(prefix.removeprefix("/"), is_soft=is_soft))
    asked += [_of_tag(tag, is_soft=is_soft) for tag in wanted]
    return asked


def _of_prefix(prefix: str, *, is_soft: bool) -> Asked:
    return lambda purge, report: purge.prefix(prefix, is_soft=is_soft, report=report)


def _of_tag(tag: str, *, is_soft: bool) -> Asked:
    return lambda purge, report: purge.tag(tag, is_soft=is_soft, report=report)


async def _purge(settings: Settings, asked: list[Asked]) -> Purged:
    caches = _open(settings)
    total = Purged()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("purging")
            for one in asked:
                before = total

                def report(done: Purged, before: Purged = before) -> None:
                    progress.update(task, description=f"purging: {_counted(before.plus(done))}")

                total = before.plus(await one(caches.purge, report))
    finally:
        caches.close()
    return total


def _counted(done: Purged) -> str:
    return f"{done.references} references, {done.renditions} renditions, {done.originals} originals"


def _settings(config: Path | None, cache_dir: Path | None) -> Settings:
    settings = settings_of(config, {} if cache_dir is None else {"cache": {"dir": cache_dir}})
    logs.configure("error")
    if not settings.cache.dir.is_dir():
        raise errors.SettingsError(f"there is no cache folder at {settings.cache.dir}: nothing was kept yet")
    return settings


def _open(settings: Settings) -> Caches:
    return open_caches(settings.cache, lambda _: "")  # no engine is asked: analyses are only counted


def _show(folder: Path, held: Mapping[str, Stats]) -> None:
    table = Table("store", "entries", "size", "budget", "share", "used longest ago", "used last", title=str(folder))
    for column in table.columns[1:]:
        column.justify = "right"
    now = time.time()
    for name, one in held.items():
        budget = "no limit" if one.budget is None else decimal(one.budget)
        share = "" if not one.budget else f"{one.bytes / one.budget:.1%}"
        table.add_row(
            name, f"{one.entries:,}", decimal(one.bytes), budget, share, _ago(one.oldest, now), _ago(one.newest, now)
        )
    Console().print(table)


def _ago(then: float | None, now: float) -> str:
    if then is None:
        return ""
    seconds = max(0, round(now - then))
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), _UNITS[-1])
    return f"{seconds // size} {unit} ago"
