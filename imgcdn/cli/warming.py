"""`imgcdn cache warm`: pictures rendered before anybody asks, by the same pipeline into the same cache."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from imgcdn import errors, logs
from imgcdn.apis.keeping import BUCKETS, understood, warm
from imgcdn.app import Application
from imgcdn.cli.console import Config, console, say, settings_of
from imgcdn.model.spec import Ask
from imgcdn.settings import Settings

_BATCH = 500
"""URLs after which the AVIFs that are under way are waited for: only so many may wait."""
_PLAIN = "%/:?#[]@!$&'()*+,;=~"
"""What may be in a URL besides letters and digits; spaces and letters of other scripts are encoded."""

Problem = dict[str, str]
Named = tuple[str, Ask]


def warm_cache(
    urls: Annotated[
        list[str] | None, typer.Argument(metavar="[URL]…", help="whole URLs, or paths with their parameters")
    ] = None,
    preset: Annotated[list[str] | None, typer.Option(help="a preset that each --source is rendered with")] = None,
    source: Annotated[list[str] | None, typer.Option(help="a source as mount/path, such as img/team.jpg")] = None,
    config: Config = None,
    cache_dir: Annotated[Path | None, typer.Option(help="cache folder, where it is not that of the settings")] = None,
) -> None:
    """Render pictures in every format that browsers ask for, before anybody asks, also while servers run.

    Run it as the user that the server runs as, with the server's settings.
    """
    wanted = [*(urls or []), *(_of_preset(one, name) for one in source or [] for name in preset or [])]
    if not wanted or bool(preset) != bool(source):
        raise errors.SettingsError("nothing to warm was named: expected URL, or --preset and --source")
    settings = settings_of(config, {} if cache_dir is None else {"cache": {"dir": cache_dir}})
    if not settings.mount:
        raise errors.SettingsError("there is nothing to warm: expected a mount in the settings")
    logs.configure("error")
    failed = asyncio.run(_warm(settings, list(dict.fromkeys(wanted))))
    for problem in failed:
        say(f"{problem['url']}: {problem['code']}: {problem['detail']}", "red")
    say(f"warmed: {len(set(wanted)) - len(failed)}, failed: {len(failed)}")
    if failed:
        raise typer.Exit(1)


def _of_preset(source: str, preset: str) -> str:
    return f"/{quote(source.removeprefix('/'))}?preset={quote(preset)}"


async def _warm(settings: Settings, urls: Sequence[str]) -> list[Problem]:
    """Render all that can be, and return a problem for each URL that could not be."""
    application = Application(settings)
    asks, failed = _understand(application, urls)
    if not asks:
        return failed
    await application.start()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
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


def _understand(application: Application, urls: Sequence[str]) -> tuple[list[Named], list[Problem]]:
    asks: list[Named] = []
    failed: list[Problem] = []
    for url in urls:
        try:
            asks.append((url, _ask(application, url)))
        except errors.ImgcdnError as error:
            failed.append({"url": url, "code": error.code, "detail": error.detail})
    return asks, failed


def _ask(application: Application, url: str) -> Ask:
    try:
        parts = urlsplit(quote(url, safe=_PLAIN))
    except ValueError:
        parts = urlsplit("")
    if not parts.path.startswith("/"):
        raise errors.InvalidParameterError("expected a whole URL, or a path that begins with a slash")
    return understood(application.mounts, application.settings.ladder, parts.netloc, parts.path, parts.query)


def _unkept(application: Application, named: Named) -> Problem | None:
    """Say when a picture was rendered, but is not there for the next visitor in every format."""
    url, ask = named
    names = application.pipeline.names(ask, BUCKETS)
    missing = sum(1 for name in names if application.caches.renditions.get(name) is None)
    if names and not missing:
        return None
    detail = "; ".join(application.caches.health().values()) or "it was rendered, but not in every format, or not kept"
    return {"url": url, "code": "not_kept", "detail": detail}
