"""The whole HTTP side over ASGI, with a pipeline that answers by script: no workers, no cache, no native library."""

from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx
import pytest

from imgcdn.dialects.mounts import Mount, Mounts
from imgcdn.errors import ImgcdnError
from imgcdn.model.media import Rendition, Source
from imgcdn.model.spec import Ask, Delivery, SourceRef, Spec
from imgcdn.pipeline.stages import Answer
from imgcdn.web.hot import App
from imgcdn.web.ops import Operations
from imgcdn.web.pictures import Pictures
from imgcdn.web.ready import ReadyAnswers
from imgcdn.web.settings import HttpSettings
from imgcdn.web.site import build_site
from imgcdn.web.tally import Tally
from imgcdn.web.watch import AccessLog, Watch

MODIFIED = 1_760_000_000.25


def an_answer(body: bytes = b"picture", **changes) -> Answer:
    """Make an answer of the pipeline. `changes` are fields of the rendition, the source or the answer itself."""
    rendition = Rendition(body, "image/jpeg", 40, 30, "0123456789abcdef" * 2, "d" * 64, "face;x=0.500;y=0.250;c=0.91")
    source = Source("d" * 64, "/srv/photos/a.jpg", 1000, MODIFIED, None)
    answer = Answer(rendition, source, "hit", varies=True, fresh_for_s=60.0, timings={"fetch": 0.25, "focus": 41.04})
    for name, value in changes.items():
        if name in Rendition.__dataclass_fields__:
            rendition = replace(rendition, **{name: value})
        elif name in Source.__dataclass_fields__:
            source = replace(source, **{name: value})
        else:
            answer = replace(answer, **{name: value})
    return replace(answer, rendition=rendition, source=source)


def an_ask(path: str = "team/a b.png", **delivery) -> Ask:
    return Ask(SourceRef("img", path), Spec(), Delivery(**delivery))


@dataclass
class ScriptedPipeline:
    """Answers with `script`, or raises it, and remembers what it was asked."""

    script: Answer | Exception
    asked: list[tuple[Ask, str]] = field(default_factory=list)

    async def answer(self, ask: Ask, accept: str) -> Answer:
        self.asked.append((ask, accept))
        if isinstance(self.script, Exception):
            raise self.script
        return self.script


@dataclass
class Site:
    app: App
    pipeline: ScriptedPipeline
    answers: ReadyAnswers
    pictures: Pictures
    health: dict[str, str]
    degraded: dict[str, str]
    watch: Watch

    def client(self, **options) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://site", **options)

    async def ask(self, target: str = "/img/a.jpg", method: str = "GET", **headers: str) -> httpx.Response:
        async with self.client() as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, target, headers=named)


@pytest.fixture
def make_site() -> Callable[..., Site]:
    def make(
        script: Answer | ImgcdnError | Exception | None = None,
        *,
        mounts: tuple[Mount, ...] = (Mount("img"),),
        budget: int = 10_000_000,
        is_started: bool = True,
        access_log: AccessLog = "misses",
        **settings,
    ) -> Site:
        chosen = HttpSettings(**settings)
        known = Mounts(mounts, {"small": "w=10"})
        answers = ReadyAnswers(budget, offers_avif=True, by_host=known.has_hosts)
        watch = Watch(Tally(), chosen, access_log)
        pictures = Pictures(known, answers, chosen, watch.tally)
        pipeline = ScriptedPipeline(script or an_answer())
        if is_started:
            pictures.serve(pipeline)  # type: ignore[arg-type]
        health: dict[str, str] = {}
        degraded: dict[str, str] = {}

        @asynccontextmanager
        async def lifespan(_):
            yield

        operations = Operations(lambda: health, lambda: degraded)
        app = build_site(pictures, operations, answers, chosen, lifespan, watch=watch)
        return Site(app, pipeline, answers, pictures, health, degraded, watch)

    return make


@pytest.fixture
def site(make_site) -> Site:
    return make_site()


@pytest.fixture
def answered() -> Callable[..., Answer]:
    return an_answer


@pytest.fixture
def asked() -> Callable[..., Ask]:
    return an_ask
