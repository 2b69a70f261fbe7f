"""What the smartcrop library sees in a picture, as a small map measured once: detail, skin and saturation."""

from base64 import b64encode
from math import sqrt
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import smartcrop
from PIL import Image

from imgcdn.model.analysis import ContentMap, Finding, Look
from imgcdn.model.geometry import Point, Size
from imgcdn.model.media import Preview
from imgcdn.planning.crop import window_size

SIDE = 320
"""Previews for this engine are at least this long, in px."""
_LOOKED_AT = 256
"""The size at which windows are scored, in px of the longest side: the algorithm's cost grows with the square of it."""
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


def look(preview: Preview, question: Look) -> Finding:
    """Answer with the centre of the best-scored window; no point when the picture is too small to score one."""
    picture = Image.frombytes("RGB", (preview.width, preview.height), preview.pixels)
    picture.thumbnail((_LOOKED_AT, _LOOKED_AT))
    window = window_size(Size(*picture.size), question.aspect, 1.0)
    scorer = smartcrop.SmartCrop()
    if min(window.width, window.height) < 2 * scorer.score_down_sample:
        return Finding(question.engine, why="the picture is too small to score windows in it")
    # The library's dicts are untyped.
    scored = cast(
        "dict[str, dict[str, float]]",
        scorer.analyse(picture, window.width, window.height, min_scale=1.0, num_scale_steps=1, step=4),  # pyright: ignore[reportUnknownMemberType] - a bare dict
    )
    best = scored["top_crop"]
    x = (best["x"] + best["width"] / 2) / picture.width
    y = (best["y"] + best["height"] / 2) / picture.height
    return Finding(question.engine, Point(min(x, 1.0), min(y, 1.0)))
