"""Runs the application under uvicorn: binds first, so that a taken port is a sentence, announces, then serves."""

import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import uvicorn

from imgcdn.app import Application
from imgcdn.errors import SettingsError
from imgcdn.origins.build import build_origin
from imgcdn.settings import Settings
from imgcdn.web.quick import quick_protocol

_BACKLOG = 2048
_KEEP_ALIVE_S = 75
"""Longer than the 60 s after which nginx and CDNs drop idle connections, so that they close first."""


class _Server(uvicorn.Server):
    """uvicorn, telling when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            raise SettingsError("the server could not start; the log above says why") from None
        if self.started:
            self._ready()


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises SettingsError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise SettingsError(f"server.host = {host!r}, server.port = {port} cannot be listened on: {error}") from None
    listener.set_inheritable(False)
    return listener


def serve_forever(settings: Settings, announce: Callable[[Settings, list[socket.socket]], None]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is called once, when requests are accepted."""
    application = Application(settings)
    _check_origins(settings)
    sockets = [bind(settings.server.host, settings.server.port)]
    config = uvicorn.Config(
        application.site(),
        http=quick_protocol(application.answers),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(settings.server.grace_s) + 1,
    )
    server = _Server(config, lambda: announce(settings, sockets))
    server.run(sockets=sockets)


def _check_origins(settings: Settings) -> None:
    """Raise SettingsError for a mount that cannot be served: uvicorn would make a traceback of it."""
    for mount in settings.mount:
        scratch = Path(tempfile.gettempdir())
        build_origin(mount.origin, allow_hosts=mount.allow_hosts, settings=settings.fetch, tmp_dir=scratch)
