"""Runs the application under uvicorn: binds first, so that a taken port is a sentence, announces, serves, drains."""

import asyncio
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import structlog
import uvicorn

from imgcdn.app import Application
from imgcdn.errors import SettingsError
from imgcdn.origins.build import build_origin
from imgcdn.settings import Settings, is_signed
from imgcdn.web.quick import quick_protocol
from imgcdn.web.siblings import Siblings
from imgcdn.web.wire import BoundedProtocol, watched

_log = structlog.get_logger("imgcdn.server")
_BACKLOG = 2048
_KEEP_ALIVE_S = 75
"""Longer than the 60 s after which nginx and CDNs drop idle connections, so that they close first."""
ECHO_S = 0.5
"""A signal that comes again so soon is the same: terminals and process managers both pass it on."""
_LOOK_EVERY_S = 0.05


class _Server(uvicorn.Server):
    """uvicorn, telling when it listens; the first signal drains it, the second ends it at once."""

    def __init__(self, config: uvicorn.Config, application: Application, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._application = application
        self._ready = ready
        self._told_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            raise SettingsError("the server could not start; the log above says why") from None
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._told_at is None:
            self._told_at = now
            super().handle_exit(sig, frame)
        elif now - self._told_at > ECHO_S:
            # The kernel ends the workers with this process, and every write of theirs and ours is atomic.
            signal.signal(sig, signal.SIG_DFL)
            os.kill(os.getpid(), sig)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._drain()
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        """Go on listening, so that whoever asks hears that this server drains, until what is under way is done."""
        notify(b"STOPPING=1")
        settings, watch = self._application.settings.server, self._application.watch
        begun = time.monotonic()
        self._application.drain(begun + settings.grace_s)
        if watch.tally.in_flight:
            _log.info("draining", in_flight=watch.tally.in_flight, grace_s=settings.grace_s)
        for connection in list(self.server_state.connections):
            connection.shutdown()  # idle ones close now, others after their answer
        waited = 0.0
        while waited < settings.drain_s or (watch.tally.in_flight and waited < settings.grace_s):
            await asyncio.sleep(_LOOK_EVERY_S)
            waited = time.monotonic() - begun
        self.config.timeout_graceful_shutdown = 1 + max(0, int(settings.grace_s - waited))


def bind(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """Return a socket that can listen. Raises SettingsError when the address cannot be had.

    `is_shared` lets others of this user bind the same address with it, and the kernel share out connections.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise SettingsError(f"server.host = {host!r}, server.port = {port} cannot be listened on: {error}") from None
    listener.set_inheritable(False)
    return listener


def notify(state: bytes) -> None:
    """Tell systemd, when it started us (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address.startswith(("/", "@")):
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(state, address.replace("@", "\0", 1) if address.startswith("@") else address)


def serve_forever(settings: Settings, announce: Callable[[Settings, list[socket.socket]], None]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is called once, when requests are accepted."""
    check(settings)
    sockets = [bind(settings.server.host, settings.server.port)]

    def tell_ready() -> None:
        announce(settings, sockets)
        notify(b"READY=1")

    serve(settings, sockets, tell_ready)


def serve(
    settings: Settings, sockets: list[socket.socket], ready: Callable[[], None], siblings: Siblings | None = None
) -> None:
    """Serve on these sockets in this process, which is one of several fronts when it has `siblings`."""
    application = Application(settings, siblings)
    watch = application.watch
    config = uvicorn.Config(
        application.site(),
        # Below the application hits go out unseen: to log them too, they take the longer way.
        http=watched(BoundedProtocol if watch.logs_hits else quick_protocol(application.answers, watch.tally), watch),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(settings.server.grace_s) + 1,
    )
    _Server(config, application, ready).run(sockets=sockets)


def check(settings: Settings) -> None:
    """Raise SettingsError for a mount that cannot be served: uvicorn would make a traceback of it."""
    scratch = Path(tempfile.gettempdir())
    for mount in settings.mount:
        build_origin(
            mount.origin,
            allow_hosts=mount.allow_hosts,
            settings=settings.fetch,
            tmp_dir=lambda: scratch,
            may_be_open=is_signed(mount, settings),
        )
