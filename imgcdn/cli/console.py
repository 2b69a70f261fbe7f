"""What every command shares: the console for people, and the settings."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from imgcdn import errors, logs
from imgcdn.settings import Settings, load

console = Console(stderr=True)

Config = Annotated[Path | None, typer.Option("--config", "-c", help="settings file (TOML)")]
CacheDir = Annotated[Path | None, typer.Option(help="cache folder, where it is not that of the settings")]
DataDir = Annotated[Path | None, typer.Option(help="data folder, where it is not that of the settings")]


def say(text: str, style: str | None = None) -> None:
    """Print one line as it is: paths can look like markup, and terminals wrap by themselves."""
    console.print(text, style=style, markup=False, emoji=False, highlight=False, soft_wrap=True)


def flags_of(cache_dir: Path | None = None, data_dir: Path | None = None) -> dict[str, Any]:
    """Return the flags that name folders, as the settings have them."""
    folders = {"cache": cache_dir, "data": data_dir}
    return {section: {"dir": folder} for section, folder in folders.items() if folder is not None}


def settings_of_cache(config: Path | None, cache_dir: Path | None, data_dir: Path | None = None) -> Settings:
    """Load the settings for work on a cache folder. Raises SettingsError where there is none."""
    settings = settings_of(config, flags_of(cache_dir, data_dir))
    logs.configure("error")
    if not settings.cache.dir.is_dir():
        raise errors.SettingsError(f"there is no cache folder at {settings.cache.dir}: nothing was kept yet")
    return settings


def settings_of(config: Path | None, flags: dict[str, Any]) -> Settings:
    """Load the settings; `IMGCDN_CONFIG` names the file where no option does."""
    named = os.environ.get("IMGCDN_CONFIG")
    return load(config or (Path(named) if named else None), flags)
