"""The smartcrop algorithm: windows scored by detail, saturation and skin, with thirds and edges weighed in."""

from typing import cast

import smartcrop
from PIL import Image

from imgcdn.model.analysis import Finding, Look
from imgcdn.model.geometry import Point, Size
from imgcdn.model.media import Preview
from imgcdn.planning.crop import window_size

SIDE = 320
"""Previews for this engine are at least this long, in px."""
_LOOKED_AT = 256
"""The size at which windows are scored, in px of the longest side: the algorithm's cost grows with the square of it."""


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
