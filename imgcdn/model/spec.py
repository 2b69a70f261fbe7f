"""What a URL asks for, independent of any image and of the grammar it was written in."""

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from imgcdn.model.adjust import Adjust
from imgcdn.model.colour import Colour
from imgcdn.model.cut import Cut
from imgcdn.model.edges import Edges
from imgcdn.model.effects import Effects
from imgcdn.model.geometry import Point
from imgcdn.model.ground import Ground
from imgcdn.model.media import ColourSpace, Format
from imgcdn.model.overlays import Blend, Caption, Mark
from imgcdn.model.palette import Listing
from imgcdn.model.playing import Play
from imgcdn.model.quality import Auto, Coding
from imgcdn.model.redaction import Redaction
from imgcdn.model.trimming import Trimming


class Fit(StrEnum):
    """How the picture meets the box of `width` and `height`."""

    COVER = "cover"
    COVER_DOWN = "cover-down"
    CONTAIN = "contain"
    CONTAIN_DOWN = "contain-down"
    FILL = "fill"
    INSIDE = "inside"
    OUTSIDE = "outside"


class Strip(StrEnum):
    """Which metadata is taken away; GPS always is."""

    ALL = "all"
    ICC = "icc"
    NONE = "none"


class FacePreset(StrEnum):
    """How much of a person a face crop shows."""

    CLOSEUP = "closeup"
    HEAD_SHOULDERS = "head-shoulders"
    UPPER_BODY = "upper-body"
    HALF_BODY = "half-body"


class Debug(StrEnum):
    """What is drawn over the whole source in place of the picture."""

    CROP = "crop"
    HEAT = "heat"


class Hint(StrEnum):
    """What a browser may tell of itself in headers, where the URL asks for it."""

    WIDTH = "Width"
    DPR = "Dpr"
    SAVE_DATA = "Save-Data"


COMPASS: dict[str, Point] = {
    "center": Point(0.5, 0.5),
    "north": Point(0.5, 0.0),
    "south": Point(0.5, 1.0),
    "east": Point(1.0, 0.5),
    "west": Point(0.0, 0.5),
    "northeast": Point(1.0, 0.0),
    "northwest": Point(0.0, 0.0),
    "southeast": Point(1.0, 1.0),
    "southwest": Point(0.0, 1.0),
}
"""The gravities that are arithmetic alone."""

POINT = "fp"
"""The gravity that is the focal point: in a list it stands for the point where what is before it finds nothing."""

ENGINES = ("auto", "smart", "face", "faces", "entropy", "attention", "edges", "subject")
"""The gravities that look at the picture; `obj:<class>` is one more."""

Length = int | float
"""An int counts pixels; a float between 0 and 1 is a share of the source's side."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between what the sides of a crop must lie, in px at `dpr=1`, where they are not said."""

    least_width: int | None = None
    most_width: int | None = None
    least_height: int | None = None
    most_height: int | None = None


class Anchor(StrEnum):
    """A place on one axis that follows from the size of what is placed."""

    MIDDLE = "middle"
    END = "end"


ACROSS: dict[str, Length | Anchor] = {"left": 0, "center": Anchor.MIDDLE, "right": Anchor.END}
DOWN: dict[str, Length | Anchor] = {"top": 0, "middle": Anchor.MIDDLE, "bottom": Anchor.END}
"""What the starts of a part of a picture may be called on each axis."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A part of the upright source: each number an int of pixels or a float share of its side."""

    x: Length | Anchor
    y: Length | Anchor
    width: Length
    height: Length


@dataclass(frozen=True, slots=True)
class Spec:
    """The picture asked for. None means that nothing was said, so that planning may choose.

    `quality_off` is taken off the quality, whoever chose that; no URL says it, only a hint of the browser. `scale`
    multiplies lengths besides `dpr`, where a hint or a ladder made the picture another size than the URL says.
    `face_else` is the fit of a face crop where no face is found; without negotiation the format is the source's own.
    `format_else` is the format where Accept chooses no other; with `is_plain` it is that of animations alone, and a
    still becomes PNG where it has alpha, else JPEG, whatever its own format is.
    `is_straightened` zooms in on what is turned, so that it fills a frame that does not turn with it.
    """

    width: Length | None = None
    height: Length | None = None
    aspect: Fraction | None = None
    bounds: Bounds = Bounds()
    dpr: float = 1.0
    fit: Fit | None = None
    may_enlarge: bool | None = None
    gravity: tuple[str, ...] = ()
    focal_point: Point | None = None
    zoom: float = 1.0
    rect: Rect | None = None
    cut: Cut = Cut()
    trim: Trimming = Trimming()
    face_index: int | None = None
    face_pad: float | None = None
    face_preset: FacePreset | None = None
    face_min: float = 0.5
    face_else: Fit | None = None
    rotate: float = 0.0
    is_straightened: bool = False
    flip: bool = False
    flop: bool = False
    orientation: int | None = None
    background: Colour | None = None
    adjust: Adjust = Adjust()
    effects: Effects = Effects()
    ground: Ground = Ground()
    edges: Edges = Edges()
    redaction: Redaction = Redaction()
    blend: Blend = Blend()
    mark: Mark = Mark()
    caption: Caption = Caption()
    format: Format | None = None
    quality: int | Auto | None = None
    coding: Coding = Coding()
    strip: Strip | None = None
    colour_space: ColourSpace | None = None
    play: Play = Play()
    listing: Listing = Listing()
    lossless: bool = False
    progressive: bool = True
    is_negotiated: bool = True
    format_else: Format | None = None
    is_plain: bool = False
    quality_off: int = 0
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Which picture: a mount's name and the decoded path (or absolute URL) behind it."""

    mount: str
    path: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the answer is handed over; nothing here changes a pixel, so nothing here is in a cache key.

    `download` is the file name to save under, "" for the source's own, None to show the picture in the page.
    `is_explained` asks for the decisions in place of the picture, `debug` for a drawing of them.
    `hints` names what the browser may tell of itself, `saving_quality` the quality for one that wishes little data,
    where the grammar has its own. `expires_at` is the last Unix second at which the URL holds.
    `is_signed` is said by who verified the signature, not by the URL; `is_preset_size` tells that a preset alone gives
    the size, which changes nothing about what is asked.
    """

    download: str | None = None
    version: str | None = None
    is_explained: bool = False
    debug: Debug | None = None
    preset: str | None = field(default=None, compare=False)
    tags: tuple[str, ...] = field(default=(), compare=False)
    hints: tuple[Hint, ...] = ()
    saving_quality: int | None = None
    signature: str | None = None
    key_id: str | None = None
    expires_at: int | None = None
    is_signed: bool = False
    is_preset_size: bool = field(default=False, compare=False)
    ignored: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Ask:
    """A URL, understood."""

    source: SourceRef
    spec: Spec
    delivery: Delivery
