"""What looking at a source once produced, and the focus that a request draws from it."""

from dataclasses import dataclass

from imgcdn.model.geometry import Point, Region


@dataclass(frozen=True, slots=True)
class Look:
    """One question put to a gravity engine about one source.

    `aspect` is the crop's width/height for engines whose answer depends on it, rounded so that sizes of one ratio
    share an answer. `region` is the part looked at, 0–1 of the upright source; None is all of it. `orientation` is
    given only when the URL overrides EXIF's, for then upright means something else.
    """

    engine: str
    aspect: float | None = None
    region: Region | None = None
    orientation: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One engine's answer: a point 0–1 of the region looked at, or faces 0–1 of the upright source, or neither.

    `is_available` is False when the engine could not look at all (a model is missing); such a finding is never kept.
    """

    engine: str
    point: Point | None = None
    confidence: float | None = None
    faces: tuple[Region, ...] = ()
    is_available: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """One engine that was asked on the way to a focus, and what came of it."""

    engine: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Focus:
    """The resolved point, 0–1 of the upright source, with the engine that decided and the faces to keep whole.

    `is_final` is False when a missing engine forced a fallback, so that the answer must not live long.
    """

    point: Point
    engine: str
    confidence: float | None = None
    faces: tuple[Region, ...] = ()
    tried: tuple[Trial, ...] = ()
    is_final: bool = True

    def field(self) -> str:
        """The value of the X-Imgcdn-Focus header: a structured-field item with parameters (RFC 9651)."""
        text = f"{self.engine};x={self.point.x:.3f};y={self.point.y:.3f}"
        return text if self.confidence is None else f"{text};c={self.confidence:.2f}"
