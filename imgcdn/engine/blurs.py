"""Blurring and pixelating: colours count by their alpha where they are mixed, and large radii work on a small copy."""

from functools import lru_cache
from math import ceil, exp, log, log2, sqrt

import pyvips

_REACH = 0.02
"""A Gaussian is cut off where it is this low: 2.8 sigma from its middle."""
_FINE_SIGMA = 3.0
"""Sigma (px) on a small copy: what shrinking and enlarging blur besides is then 2 % of it."""
_WIDE_SIGMA = 12.0
"""From this sigma (px) on a small copy takes less time, enlarging included."""
_MARGIN_SIGMAS = 3
"""The picture goes on mirrored beyond its edges as far as the Gaussian reaches, so that no edge pixel weighs more."""


def blur(image: pyvips.Image, sigma: float) -> pyvips.Image:
    """Blur by a Gaussian of `sigma` px, alpha included. The image must be in memory, 8 bits a band."""
    return _premultiplied(image, sigma) if image.hasalpha() else _blurred(image, sigma)


def pixelate(image: pyvips.Image, side: int) -> pyvips.Image:
    """Fill squares of `side` px, from the top left corner on, with the mean of what they hold."""
    if not image.hasalpha():
        return _blocks(image, side)
    return _unpremultiplied(_blocks(_with_alpha_in(image), side))


def _premultiplied(image: pyvips.Image, sigma: float) -> pyvips.Image:
    return _unpremultiplied(_blurred(_with_alpha_in(image), sigma))


def _with_alpha_in(image: pyvips.Image) -> pyvips.Image:
    """Multiply colours by their alpha; 8 bits are enough, for what they cannot tell is as transparent."""
    return rounded(image.premultiply())


def _unpremultiplied(image: pyvips.Image) -> pyvips.Image:
    return rounded(image.unpremultiply())


def rounded(image: pyvips.Image) -> pyvips.Image:
    """Bring float levels to the nearest of 8 bits; those beyond are cut off."""
    # `linear` has an option for 8 bits that takes four times as long as these two; a cast alone cuts decimals off.
    return image.linear([1.0], [0.5]).cast("uchar")


def _blurred(image: pyvips.Image, sigma: float) -> pyvips.Image:
    if sigma < _WIDE_SIGMA:
        return _smoothed(image, sigma)
    shrink = sigma / _FINE_SIGMA
    width, height = max(1, round(image.width / shrink)), max(1, round(image.height / shrink))
    small = image.resize(width / image.width, vscale=height / image.height, kernel="linear")
    margin = round(_MARGIN_SIGMAS * _FINE_SIGMA)
    wide = small.copy_memory().embed(margin, margin, width + 2 * margin, height + 2 * margin, extend="mirror")
    soft = _smoothed(wide, _FINE_SIGMA).crop(margin, margin, width, height).copy_memory()
    return soft.resize(image.width / width, vscale=image.height / height, kernel="linear")


def _smoothed(image: pyvips.Image, sigma: float) -> pyvips.Image:
    weights, total = _gaussian(sigma)
    return image.convsep(pyvips.Image.new_from_array([[*weights]], scale=total), precision="integer")


@lru_cache(maxsize=64)
def _gaussian(sigma: float) -> tuple[tuple[int, ...], int]:
    """Return whole weights and their sum.

    libvips' own Gaussian does not add up to its scale once the fast path has made 8 bits of each weight: it darkens or
    lightens by up to 3 %. That path takes weights as they are when their sum is this power of two.
    """
    radius = int(sigma * sqrt(-2 * log(_REACH)))
    shape = [exp(-(x * x) / (2 * sigma * sigma)) for x in range(-radius, radius + 1)]
    total = _fast_total(max(shape) / sum(shape))
    weights = _whole(shape, total)
    if _fast_total(weights[radius] / total) < total:
        # Rounding took the middle over a power of two, so that the fast path would halve all weights.
        total //= 2
        weights = _whole(shape, total)
    return tuple(weights), total


def _fast_total(largest: float) -> int:
    """Return what weights add up to on the fast path, where the largest one, a share of all, has 7 bits."""
    return 2 ** (6 - ceil(log2(largest)))


def _whole(shape: list[float], total: int) -> list[int]:
    weights = [round(total * one / sum(shape)) for one in shape]
    weights[len(weights) // 2] += total - sum(weights)
    return weights


def _blocks(image: pyvips.Image, side: int) -> pyvips.Image:
    small = image.shrink(min(side, image.width), min(side, image.height), ceil=True).copy_memory()
    return small.zoom(side, side).crop(0, 0, image.width, image.height)
