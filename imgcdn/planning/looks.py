"""What colours and effects come to: lengths in px of the finished picture, and nothing at all where all is neutral."""

from dataclasses import replace

from imgcdn.model.adjust import Adjust
from imgcdn.model.effects import Effects, EffectsPlan, Grain

_BLUR_PER_PX = 10.0
"""`blur` that stands for a sigma of 1 px."""
_LEAST_SIGMA = 0.2
"""A Gaussian of a smaller sigma (px) changes no level of 8 bits."""
_NOISE_LEVELS = 0.3
"""How many 8-bit levels count as noise for each per cent of `nr`."""
_SHARP_PER_GAIN = 50.0
"""`sharp` that doubles the finest detail."""
_LEAST_BLOCK = 2
"""Blocks and dots nearer than this many px are the pixels themselves."""


def adjusted(adjust: Adjust) -> Adjust | None:
    """Return the changes of colour to be made; None when there is none."""
    turned = replace(adjust, hue=adjust.hue % 360)
    return None if turned == Adjust() else turned


def effects(asked: Effects, dpr: float) -> EffectsPlan | None:
    """Return the effects to be made, `dpr` having multiplied all lengths; None when there is none."""
    radius = _sigma(asked.unsharp_radius * dpr)
    has_tones = asked.duotone is not None and asked.duotone_alpha > 0
    plan = EffectsPlan(
        grain=_grain(asked),
        sharpness=asked.sharpness / _SHARP_PER_GAIN,
        unsharp=asked.unsharp / 100 if radius else 0.0,
        unsharp_sigma=radius if asked.unsharp else 0.0,
        sepia=asked.sepia / 100,
        monochrome=asked.monochrome if asked.monochrome is not None and asked.monochrome.alpha else None,
        duotone=asked.duotone if has_tones else None,
        duotone_share=asked.duotone_alpha / 100 if has_tones else 0.0,
        blur_sigma=_sigma(asked.blur / _BLUR_PER_PX * dpr),
        block=_block(asked.pixelate * dpr),
        dots=_block(asked.halftone * dpr),
    )
    return None if plan == EffectsPlan() else plan


def _grain(asked: Effects) -> Grain | None:
    if not asked.noise and not asked.noise_edges:
        return None
    low = 0.0 if asked.noise > 0 else 2.0
    return Grain(abs(asked.noise) * _NOISE_LEVELS, low, 1 + asked.noise_edges / 100)


def _sigma(px: float) -> float:
    return px if px >= _LEAST_SIGMA else 0.0


def _block(px: float) -> int:
    return round(px) if round(px) >= _LEAST_BLOCK else 0
