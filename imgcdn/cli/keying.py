"""`imgcdn keys`: who may use the APIs."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from imgcdn import errors, logs
from imgcdn.cli.console import Config, DataDir, flags_of, say, settings_of
from imgcdn.records.keys import Keys
from imgcdn.records.records import open_records

T = TypeVar("T")

keys_app = typer.Typer(
    no_args_is_help=True,
    help="API keys: who may use the APIs. They lie in the data folder: name it as `imgcdn serve` does.",
)


@keys_app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="what the key is for, such as 'shop backend'")],
    kind: Annotated[
        Literal["secret", "publishable"], typer.Option(help="publishable keys read what pages may know")
    ] = "secret",
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it, this once: only its digest is kept."""
    if not 0 < len(name) <= 200:
        raise errors.SettingsError(f"NAME has {len(name)} characters: expected 1 to 200")
    print(_with_keys(config, data_dir, lambda keys: keys.add(name, kind)))  # noqa: T201 - it is the output
    say("keep it: it cannot be shown again; send it as Authorization: Bearer …")


@keys_app.command("list")
def list_keys(config: Config = None, data_dir: DataDir = None) -> None:
    """List the keys, the revoked ones too."""

    async def read(keys: Keys) -> Table:
        table = Table("id", "name", "kind", "made", "revoked")
        for key in keys.all():
            revoked = "" if key.revoked_at is None else _date(key.revoked_at)
            table.add_row(key.id, escape(key.name), key.kind, _date(key.made_at), revoked)
        return table

    Console().print(_with_keys(config, data_dir, read))


@keys_app.command("revoke")
def revoke(
    identity: Annotated[str, typer.Argument(metavar="ID", help="the key's id, as `imgcdn keys list` shows it")],
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key useless at once, also for servers that run."""
    if not _with_keys(config, data_dir, lambda keys: keys.revoke(identity)):
        raise errors.SettingsError(f"ID = {identity!r} is no live key: expected an id of imgcdn keys list")
    say(f"{identity}: revoked")


def _with_keys(config: Config, data_dir: DataDir, work: Callable[[Keys], Awaitable[T]]) -> T:
    settings = settings_of(config, flags_of(data_dir=data_dir))
    logs.configure("error")  # to stderr: a key on stdout is often taken by a script

    async def run() -> T:
        records = await asyncio.to_thread(open_records, settings.data)
        try:
            for why in records.health().values():
                raise errors.RecordsUnavailableError(why)
            return await work(records.keys)
        finally:
            await asyncio.to_thread(records.close)

    return asyncio.run(run())


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
