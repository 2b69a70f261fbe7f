"""A scripted HTTP server on loopback, and what an origin needs to be allowed to fetch from it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from imgcdn import errors
from imgcdn.model.reference import Fetched, Reference
from imgcdn.origins.http import WebOrigin, read_base
from imgcdn.origins.settings import FetchSettings

Script = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]

    @staticmethod
    def reply_head(status: int, headers: Mapping[str, str]) -> bytes:
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@dataclass
class LoopbackServer:
    """Answers each target with its script, and remembers what it was asked."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    scripts: dict[str, Script] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(
        self,
        target: str,
        body: bytes = b"",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        async def script(request: Request, writer: asyncio.StreamWriter) -> None:
            sized = {} if status == 304 else {"Content-Length": str(len(body) if length is None else length)}
            writer.write(request.reply_head(status, sized | dict(headers or {})) + body)

        self.scripts[target] = script

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._serve_one(reader, writer):
                pass
        writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        pairs = (line.partition(":") for line in lines[1:] if line)
        request = Request(method, target, {name.lower(): value.strip() for name, _, value in pairs})
        self.requests.append(request)
        script = self.scripts.get(target)
        if script is None:
            writer.write(request.reply_head(404, {"Content-Length": "0"}))
            return True
        await script(request, writer)
        await writer.drain()
        return not writer.is_closing()


@pytest.fixture
async def server() -> AsyncIterator[LoopbackServer]:
    made = LoopbackServer()
    listener = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listener.sockets[0].getsockname()[1]
    yield made
    listener.close()
    for task in made.tasks:
        task.cancel()
    await asyncio.gather(*made.tasks, return_exceptions=True)


@pytest.fixture
def tmp_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(server: LoopbackServer) -> FetchSettings:
    """Settings under which names may resolve to the loopback server."""
    return FetchSettings(
        allow_private=("127.0.0.1/32",),
        allow_ports=(80, 443, server.port),
        connect_timeout_s=2,
        read_timeout_s=2,
        total_timeout_s=5,
        max_bytes=100_000,
    )


@pytest.fixture
def remember() -> Callable[[Fetched], Reference]:
    """What the cache would know after this fetch."""

    def make(fetched: Fetched) -> Reference:
        path = None if fetched.is_temporary else fetched.path
        return Reference(fetched.digest, fetched.size, path, fetched.stamp, fetched.modified, fetched.max_age_s, 0.0)

    return make


@pytest.fixture
async def make_web(server, settings, tmp_dir):
    """Makes origins that are closed at the end; whatever they did, no temporary file may be left by an error."""
    made = []

    def build(base="", *, resolve=None, hosts=None, **changes):
        base = base if "://" in base else server.url + base
        more = {} if resolve is None else {"resolve": resolve}
        origin = WebOrigin(read_base(base), settings.model_copy(update=changes), lambda: tmp_dir, hosts=hosts, **more)
        made.append(origin)
        return origin

    yield build
    for origin in made:
        await origin.aclose()


@pytest.fixture
def fails(tmp_dir):
    """Asserts that a fetch fails with an error of exactly this kind, and leaves no file."""

    async def check(origin, path, kind, sentence="."):
        with pytest.raises(errors.ImgcdnError, match=sentence) as caught:
            await origin.get(path, None)
        assert type(caught.value) is kind
        assert list(tmp_dir.iterdir()) == []
        return caught.value.detail

    return check
