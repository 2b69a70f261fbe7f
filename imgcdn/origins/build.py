"""Turns the `origin` of a mount, as written in the settings, into the origin itself."""

from collections.abc import Sequence
from pathlib import Path

from imgcdn.errors import SettingsError
from imgcdn.origins.fetch import FindFolder
from imgcdn.origins.files import Files
from imgcdn.origins.hosts import HostList
from imgcdn.origins.http import ProxyOrigin, WebOrigin, read_base
from imgcdn.origins.kept import FindFile, Uploads
from imgcdn.origins.named import Named
from imgcdn.origins.settings import FetchSettings

AnyOrigin = Files | Uploads | WebOrigin | ProxyOrigin | Named
_EXPECTED = "expected a folder, an http:// or https:// URL, 'proxy' or 'files'"


def build_origin(
    origin: str,
    *,
    allow_hosts: Sequence[str] = (),
    settings: FetchSettings,
    tmp_dir: FindFolder,
    find_file: FindFile = lambda _: None,
    may_be_open: bool = False,
    is_by_name: bool = False,
) -> AnyOrigin:
    """Make the origin for a folder's path, a base URL, "proxy" or "files"; raises SettingsError for anything else.

    `find_file` looks up what "files" serves. `may_be_open` says that the mount takes signed URLs only, so that
    `allow_hosts` may hold "*". With `is_by_name` the extension of a path need not be that of its file.
    """
    if origin == "files":
        return Uploads(find_file, settings.folder_check_s)
    if origin == "proxy":
        if not allow_hosts:
            raise SettingsError("The origin 'proxy' has an empty allow_hosts; expected the hosts it may fetch from")
        hosts = HostList.read(allow_hosts, may_be_open=may_be_open)
        return ProxyOrigin(hosts, settings, _made(tmp_dir))
    if origin.lower().startswith(("http://", "https://")):
        hosts = HostList.read(allow_hosts, may_be_open=True) if allow_hosts else None
        web = WebOrigin(read_base(origin), settings, _made(tmp_dir), hosts=hosts)
        return Named(web) if is_by_name else web
    folder = Files(_find_folder(origin), settings)
    return Named(folder) if is_by_name else folder


def _find_folder(origin: str) -> Path:
    if "://" in origin:
        raise SettingsError(f"The origin {origin.partition('://')[0]}:// is not known; {_EXPECTED}")
    try:
        folder = Path(origin).expanduser()
        found = bool(origin) and folder.is_dir()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: no home folder for `~name`
        raise SettingsError(f"The origin {origin!r} cannot be looked at; {_EXPECTED}") from error
    if not found:
        raise SettingsError(f"The origin {origin!r} is no folder that exists; {_EXPECTED}")
    return folder.absolute()


def _made(tmp_dir: FindFolder) -> FindFolder:
    try:
        folder = tmp_dir()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The folder for temporary files cannot be made ({error.strerror})") from error
    return tmp_dir
