"""A real `imgcdn serve` process on loopback: started, asked, looked into, and ended by its own process id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

STARTED_WITHIN_S = 60
ENDED_WITHIN_S = 40
RENDERING, LOOKING = "imgcdn.tasks.rendering", "imgcdn.tasks.looking"

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
FIREFOX = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
SAFARI_15 = "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"
SAFARI_13 = "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what would configure imgcdn or send requests astray."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("IMGCDN_") and not name.lower().endswith("_proxy")
    }
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | (extra or {})


def command(*arguments: object) -> list[str]:
    # -P: what is tested is the installed package, not what lies in the current folder.
    return [sys.executable, "-P", "-m", "imgcdn", *(str(argument) for argument in arguments)]


def eventually(fact: Callable[[], Any], within_s: float = 15, why: str = "") -> Any:
    """Wait until the fact holds, and return it."""
    until = time.monotonic() + within_s
    while True:
        found = fact()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"not within {within_s} s: {why or fact}")
        time.sleep(0.02)


@dataclass
class Server:
    """One server process. `arguments` follow `imgcdn serve`; host, port and cache folder are given for it."""

    arguments: tuple[object, ...]
    cache: Path
    log: Path
    env: dict[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Server":
        self.port = self.port or free_port()
        flags = (
            "--host",
            self.host,
            "--port",
            self.port,
            "--cache-dir",
            self.cache,
            "--data-dir",
            self.cache.parent / "data",
        )
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command("serve", *self.arguments, *flags),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(self.env),
            )
        try:
            eventually(self._is_ready, STARTED_WITHIN_S, "the server is ready")
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def _is_ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.said}")
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False, **options)

    def get(self, target: str, **headers: str) -> httpx.Response:
        """Ask on a connection of its own; `headers` are written with underscores."""
        return self.ask("GET", target, **headers)

    def send(self, method: str, target: str, content: Any) -> httpx.Response:
        """Send JSON to an API."""
        with self.client() as client:
            return client.request(method, target, json=content)

    def ask(self, method: str, target: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with self.client() as client:
            return client.request(method, target, headers=named)

    def upgraded(self, target: str, accept: str = CHROME) -> httpx.Response:
        """Ask until AVIF comes: the first visitor gets WebP, while it is written."""

        def asked() -> httpx.Response | None:
            answer = self.ask("GET", target, accept=accept)
            assert answer.status_code == 200, answer.text
            return answer if answer.headers["content-type"] == "image/avif" else None

        return eventually(asked, 30, f"{target} is AVIF")

    def workers(self, module: str = RENDERING) -> list[int]:
        """Return the process ids of the workers that serve a module of tasks."""
        return sorted(child.pid for child in self._children() if module in _line(child))

    def _children(self) -> Iterable[psutil.Process]:
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End the server by its id; return its status. Every process it started must be gone then."""
        assert self.process is not None
        started = [child.pid for child in self._children()]
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(ENDED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not end within {ENDED_WITHIN_S} s:\n{self.said}") from None
        eventually(lambda: not any(map(_lives, started)), 5, "the workers are gone")
        self.process = None
        return status

    def end(self) -> None:
        """Stop as an operator would, and require that it went well."""
        if self.process is None:
            return
        status = self.stop()
        # uvicorn shuts down in order first, and then lets the signal have its usual effect.
        assert status in {0, -signal.SIGTERM}, f"the server ended with {status}:\n{self.said}"
        assert "Traceback" not in self.said, self.said


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def send_raw(port: int, request: bytes, *, wait_s: float = 20) -> bytes:
    """Send bytes as they are on a connection of their own, and return all that comes until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait_s) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def get_raw(port: int, target: bytes | str, *, host: str = "x", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """GET a target exactly as it is spelt: httpx and urllib would tidy it up."""
    spelt = target.encode("latin-1") if isinstance(target, str) else target
    said = {"host": host, "connection": "close"} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in said.items()).encode()
    answer = send_raw(port, b"GET " + spelt + b" HTTP/1.1\r\n" + lines + b"\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *rest = head.decode("latin-1").split("\r\n")
    found = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return int(status.split(" ")[1]), found, body


def assert_problem(response: httpx.Response, status: int, code: str, param: str | None = None) -> dict[str, Any]:
    """Require an answer of RFC 9457 with every member that the contract names."""
    assert response.status_code == status, (response.status_code, response.text)
    assert response.headers["content-type"] == "application/problem+json"
    said = response.json()
    assert said["status"] == status
    assert said["code"] == code, said
    assert said["type"] == f"/errors/{code.replace('_', '-')}"
    assert said["title"]
    assert said["detail"]
    assert said["request_id"] == response.headers["x-request-id"]
    assert said.get("param") == param, said
    return said
