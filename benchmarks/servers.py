"""Starting and ending the servers that are measured, and reading what they used."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def family(root: int) -> list[int]:
    """List a process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def cpu_s(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory_mb(pids: list[int]) -> float:
    """Sum the proportional set sizes: shared pages count once."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def peak_mb(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def _wait(port: int, path: str, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    for _ in range(int(seconds * 20)):
        if process.poll() is not None:
            raise SystemExit(f"a server ended with {process.returncode}")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5):
            return
        time.sleep(0.05)
    raise SystemExit("a server did not start")


@contextlib.contextmanager
def running(command: list[str], port: int, path: str, env: dict[str, str] | None = None) -> Iterator[int]:
    """Run a server for as long as the block, and give its pid."""
    process = subprocess.Popen(command, env={**os.environ, **(env or {})}, stderr=subprocess.DEVNULL)
    try:
        _wait(port, path, process)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def imgcdn(folder: Path, cache: Path, port: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "imgcdn", "serve", str(folder), "--port", str(port), "--cache-dir", str(cache), *more]


def bare(port: int, app: str = "app") -> list[str]:
    return [
        sys.executable, "-m", "uvicorn", f"bare:{app}", "--app-dir", str(Path(__file__).parent), "--port", str(port),
        "--no-access-log", "--log-level", "error", "--no-server-header", "--no-proxy-headers",
        "--http", "httptools", "--loop", "uvloop",
    ]  # fmt: skip


_SHIPPED = Path(__file__).parents[1] / "config" / "nginx.conf"


def nginx(folder: Path, scratch: Path, port: int) -> list[str]:
    """Configure nginx with one worker to serve a folder at its fastest: files stay open, head and body go together."""
    return _nginx(
        scratch,
        "sendfile on; tcp_nopush on; open_file_cache max=10000 inactive=60s;\n"
        f"server {{ listen 127.0.0.1:{port}; root {folder}; location = /up {{ return 200; }} }}",
    )


def fronted(upstream: int, scratch: Path, port: int) -> list[str]:
    """Configure nginx with one worker and the shipped configuration, before the imgcdn at a port."""
    text = _SHIPPED.read_text(encoding="utf-8")
    for old, new in {
        "/var/cache/nginx/imgcdn": str(scratch / "cache"),
        "listen 80;": f"listen 127.0.0.1:{port};",
        "server 127.0.0.1:8000 ": f"server 127.0.0.1:{upstream} ",
    }.items():
        if text.count(old) != 1:
            raise SystemExit(f"{old!r} is {text.count(old)} times in {_SHIPPED}")
        text = text.replace(old, new)
    return _nginx(scratch, text)


def cached(upstream: int, scratch: Path, port: int) -> list[str]:
    """Configure nginx with one worker and its cache alone, before the imgcdn at a port: what caches can come to."""
    return _nginx(
        scratch,
        f"proxy_cache_path {scratch}/cache levels=1:2 use_temp_path=off keys_zone=bare:16m;\n"
        "sendfile off; output_buffers 1 128k; open_file_cache max=10000 inactive=60s;\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{upstream}; proxy_cache bare;\n"
        "  proxy_cache_key $request_uri; proxy_ignore_headers Vary; } }",
    )


def _nginx(scratch: Path, http: str) -> list[str]:
    """Write a configuration around what stands in http {}: the same for all that are compared."""
    scratch.mkdir(parents=True, exist_ok=True)
    config = scratch / "nginx.conf"
    user = "user root; " if os.getuid() == 0 else ""
    config.write_text(
        f"daemon off; {user}worker_processes 1; pid {scratch}/nginx.pid; error_log {scratch}/error.log;\n"
        f"events {{ worker_connections 512; }}\n"
        f"http {{ access_log off; keepalive_requests 1000000; default_type image/jpeg;\n"
        f"  client_body_temp_path {scratch}; proxy_temp_path {scratch}; fastcgi_temp_path {scratch};\n"
        f"  uwsgi_temp_path {scratch}; scgi_temp_path {scratch};\n{http}\n}}\n",
        encoding="utf-8",
    )
    return ["nginx", "-e", f"{scratch}/error.log", "-c", str(config)]
