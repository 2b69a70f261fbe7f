"""How a source is sized while it is decoded: a JPEG shrinks at a fraction of the cost, drawings are drawn to size."""

from imgcdn.model.geometry import Box, Size
from imgcdn.model.media import SourceInfo
from imgcdn.planning.settings import Encoding

_JPEG_SHRINKS = (8, 4, 2)
_SAFE_MARGIN = 2.0
_LONGEST_DRAWN = 16_000
"""The longest side in px that a drawing as a whole is drawn with; beyond, a part of it is enlarged."""
_SHORT = 1 / 256
"""The share of a side that may be missing after shrinking: enlarging by so little is not seen."""


def shrink_of(info: SourceInfo, window: Box, target: Size, encoding: Encoding) -> int:
    """Return how far the JPEG decoder may shrink: not below the target, and with a margin when that is set."""
    if info.loader != "jpegload":
        return 1
    margin = _SAFE_MARGIN if encoding.shrink == "safe" else 1.0
    sides = ((window.width, target.width), (window.height, target.height))
    return next((k for k in _JPEG_SHRINKS if all(_reaches(long / k, margin * short) for long, short in sides)), 1)


def scale_of(info: SourceInfo, window: Box, target: Size) -> float:
    """Return how much larger than its own size a drawing is drawn, so that its window is as large as the target."""
    if not info.is_vector:
        return 1.0
    scale = max(target.width / window.width, target.height / window.height)
    return min(scale, _LONGEST_DRAWN / max(info.stored.width, info.stored.height))


def _reaches(side: float, target: float) -> bool:
    """Whether a shrunk side is as long as the target, but for the pixel that rounding the target may have added."""
    return side > target - min(1.0, _SHORT * target)
