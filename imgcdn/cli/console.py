"""What every command shares: the console for people, and the settings."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from imgcdn.settings import Settings, load

console = Console(stderr=True)

Config = Annotated[Path | None, typer.Option("--config", "-c", help="settings file (TOML)")]


def say(text: str, style: str | None = None) -> None:
    """Print one line as it is: paths can look like markup, and terminals wrap by themselves."""
    console.print(text, style=style, markup=False, emoji=False, highlight=False, soft_wrap=True)


def settings_of(config: Path | None, flags: dict[str, Any]) -> Settings:
    """Load the settings; `IMGCDN_CONFIG` names the file where no option does."""
    named = os.environ.get("IMGCDN_CONFIG")
    return load(config or (Path(named) if named else None), flags)
