"""What will be done to a picture, in whole pixels, with nothing left to decide."""

from dataclasses import MISSING, dataclass, fields

from imgcdn.model.adjust import Adjust
from imgcdn.model.edges import Edging
from imgcdn.model.effects import EffectsPlan
from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.ground import GREYS, Extend, Fill
from imgcdn.model.laying import Overlays
from imgcdn.model.media import ColourSpace, Format
from imgcdn.model.palette import Listing
from imgcdn.model.playing import Playback
from imgcdn.model.quality import Chroma, Search
from imgcdn.model.redaction import Patch
from imgcdn.model.spec import Colour, Strip


@dataclass(frozen=True, slots=True)
class Output:
    """How the pixels are written.

    `effort` is the encoder's own scale; `background` replaces alpha where the format has none. The file carries the
    profile of its `colours` when they are not sRGB. `search`, if any, finds the quality in place of `quality`.
    `palette` is the most colours of a PNG or GIF, None for as many as there are; `dither` is 0-1.
    """

    format: Format
    quality: int
    effort: int
    is_lossless: bool
    is_progressive: bool
    strip: Strip
    background: Colour
    colours: ColourSpace = ColourSpace.SRGB
    chroma: Chroma | None = None
    palette: int | None = None
    dither: float = 1.0
    dpi: int | None = None
    search: Search | None = None


@dataclass(frozen=True, slots=True)
class Canvas:
    """A larger picture that the resized one is laid on, its top left corner at (left, top); `ground` fills the rest."""

    size: Size
    left: int
    top: int
    colour: Colour
    ground: Fill | Extend = Fill.SOLID


_LEAVES_PIXELS = frozenset({"page", "playback", "scale", "keeps_gain_map", "listing"})
"""Optional fields of a plan that neither change nor cover a pixel."""


@dataclass(frozen=True, slots=True)
class TransformPlan:
    """Load shrunk, extract, resize, turn upright, rotate, mirror, lay on the canvas, encode: in this order.

    `window` is in upright source pixels and for people; `stored_window` is the same box as the file holds it.
    `resized` is the upright size before the quarter turns of `rotate`; `angle` (degrees clockwise) is done last, on a
    canvas of `rotated` with `angle_colour` in the corners, None where the picture reaches beyond them. `backdrop` goes
    behind transparency. `frames` is how many are written. `patches` hide faces of the upright picture; `overlays`
    lie on the turned one; `edges` go around all; `grid` is the side in px of the squares put behind what is transparent
    in the end, 0 for none, `grid_colours` their colours.
    `page` is the page or frame of the file, from 0, where reading starts, `playback` says what becomes of the frames
    (None: all as they are), and `scale` is what a drawing's own size is multiplied with. `listing` is for palettes,
    `faces` for what tells of them.
    """

    orientation: int
    window: Box
    stored_window: Box
    shrink: int
    resized: Size
    backdrop: Colour | None
    rotate_quarters: int
    flip: bool
    flop: bool
    canvas: Canvas | None
    angle: float
    angle_colour: Colour | None
    rotated: Size | None
    frames: int
    output: Output
    adjust: Adjust | None = None
    effects: EffectsPlan | None = None
    patches: tuple[Patch, ...] = ()
    overlays: Overlays | None = None
    edges: Edging | None = None
    grid: int = 0
    grid_colours: tuple[Colour, Colour] = GREYS
    page: int = 0
    playback: Playback | None = None
    scale: float = 1.0
    keeps_gain_map: bool = False
    listing: Listing | None = None
    faces: tuple[Region, ...] | None = None

    @property
    def only_resizes(self) -> bool:
        """Whether pixels are cropped, resized, turned and letterboxed, and nothing besides changes or covers them."""
        more = (field for field in fields(self) if field.default is not MISSING and field.name not in _LEAVES_PIXELS)
        return all(getattr(self, field.name) == field.default for field in more)

    @property
    def size(self) -> Size:
        """The size of the finished picture (of one frame)."""
        inner = self._inner
        if self.edges is None:
            return inner
        around = self.edges.margins
        return Size(inner.width + around.across, inner.height + around.down)

    @property
    def _inner(self) -> Size:
        """The size before padding and border."""
        if self.rotated is not None:
            return self.rotated
        if self.canvas is not None:
            return self.canvas.size
        return self.resized.turned() if self.rotate_quarters % 2 else self.resized
