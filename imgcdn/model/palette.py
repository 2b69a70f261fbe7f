"""The colours of a picture: six swatches of the Vibrant scheme, and which text colour can be read on each."""

from dataclasses import dataclass, fields

_BODY_CONTRAST = 4.5
_TITLE_CONTRAST = 3.0
"""WCAG 2.1, success criterion 1.4.3: normal and large text."""


@dataclass(frozen=True, slots=True)
class Swatch:
    """One colour, 8-bit sRGB, and how many pixels of the preview are near it."""

    red: int
    green: int
    blue: int
    population: int

    @property
    def hex(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    def text_colour(self, contrast: float) -> str:
        """White where it has the contrast, black elsewhere: one of them always has more than 4.5."""
        return "#ffffff" if 1.05 / (self.luminance + 0.05) >= contrast else "#000000"

    @property
    def title_text(self) -> str:
        return self.text_colour(_TITLE_CONTRAST)

    @property
    def body_text(self) -> str:
        return self.text_colour(_BODY_CONTRAST)

    @property
    def luminance(self) -> float:
        """Relative luminance, 0–1 (WCAG 2.1)."""
        red, green, blue = (_linear(value / 255) for value in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


@dataclass(frozen=True, slots=True)
class Listing:
    """How a palette is written: how many colours besides the named ones, and what CSS classes begin with.

    `has_faces` adds the faces of the source to what JSON tells of it.
    """

    count: int = 6
    prefix: str = "image"
    has_faces: bool = False


@dataclass(frozen=True, slots=True)
class Palette:
    """The six named swatches; a picture without such a colour has None there."""

    vibrant: Swatch | None = None
    dark_vibrant: Swatch | None = None
    light_vibrant: Swatch | None = None
    muted: Swatch | None = None
    dark_muted: Swatch | None = None
    light_muted: Swatch | None = None

    def named(self) -> dict[str, Swatch | None]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def dominant(self) -> str | None:
        """Name the swatch with most pixels; None for a picture without any."""
        found = {name: swatch.population for name, swatch in self.named().items() if swatch is not None}
        return max(found, key=lambda name: found[name]) if found else None
