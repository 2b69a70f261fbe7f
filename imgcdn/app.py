"""The one place where the rooms are joined: settings in, a running application out."""

import asyncio
import os
import platform
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.routing import Route

from imgcdn import __version__, errors
from imgcdn.apis.addresses import Addresses
from imgcdn.apis.gate import Gate
from imgcdn.apis.jobs.board import Board
from imgcdn.apis.jobs.executor import Executor
from imgcdn.apis.snapotter.api import TOOL
from imgcdn.apis.snapotter.work import SmartCrop
from imgcdn.apis.srcset.building import Srcsets
from imgcdn.cache.caches import Caches, open_caches
from imgcdn.cache.flight import Flights
from imgcdn.dialects import native
from imgcdn.dialects.mounts import Mounts
from imgcdn.dialects.presets import Presets
from imgcdn.dialects.signing import Signing
from imgcdn.engine.environment import environment
from imgcdn.families import Families, Running, take_own_key, wait_for_own_key
from imgcdn.gravity import models, vocabulary
from imgcdn.gravity.resolver import ChainResolver
from imgcdn.model.media import Rendition
from imgcdn.model.overlays import Fonts
from imgcdn.origins.build import AnyOrigin, build_origin
from imgcdn.pipeline.insight import Insight
from imgcdn.pipeline.ports import Ports
from imgcdn.pipeline.renewal import Renewal
from imgcdn.pipeline.sight import Sight
from imgcdn.pipeline.sources import Sources
from imgcdn.pipeline.stages import Pipeline
from imgcdn.pipeline.uploaded import UploadedPictures
from imgcdn.records.records import Records, open_records
from imgcdn.settings import Settings, is_signed, lending_of, mounts_of, with_uploads
from imgcdn.tasks.meanings import PooledMeanings
from imgcdn.tasks.pools import PooledAnalyst, PooledEngine
from imgcdn.tasks.versions import versions
from imgcdn.web.hot import App
from imgcdn.web.metrics import Metrics, Standing
from imgcdn.web.ops import Operations
from imgcdn.web.pictures import Pictures
from imgcdn.web.ready import ReadyAnswers
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
_SWEEP_EVERY_S = 3600
"""How often kept files and jobs whose time is over are taken away; nobody finds them any more before that."""


class Application:
    """Everything that serves pictures. `start` it in a running event loop, `stop` it in the same.

    With `siblings` it is one of several fronts on the same folders.
    """

    def __init__(self, settings: Settings, siblings: Siblings | None = None) -> None:
        self.settings = settings = with_uploads(settings)
        self._siblings = siblings
        self.signing = Signing(settings.signing.secrets(), time.time)
        self.presets = Presets(settings.presets)
        self.mounts = Mounts(mounts_of(settings), self.presets, self.signing, vocabulary.sees(settings.gravity))
        self.addresses = Addresses(self.mounts, settings.ladder, settings.hints)
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
        surroundings = environment(reads_svg=settings.limits.allow_svg)
        self.render_pool = Pool(
            "render", "imgcdn.tasks.rendering", settings.text.model_dump_json(), settings.render, surroundings
        )
        self.analysis_pool = Pool(
            "analysis",
            "imgcdn.tasks.looking",
            settings.gravity.model_dump_json(),
            settings.analysis,
            surroundings,
        )
        await asyncio.gather(self.render_pool.start(), self.analysis_pool.start())
        engine = self._engine = PooledEngine(self.render_pool)
        self.engine_version = engine_version = f"libvips-{await engine.version()}"
        self.meanings = PooledMeanings(self.analysis_pool, settings.gravity)
        await self.meanings.inspect()
        known = versions(engine_version, self.meanings.version)
        self.analyst = PooledAnalyst(self.analysis_pool, settings.gravity, known)
        self.caches: Caches = open_caches(settings.cache, self.analyst.state)
        self.flights = Flights(self.caches.locks)
        self.records: Records = await asyncio.to_thread(open_records, settings.data)
        self.presets.follow(self.records.presets.queries)
        self.origins: dict[str, AnyOrigin] = {
            m.name: build_origin(
                m.origin,
                allow_hosts=m.allow_hosts,
                settings=settings.fetch,
                tmp_dir=lambda: self.caches.temp_dir,
                find_file=self.records.files.find,
                may_be_open=is_signed(m, settings),
                is_by_name=m.dialect == "cloudinary",
            )
            for m in settings.mount
        }
        await self.analyst.inspect()
        if self.analyst.why_no_objects:
            _log.warning("objects are off", why=self.analyst.why_no_objects)
        self._join(engine, engine_version, await engine.fonts())
        self._chores = [asyncio.create_task(self._keep_house()), asyncio.create_task(self._sweep_records())]
        if not await take_own_key(self.signing, self.records.secrets):
            self._chores.append(asyncio.create_task(wait_for_own_key(self.signing, self.records.secrets)))
        if self._siblings is not None:
            self._chores.append(asyncio.create_task(self._tell_siblings()))
        self._pull_models()

    def _join(self, engine: PooledEngine, engine_version: str, fonts: Fonts) -> None:
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
            resolver=ChainResolver(self.meanings),
            engine=engine,
            generation=self.caches.memory.look,
            canonical=native.canonical,
            clock=time.time,
            stopwatch=time.perf_counter,
            rendered=self._count,
        )
        limits, encoding = self.settings.limits, self.settings.encoding
        sources = Sources(ports, self.settings.freshness, respects_terms=self.settings.http.respect_source)
        self.caches.memory.follow(self.answers.clear)
        self.caches.memory.follow(sources.forget_failures)
        # What is made anew after another front's word must know the word.
        self.caches.memory.follow(self.records.overrides.catch_up)
        self.caches.memory.follow(self.records.presets.catch_up)
        self.answers.watch(self.caches.memory.look)
        self.answers.read_from(self.caches.renditions.body)
        self.answers.renew_by(Renewal(ports).left_s)
        sight = Sight(ports, sources, limits)
        lending = lending_of(self.settings, self.mounts.tagging)
        self.pipeline = Pipeline(ports, sources, sight, limits, encoding, engine_version, lending, fonts)
        self._has_fonts = bool(fonts.families)
        self.insight = Insight(ports, sources, sight, limits, encoding)
        self.uploaded = UploadedPictures(ports, sight, self.pipeline.deciding)
        self._join_jobs()

    def _join_jobs(self) -> None:
        """Build what works on jobs: as many at once as leave a render worker to visitors."""
        queue, pool, tally = self.records.jobs, self.render_pool, self.watch.tally
        self.board = Board()
        self.executor = Executor(
            queue,
            {TOOL: SmartCrop(self.uploaded, lambda: queue.temp_dir)},
            self.settings.jobs,
            self.board,
            room=max(1, self.settings.render.size - 1),
            is_busy=lambda: pool.stats.waiting > 0,
            served=tally.served,
        )

    def _count(self, rendition: Rendition, timings: Mapping[str, float]) -> None:
        engine = rendition.focus.partition(";")[0]
        self.watch.tally.rendered(engine, timings, is_final=rendition.is_final)

    async def _keep_house(self) -> None:
        """Collect files that nothing points to any more, once a day: what a killed process left behind."""
        while True:
            await asyncio.sleep(_HOUSEKEEPING_EVERY_S)
            removed = await asyncio.to_thread(self.caches.maintain)
            _log.info("collected orphaned cache files", removed=removed)

    async def _sweep_records(self) -> None:
        """Take away what people gave for a time, once that is over."""
        while True:
            try:
                await self.records.jobs.sweep()
                await self.records.files.sweep()
            except errors.ImgcdnError as error:
                _log.warning("kept files could not be swept", why=error.detail)
            await asyncio.sleep(_SWEEP_EVERY_S)

    async def _tell_siblings(self) -> None:
        """Write what is counted where the other fronts find it."""
        while True:
            await self._metrics.tell()
            await asyncio.sleep(_TELL_EVERY_S)

    def drain(self, stops_at: float) -> None:
        """Take no more work; what is under way has until `stops_at` (on the monotonic clock)."""
        self.watch.is_draining = True
        self._stops_at = stops_at
        self.executor.drain()

    async def stop(self) -> None:
        """Let work under way end within the grace, then end the workers and close the cache."""
        grace_s = self.settings.server.grace_s
        if self._stops_at is not None:
            grace_s = max(0.0, self._stops_at - time.monotonic())
        self._is_stopping = True
        for chore in self._chores:
            chore.cancel()
        await self.executor.stop(grace_s)
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
            gate = self._gate()
            if self._siblings is None or self._siblings.number == 1:
                gate.tell()
            families.serve(self._running(gate))
            self.executor.start()  # here, for commands that use the application take no jobs of a server's queue
            try:
                yield
            finally:
                await self.stop()
                await families.aclose()

        families = Families(self.mounts, self.settings, self.addresses)
        pictures = Pictures(
            self.mounts,
            self.answers,
            self.settings.http,
            self.watch.tally,
            self.settings.hints,
            self.settings.ladder,
        )
        operations = Operations(self.why_not_ready, self.degraded)
        routes = [*families.routes, Route("/-/metrics", self._metrics.scraped)]
        forms = families.error_forms
        return build_site(
            pictures,
            operations,
            self.answers,
            self.settings.http,
            lifespan,
            routes,
            self.watch,
            forms,
            families.takes_root,
        )

    def _running(self, gate: Gate) -> Running:
        return Running(
            gate=gate,
            pipeline=self.pipeline,
            insight=self.insight,
            uploaded=self.uploaded,
            records=self.records,
            caches=self.caches,
            origins=self.origins,
            presets=self.presets,
            signing=self.signing,
            srcsets=self.srcsets(),
            executor=self.executor,
            board=self.board,
            engine_state=self.analyst.state,
            bitmap=self._engine.bitmap,
        )

    def srcsets(self) -> Srcsets:
        """Return what builds responsive pictures, once it is started."""
        settings = self.settings
        return Srcsets(self.mounts, settings.ladder, settings.encoding, self.pipeline)

    def _gate(self) -> Gate:
        return Gate(self.settings.server.host, self.records.keys)

    async def standing(self) -> Standing:
        """Say what stands now, for the metrics."""
        pools = {"render": self.render_pool, "analysis": self.analysis_pool}
        stores = await asyncio.to_thread(self.caches.stats)  # looks anew where there was no cache
        return Standing(
            pools={name: pool.stats for name, pool in pools.items()},
            stores=stores,
            failing=frozenset(self.caches.health()),
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
        if self.meanings.why_not:
            found["meaning"] = self.meanings.why_not
        if self.settings.text.fonts is not None and not self._has_fonts:
            found["fonts"] = f"there is no font in {self.settings.text.fonts}: texts are refused"
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
