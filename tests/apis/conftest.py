"""The APIs over ASGI on a world of fakes: no workers, no cache, no native library, uploads in a folder of the test."""

from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes import World

from imgcdn.apis.gate import Gate
from imgcdn.apis.native import Backing, NativeApi
from imgcdn.apis.settings import ApiSettings
from imgcdn.dialects.mounts import Mount, Mounts
from imgcdn.web.hot import App
from imgcdn.web.ops import Operations
from imgcdn.web.pictures import Pictures
from imgcdn.web.ready import ReadyAnswers
from imgcdn.web.settings import HttpSettings
from imgcdn.web.site import build_site

MOUNTS = (Mount("img"), Mount("web"))


@dataclass
class Uploads:
    """Where uploads are written first, and the fake disk that takes them in."""

    temp_dir: Path
    world: World

    async def adopt(self, digest: str, path: str) -> str:
        place = f"/originals/{digest}"
        file = Path(path)
        self.world.disk[place] = file.read_bytes()  # noqa: ASYNC240 - a small file of a test
        file.unlink()  # noqa: ASYNC240
        return place


@dataclass
class Site:
    app: App
    world: World
    uploads: Uploads
    renewed: list[None]
    host: str = "127.0.0.1:8000"

    async def ask(self, method: str, target: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{self.host}") as client:
            return await client.request(method, target, **options)

    async def post(self, target: str, **content: Any) -> httpx.Response:
        return await self.ask("POST", target, json=content)


@pytest.fixture
def make_site(tmp_path) -> Callable[..., Site]:
    def make(
        *, mounts: tuple[Mount, ...] = MOUNTS, listens: str = "127.0.0.1", starts: bool = True, **settings: Any
    ) -> Site:
        world = World()
        world.folder.put("a/b.jpg", b"first")
        world.web.put("https://elsewhere.example/c.jpg", b"from afar")
        chosen, known = HttpSettings(), Mounts(mounts, {"small": "w=10&h=10"})
        uploads, renewed = Uploads(tmp_path, world), []
        api = NativeApi(known, ApiSettings(**settings))
        answers = ReadyAnswers(1_000_000, offers_avif=True, by_host=known.has_hosts)
        pictures = Pictures(known, answers, chosen)
        if starts:
            pictures.serve(world.pipeline)
            api.serve(
                Backing(
                    world.pipeline,
                    world.insight,
                    world.overrides,
                    uploads,
                    lambda: renewed.append(None),
                    Gate(listens),
                    lambda: world.now,
                )
            )

        @asynccontextmanager
        async def lifespan(_):
            yield

        app = build_site(pictures, Operations(dict, dict), answers, chosen, lifespan, api.routes)
        return Site(app, world, uploads, renewed)

    return make


@pytest.fixture
def site(make_site) -> Site:
    return make_site()
