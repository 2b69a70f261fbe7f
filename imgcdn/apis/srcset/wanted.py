"""What is asked of the srcset helper, by HTTP and on the command line."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field

from imgcdn import errors
from imgcdn.apis.models import Body
from imgcdn.model.media import Format

_MOST: Final = 16
_WIDTHS: Final = range(1, 8193)
_DPRS: Final = (0.5, 5.0)
_MEDIA = re.compile(
    r"((?:min|max)-(?:width|height)):(\d{1,5}(?:\.\d{1,2})?(?:px|em|rem))|(orientation):(portrait|landscape)"
)
_RATIO = re.compile(r"(\d{1,4})[:/x](\d{1,4})", re.ASCII)
MODERN: Final = (Format.AVIF, Format.WEBP)
ALT: Final = "describe this picture"


@dataclass(frozen=True, slots=True)
class Cut:
    """Another shape of the picture, for windows of the browser that a media query names."""

    shape: Fraction
    media: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture's URL and how it is to be offered. None and empty are what the picture suggests.

    `dprs` offer one size for screens of several densities, in place of several widths.
    """

    url: str
    widths: tuple[int, ...] = ()
    sizes: str | None = None
    formats: tuple[Format, ...] | None = None
    dprs: tuple[float, ...] = ()
    cuts: tuple[Cut, ...] = ()
    alt: str = ALT


def wanted(
    url: str,
    *,
    widths: str | None = None,
    sizes: str | None = None,
    formats: str | None = None,
    dprs: str | None = None,
    ratios: str | None = None,
    alt: str | None = None,
) -> Wanted:
    """Understand what is asked, lists with commas. Raises 400 errors that name the parameter."""
    if dprs is not None and (widths is not None or sizes is not None):
        other = "widths" if widths is not None else "sizes"
        raise errors.ConflictingParametersError(
            f"dprs and {other} contradict each other: expected a fixed size for several densities, or several widths",
            param="dprs",
        )
    return Wanted(
        url=url,
        widths=tuple(sorted({_width(part) for part in _parts("widths", widths)})),
        sizes=sizes,
        formats=None if formats is None else tuple(_format(part) for part in _parts("formats", formats)),
        dprs=tuple(sorted({_dpr(part) for part in _parts("dprs", dprs)})),
        cuts=tuple(_cut(part) for part in _parts("ratios", ratios)),
        alt=ALT if alt is None else alt,
    )


def _parts(name: str, text: str | None) -> list[str]:
    parts = [part.strip() for part in (text or "").split(",") if part.strip()]
    if len(parts) > _MOST:
        raise errors.InvalidParameterError(f"{name} names {len(parts)} things: expected at most {_MOST}", param=name)
    return parts


def _width(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < len(str(_WIDTHS.stop)) + 1 and int(text) in _WIDTHS):
        raise _unusable("widths", text, f"whole numbers from 1 to {_WIDTHS[-1]}, such as 400,800,1200")
    return int(text)


def _dpr(text: str) -> float:
    if not re.fullmatch(r"\d(\.\d{1,2})?", text, re.ASCII) or not _DPRS[0] <= float(text) <= _DPRS[1]:
        raise _unusable("dprs", text, "numbers from 0.5 to 5, such as 1,2,3")
    return float(text)


def _format(text: str) -> Format:
    found = next((form for form in MODERN if form.value == text.lower()), None)
    if found is None:
        raise _unusable("formats", text, "avif and webp; every other browser gets what the picture asks for")
    return found


def _cut(text: str) -> Cut:
    shape, at, said = text.partition("@")
    ratio, media = _RATIO.fullmatch(shape), _MEDIA.fullmatch(said)
    if not at or ratio is None or media is None or 0 in (sides := (int(ratio[1]), int(ratio[2]))):
        raise _unusable("ratios", text, "shapes with their media, such as 16:9@min-width:800px")
    return Cut(Fraction(*sides), f"({media[1] or media[3]}: {media[2] or media[4]})")


def _unusable(name: str, text: str, expected: str) -> errors.InvalidParameterError:
    return errors.InvalidParameterError(f"{name}={text[:40]} cannot be used: expected {expected}", param=name)


def _visible(text: str) -> str:
    if not text.isprintable():
        raise ValueError("expected text on one line")
    return text


_Text = Annotated[str, AfterValidator(_visible)]


class SrcsetQuery(Body):
    """The parameters of the srcset helper."""

    model_config = ConfigDict(populate_by_name=True)

    url: str = Field(min_length=1, max_length=8192, description="a picture of ours: whole, or path and parameters")
    widths: str | None = Field(default=None, max_length=200, description="widths to offer: 400,800,1200")
    sizes: _Text | None = Field(default=None, max_length=500, description="the sizes attribute")
    formats: str | None = Field(default=None, max_length=40, description="avif,webp; empty for the fallback alone")
    dprs: str | None = Field(default=None, max_length=80, description="a fixed size for several densities: 1,2,3")
    ratios: str | None = Field(
        default=None, max_length=500, description="other shapes by media: 16:9@min-width:800px,1:1@max-width:500px"
    )
    alt: _Text | None = Field(default=None, max_length=1000, description="the alt attribute")
    as_: Literal["json", "html"] = Field(default="json", alias="as", description="json, or the snippet alone")
