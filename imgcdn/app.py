"""The one place where the rooms are joined: settings in, a running application out."""

import asyncio
import os
import platform
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

import structlog
from starlette.applications import Starlette
from starlette.routing import Route

from imgcdn import __version__, errors
from imgcdn.apis.gate import Gate
from imgcdn.apis.keeping import Keeping, KeepingApi
from imgcdn.apis.native import Backing, NativeApi
from imgcdn.cache.caches import Caches, open_caches
from imgcdn.cache.flight import Flights
from imgcdn.dialects import native
from imgcdn.dialects.mounts import Mount, Mounts
from imgcdn.dialects.signing import Signing
from imgcdn.engine.environment import ENVIRONMENT
from imgcdn.gravity import choosing, content, models, palette, subject
from imgcdn.gravity.resolver import ChainResolver
from imgcdn.origins.build import AnyOrigin, build_origin
from imgcdn.pipeline.insight import Insight
from imgcdn.pipeline.ports import Ports
from imgcdn.pipeline.sight import Sight
from imgcdn.pipeline.sources import Sources
from imgcdn.pipeline.stages import Pipeline
from imgcdn.records.records import Records, open_records
from imgcdn.settings import MountSettings, Settings
from imgcdn.tasks.pools import PooledAnalyst, PooledEngine
from imgcdn.web.hot import App, ReadyAnswers
from imgcdn.web.metrics import Metrics, Standing
from imgcdn.web.ops import Operations
from imgcdn.web.pictures import Pictures
from imgcdn.web.siblings import Siblings
from imgcdn.web.site import build_site
from imgcdn.web.tally import Tally
from imgcdn.web.watch import Watch
from imgcdn.workers.pool import Pool

_log = structlog.get_logger("imgcdn.app")
_HOUSEKEEPING_EVERY_S = 86_400
_TELL_EVERY_S = 1.0
"""How old the numbers of other fronts are at most, when one is asked for those of all."""
_LOOK_FOR_MODELS_EVERY_S = 2.0


class Application:
    """Everything that serves pictures. `start` it in a running event loop, `stop` it in the same.

    With `siblings` it is one of several fronts on the same folders.
    """

    def __init__(self, settings: Settings, siblings: Siblings | None = None) -> None:
        self.settings = settings
        self._siblings = siblings
        signing = Signing(settings.signing.secrets(), time.time)
        self.mounts = Mounts((_mount(m, settings) for m in settings.mount), settings.presets, signing)
        self.answers = ReadyAnswers(
            settings.cache.memory_bytes, offers_avif=settings.encoding.offers_avif, by_host=self.mounts.has_hosts
        )
        self.watch = Watch(Tally(), settings.http, settings.server.access_log)
        self._metrics = Metrics(self.watch.tally, self.standing, siblings)
        self._background: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        self._stops_at: float | None = None

    async def start(self) -> None:
        """Start the workers and open the cache. Raises SettingsError and the workers' StartError."""
        settings = self.settings
        self.render_pool = Pool("render", "imgcdn.tasks.rendering", "", settings.render, ENVIRONMENT)
        self.analysis_pool = Pool(
            "analysis",
            "imgcdn.tasks.looking",
            settings.gravity.model_dump_json(),
            settings.analysis,
            ENVIRONMENT,
        )
        await asyncio.gather(self.render_pool.start(), self.analysis_pool.start())
        engine = PooledEngine(self.render_pool)
        self.engine_version = engine_version = f"libvips-{await engine.version()}"
        self.analyst = PooledAnalyst(
            self.analysis_pool,
            settings.gravity,
            {
                "auto": choosing.VERSION,
                "attention": engine_version,
                "entropy": engine_version,
                "palette": palette.VERSION,
                "subject": subject.VERSION,
                "smart": f"{content.VERSION}-{_version('smartcrop')}",
            },
        )
        self.caches: Caches = open_caches(settings.cache, self.analyst.state)
        self.flights = Flights(self.caches.locks)
        self.origins: dict[str, AnyOrigin] = {
            m.name: build_origin(
                m.origin,
                allow_hosts=m.allow_hosts,
                settings=settings.fetch,
                tmp_dir=self.caches.temp_dir,
            )
            for m in settings.mount
        }
        self.records: Records = await asyncio.to_thread(open_records, settings.data)
        await self.analyst.inspect()
        if self.analyst.why_no_objects:
            _log.warning("objects are off", why=self.analyst.why_no_objects)
        self._join(engine, engine_version)
        self._chores = [asyncio.create_task(self._keep_house())]
        if self._siblings is not None:
            self._chores.append(asyncio.create_task(self._tell_siblings()))
        self._pull_models()

    def _join(self, engine: PooledEngine, engine_version: str) -> None:
        """Fill the ports, and build what works on them."""
        ports = Ports(
            origins=self.origins,
            references=self.caches.references,
            originals=self.caches.originals,
            analyses=self.caches.analyses,
            overrides=self.records.overrides,
            renditions=self.caches.renditions,
            flight=self.flights,
            analyst=self.analyst,
            resolver=ChainResolver(),
            engine=engine,
            generation=self.caches.memory.look,
            canonical=native.canonical,
            clock=time.time,
            stopwatch=time.perf_counter,
        )
        limits, encoding = self.settings.limits, self.settings.encoding
        sources = Sources(ports, self.settings.freshness)
        self.caches.memory.follow(self.answers.clear)
        self.caches.memory.follow(sources.forget_failures)
        # What is made anew after another front's word must know the word.
        self.caches.memory.follow(self.records.overrides.catch_up)
        self.answers.watch(self.caches.memory.look)
        sight = Sight(ports, sources, limits)
        self.pipeline = Pipeline(ports, sources, sight, limits, encoding, engine_version)
        self.insight = Insight(ports, sources, sight, limits, encoding)

    async def _keep_house(self) -> None:
        """Collect files that nothing points to any more, once a day: what a killed process left behind."""
        while True:
            await asyncio.sleep(_HOUSEKEEPING_EVERY_S)
            removed = await asyncio.to_thread(self.caches.maintain)
            _log.info("collected orphaned cache files", removed=removed)

    async def _tell_siblings(self) -> None:
        """Write what is counted where the other fronts find it."""
        while True:
            await self._metrics.tell()
            await asyncio.sleep(_TELL_EVERY_S)

    def drain(self, stops_at: float) -> None:
        """Take no more work; what is under way has until `stops_at` (on the monotonic clock)."""
        self.watch.is_draining = True
        self._stops_at = stops_at

    async def stop(self) -> None:
        """Let work under way end within the grace, then end the workers and close the cache."""
        grace_s = self.settings.server.grace_s
        if self._stops_at is not None:
            grace_s = max(0.0, self._stops_at - time.monotonic())
        self._is_stopping = True
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.gather(
            self.render_pool.close(grace_s),
            self.analysis_pool.close(grace_s),
        )
        for origin in self.origins.values():
            await origin.aclose()
        self.caches.close()
        self.records.close()

    def site(self) -> App:
        """Return the ASGI application; it starts and stops everything with its lifespan."""

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncGenerator[None]:
            await self.start()
            pictures.serve(self.pipeline)
            api.serve(
                Backing(
                    self.pipeline,
                    self.insight,
                    self.records.overrides,
                    self.caches.originals,
                    self.caches.memory.bump,
                    self._gate(),
                    time.time,
                )
            )
            keeping.serve(Keeping(self.pipeline, self.caches.purge, self._gate()))
            try:
                yield
            finally:
                await self.stop()

        keeping = KeepingApi(self.mounts, self.settings.ladder)
        api = NativeApi(self.mounts, self.settings.api)
        pictures = Pictures(
            self.mounts,
            self.answers,
            self.settings.http,
            self.watch.tally,
            self.settings.hints,
            self.settings.ladder,
        )
        operations = Operations(self.why_not_ready, self.degraded)
        routes = [*api.routes, *keeping.routes, Route("/-/metrics", self._metrics.scraped)]
        return build_site(pictures, operations, self.answers, self.settings.http, lifespan, routes, self.watch)

    def _gate(self) -> Gate:
        return Gate(self.settings.server.host, self.records.keys)

    async def standing(self) -> Standing:
        """Say what stands now, for the metrics."""
        pools = {"render": self.render_pool, "analysis": self.analysis_pool}
        return Standing(
            pools={name: pool.stats for name, pool in pools.items()},
            stores=await asyncio.to_thread(self.caches.stats),
            processes={"front": (os.getpid(),)} | {name: pool.pids for name, pool in pools.items()},
            memory_bytes=self.answers.weight,
            build={"version": __version__, "python": platform.python_version(), "engine": self.engine_version},
        )

    def why_not_ready(self) -> Mapping[str, str]:
        """Name what keeps pictures from being rendered."""
        if self.watch.is_draining:
            return {"server": "draining"}
        pools = {"render": self.render_pool, "analysis": self.analysis_pool}
        return {name: "no worker is running" for name, pool in pools.items() if pool.stats.ready == 0}

    def degraded(self) -> Mapping[str, str]:
        """Name what works only in part: pictures come, but slower or with another crop."""
        found = dict(self.caches.health()) | self.records.health()
        if self.analyst.state("face") == "absent":
            found["faces"] = self.analyst.why_no_faces
        if self.settings.gravity.object_model is not None and self.analyst.why_no_objects:
            found["objects"] = self.analyst.why_no_objects
        return found

    async def models_pulled(self) -> None:
        """Wait for face models that are being fetched."""
        await asyncio.gather(*self._background)

    def _go_on(self, _done: int, _all: int) -> None:
        if self._is_stopping:
            raise errors.DrainingError("the server is shutting down")

    def _pull_models(self) -> None:
        """Fetch missing face models in the background: faces fall back until they are there."""
        folder = self.settings.gravity.models_dir
        if self.analyst.state("face") != "absent":
            return
        gravity = self.settings.gravity
        if not gravity.pull_models or gravity.face_model is not None or not models.is_runtime_installed():
            _log.warning("faces are off", why=self.analyst.why_no_faces)
            return

        if self._siblings is not None and self._siblings.number > 1:
            self._chores.append(asyncio.create_task(self._wait_for_models()))
            return

        async def pull() -> None:
            _log.info("fetching the face models", folder=str(folder))
            try:
                await asyncio.to_thread(models.pull, folder, self._go_on)
            except errors.DrainingError:
                return
            except errors.FeatureNotInstalledError as error:
                _log.warning("faces are off", why=error.detail)
                return
            await self._take_models()

        task = asyncio.create_task(pull())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _wait_for_models(self) -> None:
        """Look now and then whether the first front, which fetches the face models, has them."""
        folder = self.settings.gravity.models_dir
        while await asyncio.to_thread(models.problems, folder):  # noqa: ASYNC110 - another process has no event
            await asyncio.sleep(_LOOK_FOR_MODELS_EVERY_S)
        await self._take_models()

    async def _take_models(self) -> None:
        self.analyst.refresh()
        await self.analyst.inspect()
        self.caches.memory.bump()
        _log.info("the face models are there")


def _mount(mount: MountSettings, settings: Settings) -> Mount:
    return Mount(
        name=mount.name,
        dialect=mount.dialect,
        is_strict=mount.strict,
        hosts=mount.hosts,
        is_proxy=mount.origin == "proxy",
        is_signed=mount.signed or settings.signing.required,
        tags=mount.tags,
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
