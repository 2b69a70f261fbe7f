"""One function per format: what its writer is told, and what metadata stays."""

from collections.abc import Callable

import pyvips

from imgcdn import errors
from imgcdn.engine import density, hashes, palettes, steps, vips
from imgcdn.model.media import ColourSpace, Format
from imgcdn.model.plan import Output
from imgcdn.model.quality import Chroma
from imgcdn.model.spec import Strip

_EXIF, _XMP, _IPTC, _ICC, _OTHER = 1, 2, 4, 8, 16
"""libvips' flags for what a writer keeps (VipsForeignKeep)."""
_KEEP = {Strip.ALL: 0, Strip.ICC: _EXIF | _XMP | _IPTC | _OTHER, Strip.NONE: _EXIF | _XMP | _IPTC | _OTHER | _ICC}
_GAINMAP = 32
_GPS_PREFIX = "exif-ifd3-"
"""libvips' name for the EXIF GPS directory."""
_SUBSAMPLING = {None: "auto", Chroma.FULL: "off", Chroma.HALF: "on"}
"""libvips' words for it: `auto` keeps colours at full resolution from quality 90 on."""


def _kept(output: Output) -> int:
    """Return the flags of what is written besides pixels: a profile always where it says what their numbers mean."""
    return _KEEP[output.strip] | (_ICC if output.colours is not ColourSpace.SRGB else 0)


def _jpeg(image: pyvips.Image, output: Output) -> bytes:
    body = image.jpegsave_buffer(
        Q=output.quality,
        interlace=output.is_progressive,
        subsample_mode=_SUBSAMPLING[output.chroma],
        keep=_kept(output),
    )
    return body if output.dpi is None else density.told_in_jpeg(body, output.dpi)


def _png(image: pyvips.Image, output: Output) -> bytes:
    if output.palette is not None:
        return palettes.png(image, output, _kept(output))
    return image.pngsave_buffer(compression=output.effort, keep=_kept(output))


def _webp(image: pyvips.Image, output: Output) -> bytes:
    return image.webpsave_buffer(
        Q=output.quality,
        lossless=output.is_lossless,
        # Lossy WebP always halves the resolution of colours; this has it do so with care for edges.
        smart_subsample=output.chroma is Chroma.FULL,
        effort=output.effort,
        keep=_kept(output),
    )


def _avif(image: pyvips.Image, output: Output) -> bytes:
    return image.heifsave_buffer(
        compression="av1",
        Q=output.quality,
        lossless=output.is_lossless,
        subsample_mode=_SUBSAMPLING[output.chroma],
        effort=output.effort,
        keep=_kept(output),
    )


def _gif(image: pyvips.Image, output: Output) -> bytes:
    return image.gifsave_buffer(
        bitdepth=palettes.bits(output.palette), dither=output.dither, effort=output.effort, keep=_kept(output)
    )


def _jxl(image: pyvips.Image, output: Output) -> bytes:
    return image.jxlsave_buffer(Q=output.quality, lossless=output.is_lossless, effort=output.effort, keep=_kept(output))


def _uhdr(image: pyvips.Image, output: Output) -> bytes:
    """Write a JPEG with the gain map that the image carries; without one a JPEG is all there is to write."""
    if not image.get_typeof("gainmap"):
        return _jpeg(image, output)
    return image.uhdrsave_buffer(Q=output.quality, keep=_kept(output) | _GAINMAP)


def _blurhash(image: pyvips.Image, output: Output) -> bytes:
    return hashes.blur_hash(image, output.background)


def _thumbhash(image: pyvips.Image, _output: Output) -> bytes:
    return hashes.thumb_hash(image)


_WRITERS: dict[Format, Callable[[pyvips.Image, Output], bytes]] = {
    Format.JPEG: _jpeg,
    Format.PNG: _png,
    Format.WEBP: _webp,
    Format.AVIF: _avif,
    Format.GIF: _gif,
    Format.JXL: _jxl,
    Format.UHDR: _uhdr,
    Format.BLURHASH: _blurhash,
    Format.THUMBHASH: _thumbhash,
}
_OPTIONAL = {Format.JXL: "jxlsave_buffer"}
"""Formats that not every libvips can write, and by which operation it does."""


def require(output_format: Format) -> None:
    """Raise FeatureNotInstalledError when this libvips cannot write the format."""
    writer = _OPTIONAL.get(output_format)
    if writer is not None and not vips.has(writer):
        raise errors.FeatureNotInstalledError(
            f"format={output_format} cannot be written by the libvips of this server ({vips.version()}): "
            "expected another format",
            param="format",
        )


def without_gps(image: pyvips.Image) -> pyvips.Image:
    """Take the position away: the EXIF GPS directory, and XMP and IPTC, which can repeat it."""
    doomed = [name for name in image.get_fields() if name.startswith(_GPS_PREFIX) or name in {"xmp-data", "iptc-data"}]
    for name in doomed:
        image.remove(name)
    return image


def encode(image: pyvips.Image, output: Output) -> bytes:
    """Write the image, flattened on the output's background where the format keeps no alpha.

    Raises FeatureNotInstalledError.
    """
    return write(prepare(image, output), output)


def write(image: pyvips.Image, output: Output) -> bytes:
    """Write an image that is prepared."""
    return _WRITERS[output.format](image, output)


def prepare(image: pyvips.Image, output: Output) -> pyvips.Image:
    """Make the image what its writer wants. Raises FeatureNotInstalledError."""
    require(output.format)
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
    return image if output.dpi is None else density.told(image, output.dpi)
