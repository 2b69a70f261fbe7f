"""What the smartcrop library sees in a picture, as a small map measured once: detail, skin and saturation."""

from base64 import b64encode
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import smartcrop
from PIL import Image

from imgcdn.model.analysis import ContentMap
from imgcdn.model.media import Preview

_SEEN_AT = 192
"""The size at which the library looks, in px of the longest side."""
_CELLS = 1250
"""Cells of a map at most: three of its layers stay below 5 KB as Base64."""
_LONGEST = 64
"""Cells along a map's longest side at most."""
_DETAIL_FLOOR = 1
"""What the library's edge filter adds everywhere."""

Grid = npt.NDArray[np.floating[Any]]


def measure(preview: Preview) -> ContentMap:
    """Measure a preview. The map holds the pixels' part alone, so that better faces need no new one."""
    picture = Image.frombytes("RGB", (preview.width, preview.height), preview.pixels)
    picture.thumbnail((_SEEN_AT, _SEEN_AT), Image.Resampling.BOX)
    skin, detail, saturation = smartcrop.SmartCrop().prepare_features_image(picture).split()
    width, height = _cells(*picture.size)
    return ContentMap(
        width,
        height,
        preview.width / preview.height,
        _packed(_edges(detail), width, height),
        _packed(np.asarray(skin, np.float32), width, height),
        _packed(np.asarray(saturation, np.float32), width, height),
    )


def _cells(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, _LONGEST / max(width, height), sqrt(_CELLS / (width * height)))
    return max(1, int(width * scale)), max(1, int(height * scale))


def _edges(detail: Image.Image) -> Grid:
    """Along the border the library leaves the picture's own light instead of its edges."""
    edges = np.zeros((detail.height, detail.width), np.float32)
    edges[1:-1, 1:-1] = np.asarray(detail, np.float32)[1:-1, 1:-1] - _DETAIL_FLOOR
    return np.maximum(edges, 0)


def _packed(layer: Grid, width: int, height: int) -> str:
    """Average a layer of 0-255 over cells and keep square roots: most values are small."""
    cells = np.asarray(Image.fromarray(layer).resize((width, height), Image.Resampling.BOX))
    return b64encode(np.rint(np.sqrt(cells / 255) * 255).astype(np.uint8).tobytes()).decode()
