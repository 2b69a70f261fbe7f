"""What this libvips can do, found out by doing it: a tiny picture is written and read back in every format."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyvips

from imgcdn.engine import vips

_FORMATS = {"JPEG": ".jpg", "PNG": ".png", "WebP": ".webp", "AVIF": ".avif", "GIF": ".gif"}
_READ_ONLY = {"TIFF": ".tif"}


@dataclass(frozen=True, slots=True)
class Abilities:
    """libvips' version, and whether each format can be read and written."""

    version: str
    reads: Mapping[str, bool]
    writes: Mapping[str, bool]


def examine() -> Abilities:
    picture = pyvips.Image.black(16, 16, bands=3).copy(interpretation="srgb")
    written = {name: _write(picture, ending) for name, ending in (_FORMATS | _READ_ONLY).items()}
    reads = {name: body is not None and _can_read(body) for name, body in written.items()}
    return Abilities(vips.version(), reads, {name: written[name] is not None for name in _FORMATS})


def _write(picture: pyvips.Image, ending: str) -> bytes | None:
    try:
        return picture.write_to_buffer(ending)
    except pyvips.Error:
        return None


def _can_read(body: bytes) -> bool:
    try:
        return pyvips.Image.new_from_buffer(body, "").avg() < 255
    except pyvips.Error:
        return False
