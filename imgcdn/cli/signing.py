"""`imgcdn sign`: a URL that a server with the same settings takes as its own, signed as its mount's dialect signs."""

import time
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

import typer

from imgcdn import errors
from imgcdn.cli.console import Config, say, settings_of
from imgcdn.dialects.mounts import Mounts
from imgcdn.dialects.signing import LATEST, Signing
from imgcdn.settings import Settings, mounts_of, with_uploads


def sign(
    url: Annotated[str, typer.Argument(help="what to sign: a whole URL, or its path and parameters")],
    expires_in: Annotated[int | None, typer.Option(min=1, metavar="SECONDS", help="how long it holds")] = None,
    kid: Annotated[str | None, typer.Option(help="name of the key to sign with; without it, the first")] = None,
    config: Config = None,
) -> None:
    """Print a URL with its signature: made with a key of signing.keys, or, for a mount of imgix or Cloudinary, as their
    clients make it, with the first of the mount's tokens.
    """
    print(signed(url, settings_of(config, {}), expires_in, kid))  # noqa: T201 - it is the output


def signed(url: str, settings: Settings, expires_in: int | None, kid: str | None) -> str:
    """Return the signed URL; scheme and host, which no signature covers, stay as they are."""
    parts = urlsplit(url)
    if not parts.path.startswith("/"):
        raise errors.InvalidParameterError(
            f"{url} cannot be signed: expected a whole URL, or a path that begins with a slash", param="URL"
        )
    signing = Signing(settings.signing.secrets(), time.time)
    mounts = Mounts(mounts_of(with_uploads(settings)), settings.presets, signing)
    ends = None if expires_in is None else min(int(time.time()) + expires_in, LATEST)
    name = mounts.name_at(parts.netloc, parts.path)
    if name is None:
        if settings.mount:
            say(f"no mount of the settings answers {url}, so that it is signed as a native URL", "yellow")
        found = signing.sign(parts.path, parts.query, expires_at=ends, key_id=kid)
    else:
        found = mounts.sign(name, parts.path, parts.query, expires_at=ends, key_id=kid)
    path, _, query = found.partition("?")
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))
