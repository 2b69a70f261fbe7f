"""In-memory stand-ins for every port of the pipeline: no file, no process, no real clock.

Each writes what it is asked for into one shared journal, and gives way to other tasks as the real one would.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.gravity.resolver import ChainResolver
from imgcdn.model.analysis import Finding, Look, Override
from imgcdn.model.drawing import Drawing
from imgcdn.model.geometry import Box, Point, Size
from imgcdn.model.media import Format, Rendition, Source, SourceInfo
from imgcdn.model.overlays import Fonts
from imgcdn.model.plan import TransformPlan
from imgcdn.model.quality import Chosen
from imgcdn.model.reference import Fetched, Reference, Unchanged
from imgcdn.model.spec import Ask
from imgcdn.model.terms import Terms
from imgcdn.model.trimming import Trimming
from imgcdn.pipeline.insight import Insight
from imgcdn.pipeline.ports import Ports
from imgcdn.pipeline.sight import Sight
from imgcdn.pipeline.sources import Sources
from imgcdn.pipeline.stages import Answer, Pipeline
from imgcdn.planning.lending import Lending
from imgcdn.planning.settings import Encoding, Freshness, Limits

INFO = SourceInfo("jpegload", Size(1600, 900), 1, 1, False, False, 8, False, False)
MODIFIED = 1_700_000_000.0
FONTS = Fonts(("Fake Sans",), "1")

Disk = dict[str, bytes]
Journal = list[str]


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()


@dataclass
class FakeOrigin:
    """Pictures by path. A web origin hands over temporary copies, a folder the files themselves."""

    disk: Disk
    journal: Journal
    is_web: bool = False
    fresh_for_s: float = 60.0
    max_age_s: int | None = None
    terms: Terms | None = None
    pictures: dict[str, bytes] = field(default_factory=dict)

    def put(self, path: str, data: bytes) -> None:
        self.pictures[path] = data
        if not self.is_web:
            self.disk[f"/folder/{path}"] = data

    def holds(self, known: Reference) -> bool:
        return False

    def glance(self, path: str, known: Reference) -> Unchanged | None:
        data = self.pictures.get(path)
        if self.is_web or data is None or digest_of(data) != known.stamp:
            return None
        self.journal.append(f"glance {path}")
        return Unchanged(known.stamp, None, self.fresh_for_s)

    error: errors.ImgcdnError | None = None

    @property
    def is_remote(self) -> bool:
        return self.is_web

    async def get(self, path: str, known: Reference | None) -> Fetched | Unchanged:
        await asyncio.sleep(0)
        if self.error is not None:
            self.journal.append(f"fail {path}")
            raise self.error
        data = self.pictures.get(path)
        if data is None:
            self.journal.append(f"missing {path}")
            raise errors.SourceNotFoundError(f"there is no {path}")
        digest = digest_of(data)
        if known is not None and known.stamp == digest:
            self.journal.append(f"unchanged {path}")
            return Unchanged(digest, self.max_age_s, self.fresh_for_s, self.terms)
        self.journal.append(f"fetch {path}")
        place = f"/tmp/{path}" if self.is_web else f"/folder/{path}"  # noqa: S108 - a key of the fake disk
        self.disk[place] = data
        return Fetched(
            place,
            digest,
            len(data),
            digest,
            MODIFIED,
            self.max_age_s,
            self.fresh_for_s,
            is_temporary=self.is_web,
            terms=self.terms,
        )


class FakeReferences:
    def __init__(self) -> None:
        self.kept: dict[str, Reference] = {}

    def get(self, key: str) -> Reference | None:
        return self.kept.get(key)

    def look_again(self, key: str) -> Reference | None:
        return self.kept.get(key)

    async def put(self, key: str, reference: Reference, since: int | None = None) -> None:
        await asyncio.sleep(0)
        self.kept[key] = reference

    def renew(self, key: str, reference: Reference, since: int) -> None:
        self.kept[key] = reference

    async def drop(self, key: str) -> bool:
        await asyncio.sleep(0)
        return self.kept.pop(key, None) is not None


@dataclass
class FakeOriginals:
    disk: Disk
    journal: Journal

    def find(self, digest: str) -> str | None:
        place = f"/originals/{digest}"
        return place if place in self.disk else None

    async def adopt(self, digest: str, path: str, tags: tuple[str, ...] = ()) -> str:
        await asyncio.sleep(0)
        self.journal.append("adopt")
        place = f"/originals/{digest}"
        self.disk[place] = self.disk.pop(path)
        return place

    def evict(self, digest: str) -> None:
        del self.disk[f"/originals/{digest}"]


@dataclass
class FakeAnalyses:
    """Findings, each good as long as its engine has the version that it had."""

    journal: Journal
    state: Callable[[str], str]
    kept: dict[tuple[str, Look], Finding] = field(default_factory=dict)
    versions: dict[tuple[str, Look], str] = field(default_factory=dict)

    def get(self, digest: str, look: Look) -> Finding | None:
        is_current = self.versions.get((digest, look)) == self.state(look.engine)
        return self.kept[digest, look] if is_current else None

    async def put(self, digest: str, look: Look, finding: Finding) -> None:
        await asyncio.sleep(0)
        self.journal.append(f"keep {look.engine}")
        self.kept[digest, look] = finding
        self.versions[digest, look] = self.state(look.engine)


@dataclass
class FakeOverrides:
    kept: dict[str, Override] = field(default_factory=dict)

    def get(self, digest: str) -> Override | None:
        return self.kept.get(digest)

    async def put(self, digest: str, override: Override) -> None:
        await asyncio.sleep(0)
        self.kept[digest] = override

    async def drop(self, digest: str) -> bool:
        await asyncio.sleep(0)
        return self.kept.pop(digest, None) is not None


@dataclass
class FakeRenditions:
    journal: Journal
    kept: dict[str, Rendition] = field(default_factory=dict)

    def get(self, key: str) -> Rendition | None:
        self.journal.append("look up")
        return self.kept.get(key)

    async def put(self, key: str, rendition: Rendition, tags: tuple[str, ...] = (), since: int | None = None) -> bool:
        await asyncio.sleep(0)
        self.journal.append("store")
        self.kept[key] = rendition
        return True


class FakeFlight:
    """One producer per key, as a future that followers wait for."""

    def __init__(self) -> None:
        self.under_way: dict[Hashable, asyncio.Future[Any]] = {}
        self.begun: list[asyncio.Future[Any]] = []

    def begin(
        self, key: Hashable, produce: Callable[[], Awaitable[Any]], again: Callable[[], Any] | None = None
    ) -> bool:
        if key in self.under_way:
            return False
        task = asyncio.ensure_future(self.join(key, produce))
        self.begun.append(task)
        task.add_done_callback(lambda done: done.exception())  # nobody waits for it
        return True

    async def join(
        self, key: Hashable, produce: Callable[[], Awaitable[Any]], again: Callable[[], Any] | None = None
    ) -> tuple[Any, bool]:
        if key in self.under_way:
            return await self.under_way[key], True
        future = self.under_way[key] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.exception())  # seen, even when nobody follows
        try:
            value = await produce()
        except BaseException as error:
            future.set_exception(error)
            raise
        else:
            future.set_result(value)
            return value, False
        finally:
            del self.under_way[key]


@dataclass
class FakeAnalyst:
    """Finds what its script says; an engine without a line there finds the middle."""

    disk: Disk
    journal: Journal
    states: dict[str, str] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    meanwhile: Callable[[], None] = lambda: None

    def state(self, engine: str) -> str:
        return self.states.get(engine, "1")

    async def look(self, source: Source, look: Look) -> Finding:
        self.journal.append(f"look {look.engine}")
        self.meanwhile()
        await asyncio.sleep(0)
        assert source.path in self.disk
        return self.findings.get(look.engine, Finding(look.engine, point=Point(0.5, 0.5), confidence=0.5))


@dataclass
class FakeEngine:
    """Renders a picture whose bytes tell which bytes and which plan they were made of."""

    disk: Disk
    journal: Journal
    infos: dict[bytes, SourceInfo] = field(default_factory=dict)
    unreadable: dict[bytes, errors.ImgcdnError] = field(default_factory=dict)
    error: errors.ImgcdnError | None = None
    meanwhile: Callable[[], None] = lambda: None
    while_probing: Callable[[], None] = lambda: None

    is_idle: bool = True

    async def probe(self, source: Source) -> SourceInfo:
        self.journal.append("probe")
        self.while_probing()
        await asyncio.sleep(0)
        if self.disk[source.path] in self.unreadable:
            raise self.unreadable[self.disk[source.path]]
        return self.infos.get(self.disk[source.path], INFO)

    async def trim(self, source: Source, info: SourceInfo, region: Box, trimming: Trimming) -> Box:
        self.journal.append("trim")
        self.meanwhile()
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        # A tenth on each side.
        x, y = region.width // 10, region.height // 10
        return Box(region.left + x, region.top + y, region.width - 2 * x, region.height - 2 * y)

    async def render(
        self,
        source: Source,
        plan: TransformPlan,
        info: SourceInfo,
        layers: Sequence[tuple[Source, SourceInfo]] = (),
    ) -> tuple[bytes, Mapping[str, float], Chosen | None]:
        self.journal.append("render")
        self.meanwhile()
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        over = b"".join(self.disk[layer.path] for layer, _ in layers)
        body = self.disk[source.path] + over + repr((plan, info)).encode()
        return body, {"decode": 1.0, "resize": 2.0, "encode": 3.0}, None

    async def draw(self, source: Source, drawing: Drawing, info: SourceInfo, output_format: Format) -> bytes:
        self.journal.append("draw")
        await asyncio.sleep(0)
        return self.disk[source.path] + repr((drawing, info, output_format)).encode()


class World:
    """Everything the pipeline needs: a folder at the mount `img`, a web origin at `web`, and empty stores."""

    def __init__(
        self,
        limits: Limits | None = None,
        encoding: Encoding | None = None,
        freshness: Freshness | None = None,
        lending: Lending | None = None,
    ) -> None:
        self.disk: Disk = {}
        self.journal: Journal = []
        self.now = 1_000_000.0
        self.folder = FakeOrigin(self.disk, self.journal)
        self.web = FakeOrigin(self.disk, self.journal, is_web=True)
        self.references = FakeReferences()
        self.originals = FakeOriginals(self.disk, self.journal)
        self.analyst = FakeAnalyst(self.disk, self.journal)
        self.analyses = FakeAnalyses(self.journal, self.analyst.state)
        self.overrides = FakeOverrides()
        self.flight = FakeFlight()
        self.renditions = FakeRenditions(self.journal)
        self.engine = FakeEngine(self.disk, self.journal)
        self.ticks = 0.0
        self.generation = 0
        ports = self.ports = Ports(
            origins={"img": self.folder, "web": self.web},
            references=self.references,
            originals=self.originals,
            analyses=self.analyses,
            overrides=self.overrides,
            renditions=self.renditions,
            flight=self.flight,
            analyst=self.analyst,
            resolver=ChainResolver(),
            engine=self.engine,
            generation=lambda: self.generation,
            canonical=native.canonical,
            clock=lambda: self.now,
            stopwatch=self._tick,
        )
        limits, encoding = limits or Limits(), encoding or Encoding()
        sources = Sources(ports, freshness or Freshness())
        sight = Sight(ports, sources, limits)
        self.pipeline = Pipeline(ports, sources, sight, limits, encoding, "fake-1", lending, FONTS)
        self.insight = Insight(ports, sources, sight, limits, encoding)

    async def get(self, url: str, accept: str = "") -> Answer:
        """Ask for `img/a.jpg?w=400`, as a browser with this Accept would."""
        return await self.pipeline.answer(self.ask(url), accept)

    @staticmethod
    def ask(url: str) -> Ask:
        path, _, query = url.partition("?")
        mount, _, rest = path.partition("/")
        return native.parse(mount, rest, query)

    def count(self, entry: str) -> int:
        """How many entries of the journal are this one, or begin with it and a space."""
        return sum(1 for line in self.journal if line == entry or line.startswith(f"{entry} "))

    def _tick(self) -> float:
        self.ticks += 0.25
        return self.ticks
