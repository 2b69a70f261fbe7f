"""A real nginx on loopback with the shipped configuration, changed only where a test machine differs."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from serving import Server, eventually, free_port

SHIPPED = Path(__file__).parents[1] / "config" / "nginx.conf"
_FRAME = """\
daemon off;
{user}
worker_processes 1;
pid {place}/nginx.pid;
error_log {place}/error.log info;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; "" close; }}
    include {place}/imgcdn.conf;
}}
"""


def changed(text: str, changes: dict[str, str]) -> str:
    """Replace what must be there exactly once."""
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in the configuration"
        text = text.replace(old, new)
    return text


@dataclass
class Nginx:
    """One nginx before one or several servers."""

    program: str
    place: Path
    upstreams: tuple[int, ...]
    changes: dict[str, str]
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def write(self) -> Path:
        """Write the configuration, and return its path."""
        self.port = self.port or free_port()
        servers = " ".join(f"server 127.0.0.1:{port} max_fails=3 fail_timeout=5s;" for port in self.upstreams)
        text = SHIPPED.read_text(encoding="utf-8").replace(
            "    # server 10.0.0.2:8000 max_fails=3 fail_timeout=5s;\n", ""
        )
        here = {
            "/var/cache/nginx/imgcdn": str(self.place / "cache"),
            "listen 80;": f"listen 127.0.0.1:{self.port};",
            "server 127.0.0.1:8000 max_fails=3 fail_timeout=5s;": servers,
        }
        (self.place / "imgcdn.conf").write_text(changed(text, here | self.changes), encoding="utf-8")
        user = "user root;" if os.getuid() == 0 else ""
        main = self.place / "nginx.conf"
        main.write_text(_FRAME.format(place=self.place, user=user), encoding="utf-8")
        return main

    def check(self) -> str:
        """Let nginx test the configuration, and return what it says."""
        command = [self.program, "-t", "-e", self.place / "error.log", "-c", self.write()]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stderr

    def start(self) -> "Nginx":
        self.process = subprocess.Popen([self.program, "-e", self.place / "error.log", "-c", self.write()])
        eventually(self._answers, 10, "nginx answers")
        return self

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.place / "error.log").read_text()
        try:
            return httpx.get(f"{self.url}/-/", timeout=5, trust_env=False).status_code == 404
        except httpx.TransportError:
            return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, **options) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False, **options)

    def ask(self, method: str, target: str, **headers: str) -> httpx.Response:
        """Ask on a connection of its own; `headers` are written with underscores, and httpx adds no Accept."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with self.client() as client:
            if "accept" not in named:
                del client.headers["accept"]
            return client.request(method, target, headers=named)

    def get(self, target: str, **headers: str) -> httpx.Response:
        return self.ask("GET", target, **headers)

    def end(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None


@contextmanager
def fronting(program: str, folders: pytest.TempPathFactory) -> Iterator[Callable[..., Nginx]]:
    """Give what starts nginx before servers, with changes to the configuration; all are ended afterwards."""
    begun: list[Nginx] = []

    def start(*servers: Server, changes: dict[str, str] | None = None) -> Nginx:
        nginx = Nginx(program, folders.mktemp("nginx"), tuple(server.port for server in servers), changes or {})
        begun.append(nginx)
        return nginx.start()

    try:
        yield start
    finally:
        for nginx in begun:
            nginx.end()


def status_of(response: httpx.Response) -> str:
    """Return what nginx says of its own part in Cache-Status."""
    return response.headers["cache-status"].rpartition(", ")[2]
