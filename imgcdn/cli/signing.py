"""`imgcdn sign`: a URL that a server with the same keys takes as its own."""

import time
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

import typer

from imgcdn import errors
from imgcdn.cli.console import Config, settings_of
from imgcdn.dialects.signing import LATEST, Signing


def sign(
    url: Annotated[str, typer.Argument(help="what to sign: a whole URL, or its path and parameters")],
    expires_in: Annotated[int | None, typer.Option(min=1, metavar="SECONDS", help="how long it holds")] = None,
    kid: Annotated[str | None, typer.Option(help="name of the key to sign with; without it, the first")] = None,
    config: Config = None,
) -> None:
    """Print a URL with its signature, made with a key of the settings (signing.keys)."""
    signing = Signing(settings_of(config, {}).signing.secrets(), time.time)
    print(signed(url, signing, expires_in, kid))  # noqa: T201 - it is the output


def signed(url: str, signing: Signing, expires_in: int | None, kid: str | None) -> str:
    """Return the signed URL; scheme and host, which no signature covers, stay as they are."""
    parts = urlsplit(url)
    if not parts.path.startswith("/"):
        raise errors.InvalidParameterError(
            f"{url} cannot be signed: expected a whole URL, or a path that begins with a slash", param="URL"
        )
    expires_at = None if expires_in is None else min(int(time.time()) + expires_in, LATEST)
    path, _, query = signing.sign(parts.path, parts.query, expires_at=expires_at, key_id=kid).partition("?")
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))
