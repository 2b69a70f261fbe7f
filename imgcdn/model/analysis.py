"""What looking at a source once produced, and the focus that a request draws from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.palette import Palette
from imgcdn.model.trimming import Trimming

FACES_OF_FRAMES = "face-frames"
"""Asks for every face of an animation, wherever it was: the face engine, on many frames."""
TRIM = "trim"
"""Asks for the border of a source, which a render worker finds."""


@dataclass(frozen=True, slots=True)
class Look:
    """One question put to a gravity engine about one source.

    `aspect` is the crop's width/height for engines whose answer depends on it, rounded so that sizes of one ratio
    share an answer. `region` is the part looked at, 0–1 of the upright source; None is all of it. `orientation` is
    given only when the URL overrides EXIF's, for then upright means something else. `trimming` says which border is
    looked for; `page` is the page of a document, from 0.
    """

    engine: str
    aspect: float | None = None
    region: Region | None = None
    orientation: int | None = None
    trimming: Trimming | None = None
    page: int = 0


@dataclass(frozen=True, slots=True)
class ImportanceMap:
    """What a picture's pixels say about where its subject is, small enough to be kept for ever (at most 5 KB).

    `saliency` and `detail` are rows of bytes, of `width` x `height` cells and of half as many (rounded up) each way,
    as Base64. `aspect` is the picture's width / height.
    """

    width: int
    height: int
    aspect: float
    saliency: str
    detail: str


@dataclass(frozen=True, slots=True)
class ContentMap:
    """What the smartcrop algorithm sees in each cell of a picture, small enough to be kept for ever.

    `detail`, `skin` and `saturation` are rows of bytes of `width` x `height` cells, as Base64. `aspect` is the
    picture's width / height.
    """

    width: int
    height: int
    aspect: float
    detail: str
    skin: str
    saturation: str


@dataclass(frozen=True, slots=True)
class EdgeMap:
    """Which share of each cell of a picture is edge: rows of bytes of `width` x `height` cells, as Base64.

    `aspect` is the picture's width / height.
    """

    width: int
    height: int
    aspect: float
    cells: str


@dataclass(frozen=True, slots=True)
class Thing:
    """An object that a detector knows by name, and where it is."""

    label: str
    region: Region


@dataclass(frozen=True, slots=True)
class ObjectMap:
    """Which object each cell of a picture shows: rows of bytes as Base64, 0 for none, n for `labels[n - 1]`."""

    width: int
    height: int
    labels: tuple[str, ...]
    cells: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One engine's answer: a point 0–1 of the region looked at; faces, things or a map of all; or nothing.

    `trimmed` is what is left of the upright source without its border, in px.
    `is_available` is False when the engine could not look at all (a model is missing); such a finding is never kept.
    `is_installed` is False when it could not because it is not there, so that asking again is of no use.
    `error` is the code of the error that kept an engine that is there from looking, such as corrupt_image.
    `made_at` is the Unix time in seconds at which it was kept, `took_ms` how long looking took, waiting included.
    """

    engine: str
    point: Point | None = None
    confidence: float | None = None
    faces: tuple[Region, ...] = ()
    importance: ImportanceMap | None = None
    content: ContentMap | None = None
    edges: EdgeMap | None = None
    things: tuple[Thing, ...] = ()
    objects: ObjectMap | None = None
    palette: Palette | None = None
    trimmed: Box | None = None
    made_at: float | None = None
    took_ms: float | None = None
    is_available: bool = True
    is_installed: bool = True
    why: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """An art director's word on one source: the point, 0–1 of it, that beats every engine. `made_at` is Unix time."""

    point: Point
    note: str
    made_at: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The point of a source that matters most, 0–1 of the upright source, and what says so.

    `source` is override, face, object, smart-crop or center. `window` is the square that `gravity=auto` would cut, in
    the same measure.
    """

    point: Point
    confidence: float
    source: str
    window: Region
    faces: tuple[Region, ...]
    is_final: bool


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is known of one source: made once, under the digest of its bytes.

    `faces` are in the order of their scores. `engines` are the versions that looked; `made_at` is the Unix time of
    the latest look, `is_cached` whether all had looked before.
    """

    digest: str
    size: Size
    suggestion: Suggestion
    palette: Palette | None
    engines: Mapping[str, str]
    made_at: float | None
    is_cached: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A window that was weighed, 0–1 of the upright source; its score is the sum of its parts.

    `kept` is the share, 0–1, that it keeps of all that counts, before what it wins and loses by where that lies.
    """

    window: Region
    score: float
    parts: Mapping[str, float]
    kept: float | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What of a picture a hint was taken for: things of a label, `by` name, plural, synonym, kind or meaning.

    `nearness` is 1, and less where only the meaning says so.
    """

    hint: str
    label: str
    by: str
    nearness: float = 1.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One engine that was asked on the way to a focus, and what came of it: "used", "none" or why it was not used.

    `took_ms` is how long it looked, when it did; `faces` how many it found that could be kept. `seen` are the faces
    that it knew of, the doubtful ones too, None when it has no use for faces; `weighed` how many windows it weighed.
    `matches` tell what the things were taken for that were asked for by name.
    """

    engine: str
    outcome: str
    took_ms: float | None = None
    faces: int | None = None
    seen: tuple[Region, ...] | None = field(default=None, compare=False)
    weighed: int | None = None
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Focus:
    """The resolved point, 0–1 of the upright source, the engine that decided, and faces or things to keep whole.

    `candidates` are the windows that were weighed, best first, by an engine that weighs windows.

    `is_final` is False when a missing engine forced a fallback, so that the answer must not live long.
    """

    point: Point
    engine: str
    confidence: float | None = None
    faces: tuple[Region, ...] = ()
    tried: tuple[Trial, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    things: tuple[Region, ...] = ()
    is_final: bool = True

    def field(self) -> str:
        """The value of the X-Imgcdn-Focus header: a structured-field item with parameters (RFC 9651)."""
        text = f"{self.engine};x={self.point.x:.3f};y={self.point.y:.3f}"
        return text if self.confidence is None else f"{text};c={self.confidence:.2f}"


@dataclass(frozen=True, slots=True)
class Cropping:
    """A window of one aspect ratio, in pixels of the upright source, with the engine that chose it."""

    aspect: Fraction
    window: Box
    confidence: float
    engine: str
