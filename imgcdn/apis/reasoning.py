"""What `explain` answers, as models: every decision about a picture."""

from typing import Annotated, Literal

from pydantic import Field

from imgcdn.apis.replies import Box, HintMatch, Reply

_Digest = Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")]
_Held = Literal["whole", "cut", "outside"]
_Side = Annotated[int, Field(ge=1)]


class ExplainedPlan(Reply):
    """What was asked for, with what that came to."""

    w: _Side
    h: _Side
    fit: str
    gravity: list[str]
    rotate: float
    frames: _Side


class ExplainedSource(Reply):
    """The source, upright."""

    width: _Side
    height: _Side
    orientation: int = Field(ge=1, le=8, description="EXIF's")
    digest: _Digest
    bytes: int
    loader: str = Field(description="what decodes it")
    cached: bool = Field(description="whether its bytes were at hand")


class Tried(Reply):
    """One engine that was asked."""

    engine: str
    result: str = Field(description="used, none, or why it was not used")
    ms: float | None = Field(default=None, description="how long it looked, when it did")
    faces: int | None = None
    kept: int | None = Field(default=None, description="faces that the window holds whole")
    weighed: int | None = Field(default=None, description="windows that were weighed")
    matches: list[HintMatch] | None = Field(default=None, description="of obj: what it was taken for")


class ExplainedFocus(Reply):
    """The point that the crop keeps, in shares of the upright source."""

    engine: str
    x: float
    y: float
    confidence: float | None
    faces: int
    tried: list[Tried]


class Seen(Reply):
    """Something that was found, and whether the window holds it."""

    x: int
    y: int
    width: _Side
    height: _Side
    confidence: float
    held: _Held


class SeenFace(Seen):
    """A face that was found."""

    decided: bool = Field(description="whether it had a say")


class WeighedWindow(Reply):
    """A window that was weighed."""

    window: Box
    score: float
    kept: float | None = Field(description="share that it keeps of all that counts")
    parts: dict[str, float]


class LayerSource(Reply):
    """Size of a layer's picture, upright."""

    width: _Side
    height: _Side


class ExplainedLayer(Reply):
    """What lies over the picture, in px of the answer."""

    param: str
    left: int
    top: int
    width: int
    height: int
    mode: str
    opacity: float
    picture: str | None = None
    digest: str | None = None
    source: LayerSource | None = None
    rotate: float | None = None
    gap: int | None = None


class ExplainedOutput(Reply):
    """What is sent."""

    format: str
    why: str
    quality: int | None
    bytes: int | None = Field(description="null until it was rendered")
    width: _Side
    height: _Side


class ExplainedCache(Reply):
    """What is kept."""

    key: str
    status: Literal["hit", "miss"]
    ttl: int = Field(description="seconds for which the source is believed; negative when that is over")


class ExplainReply(Reply):
    """Every decision about a picture. Coordinates are px of the upright source."""

    why: list[str] = Field(description="the decisions in sentences")
    plan: ExplainedPlan
    source: ExplainedSource
    focus: ExplainedFocus | None = Field(description="null where nothing is cropped")
    window: Box
    layers: list[ExplainedLayer]
    faces: list[SeenFace] | None = Field(description="null where nobody looked for faces")
    things: list[Seen]
    candidates: list[WeighedWindow] = Field(description="the best first")
    output: ExplainedOutput
    cache: ExplainedCache
    ignored: list[str] = Field(description="parameters that are not known, where the mount is not strict")
    timing_ms: dict[str, float]
