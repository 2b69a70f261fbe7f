"""`imgcdn srcset`: a <picture> for a URL, every size of it cropped for itself."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from imgcdn import errors, logs
from imgcdn.apis.srcset.markup import Snippet
from imgcdn.apis.srcset.wanted import Wanted, wanted
from imgcdn.app import Application
from imgcdn.cli.console import Config, settings_of
from imgcdn.settings import MountSettings, Settings


def srcset(
    url: Annotated[str, typer.Argument(help="a picture: a whole URL, or its path and parameters")],
    widths: Annotated[str | None, typer.Option(help="widths to offer, such as 400,800,1200")] = None,
    sizes: Annotated[str | None, typer.Option(help="the sizes attribute")] = None,
    formats: Annotated[str | None, typer.Option(help="formats before the fallback; avif,webp without it")] = None,
    dprs: Annotated[str | None, typer.Option(help="a fixed size for several densities, such as 1,2,3")] = None,
    ratios: Annotated[str | None, typer.Option(help="other shapes by media: 16:9@min-width:800px")] = None,
    alt: Annotated[str | None, typer.Option(help="the alt attribute")] = None,
    folder: Annotated[Path | None, typer.Option(help="folder of pictures, served at /img as by `serve DIR`")] = None,
    config: Config = None,
) -> None:
    """Print a <picture> for a URL, with width and height, so that a page does not jump."""
    asked = wanted(url, widths=widths, sizes=sizes, formats=formats, dprs=dprs, ratios=ratios, alt=alt)
    settings = settings_of(config, {})
    if folder is not None:
        if any(mount.name == "img" for mount in settings.mount):
            raise errors.SettingsError("--folder would be the mount img, but the settings have one already")
        added = MountSettings(name="img", origin=str(folder))
        settings = settings.model_copy(update={"mount": (*settings.mount, added)})
    if not settings.mount:
        raise errors.SettingsError("there are no pictures: expected a mount in the settings, or --folder")
    logs.configure("error")
    print(asyncio.run(_build(settings, asked)).html())  # noqa: T201 - it is the output


async def _build(settings: Settings, asked: Wanted) -> Snippet:
    application = Application(settings)
    await application.start()
    try:
        await application.models_pulled()
        return await application.srcsets().build(asked)
    finally:
        await application.stop()
