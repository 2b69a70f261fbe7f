"""The API over what is kept: purge forgets, warm renders before anybody asks. Under /v1."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from imgcdn import errors
from imgcdn.apis.addresses import Addresses
from imgcdn.apis.bodies import read_json
from imgcdn.apis.gate import Gate
from imgcdn.apis.models import Body, one_of
from imgcdn.apis.operation import Operation
from imgcdn.apis.problem import Problem
from imgcdn.apis.replies import PurgeReply, WarmReply
from imgcdn.cache.purge import Purge, Purged, Report
from imgcdn.model.spec import Ask
from imgcdn.pipeline.stages import Pipeline

_AT_ONCE = 4
"""Pictures that one warm request renders at a time: visitors come first."""
_MOST_RENDITIONS = 3000
"""What one warm request may order: more belongs to the command, which shows how far it has come."""
_NEVER_KEPT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
BUCKETS = ("*/*", "image/webp,*/*", "image/avif,image/webp,*/*")
"""One Accept header for each rendition that browsers can ask for; AVIF last, for only what is idle writes it."""

T = TypeVar("T")
_Text = Annotated[str, Field(min_length=1, max_length=8192)]
_URLS = "pictures: path and query, or whole URLs, whose host chooses the mount where mounts have hosts"
_SOME: JsonDict = {"type": "array", "minItems": 1}


class PurgeBody(Body):
    """What is to be forgotten. Prefixes and sources are `mount/path`."""

    urls: list[_Text] = Field(default=[], max_length=1000, description=_URLS)
    sources: list[_Text] = Field(default=[], max_length=1000, description="mount/path of sources, with all renditions")
    prefixes: list[_Text] = Field(default=[], max_length=100, description="all sources whose mount/path begins so")
    tags: list[_Text] = Field(default=[], max_length=100, description="all renditions with these tags")
    all: bool = Field(default=False, description="everything but analyses")
    soft: bool = Field(default=False, description="keep all, but ask the origin at the next visit")


class WarmBody(Body):
    """What is to be rendered before anybody asks: whole URLs, or every preset of every source."""

    model_config = ConfigDict(json_schema_extra=one_of(("urls",), ("presets", "sources"), least=_SOME))

    urls: list[_Text] = Field(default=[], max_length=1000, description=_URLS)
    presets: list[_Text] = Field(default=[], max_length=100, description="names of presets")
    sources: list[_Text] = Field(default=[], max_length=1000, description="mount/path of sources, not encoded")
    wait: bool = Field(default=True, description="answer when AVIFs are written, too; else they are counted as pending")


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the API works with once the server runs."""

    pipeline: Pipeline
    purge: Purge
    gate: Gate


class KeepingApi:
    """The endpoints. Errors are raised for the site to answer."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._keeping: Keeping | None = None

    def serve(self, keeping: Keeping) -> None:
        """Take what is behind the endpoints, once it runs."""
        self._keeping = keeping

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/v1/purge", self.purge, methods=["POST"]),
            Route("/v1/warm", self.warm, methods=["POST"]),
        ]

    async def purge(self, request: Request) -> Response:
        """Forget what is named, and say how much it was."""
        behind = self._admit(request)
        body = await read_json(request, PurgeBody)
        if not (body.urls or body.sources or body.prefixes or body.tags or body.all):
            raise errors.InvalidParameterError(
                "nothing to purge was named: expected urls, sources, prefixes, tags or all", param="body"
            )
        host = request.headers.get("host", "")
        asks = [await _turn(self._addresses.asks(url, "urls", host)) for url in body.urls]
        keys = [name for name in map(_plain, body.prefixes) if not name]
        if keys:
            raise errors.InvalidParameterError("prefixes= is empty: expected mount or mount/path", param="prefixes")
        purge, is_soft, done = behind.purge, body.soft, Purged()
        if body.all:
            done = done.plus(await purge.everything(is_soft=is_soft))
        if body.sources:
            done = done.plus(await purge.sources([_plain(name) for name in body.sources], is_soft=is_soft))
        for prefix in body.prefixes:
            done = done.plus(await purge.prefix(_plain(prefix), is_soft=is_soft))
        for tag in body.tags:
            done = done.plus(await purge.tag(tag, is_soft=is_soft))
        if asks:
            done = done.plus(await purge_pictures(behind.pipeline, purge, asks, is_soft=is_soft))
        content = {
            "references": done.references,
            "renditions": done.renditions,
            "originals": done.originals,
            "soft": is_soft,
            "problems": list(done.problems),
        }
        return JSONResponse(content, 503 if done.problems else 200, _NEVER_KEPT)

    async def warm(self, request: Request) -> Response:
        """Render what is named in every format that browsers ask for, and say what could not be."""
        behind = self._admit(request)
        body = await read_json(request, WarmBody)
        if not body.urls and not (body.presets and body.sources):
            raise errors.InvalidParameterError(
                "nothing to warm was named: expected urls, or presets and sources", param="body"
            )
        _check_most(body)
        host = request.headers.get("host", "")
        asks = [(url, self._addresses.ask(url, "urls", host)) for url in body.urls]
        for source in body.sources:
            for preset in body.presets:
                url = self._addresses.preset_url(source, preset, "sources")
                asks.append((url, self._addresses.ask(url, "sources", host)))
        done = await warm(behind.pipeline, asks, waits=body.wait)
        failed = [one.problem for one in done if one.problem is not None]
        content = {
            "warmed": len(asks) - len(failed),
            "pending": sum(one.is_pending for one in done),
            "failed": failed,
        }
        return JSONResponse(content, 200, _NEVER_KEPT)

    def _admit(self, request: Request) -> Keeping:
        if self._keeping is None:
            raise errors.DrainingError("the server is still starting")
        self._keeping.gate.admit(request)
        return self._keeping


_ERRORS = (400, 401, 403, 404, 410, 413, 415, 500, 503)
OPERATIONS = (
    Operation(
        "POST",
        "/v1/purge",
        "Forget sources or renditions",
        request=PurgeBody,
        responses={200: PurgeReply, 503: PurgeReply},
        errors=_ERRORS,
        error=Problem,
    ),
    Operation(
        "POST",
        "/v1/warm",
        "Render before anybody asks",
        request=WarmBody,
        responses={200: WarmReply},
        errors=_ERRORS,
        error=Problem,
    ),
)


async def purge_pictures(
    pipeline: Pipeline,
    purge: Purge,
    pictures: Iterable[Sequence[Ask]],
    *,
    is_soft: bool = False,
    report: Report | None = None,
) -> Purged:
    """Forget what was rendered at URLs, in every format and for every hint, and have the origins asked anew.

    `pictures` is what `Addresses.asks` makes of each URL.
    """
    names: list[str] = []
    known: set[str] = set()
    for asks in pictures:
        known.update(f"{ask.source.mount}/{ask.source.path}" for ask in asks)
        for ask in asks:
            names += await _turn(pipeline.names(ask, BUCKETS))
    done = await purge.renditions(list(dict.fromkeys(names)), is_soft=is_soft, report=report)
    # Whoever purges a URL wants what the origin has now, not the same bytes once more.
    return done.plus(await purge.sources(sorted(known), is_soft=True))


async def _turn(found: T) -> T:
    """Give visitors a turn: a thousand URLs, each for a hundred hints, are some seconds of work."""
    await asyncio.sleep(0)
    return found


def _plain(name: str) -> str:
    return name.removeprefix("/")


def _check_most(body: WarmBody) -> None:
    pictures = len(body.urls) + len(body.presets) * len(body.sources)
    if pictures * len(BUCKETS) > _MOST_RENDITIONS:
        raise errors.InvalidParameterError(
            f"{len(body.urls)} urls and {len(body.presets)} presets × {len(body.sources)} sources in {len(BUCKETS)} "
            f"formats are {pictures * len(BUCKETS)} renditions: expected at most {_MOST_RENDITIONS} in one request",
            param="sources" if body.sources else "urls",
        )


@dataclass(frozen=True, slots=True)
class Warmed:
    """What became of one ask; an AVIF that `is_pending` is being written in the background."""

    problem: dict[str, str] | None = None
    is_pending: bool = False


async def warm(
    pipeline: Pipeline,
    asks: Iterable[tuple[str, Ask]],
    done: Callable[[], None] | None = None,
    *,
    waits: bool = False,
) -> list[Warmed]:
    """Render each ask in every format, a few at a time; with `waits`, AVIFs that follow a stand-in as well."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(url: str, ask: Ask) -> Warmed:
        is_pending = False
        async with room:
            try:
                for accept in BUCKETS if ask.spec.format is None else BUCKETS[:1]:
                    answer = await pipeline.answer(ask, accept, waits=waits)
                    is_pending = is_pending or (answer.is_provisional and not waits)
            except errors.ImgcdnError as error:
                return Warmed({"url": url, "code": error.code, "detail": error.detail})
            finally:
                if done is not None:
                    done()
        return Warmed(is_pending=is_pending)

    return await asyncio.gather(*(one(url, ask) for url, ask in asks))
