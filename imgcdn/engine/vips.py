"""libvips, set up once per process: no operation cache, one thread, and only the loaders that sources may use."""

import pyvips

from imgcdn import errors

READABLE = {
    "jpegload": "JPEG",
    "pngload": "PNG",
    "webpload": "WebP",
    "heifload": "AVIF",
    "gifload": "GIF",
    "tiffload": "TIFF",
}
"""Loaders that sources may use, by libvips' name, and what they read."""

_LOADER_CLASSES = (
    "VipsForeignLoadJpeg",
    "VipsForeignLoadPng",
    "VipsForeignLoadWebp",
    "VipsForeignLoadHeif",
    "VipsForeignLoadNsgif",
    "VipsForeignLoadTiff",
)


def start() -> None:
    """Set libvips up for a worker. Call it before the first image is opened."""
    # The cache answers identical arguments with the first result for ever, even when the file has changed.
    pyvips.cache_set_max(0)
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in _LOADER_CLASSES:
        pyvips.operation_block_set(name, False)


def version() -> str:
    return ".".join(str(pyvips.version(part)) for part in range(3))


def expected_formats() -> str:
    return ", ".join(READABLE.values())


def open_header(path: str) -> pyvips.Image:
    """Open a source by its first bytes, reading only the header. Raises UnsupportedSourceFormatError, CorruptImageError."""
    try:
        image = pyvips.Image.new_from_file(path, access="sequential")
    except pyvips.Error as error:
        if "not in a known format" in str(error.detail) or "not a known file format" in str(error.detail):
            raise errors.UnsupportedSourceFormatError(
                f"the source's first bytes are of no format read here: expected {expected_formats()}"
            ) from None
        raise damaged(error) from None
    loader = str(image.get("vips-loader")) if image.get_typeof("vips-loader") else ""
    if loader not in READABLE:
        raise errors.UnsupportedSourceFormatError(f"the source is read by {loader}: expected {expected_formats()}")
    if loader == "heifload" and image.get_typeof("heif-compression") and image.get("heif-compression") != "av1":
        raise errors.UnsupportedSourceFormatError(
            f"the source is HEIF with {image.get('heif-compression')} inside, which this libvips cannot decode: "
            f"expected {expected_formats()}"
        )
    return image


def damaged(error: pyvips.Error) -> errors.CorruptImageError:
    """Translate a libvips error about a source; its first line says what libvips saw first."""
    lines = str(error.detail).strip().splitlines()
    saw = lines[0][:200] if lines else "the decoder gave up"
    return errors.CorruptImageError(f"the source cannot be decoded ({saw}): expected a whole, undamaged picture")
