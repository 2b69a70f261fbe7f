"""The `imgcdn` command."""

import asyncio
import socket
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from imgcdn import __version__, diagnosis, errors, logs, samples
from imgcdn.cli import doctoring, looking, responsive, signing
from imgcdn.cli.caching import cache_app
from imgcdn.cli.console import Config, console, say, settings_of
from imgcdn.cli.keying import keys_app
from imgcdn.cli.migrating import imgix_app
from imgcdn.dialects.mounts import DIALECTS
from imgcdn.fronts.parent import serve_fronts
from imgcdn.gravity import models
from imgcdn.model.media import Format, Rendition
from imgcdn.oneshot import open_desk
from imgcdn.server import serve_forever
from imgcdn.settings import MountSettings, Settings, example_toml

app = typer.Typer(no_args_is_help=True, add_completion=False, help="A self-hosted image CDN origin.")
models_app = typer.Typer(no_args_is_help=True, help="The face models.")
app.add_typer(models_app, name="models")
app.add_typer(doctoring.doctor_app, name="doctor")
app.add_typer(cache_app, name="cache")
app.add_typer(keys_app, name="keys")
app.add_typer(imgix_app, name="imgix")
app.command()(looking.analyze)
app.command()(looking.explain)
app.command()(signing.sign)
app.command()(responsive.srcset)


def main() -> None:
    """Run the command; mistakes end with a sentence and status 2, not with a traceback."""
    try:
        app()
    except errors.SettingsError as error:
        say(f"imgcdn: {error}", "red")
        sys.exit(2)
    except errors.ImgcdnError as error:
        say(f"imgcdn: {error.title}: {error.detail}", "red")
        sys.exit(1)


@app.command()
def serve(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="folder of pictures, served at /img")] = None,
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on; 0 takes a free one")] = None,
    cache_dir: Annotated[Path | None, typer.Option(help="folder for everything that can be made again")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="folder for what people told the server")] = None,
    workers: Annotated[int | None, typer.Option(help="render workers; 0 is one per core")] = None,
    fronts: Annotated[int | None, typer.Option(help="front processes that share the port and the folders")] = None,
) -> None:
    """Serve pictures over HTTP; without a folder or mounts, some sample photos."""
    flags = _given(
        server={"host": host, "port": port, "fronts": fronts},
        cache={"dir": cache_dir},
        data={"dir": data_dir},
        render={"workers": workers},
    )
    settings = settings_of(config, flags)
    mounts = settings.mount
    if folder is not None:
        if any(mount.name == "img" for mount in mounts):
            raise errors.SettingsError("DIR would be the mount img, but the settings have a mount of that name already")
        mounts = (*mounts, MountSettings(name="img", origin=str(folder)))
    elif not mounts:
        mounts = (MountSettings(name="img", origin=str(samples.folder())),)
    logs.configure(settings.server.log)
    settings = settings.model_copy(update={"mount": mounts})
    if settings.server.fronts > 1:
        raise typer.Exit(serve_fronts(settings, _announce))
    serve_forever(settings, _announce)


def _announce(settings: Settings, sockets: list[socket.socket]) -> None:
    """Print URLs to try, with pictures that are really there."""
    host, port = sockets[0].getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    say(f"imgcdn {__version__} serves on http://{shown}:{port}", "bold")
    for mount in settings.mount:
        example = diagnosis.example_of(mount.origin)
        base = f"http://{mount.hosts[0]}" if mount.hosts else f"http://{shown}:{port}/{mount.name}"
        shows = DIALECTS[mount.dialect].example.format(path=quote(example) if example else "…")
        say(f"  {base}/{shows}")


@app.command()
def render(
    file: Annotated[Path, typer.Argument(help="picture to read")],
    out: Annotated[Path, typer.Argument(help="picture to write; its ending names the format unless the query does")],
    query: Annotated[str, typer.Argument(help="parameters as in a URL, such as 'w=400&h=300&gravity=face'")] = "",
    config: Config = None,
) -> None:
    """Render one file as the server would."""
    if not file.is_file():
        raise errors.SourceNotFoundError(f"{file} is no file: expected a picture", param="FILE")
    settings = settings_of(config, {})
    logs.configure("warning")
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=True) as progress:
        progress.add_task(f"rendering {escape(file.name)}")
        rendition = asyncio.run(_render(settings, file.absolute(), query, _format_of(out)))
    try:
        out.write_bytes(rendition.body)
    except OSError as error:
        raise errors.SettingsError(f"{out} cannot be written: {error.strerror}") from None
    focus = f", focus {rendition.focus}" if rendition.focus else ""
    say(f"{out}: {rendition.width}x{rendition.height} {rendition.media_type}, {len(rendition.body)} bytes{focus}")


async def _render(settings: Settings, file: Path, query: str, wanted: Format | None) -> Rendition:
    async with open_desk(settings, keeps=False) as desk:
        return await desk.render(file, query, wanted)


def _format_of(out: Path) -> Format | None:
    ending = out.suffix.lower().removeprefix(".")
    return next((form for form in Format if ending in {form.value, form.extension}), None)


@models_app.command("pull")
def models_pull(config: Config = None) -> None:
    """Fetch the face models, about 35 MB, and check their digests."""
    folder = settings_of(config, {}).gravity.models_dir
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("fetching the face models", total=None)
        fresh = models.pull(folder, lambda done, total: progress.update(task, completed=done, total=total))
    for path in fresh:
        say(f"{path}: fetched, SHA-256 as expected")
    if not fresh:
        say(f"the face models are in {folder} already")


@models_app.command("list")
def models_list(config: Config = None) -> None:
    """List the face models and whether they are whole."""
    folder = settings_of(config, {}).gravity.models_dir
    table = Table("model", "bytes", "state", title=escape(str(folder)))
    for model in models.MODELS:
        table.add_row(model.name, str(model.bytes), models.problem(folder, model) or "present")
    Console().print(table)


@app.command("config")
def print_config() -> None:
    """Print every setting with its default and its meaning, as TOML."""
    print(example_toml(), end="")  # noqa: T201 - it is the output


def _given(**sections: dict[str, Any]) -> dict[str, Any]:
    """Keep the flags that were given."""
    found = {
        name: {key: value for key, value in values.items() if value is not None} for name, values in sections.items()
    }
    return {name: values for name, values in found.items() if values}


if __name__ == "__main__":
    main()
