"""imgix' published rules of sizes, written a second time in exact fractions, from a query and a source to a size."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import unquote_plus

from shapes import Picture

MOST_SIDE, MOST_PIXELS = 8192, 40_000_000
FITS = frozenset({"clip", "max", "crop", "min", "fill", "fillmax", "scale", "clamp", "facearea"})
NEVER_LARGER = frozenset({"max", "min", "fillmax"})
ALIASES = {"width": "w", "height": "h", "f": "fit", "or": "orient"}
TURNS = {"90": 6, "180": 3, "270": 8}
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Expected:
    """The size before it is rounded, and how far a whole number may be from it: half a pixel, unless two roundings meet."""

    width: Fraction
    height: Fraction
    slack: tuple[Fraction, Fraction] = (HALF, HALF)

    def is_met_by(self, width: int, height: int) -> bool:
        return _meets(width, self.width, self.slack[0]) and _meets(height, self.height, self.slack[1])

    def __str__(self) -> str:
        return f"{float(self.width):g}x{float(self.height):g} ± {float(self.slack[0]):g}, {float(self.slack[1]):g}"


def _meets(length: int, exact: Fraction, slack: Fraction) -> bool:
    return abs(length - max(exact, Fraction(1))) <= slack


def expected(query: str, picture: Picture) -> Expected:
    """Return the size of the answer to a query without any rotation but quarter turns, and without a trim that finds something."""
    said = _said(query)
    orientation = said.get("orient")
    orientation = None if orientation is None else TURNS.get(orientation, int(orientation))
    region = _region(said.get("rect"), picture.upright(orientation))
    if said.get("rot") in {"90", "270"} and said.get("rot-type") == "pivot":
        region = region[::-1]
    fit = _fit(said, has_face=picture.has_face)
    dpr = min(_number(said.get("dpr")) or Fraction(1), Fraction(5))
    width, height = (_side(said.get(name), whole) for name, whole in zip("wh", region, strict=True))
    is_share = any(side is not None and side.denominator > 1 for side in (width, height))
    margins = 2 * dpr * sum(_number((said.get(name) or "0").split(",")[0]) or 0 for name in ("pad", "border"))
    box = [None if side is None else side * dpr - margins for side in (width, height)]
    found = _sized(box, region, fit, said, dpr)
    is_proportional = (width is None) != (height is None)
    slack = HALF + (HALF * max(region) / min(region) if is_share and is_proportional else 0)
    return _capped(Expected(found[0] + margins, found[1] + margins, (slack, slack)))


def _said(query: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        text = unquote_plus(value)
        if name.endswith("64"):
            name, text = name.removesuffix("64"), urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
        name = ALIASES.get(name, name)
        # What cannot be read is as if it were not there.
        if (name not in {"w", "h"} or _number(text)) and (name != "fit" or text.split(",")[0] in FITS):
            said[name] = text
    return said


def _number(text: str | None) -> Fraction | None:
    """Return a number above 0."""
    try:
        found = Fraction(text or "0")
    except ValueError:
        return None
    return found if found > 0 else None


def _side(text: str | None, whole: int) -> Fraction | None:
    """Return px: what is below 1, or 1 with a point, is a share of the source."""
    found = _number(text)
    is_share = found is not None and (found < 1 or (found == 1 and "." in (text or "")))
    return found * whole if found is not None and is_share else found


def _fit(said: dict[str, str], *, has_face: bool) -> str:
    name, *rest = said.get("fit", "clip").split(",")
    if name != "facearea":
        return name
    return "crop" if has_face else (rest or ["fill"])[0]


def _region(rect: str | None, size: tuple[int, int]) -> tuple[int, int]:
    if rect is None:
        return size
    x, y, width, height = (Fraction(part) for part in rect.split(","))
    x, width = (part * size[0] if part < 1 else part for part in (x, width))
    y, height = (part * size[1] if part < 1 else part for part in (y, height))
    return int(min(width, size[0] - x)), int(min(height, size[1] - y))


def _sized(
    box: list[Fraction | None], region: tuple[int, int], fit: str, said: dict[str, str], dpr: Fraction
) -> tuple[Fraction, Fraction]:
    width, height = box
    across, down = region
    if width is not None and height is not None:
        return _boxed(width, height, region, fit)
    ratio = Fraction(across, down)
    # By what is said of the fit: faces have no shape but that of the box.
    if said.get("fit", "").split(",")[0] in {"crop", "fill"} and "ar" in said:
        above, _, below = said["ar"].partition(":")
        ratio = Fraction(above) / Fraction(below or "1")
    if width is None and height is None:
        # In its own resolution: the largest part of the shape is cut out, or the smallest frame of it is put around.
        part = (min(Fraction(across), down * ratio), min(Fraction(down), across / ratio))
        frame = (max(Fraction(across), down * ratio), max(Fraction(down), across / ratio))
        made = frame if fit == "fill" else part
    elif height is None:
        made = (width, width / ratio)
    else:
        made = (height * ratio, height)
    if fit == "crop":
        return (
            made[0] if width is not None else _between(made[0], said, "w", dpr),
            made[1] if height is not None else _between(made[1], said, "h", dpr),
        )
    factor = min(Fraction(1), across / made[0]) if fit in NEVER_LARGER else Fraction(1)
    return made[0] * factor, made[1] * factor


def _boxed(width: Fraction, height: Fraction, region: tuple[int, int], fit: str) -> tuple[Fraction, Fraction]:
    across, down = region
    if fit in {"clip", "max"}:
        factor = min(width / across, height / down)
        factor = min(factor, Fraction(1)) if fit == "max" else factor
        return across * factor, down * factor
    factor = min(Fraction(1), across / width, down / height) if fit == "min" else Fraction(1)
    return width * factor, height * factor


def _between(length: Fraction, said: dict[str, str], side: str, dpr: Fraction) -> Fraction:
    most, least = _number(said.get(f"max-{side}")), _number(said.get(f"min-{side}"))
    length = length if most is None else min(length, most * dpr)
    return length if least is None else max(length, least * dpr)


def _capped(size: Expected) -> Expected:
    """Scale down what is larger than answers may be: by imgix' side first, then by the server's own limit of pixels."""
    factor = min(Fraction(1), MOST_SIDE / max(size.width, size.height))
    pixels = size.width * size.height * factor**2
    if pixels > MOST_PIXELS:
        factor *= Fraction((MOST_PIXELS / pixels) ** 0.5)
    if factor == 1:
        return size
    slack = Fraction(2 if pixels > MOST_PIXELS else 1)
    return Expected(size.width * factor, size.height * factor, (slack, slack))
