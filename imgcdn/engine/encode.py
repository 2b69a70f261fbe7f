"""One function per format: what its writer is told, and what metadata stays."""

from collections.abc import Callable

import pyvips

from imgcdn.engine import steps
from imgcdn.model.media import Format
from imgcdn.model.plan import Output
from imgcdn.model.spec import Strip

_EXIF, _XMP, _IPTC, _ICC, _OTHER = 1, 2, 4, 8, 16
"""libvips' flags for what a writer keeps (VipsForeignKeep)."""
_KEEP = {Strip.ALL: 0, Strip.ICC: _EXIF | _XMP | _IPTC | _OTHER, Strip.NONE: _EXIF | _XMP | _IPTC | _OTHER | _ICC}
_GPS_PREFIX = "exif-ifd3-"
"""libvips' name for the EXIF GPS directory."""


def _jpeg(image: pyvips.Image, output: Output) -> bytes:
    return image.jpegsave_buffer(
        Q=output.quality,
        interlace=output.is_progressive,
        keep=_KEEP[output.strip],
    )


def _png(image: pyvips.Image, output: Output) -> bytes:
    return image.pngsave_buffer(compression=output.effort, keep=_KEEP[output.strip])


def _webp(image: pyvips.Image, output: Output) -> bytes:
    return image.webpsave_buffer(
        Q=output.quality, lossless=output.is_lossless, effort=output.effort, keep=_KEEP[output.strip]
    )


def _avif(image: pyvips.Image, output: Output) -> bytes:
    return image.heifsave_buffer(
        compression="av1",
        Q=output.quality,
        lossless=output.is_lossless,
        effort=output.effort,
        keep=_KEEP[output.strip],
    )


def _gif(image: pyvips.Image, output: Output) -> bytes:
    return image.gifsave_buffer(effort=output.effort, keep=_KEEP[output.strip])


_WRITERS: dict[Format, Callable[[pyvips.Image, Output], bytes]] = {
    Format.JPEG: _jpeg,
    Format.PNG: _png,
    Format.WEBP: _webp,
    Format.AVIF: _avif,
    Format.GIF: _gif,
}


def without_gps(image: pyvips.Image) -> pyvips.Image:
    """Take the position away: the EXIF GPS directory, and XMP and IPTC, which can repeat it."""
    doomed = [name for name in image.get_fields() if name.startswith(_GPS_PREFIX) or name in {"xmp-data", "iptc-data"}]
    for name in doomed:
        image.remove(name)
    return image


def encode(image: pyvips.Image, output: Output) -> bytes:
    """Write the image, flattened on the output's background where the format keeps no alpha."""
    if not output.format.keeps_alpha:
        image = steps.over(image, output.background)
    is_oriented = image.get_typeof("orientation") != 0
    if is_oriented or output.strip is not Strip.ALL:
        image = image.copy()
    if is_oriented:
        # The pixels are upright by now; the AVIF writer would turn them once more, even when it keeps no metadata.
        image.remove("orientation")
    if output.strip is not Strip.ALL:
        image = without_gps(image)
    return _WRITERS[output.format](image, output)
