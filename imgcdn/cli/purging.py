"""`imgcdn cache purge`: what is to be forgotten, also while servers run."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from imgcdn import errors
from imgcdn.apis.keeping import purge_pictures
from imgcdn.app import Application
from imgcdn.cache.caches import open_caches
from imgcdn.cache.purge import Purge, Purged, Report
from imgcdn.cli.console import CacheDir, Config, DataDir, console, say, settings_of_cache
from imgcdn.settings import Settings

Asked = Callable[[Purge, Report], Awaitable[Purged]]
_WHOLE = ("http://", "https://", "//")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be forgotten."""

    sources: Sequence[str]
    urls: Sequence[str]
    prefixes: Sequence[str]
    tags: Sequence[str]
    has_all: bool
    is_soft: bool


def purge_cache(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]…", help="sources as mount/path, such as img/team.jpg")
    ] = None,
    url: Annotated[
        list[str] | None,
        typer.Option(help="a picture in every format and for every client hint: a whole URL, or path and parameters"),
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
    cache_dir: CacheDir = None,
    data_dir: DataDir = None,
) -> None:
    """Forget pictures, also while servers run: they notice at once. Analyses are kept; they are about bytes.

    Run it as the user that the server runs as, so that the server can go on writing what it writes, and for --url with
    the server's settings, which are part of a rendition's name.
    """
    wish = _Wish(sources or [], url or [], prefix or [], tag or [], everything, soft)
    _check(wish)
    settings = settings_of_cache(config, cache_dir, data_dir)
    if wish.urls and not settings.mount:
        raise errors.SettingsError("--url needs the server's settings: expected a mount in them")
    if everything and not soft and not yes:
        typer.confirm(f"Forget all that is kept in {settings.cache.dir}?", abort=True, err=True)
    done = asyncio.run(_purge(settings, wish))
    marked = "marked stale" if soft else "forgotten"
    say(
        f"{marked}: {done.references} references"
        + ("" if soft else f", {done.renditions} renditions, {done.originals} originals")
    )
    for problem in done.problems:
        say(f"not all could be reached: {problem}", "red")
    if done.problems:
        raise typer.Exit(1)


def _check(wish: _Wish) -> None:
    if not (wish.sources or wish.urls or wish.prefixes or wish.tags or wish.has_all):
        raise errors.SettingsError("nothing to purge was named: expected SOURCE, --url, --prefix, --tag or --all")
    for source in wish.sources:
        if source.startswith(_WHOLE):
            raise errors.SettingsError(f"SOURCE = {source} is a URL: expected mount/path, or --url {source}")
    if not all(prefix.removeprefix("/") for prefix in wish.prefixes):
        raise errors.SettingsError("--prefix is empty: expected a mount or mount/path; --all forgets all")


async def _purge(settings: Settings, wish: _Wish) -> Purged:
    total = Purged()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    async with _opened(settings, wish) as (purge, asked):
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("purging")
            for one in asked:
                before = total

                def report(done: Purged, before: Purged = before) -> None:
                    progress.update(task, description=f"purging: {_counted(before.plus(done))}")

                total = before.plus(await one(purge, report))
    return total


@asynccontextmanager
async def _opened(settings: Settings, wish: _Wish) -> AsyncGenerator[tuple[Purge, list[Asked]]]:
    """Open the cache folder; for URLs all of the server, for what is kept of them is named by its engines, too."""
    if not wish.urls:
        caches = open_caches(settings.cache, lambda _: "")  # no engine is asked: analyses are kept
        try:
            yield caches.purge, _asked(wish)
        finally:
            caches.close()
        return
    application = Application(settings)
    await application.start()
    try:
        pictures = [application.addresses.asks(url, "--url") for url in wish.urls]  # presets are known by now
        await application.models_pulled()
        pipeline, is_soft = application.pipeline, wish.is_soft
        yield (
            application.caches.purge,
            [
                *_asked(wish),
                lambda purge, report: purge_pictures(pipeline, purge, pictures, is_soft=is_soft, report=report),
            ],
        )
    finally:
        await application.stop()


def _asked(wish: _Wish) -> list[Asked]:
    """Return the purges that need no more than the cache folder, in their order."""
    is_soft, asked = wish.is_soft, list[Asked]()
    if wish.has_all:
        asked.append(lambda purge, report: purge.everything(is_soft=is_soft, report=report))
    if wish.sources:
        named = [source.removeprefix("/") for source in wish.sources]
        asked.append(lambda purge, report: purge.sources(named, is_soft=is_soft, report=report))
    asked += [_of_prefix(prefix.removeprefix("/"), is_soft=is_soft) for prefix in wish.prefixes]
    asked += [_of_tag(tag, is_soft=is_soft) for tag in wish.tags]
    return asked


def _of_prefix(prefix: str, *, is_soft: bool) -> Asked:
    return lambda purge, report: purge.prefix(prefix, is_soft=is_soft, report=report)


def _of_tag(tag: str, *, is_soft: bool) -> Asked:
    return lambda purge, report: purge.tag(tag, is_soft=is_soft, report=report)


def _counted(done: Purged) -> str:
    return f"{done.references} references, {done.renditions} renditions, {done.originals} originals"
