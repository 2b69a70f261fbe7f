"""libvips, set up once per process: no operation cache, one thread, and only the loaders that sources may use."""

from typing import Any

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


def open_file(path: str, **options: Any) -> pyvips.Image:
    """Open the file at `path`, whatever its name is. Raises pyvips.Error."""
    # Warnings about the sources before this one are still in libvips' buffer, and would be part of its next error.
    pyvips.vips_lib.vips_error_clear()
    if "]" in path:
        # libvips takes the end of a name such as `a.jpg[shrink=8]` for options; the name of a source it leaves alone.
        return pyvips.Image.new_from_source(pyvips.Source.new_from_file(path), "", **options)
    return pyvips.Image.new_from_file(path, **options)


def open_with(loader: str, path: str, **options: Any) -> pyvips.Image:
    """Open the file at `path`, whatever its name is, with one of `READABLE`, sparing the search for one.

    Raises pyvips.Error.
    """
    if loader not in READABLE:
        # Its name was told by a worker, which handles hostile files, and would be that of any operation.
        raise pyvips.Error(f"{loader} is no loader of pictures")
    pyvips.vips_lib.vips_error_clear()  # as above
    return pyvips.Operation.call(loader, path, **options)


def loader_of(image: pyvips.Image) -> str:
    """Name the loader that read an image, as `READABLE` does."""
    return str(image.get("vips-loader")).removesuffix("_source") if image.get_typeof("vips-loader") else ""


def open_header(path: str) -> pyvips.Image:
    """Open a source by its first bytes, reading only the header.

    Raises UnsupportedSourceFormatError and CorruptImageError.
    """
    try:
        image = open_file(path, access="sequential")
    except pyvips.Error as error:
        if "not in a known format" in str(error.detail) or "not a known file format" in str(error.detail):
            raise errors.UnsupportedSourceFormatError(
                f"the source's first bytes are of no format read here: expected {expected_formats()}"
            ) from None
        raise damaged(error, path) from None
    loader = loader_of(image)
    if loader not in READABLE:
        raise errors.UnsupportedSourceFormatError(f"the source is read by {loader}: expected {expected_formats()}")
    if loader == "heifload" and image.get_typeof("heif-compression") and image.get("heif-compression") != "av1":
        raise errors.UnsupportedSourceFormatError(
            f"the source is HEIF with {image.get('heif-compression')} inside, which this libvips cannot decode: "
            f"expected {expected_formats()}"
        )
    return image


def damaged(error: pyvips.Error, path: str) -> errors.CorruptImageError:
    """Translate a libvips error about the source at `path`, which is nobody's business outside.

    The last line that says more than that loading failed is the cause; lines above may be warnings.
    """
    lines = str(error.detail).replace(path, "the file").strip().splitlines()
    telling = [line for line in lines if not line.endswith("load error")]
    saw = (telling or lines or ["the decoder gave up"])[-1][:200]
    return errors.CorruptImageError(f"the source cannot be decoded ({saw}): expected a whole, undamaged picture")
