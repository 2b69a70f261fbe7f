"""`imgcdn cache`: what is kept and how much of the disk it takes, what is to be forgotten, and what to be made."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from imgcdn.cache.caches import open_caches
from imgcdn.cache.stats import Stats
from imgcdn.cli.console import CacheDir, Config, say, settings_of_cache
from imgcdn.cli.purging import purge_cache
from imgcdn.cli.warming import warm_cache

cache_app = typer.Typer(no_args_is_help=True, help="What is kept: how much it is, forgetting it, and making it.")
cache_app.command("purge")(purge_cache)
cache_app.command("warm")(warm_cache)

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@cache_app.command("stats")
def stats(
    config: Config = None,
    cache_dir: CacheDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Say how many values are kept, how much of the disk they take, and when they were last used."""
    settings = settings_of_cache(config, cache_dir)
    caches = open_caches(settings.cache, lambda _: "")  # no engine is asked: analyses are only counted
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
