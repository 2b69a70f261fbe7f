"""Effects, in a fixed order that can be read on this screen; each takes one image in memory and returns one."""

from math import exp

import pyvips

from imgcdn.engine import tints
from imgcdn.engine.blurs import blur, pixelate, rounded
from imgcdn.engine.halftone import halftone
from imgcdn.engine.tints import LUMA, floats, luma, on_colours, recombined
from imgcdn.model.effects import EffectsPlan, Grain

_GRAIN_SIGMA = 1.5
"""What is finer than this Gaussian (px) is noise where it is low, and an edge where it is high."""
_SHARP_SIGMA = 1.0


def treat(image: pyvips.Image, plan: EffectsPlan) -> pyvips.Image:
    """Carry out the effects of a plan. The image has 8 bits a band; its size stays."""
    if plan.grain is not None:
        image = _smooth(image.copy_memory(), plan.grain)
    if plan.sharpness:
        image = _sharpen(image.copy_memory(), plan.sharpness)
    if plan.unsharp:
        image = _unsharp(image.copy_memory(), plan.unsharp, plan.unsharp_sigma)
    if plan.sepia:
        image = tints.sepia(image, plan.sepia)
    if plan.monochrome is not None:
        image = tints.monochrome(image, plan.monochrome)
    if plan.duotone is not None:
        image = tints.duotone(image, plan.duotone, plan.duotone_share)
    if plan.blur_sigma:
        image = blur(image.copy_memory(), plan.blur_sigma)
    if plan.block:
        image = pixelate(image, plan.block)
    if plan.dots:
        image = halftone(image.copy_memory(), plan.dots)
    return image


def _smooth(image: pyvips.Image, grain: Grain) -> pyvips.Image:
    """Take detail by its height ("coring"): low is noise, high an edge.

    Rossi, "Digital techniques for reducing television noise", SMPTE Journal 87 (1978).
    """
    soft = _colours(blur(image, _GRAIN_SIGMA))
    table = _detail(grain)
    return on_colours(image, lambda colours: ((colours - soft + 255).cast("ushort").maplut(table) + soft).cast("uchar"))


def _detail(grain: Grain) -> pyvips.Image:
    """Return what each detail from -255 to 255 becomes, with the half that rounding wants."""
    kept: list[float] = []
    for detail in range(-255, 256):
        share = 1 - exp(-((detail / grain.levels) ** 2)) if grain.levels else 1.0
        kept.append(detail * (grain.low + (grain.high - grain.low) * share) + 0.5)
    return floats(kept)


def _sharpen(image: pyvips.Image, gain: float) -> pyvips.Image:
    """Add the finest detail of brightness once more: colours get no fringes that way."""
    grey = _grey(image)
    detail = (_colours(grey) - _colours(blur(grey, _SHARP_SIGMA))).linear([gain], [0.5])
    return on_colours(image, lambda colours: (colours + detail).cast("uchar"))


def _unsharp(image: pyvips.Image, gain: float, sigma: float) -> pyvips.Image:
    """Add what a blurred picture lacks; a gain of -1 leaves the blurred one."""
    soft = _colours(blur(image, sigma))
    return on_colours(image, lambda colours: rounded(colours * (1 + gain) - soft * gain))


def _grey(image: pyvips.Image) -> pyvips.Image:
    """Return brightness in one band, with the alpha."""
    if image.interpretation == "b-w":
        return image
    with_alpha = [[*LUMA, 0.0], [0.0, 0.0, 0.0, 1.0]]
    grey = recombined(image, with_alpha) if image.hasalpha() else luma(image)
    return rounded(grey).copy(interpretation="b-w")


def _colours(image: pyvips.Image) -> pyvips.Image:
    return image.extract_band(0, n=image.bands - 1) if image.hasalpha() else image
