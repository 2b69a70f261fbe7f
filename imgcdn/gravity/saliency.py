"""Attention and entropy, as libvips has them, on a preview."""

from typing import cast

import pyvips

from imgcdn.model.analysis import Finding, Look
from imgcdn.model.geometry import Point, Size
from imgcdn.model.media import Preview
from imgcdn.planning.crop import window_size

SIDE = 320
"""Previews for these engines are at least this long, in px."""


def look(preview: Preview, question: Look) -> Finding:
    """Answer for `attention` or `entropy`: the point to centre the window on."""
    image = pyvips.Image.new_from_memory(preview.pixels, preview.width, preview.height, 3, "uchar")
    image = image.copy(interpretation="srgb")
    window = window_size(Size(preview.width, preview.height), question.aspect, 1.0)
    if question.engine == "entropy":
        found = image.smartcrop(window.width, window.height, interesting="entropy")
        # libvips says where the window lies as a negative offset.
        x, y = -found.xoffset + window.width / 2, -found.yoffset + window.height / 2
    else:
        # With optional outputs asked for, pyvips returns a list that its stubs do not know of.
        _, place = cast(
            "tuple[pyvips.Image, dict[str, int]]",
            image.smartcrop(window.width, window.height, interesting="attention", attention_x=True, attention_y=True),
        )
        x, y = place["attention_x"], place["attention_y"]
    return Finding(question.engine, Point(_share(x, preview.width), _share(y, preview.height)))


def _share(pixels: float, side: int) -> float:
    return min(1.0, max(0.0, pixels / side))
