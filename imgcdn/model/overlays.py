"""What is laid over a picture: a mark, another picture or a colour that is blended in, and a text."""

from dataclasses import dataclass
from enum import StrEnum

from imgcdn.model.colour import Colour

_BLACK, _WHITE = Colour(0, 0, 0), Colour(255, 255, 255)
Length = int | float
"""As of the picture's own sides: an int counts pixels, a float between 0 and 1 is a share of the picture's side."""


class LayerFit(StrEnum):
    """How a picture that is laid over another meets its box."""

    CLIP = "clip"
    CROP = "crop"
    FILL = "fill"
    MAX = "max"
    SCALE = "scale"


class Tile(StrEnum):
    """How a mark is repeated."""

    GRID = "grid"


class LayerSize(StrEnum):
    """How large a picture is that is blended in, where no size is said: as the one beneath, or as it is."""

    INHERIT = "inherit"
    OWN = "own"


class BlendMode(StrEnum):
    """How two colours become one (W3C Compositing and Blending 1, §10)."""

    NORMAL = "normal"
    MULTIPLY = "multiply"
    SCREEN = "screen"
    OVERLAY = "overlay"
    DARKEN = "darken"
    LIGHTEN = "lighten"
    COLOR_DODGE = "color-dodge"
    COLOR_BURN = "color-burn"
    HARD_LIGHT = "hard-light"
    SOFT_LIGHT = "soft-light"
    DIFFERENCE = "difference"
    EXCLUSION = "exclusion"
    HUE = "hue"
    SATURATION = "saturation"
    COLOR = "color"
    LUMINOSITY = "luminosity"


class TextFit(StrEnum):
    """What becomes of a text's size."""

    MAX = "max"


@dataclass(frozen=True, slots=True)
class Mark:
    """A small picture over the finished one.

    `picture` is its path as the URL has it, None for no mark. `scale` is its width in per cent of the picture's, where
    neither `width` nor `height` is said; 0 takes it as large as it is. `x` and `y` are px from the left and top edge,
    and win over `position` (a name of the compass) and `pad`. `inset_x` and `inset_y` are px inwards from the side that
    `position` names, and to the right and down from the middle.
    """

    picture: str | None = None
    width: Length | None = None
    height: Length | None = None
    scale: float = 18.0
    fit: LayerFit = LayerFit.CLIP
    rotation: float = 0.0
    tile: Tile | None = None
    opacity: float = 0.78
    position: str = "southeast"
    pad: int = 5
    x: int | None = None
    y: int | None = None
    inset_x: int = 0
    inset_y: int = 0


@dataclass(frozen=True, slots=True)
class Blend:
    """A colour, or another picture by its path, that is mixed with the picture; None for neither.

    `alpha` is 0–100. `fit` None crops a picture that takes the size of the one beneath; `crop` names the place of it
    that is kept where something is cut away. Insets are as those of a mark.
    """

    layer: Colour | str | None = None
    mode: BlendMode = BlendMode.NORMAL
    alpha: float = 100.0
    size: LayerSize = LayerSize.INHERIT
    width: Length | None = None
    height: Length | None = None
    fit: LayerFit | None = None
    crop: str = "center"
    position: str = "center"
    pad: int = 0
    x: int | None = None
    y: int | None = None
    inset_x: int = 0
    inset_y: int = 0


@dataclass(frozen=True, slots=True)
class Caption:
    """A text over the picture, None for none; lengths in px. `fit` max fills the width with one line.

    `lead` is the distance of lines, 1 being the font's own; `shadow` is 0–10; `outline` is px around the letters.
    Insets are as those of a mark.
    """

    text: str | None = None
    size: float = 24.0
    font: str | None = None
    weight: int = 400
    is_italic: bool = False
    colour: Colour = _BLACK
    position: str = "southwest"
    fit: TextFit | None = None
    pad: int = 10
    width: Length | None = None
    x: int | None = None
    y: int | None = None
    inset_x: int = 0
    inset_y: int = 0
    lead: float = 1.0
    shadow: float = 0.0
    outline: int = 0
    outline_colour: Colour = _WHITE


@dataclass(frozen=True, slots=True)
class Fonts:
    """The font families that texts can be set in, by the names that URLs may say; `version` names the set of them."""

    families: tuple[str, ...] = ()
    version: str = ""
