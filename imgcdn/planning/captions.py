"""A text's font, size and room, before anybody has set it."""

from math import sqrt

from imgcdn import errors
from imgcdn.model.geometry import Box, Point, Size
from imgcdn.model.laying import Lettering
from imgcdn.model.overlays import Caption, Fonts, TextFit
from imgcdn.model.spec import COMPASS, Spec

GENERIC = ("sans", "serif", "monospace")
"""Families that are whatever the server has for them."""
_MOST_SHADOW = 10.0
_MOST_SHOWN = 40
"""Families that an error lists."""
_MIDDLE = 0.5
_ROOMY = 4.0
"""How many times the area of its room a text is set in at first: what needs more is made smaller before."""


def refuse(spec: Spec, fonts: Fonts) -> None:
    """Raise where a text cannot be set for lack of its font."""
    if spec.caption.text is None:
        return
    if not fonts.families:
        raise errors.FeatureNotInstalledError(
            "text needs a font, and this server has none: expected fonts in the folder text.fonts of the settings, "
            "or some that the system has installed",
            param="text",
        )
    family = spec.caption.font
    known = (*GENERIC, *fonts.families)
    if family is not None and family.casefold() not in {name.casefold() for name in known}:
        names = ", ".join(known[:_MOST_SHOWN]) + (", …" if len(known) > _MOST_SHOWN else "")
        raise errors.InvalidParameterError(
            f"textFont={family} is not on this server: expected one of {names}", param="textFont"
        )


def letter(caption: Caption, picture: Size, scale: float) -> Lettering | None:
    """Decide how a text is set over a picture of this size; None without one. `scale` multiplies lengths in pixels."""
    if caption.text is None:
        return None
    place = COMPASS[caption.position]
    area = _area(caption, picture, scale)
    outline = min(round(caption.outline * scale), area.width // 4, area.height // 4)
    largest = sqrt(_ROOMY * area.width * area.height / len(caption.text))
    return Lettering(
        text=caption.text,
        family=caption.font or GENERIC[0],
        size_px=max(1.0, min(caption.size * scale, largest, area.height * 2.0)),
        weight=caption.weight,
        is_italic=caption.is_italic,
        colour=caption.colour,
        area=area,
        place=Point(0.0 if caption.x is not None else place.x, 0.0 if caption.y is not None else place.y),
        fills=caption.fit is TextFit.MAX,
        lead=caption.lead,
        shadow=caption.shadow / _MOST_SHADOW,
        outline_px=outline,
        outline_colour=caption.outline_colour,
    )


def _area(caption: Caption, picture: Size, scale: float) -> Box:
    place = COMPASS[caption.position]
    pad = round(caption.pad * scale)
    left, width = _span(caption.x, pad, picture.width, scale)
    top, height = _span(caption.y, pad, picture.height, scale)
    if caption.inset_x or caption.inset_y:
        left, width = _inset(left, width, round(caption.inset_x * scale), place.x)
        top, height = _inset(top, height, round(caption.inset_y * scale), place.y)
    if caption.width is not None:
        share = isinstance(caption.width, float)
        wanted = max(1, round(caption.width * (picture.width if share else scale)))
        if wanted < width:
            left += 0 if caption.x is not None else round((width - wanted) * place.x)
            width = wanted
    return Box(left, top, width, height)


def _inset(start: int, length: int, by: int, share: float) -> tuple[int, int]:
    """Take room away where a text must not reach: at the side where it is flush, on one side of the middle twice."""
    if share == _MIDDLE:
        by *= 2
    taken = min(abs(by) if share == _MIDDLE else max(0, by), length - max(1, length // 8))
    is_at_end = share > _MIDDLE or by < 0
    return (start, length - taken) if is_at_end else (start + taken, length - taken)


def _span(said: int | None, pad: int, side: int, scale: float) -> tuple[int, int]:
    """Return where a text's room begins and how long it is; at least half of the side is left to it."""
    if said is None:
        pad = min(pad, side // 4)
        return pad, max(1, side - 2 * pad)
    start = min(round(said * scale), side - max(1, side // 8))
    return max(0, start), max(1, side - max(0, start))
