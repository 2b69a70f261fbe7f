"""Two pictures become one, in one of the modes that are known from drawing programs and from CSS."""

import pyvips

from imgcdn.model.overlays import BlendMode

_OWN = {
    BlendMode.NORMAL: "over",
    BlendMode.COLOR_DODGE: "colour-dodge",
    BlendMode.COLOR_BURN: "colour-burn",
}
"""Modes that libvips calls otherwise."""
_NOT_THERE = frozenset({BlendMode.HUE, BlendMode.SATURATION, BlendMode.COLOR, BlendMode.LUMINOSITY})
"""Modes that libvips has not."""


def blend(under: pyvips.Image, over: pyvips.Image, mode: BlendMode) -> pyvips.Image:
    """Lay one picture over another of its size. Both are 8-bit sRGB, `over` with alpha; `under` keeps its bands."""
    has_alpha = under.hasalpha()
    if mode in _NOT_THERE:
        from imgcdn.engine import hues  # noqa: PLC0415 - numpy, which no other render needs

        over, mode = hues.coloured(under, over, mode), BlendMode.NORMAL
    made = under.composite2(over, _OWN.get(mode, mode.value)).cast("uchar")
    return made if has_alpha else made.extract_band(0, n=3)
