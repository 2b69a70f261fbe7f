"""How alike two pictures look: structural similarity, at full resolution of brightness and at half with colours.

Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to structural similarity" (2004),
in windows of 8 px that overlap by half. Places are joined by the fourth-power mean, for eyes find the worst ones.
"""

from collections.abc import Sequence

import pyvips

_YCBCR = [[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]]
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
"""The paper's constants."""
_FINE = 0.5
"""Weight of full resolution; half resolution has the rest."""
_BANDS = (0.9, 0.05, 0.05)
"""Weights of brightness and the two differences of colour at half resolution."""
_STEP = 4
_LEAST_SIDE = 4 * _STEP
"""Two windows at half resolution."""
_PAIRS = [[1, 1], [1, 1]]


class Similarity:
    """Compares pictures of one size with one of them, all 8-bit sRGB or grey and without alpha."""

    def __init__(self, picture: pyvips.Image) -> None:
        self._is_grey = picture.bands < 3
        fine, coarse = self._planes(picture)
        self._fine = _Plane(fine, [1.0])
        self._coarse = _Plane(coarse, [1.0] if self._is_grey else _BANDS)

    def to(self, other: pyvips.Image) -> float:
        """Return 1 for the same picture, and less the less alike the other one is."""
        fine, coarse = self._planes(other)
        return 1.0 - _FINE * self._fine.loss(fine) - (1 - _FINE) * self._coarse.loss(coarse)

    def _planes(self, picture: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image]:
        """Return brightness, and brightness with the differences of colour at half the resolution."""
        if self._is_grey:
            fine = _padded(picture.extract_band(0)).cast("float").copy_memory()
            return fine, fine.shrink(2, 2).copy_memory()
        ycbcr = pyvips.Image.new_from_array(_YCBCR)
        seen = _padded(picture.extract_band(0, n=3) if picture.bands > 3 else picture)
        fine = seen.recomb(pyvips.Image.new_from_array(_YCBCR[:1])).copy_memory()
        return fine, seen.cast("float").shrink(2, 2).recomb(ycbcr).copy_memory()


def _padded(picture: pyvips.Image) -> pyvips.Image:
    """Repeat the edges of a tiny picture until it has room for windows."""
    width, height = max(_LEAST_SIDE, picture.width), max(_LEAST_SIDE, picture.height)
    if (width, height) == (picture.width, picture.height):
        return picture
    return picture.embed(0, 0, width, height, extend="copy")


class _Plane:
    """One of the planes compared with: what is needed of it each time."""

    def __init__(self, plane: pyvips.Image, weights: Sequence[float]) -> None:
        self._plane = plane
        self._weights = [weight * len(weights) / sum(weights) for weight in weights]
        self._mean, square = _mean(plane), _mean(plane * plane)
        squared = self._mean * self._mean
        self._squared = (squared + _C1).copy_memory()
        self._variance = (square - squared + _C2).copy_memory()

    def loss(self, other: pyvips.Image) -> float:
        """Return the fourth-power mean of 1 - SSIM over the bands with their weights."""
        mean, square, product = _mean(other), _mean(other * other), _mean(self._plane * other)
        both, squared = self._mean * mean, mean * mean
        # `linear` is one call of libvips, whose calls cost more than these small maps.
        alike = both.linear([2], [_C1]) * (product - both).linear([2], [_C2])
        whole = (self._squared + squared) * (self._variance + (square - squared))
        lost = (alike / whole).linear([-1], [1]) ** 4
        return float((lost * self._weights).avg()) ** 0.25


def _mean(plane: pyvips.Image) -> pyvips.Image:
    """Average over windows of 8 x 8 px, every 4 px."""
    pairs = pyvips.Image.new_from_array(_PAIRS, scale=4)
    return plane.shrink(_STEP, _STEP).conv(pairs, precision="float").copy_memory()
