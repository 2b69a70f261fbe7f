"""What a component says of sizes: its mode, sides, gravity and offsets, read once."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from imgcdn.dialects.cloudinary import arguments, gravities
from imgcdn.dialects.cloudinary.component import Component
from imgcdn.dialects.cloudinary.row import bad
from imgcdn.dialects.readers import UnreadableError
from imgcdn.model.spec import Length

FILLS = frozenset({"fill", "lfill", "fill_pad", "auto", "auto_pad", "thumb"})
PADS = frozenset({"pad", "lpad", "mpad"})
WHOLE = frozenset({"scale", "fit", "limit", "mfit"})
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Step:
    """What a component says of sizes. Offsets are None where they are not said."""

    text: str
    mode: str
    width: Length | None
    height: Length | None
    aspect: Fraction | None
    gravity: tuple[str, ...] | None
    is_point: bool
    x: Length | None
    y: Length | None
    zoom: float
    dpr: float


def read(component: Component) -> Step | None:
    """Read what a component says of sizes; None where that is nothing. Raises InvalidParameterError."""
    if not component.has("c", "w", "h", "ar"):
        return None
    mode, _, rest = (component.get("c") or "scale").partition(":")
    if rest:
        raise bad(f"c_{mode}:{rest}", "a crop mode without more")
    said = component.get("g")
    is_point = said == "xy_center"
    return Step(
        component.text,
        mode,
        side(component, "w"),
        side(component, "h"),
        _said(component, "ar", arguments.ratio, "a ratio such as 16:9 or 1.5, from 1:100 to 100:1"),
        None if said is None or is_point else gravities.read(said),
        is_point,
        offset(component, "x"),
        offset(component, "y"),
        _said(component, "z", _tenth_to_ten, "a number from 0.1 to 10") or 1.0,
        ratio_of_pixels(component) or 1.0,
    )


def side(component: Component, key: str) -> Length | None:
    if (component.get(key) or "").partition(":")[0] == "auto" and key == "w":
        return None
    return _said(component, key, arguments.length, "pixels from 1, or a share with a decimal point such as 0.5")


def offset(component: Component, key: str) -> Length | None:
    return _said(component, key, arguments.offset, "pixels, or a share with a decimal point")


def ratio_of_pixels(component: Component) -> float | None:
    if component.get("dpr") == "auto":
        return None
    return _said(component, "dpr", _tenth_to_ten, "a number from 0.1 to 10, or auto")


def _tenth_to_ten(text: str) -> float:
    return arguments.number(text, 0.1, 10)


def _said(component: Component, key: str, reader: Callable[[str], _Read], expects: str) -> _Read | None:
    value = component.get(key)
    if value is None:
        return None
    try:
        return reader(value)
    except UnreadableError:
        raise bad(f"{key}_{value}", expects) from None
