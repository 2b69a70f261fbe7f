"""The ports that the stages need. Everything concrete is joined in `app`; tests fill them with fakes."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from imgcdn.model.analysis import Finding, Focus, Look, Match, Override, Suggestion
from imgcdn.model.drawing import Drawing, Heat
from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.media import Format, Rendition, Source, SourceInfo
from imgcdn.model.plan import TransformPlan
from imgcdn.model.quality import Chosen
from imgcdn.model.reference import Fetched, Reference, Unchanged
from imgcdn.model.spec import Spec
from imgcdn.model.trimming import Trimming

T = TypeVar("T")
Looking = Callable[[Look], Awaitable[Finding]]


class Origin(Protocol):
    """A place sources come from. One that `is_remote` is asked seldom: what it said is believed for a time."""

    @property
    def is_remote(self) -> bool: ...

    async def get(self, path: str, known: Reference | None) -> Fetched | Unchanged:
        """Read the source at `path`, or say that `known` still holds. Raises the 4xx and 5xx of `errors`."""
        ...

    def holds(self, known: Reference) -> bool:
        """Whether the file at `known.path` is as it was when it was read; False when that cannot be told at once."""
        ...

    def glance(self, path: str, known: Reference) -> Unchanged | None:
        """Say at once that `known` still holds; None when it does not, or only asking tells."""
        ...


class References(Protocol):
    """What is known of each source, under `mount/path`."""

    def get(self, key: str) -> Reference | None: ...
    def look_again(self, key: str) -> Reference | None:
        """Read what another process may have written since."""
        ...

    async def put(self, key: str, reference: Reference, since: int | None = None) -> None:
        """Keep it, unless something was purged after `since`."""
        ...

    def renew(self, key: str, reference: Reference, since: int) -> None:
        """Keep in this process alone what is as it was, unless something was purged after `since`."""
        ...

    async def drop(self, key: str) -> bool: ...


class Originals(Protocol):
    """Fetched source files, kept under their digest."""

    def find(self, digest: str) -> str | None:
        """Return the path of the kept file, or None when it was never kept or has been evicted."""
        ...

    async def adopt(self, digest: str, path: str, tags: tuple[str, ...] = ()) -> str:
        """Move the temporary file at `path` in, and return where it is now."""
        ...


class Analyses(Protocol):
    """What looking at a source once produced, kept for ever."""

    def get(self, digest: str, look: Look) -> Finding | None: ...
    async def put(self, digest: str, look: Look, finding: Finding) -> None: ...


class Overrides(Protocol):
    """Art directors' words on sources; quick enough to be asked on every request."""

    def get(self, digest: str) -> Override | None: ...


class Renditions(Protocol):
    """Finished pictures, under their fingerprint."""

    def get(self, key: str) -> Rendition | None: ...
    async def put(self, key: str, rendition: Rendition, tags: tuple[str, ...] = (), since: int | None = None) -> bool:
        """Keep it under its tags, unless something was purged after `since`; say whether it is kept."""
        ...


class Flight(Protocol):
    """One producer per key; followers wait for the same value."""

    def begin(
        self, key: Hashable, produce: Callable[[], Awaitable[T]], again: Callable[[], T | None] | None = None
    ) -> bool:
        """Start the work for a key without waiting for it, unless it is under way; say whether it was started."""
        ...

    async def join(
        self, key: Hashable, produce: Callable[[], Awaitable[T]], again: Callable[[], T | None] | None = None
    ) -> tuple[T, bool]:
        """Return the value, and whether this call was a follower (its work collapsed into another's).

        `again` looks up what another process may have produced meanwhile; only with it are processes waited for.
        """
        ...


class Analyst(Protocol):
    """Engines that look at pictures, in processes of their own."""

    def state(self, engine: str) -> str:
        """Which version of `engine` would answer now, or "absent": part of every key that depends on its answer."""
        ...

    async def look(self, source: Source, look: Look) -> Finding: ...


class Resolver(Protocol):
    """Chooses what must stay in the frame."""

    def engines(self, spec: Spec) -> frozenset[str]:
        """Name the engines whose answer may decide the crop; none when it is arithmetic alone."""
        ...

    async def focus(
        self, spec: Spec, region: Box, upright: Size, aspect: float, look: Looking, override: Override | None
    ) -> Focus:
        """Choose for a window of `aspect` in `region` (px of the upright source); the override's point is upright."""
        ...

    async def suggest(self, upright: Size, look: Looking, override: Override | None) -> Suggestion:
        """Name the one point of a source that matters most, whatever the shape asked for."""
        ...

    async def matching(self, hints: Sequence[str], look: Looking) -> tuple[Match, ...]:
        """Tell what in the source each of the hints, free texts, was taken for, if there is anything of the kind."""
        ...

    async def heat(self, spec: Spec, look: Looking) -> tuple[Heat | None, tuple[Region, ...]]:
        """Return what each cell of the source is worth to the gravity asked for, and the faces that were found."""
        ...


class Engine(Protocol):
    """Probing, rendering and drawing, in processes of their own."""

    @property
    def is_idle(self) -> bool:
        """Whether work that nobody waits for would be in nobody's way."""
        ...

    async def probe(self, source: Source, page: int = 0) -> SourceInfo:
        """Read the header of a source or of a later page, from 0; the first page's if there is none such."""
        ...

    async def trim(self, source: Source, info: SourceInfo, region: Box, trimming: Trimming) -> Box:
        """Return what is left of a region (px of the upright source) without its border, all of it if there is none."""
        ...

    async def render(
        self,
        source: Source,
        plan: TransformPlan,
        info: SourceInfo,
        layers: Sequence[tuple[Source, SourceInfo]] = (),
    ) -> tuple[bytes, Mapping[str, float], Chosen | None]:
        """Return the encoded picture, the milliseconds that each stage took, and the quality if the pixels decided it.

        `layers` are those of the plan.
        """
        ...

    async def draw(self, source: Source, drawing: Drawing, info: SourceInfo, output_format: Format) -> bytes:
        """Return the whole source, small, with the drawing over it."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything concrete that the stages need."""

    origins: Mapping[str, Origin]
    references: References
    originals: Originals
    analyses: Analyses
    overrides: Overrides
    renditions: Renditions
    flight: Flight
    analyst: Analyst
    resolver: Resolver
    engine: Engine
    generation: Callable[[], int]
    """A number that grows with every purge, in any process."""
    canonical: Callable[[Spec], str]
    clock: Callable[[], float]
    """Unix time in seconds."""
    stopwatch: Callable[[], float]
    """Seconds that only ever grow."""
    rendered: Callable[[Rendition, Mapping[str, float]], None] = lambda _rendition, _timings: None
    """Told of every picture that was rendered, whoever asked for it, with milliseconds by stage."""
