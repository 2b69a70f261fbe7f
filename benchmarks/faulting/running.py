"""A real `imgcdn serve`, started as a user starts it, whose processes can be found by what they do and killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from servers import command_of, family, free_port

ROLES = {
    "a render worker": "imgcdn.tasks.rendering",
    "an analysis worker": "imgcdn.tasks.looking",
    "a front": "imgcdn.fronts.front",
}
PARENT = "the parent"
_STARTED_WITHIN_S = 90


class Running:
    """One server. `program` stands for `-m imgcdn`; the cache folder is `place/cache` unless it is named."""

    def __init__(
        self, place: Path, settings: str, *, fronts: int = 1, cache: Path | None = None, program: tuple[str, ...] = ()
    ) -> None:
        place.mkdir(parents=True, exist_ok=True)
        self.place = place
        self.cache = cache or place / "cache"
        self.fronts = fronts
        self.port = free_port()
        self._program = program or ("-P", "-m", "imgcdn")
        self._config = place / "imgcdn.toml"
        self._config.write_text(settings, encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return (self.place / "log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> "Running":
        """Start it, and wait until it is ready."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("IMGCDN_")}
        places = ("--cache-dir", str(self.cache), "--data-dir", str(self.place / "data"))
        flags = ("--config", str(self._config), "--port", str(self.port), "--fronts", str(self.fronts), *places)
        with (self.place / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._program, "serve", *flags],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=kept | {"TMPDIR": str(self._temporary())},
            )
        until = time.monotonic() + _STARTED_WITHIN_S
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > until:
                self.end()
                raise SystemExit(f"the server did not start; {self.place / 'log'} says why")
            time.sleep(0.05)
        return self

    def complete(self) -> "Running":
        """Wait until every front listens."""
        until = time.monotonic() + _STARTED_WITHIN_S
        while self.fronts > 1 and len(self.listening()) < self.fronts and time.monotonic() < until:
            time.sleep(0.1)
        return self

    def _temporary(self) -> Path:
        folder = self.place / "tmp"
        folder.mkdir(exist_ok=True)
        return folder

    def _is_ready(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/-/ready", timeout=5) as answer:
            return answer.status == 200
        return False

    def pids(self, role: str) -> list[int]:
        if self._process is None:
            return []
        if role == PARENT:
            return [self._process.pid]
        return sorted(pid for pid in family(self._process.pid)[1:] if ROLES[role] in command_of(pid))

    def everybody(self) -> list[int]:
        return [] if self._process is None else family(self._process.pid)

    def listening(self) -> list[int]:
        """The fronts that accept connections."""
        return [pid for pid in self.pids("a front") if self._listens(pid)]

    def _listens(self, pid: int) -> bool:
        inodes = set()
        with suppress(OSError):
            for row in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
                fields = row.split()
                if fields[1].endswith(f":{self.port:04X}") and fields[3] == "0A":
                    inodes.add(f"socket:[{fields[9]}]")
        with suppress(OSError):
            return any(str(fd.readlink()) in inodes for fd in Path(f"/proc/{pid}/fd").iterdir())
        return False

    def kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """Kill the parent, as a machine's memory killer may; the kernel ends the others. Returns when all are gone."""
        everybody = self.everybody()
        self.kill(everybody[0])
        if self._process is not None:
            self._process.wait()
        until = time.monotonic() + 20
        while any(Path(f"/proc/{pid}/exe").exists() for pid in everybody[1:]):
            if time.monotonic() > until:
                raise SystemExit("processes outlive their parent")
            time.sleep(0.01)
        self._process = None

    def end(self) -> int:
        """Stop it in order; return its status."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            status = self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._process = None
        return status


def can_mount() -> bool:
    return os.geteuid() == 0 and sys.platform == "linux"


class SmallDisk:
    """A file system in memory of `size`, such as "6m", at `at`; full and read-only as one likes."""

    def __init__(self, at: Path, size: str) -> None:
        at.mkdir(parents=True, exist_ok=True)
        self.at = at
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(at)], check=True)

    def fill(self) -> None:
        """Leave no byte free."""
        with (self.at / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while ballast.write(bytes(65_536)):
                pass

    def empty(self) -> None:
        """Take back what `fill` took."""
        (self.at / "ballast").unlink()

    def change(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.at)], check=True)

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.at)], check=True)


def is_refused(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return False
    return True
