"""What the native API answers, as models: the OpenAPI document is made from them, and tests check answers by them."""
# ruff: noqa: N815 - the API's names

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_Share = Annotated[float, Field(ge=0, le=1)]
_Px = Annotated[int, Field(ge=0)]
_Side = Annotated[int, Field(ge=1)]
_Digest = Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$", description="of the source's bytes")]
_Colour = Annotated[str, Field(pattern="^#[0-9a-f]{6}$")]


class Reply(BaseModel):
    """An answer: it has these members and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(Reply):
    """A place in px of the upright source."""

    x: int
    y: int


class Box(Reply):
    """A rectangle in px of the upright source."""

    left: _Px
    top: _Px
    width: _Side
    height: _Side


class ShareBox(Reply):
    """A rectangle in shares of the upright source."""

    left: _Share
    top: _Share
    width: _Share
    height: _Share


class ShareRegion(Reply):
    """A rectangle in shares of the upright source, by its top left corner."""

    x: float
    y: float
    width: _Share
    height: _Share


class SuggestedFocus(Reply):
    """The point that matters most."""

    x: _Share
    y: _Share
    confidence: _Share
    source: Literal["override", "metadata", "face", "object", "smart-crop", "center"] = Field(
        description="what says so: smart-crop looked at shapes and colours; center found nothing"
    )


class SuggestedSquare(Box):
    """The square about it."""

    normalized: ShareBox


class Focal(Reply):
    """What to keep in the frame."""

    suggested: SuggestedFocus
    crop: SuggestedSquare


class FoundFace(Reply):
    """A face, in px of the upright source."""

    x: int
    y: int
    width: _Side
    height: _Side
    confidence: _Share
    normalized: ShareRegion
    landmarks: list[Point] = Field(description="eyes, nose, mouth, ears; empty where the engine knows none")


class DominantColour(Reply):
    """The swatch with most pixels."""

    name: Literal["vibrant", "darkVibrant", "lightVibrant", "muted", "darkMuted", "lightMuted"]
    hex: _Colour


class SwatchColour(Reply):
    """A colour of the picture, and the colours of text that can be read on it (WCAG)."""

    hex: _Colour
    rgb: Annotated[list[Annotated[int, Field(ge=0, le=255)]], Field(min_length=3, max_length=3)]
    population: _Px = Field(description="pixels of a small preview that are near it")
    titleTextColor: _Colour = Field(description="contrast of at least 3")
    bodyTextOnColor: _Colour = Field(description="contrast of at least 4.5")


class PaletteColours(Reply):
    """Six colours, null where the picture has none of the kind."""

    dominant: DominantColour | None
    vibrant: SwatchColour | None
    darkVibrant: SwatchColour | None
    lightVibrant: SwatchColour | None
    muted: SwatchColour | None
    darkMuted: SwatchColour | None
    lightMuted: SwatchColour | None


class AnalysisReply(Reply):
    """All that is known of a picture."""

    version: Literal[1] = Field(description="of this form")
    digest: _Digest
    width: _Side = Field(description="of the upright source, in px")
    height: _Side
    focal: Focal
    faces: list[FoundFace] = Field(description="the surest first")
    palette: PaletteColours | None
    analyzedAt: str | None = Field(description="time of the latest look, UTC")
    cached: bool = Field(description="whether nobody had to look now")
    engine: dict[str, str] = Field(description="versions of the engines that looked, by their names")


class KeptFocus(Reply):
    """An art director's word."""

    x: _Share
    y: _Share
    note: str


class FocusReply(Reply):
    """The override of a picture, null where there is none."""

    source: str
    path: str
    digest: _Digest
    focus: KeptFocus | None
    removed: bool = Field(default=False, description="of DELETE only: whether there was one")


class CropBoundary(Box):
    """A window, by its sides and its corners."""

    polygon: Annotated[list[Point], Field(min_length=4, max_length=4)]


class FoundCropping(Reply):
    """A window."""

    aspect_ratio: str = Field(description="of the window; for auto, the one that was chosen")
    asked: str = Field(description="as it was asked for")
    confidence: _Share
    engine: str = Field(description="what chose it")
    boundary: CropBoundary
    url: str | None = Field(description="path and query of the picture so cropped")


class HintMatch(Reply):
    """What of the picture a hint was taken for."""

    hint: str
    label: str = Field(description="what the engine calls it that found it: person, face, or a label of the model")
    by: Literal["name", "plural", "synonym", "kind", "meaning"]
    nearness: _Share = Field(description="1, and less where only the meaning says so")


class CropsReply(Reply):
    """Windows of several shapes, in the order of the ratios, the best of each first."""

    croppings: list[FoundCropping]
    matched_hints: list[str] = Field(description="hints of which something was found")
    matches: list[HintMatch] = Field(description="what each of them was taken for")
    request_id: str


class PurgeReply(Reply):
    """How much was forgotten."""

    references: _Px
    renditions: _Px
    originals: _Px
    soft: bool
    problems: list[str] = Field(description="what may be left; with any, the status is 503")


class WarmFailure(Reply):
    """A picture that could not be rendered."""

    url: str
    code: str
    detail: str


class WarmReply(Reply):
    """What was rendered."""

    warmed: _Px
    pending: _Px = Field(description="pictures of which an AVIF is still being written")
    failed: list[WarmFailure]


class Alive(Reply):
    """The process answers."""

    status: Literal["alive"]


class Readiness(Reply):
    """Whether pictures can be rendered."""

    ready: bool
    why_not: dict[str, str] = Field(description="what is not ready, with the reason")
    degraded: dict[str, str] = Field(description="what works in part only")
