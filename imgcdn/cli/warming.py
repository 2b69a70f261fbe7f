"""`imgcdn cache warm`: pictures rendered before anybody asks, by the same pipeline into the same cache."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from imgcdn import errors, logs
from imgcdn.apis.keeping import BUCKETS, warm
from imgcdn.app import Application
from imgcdn.cli.console import CacheDir, Config, DataDir, console, flags_of, say, settings_of
from imgcdn.model.spec import Ask
from imgcdn.settings import Settings

_BATCH = 500
"""URLs after which the AVIFs that are under way are waited for: only so many may wait."""

Problem = dict[str, str]
Named = tuple[str, Ask]
Wanted = str | tuple[str, str]
"""A URL, or a source and a preset."""


def warm_cache(
    urls: Annotated[
        list[str] | None, typer.Argument(metavar="[URL]…", help="whole URLs, or paths with their parameters")
    ] = None,
    preset: Annotated[list[str] | None, typer.Option(help="a preset that each --source is rendered with")] = None,
    source: Annotated[list[str] | None, typer.Option(help="a source as mount/path, such as img/team.jpg")] = None,
    config: Config = None,
    cache_dir: CacheDir = None,
    data_dir: DataDir = None,
) -> None:
    """Render pictures in every format that browsers ask for, before anybody asks, also while servers run.

    Run it as the user that the server runs as, with the server's settings.
    """
    presets, sources = preset or [], source or []
    if not (urls or presets) or bool(presets) != bool(sources):
        raise errors.SettingsError("nothing to warm was named: expected URL, or --preset and --source")
    settings = settings_of(config, flags_of(cache_dir, data_dir))
    if not settings.mount:
        raise errors.SettingsError("there is nothing to warm: expected a mount in the settings")
    logs.configure("error")
    wanted: list[Wanted] = [*(urls or []), *((one, name) for one in sources for name in presets)]
    wanted = list(dict.fromkeys(wanted))
    failed = asyncio.run(_warm(settings, wanted))
    for problem in failed:
        say(f"{problem['url']}: {problem['code']}: {problem['detail']}", "red")
    say(f"warmed: {len(wanted) - len(failed)}, failed: {len(failed)}")
    if failed:
        raise typer.Exit(1)


async def _warm(settings: Settings, wanted: Sequence[Wanted]) -> list[Problem]:
    """Render all that can be, and return a problem for each URL that could not be."""
    application = Application(settings)
    await application.start()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        asks, failed = _understand(application, wanted)  # presets are known by now
        if not asks:
            return failed
        await application.models_pulled()
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("rendering", total=len(asks))
            for start in range(0, len(asks), _BATCH):
                batch = asks[start : start + _BATCH]
                progress.update(task, description="rendering")
                found = await warm(application.pipeline, batch, lambda: progress.advance(task))
                progress.update(task, description="writing AVIF")
                await application.flights.idle()
                failed += [
                    problem
                    for one, told in zip(batch, found, strict=True)
                    if (problem := told.problem or _unkept(application, one))
                ]
    finally:
        await application.stop()
    return failed


def _understand(application: Application, wanted: Sequence[Wanted]) -> tuple[list[Named], list[Problem]]:
    addresses = application.addresses
    asks: list[Named] = []
    failed: list[Problem] = []
    for one in wanted:
        url = one if isinstance(one, str) else " ".join(one)
        try:
            if not isinstance(one, str):
                url = addresses.preset_url(*one, "--source")
            asks.append((url, addresses.ask(url, "URL")))
        except errors.ImgcdnError as error:
            failed.append({"url": url, "code": error.code, "detail": error.detail})
    return asks, failed


def _unkept(application: Application, named: Named) -> Problem | None:
    """Say when a picture was rendered, but is not there for the next visitor in every format."""
    url, ask = named
    names = application.pipeline.names(ask, BUCKETS)
    missing = sum(1 for name in names if application.caches.renditions.get(name) is None)
    if names and not missing:
        return None
    detail = "; ".join(application.caches.health().values()) or "it was rendered, but not in every format, or not kept"
    return {"url": url, "code": "not_kept", "detail": detail}
