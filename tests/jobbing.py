"""Smart-crop jobs as a client gives and watches them, for tests of the running server."""

import json
import os
import signal
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from serving import Server

CROP = "/api/v1/tools/smart-crop"
BATCH = f"{CROP}/batch"


def post(
    server: Server,
    *pictures: Path | tuple[str, bytes],
    settings: Any = None,
    path: str = CROP,
    key: str = "",
    **fields: str,
) -> httpx.Response:
    """Send pictures, with settings as they are when they are text, else as JSON."""
    part = "files" if path.endswith("/batch") else "file"
    files = [(part, (one.name, one.read_bytes()) if isinstance(one, Path) else one) for one in pictures]
    if settings is not None:
        fields["settings"] = settings if isinstance(settings, str) else json.dumps(settings)
    with server.client(headers=keyed(key)) as client:
        # A form without files would not be multipart.
        return client.post(path, files=files or {"none": (None, "")}, data=fields)


def keyed(key: str) -> dict[str, str]:
    return {"x-api-key": key} if key else {}


def taken(answer: httpx.Response) -> str:
    """Require a 202, and return the job's id."""
    assert answer.status_code == 202, answer.text
    said = answer.json()
    assert set(said) == {"jobId", "async"}
    assert said["async"] is True
    return said["jobId"]


def watched(server: Server, job: str, *, most: int = 10_000, key: str = "", query: str = "") -> list[dict[str, Any]]:
    """Watch a job until it ends, or until so many events came."""
    frames = []
    with server.client(headers=keyed(key)) as client, client.stream("GET", progress(job) + query) as answer:
        assert answer.status_code == 200, answer.read()
        for line in answer.iter_lines():
            if line.startswith("data:"):
                frames.append(json.loads(line.removeprefix("data:")))
                if len(frames) == most:
                    break
    return frames


def ended(server: Server, job: str, key: str = "") -> dict[str, Any]:
    """Return the last event of a job."""
    return watched(server, job, key=key)[-1]


def completed(server: Server, job: str) -> dict[str, Any]:
    """Require that a job ends well, and return its result."""
    last = ended(server, job)
    assert (last["phase"], last["percent"], last["error"]) == ("complete", 100, None), last
    return last["result"]


def progress(job: str) -> str:
    return f"/api/v1/jobs/{job}/progress"


@contextmanager
def halted(server: Server):
    """Let no render worker move."""
    pids = server.workers()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


class Watcher:
    """Somebody who watches a job in the background."""

    def __init__(self, server: Server, job: str) -> None:
        self.frames: list[dict[str, Any]] = []
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._watch, args=(server, job), daemon=True)
        self._thread.start()

    def _watch(self, server: Server, job: str) -> None:
        try:
            with server.client() as client, client.stream("GET", progress(job)) as answer:
                for line in answer.iter_lines():
                    if line.startswith("data:"):
                        self.frames.append(json.loads(line.removeprefix("data:")))
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            self.error = error

    def ended(self) -> list[dict[str, Any]]:
        self._thread.join(30)
        assert not self._thread.is_alive(), "the stream goes on"
        assert self.error is None, self.error
        return self.frames
