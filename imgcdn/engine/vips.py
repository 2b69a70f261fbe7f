"""libvips, set up once per process: no operation cache, one thread, and only the loaders that sources may use."""

import os
from pathlib import Path
from typing import Any, cast

import pyvips

from imgcdn import errors
from imgcdn.engine import kinds
from imgcdn.engine.environment import READS_SVG

READABLE = {
    "jpegload": "JPEG",
    "pngload": "PNG",
    "webpload": "WebP",
    "heifload": "AVIF",
    "gifload": "GIF",
    "tiffload": "TIFF",
}
"""Loaders that sources may use, by libvips' name, and what they read."""
_WHERE_PRESENT = {"jxlload": "JPEG XL", "pdfload": "PDF"}
"""More of them, which not every libvips has."""
_DRAWINGS = {"svgload": "SVG"}
"""Where the settings allow it."""
_GAIN_MAP = "uhdrload"
"""Reads a JPEG together with its gain map."""

_LOADER_CLASSES = (
    "VipsForeignLoadJpeg",
    "VipsForeignLoadUhdr",
    "VipsForeignLoadPng",
    "VipsForeignLoadWebp",
    "VipsForeignLoadHeif",
    "VipsForeignLoadNsgif",
    "VipsForeignLoadTiff",
    "VipsForeignLoadJxl",
    "VipsForeignLoadPdf",
)
_DRAWING_CLASS = "VipsForeignLoadSvgBuffer"
"""Of bytes alone: a drawing that is opened as a file may include what lies beside it."""


def start() -> None:
    """Set libvips up for a worker. Call it before the first image is opened."""
    reads_svg = os.environ.get(READS_SVG) == "1"
    # The cache answers identical arguments with the first result for ever, even when the file has changed.
    pyvips.cache_set_max(0)
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in _LOADER_CLASSES:
        pyvips.operation_block_set(name, False)
    if reads_svg:
        pyvips.operation_block_set(_DRAWING_CLASS, False)
    _readable.clear()
    _readable.update(READABLE | {name: kind for name, kind in _WHERE_PRESENT.items() if has(name)})
    _readable.update(_DRAWINGS if reads_svg else {})


_readable: dict[str, str] = dict(READABLE)
"""What this process reads, settled when it starts."""


def has(operation: str) -> bool:
    """Whether this libvips was built with an operation, such as jxlsave_buffer."""
    return bool(pyvips.type_find("VipsOperation", operation))


def version() -> str:
    return ".".join(str(pyvips.version(part)) for part in range(3))


def expected_formats() -> str:
    return ", ".join(_readable.values())


def open_file(path: str, **options: Any) -> pyvips.Image:
    """Open the file at `path`, whatever its name is. Raises pyvips.Error."""
    # Warnings about the sources before this one are still in libvips' buffer, and would be part of its next error.
    pyvips.vips_lib.vips_error_clear()
    if "]" in path:
        # libvips takes the end of a name such as `a.jpg[shrink=8]` for options; the name of a source it leaves alone.
        return pyvips.Image.new_from_source(pyvips.Source.new_from_file(path), "", **options)
    return pyvips.Image.new_from_file(path, **options)


def open_with(loader: str, path: str, **options: Any) -> pyvips.Image:
    """Open the file at `path`, whatever its name is, with a loader of sources, sparing the search for one.

    Raises pyvips.Error.
    """
    if loader not in _readable and loader != _GAIN_MAP:
        # Its name was told by a worker, which handles hostile files, and would be that of any operation.
        raise pyvips.Error(f"{loader} is no loader of pictures")
    pyvips.vips_lib.vips_error_clear()  # as above
    if loader in _DRAWINGS:
        return pyvips.Operation.call(f"{loader}_buffer", Path(path).read_bytes(), **options)
    return pyvips.Operation.call(loader, path, **options)


def loader_of(image: pyvips.Image) -> str:
    """Name the loader that read an image, as `open_with` does; a JPEG is one with a gain map, too."""
    name = (
        str(image.get("vips-loader")).removesuffix("_source").removesuffix("_buffer")
        if image.get_typeof("vips-loader")
        else ""
    )
    return "jpegload" if name == _GAIN_MAP else name


def has_gain_map(image: pyvips.Image) -> bool:
    """Whether an image was read from an Ultra HDR picture."""
    return str(image.get("vips-loader")).startswith(_GAIN_MAP)


def open_header(path: str, page: int = 0) -> pyvips.Image:
    """Open a source, or a later page of it, by its first bytes, reading only the header.

    Raises UnsupportedSourceFormatError and CorruptImageError.
    """
    try:
        image = _opened(path)
        loader = loader_of(image)
        if page and loader in _readable and has_page(image, page):
            image = open_with(loader, path, access="sequential", page=page)
    except pyvips.Error as error:
        if "not in a known format" in str(error.detail) or "not a known file format" in str(error.detail):
            raise _unread(path) from None
        raise damaged(error, path) from None
    if loader not in _readable:
        raise errors.UnsupportedSourceFormatError(f"the source is read by {loader}: expected {expected_formats()}")
    if loader == "heifload" and not _can_decode(image):
        raise errors.UnsupportedSourceFormatError(
            f"the source is HEIF with {image.get('heif-compression')} inside (HEIC), which the libvips of this server "
            f"cannot decode: expected {expected_formats()}"
        )
    return image


def _opened(path: str) -> pyvips.Image:
    try:
        return open_file(path, access="sequential")
    except pyvips.Error:
        if "svgload" in _readable and kinds.kind_of(_head(path)) in kinds.DRAWINGS:
            return open_with("svgload", path)
        raise


def _head(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(kinds.HEAD)


def has_page(image: pyvips.Image, page: int) -> bool:
    """Whether the file of an image has a page beyond the first, counted from 0."""
    return bool(image.get_typeof("n-pages")) and page < cast("int", image.get("n-pages"))


def _can_decode(image: pyvips.Image) -> bool:
    """Whether the decoder for what is inside a HEIF file is there: AV1 is, others are where somebody built them in."""
    if not image.get_typeof("heif-compression") or image.get("heif-compression") == "av1":
        return True
    try:
        image.getpoint(0, 0)
    except pyvips.Error:
        return False
    return True


def _unread(path: str) -> errors.UnsupportedSourceFormatError:
    kind = kinds.kind_of(_head(path))
    if kind is None:
        told = "the source's first bytes are of no format read here"
    elif kind in kinds.DRAWINGS and has("svgload"):
        told = f"the source is {kind}, which the settings of this server do not allow"
    else:
        told = f"the source is {kind}, which the libvips of this server ({version()}) cannot read"
    return errors.UnsupportedSourceFormatError(f"{told}: expected {expected_formats()}")


def damaged(error: pyvips.Error, path: str) -> errors.CorruptImageError:
    """Translate a libvips error about the source at `path`, which is nobody's business outside.

    The last line that says more than that loading failed is the cause; lines above may be warnings.
    """
    lines = str(error.detail).replace(path, "the file").strip().splitlines()
    telling = [line for line in lines if not line.endswith("load error")]
    saw = (telling or lines or ["the decoder gave up"])[-1][:200]
    return errors.CorruptImageError(f"the source cannot be decoded ({saw}): expected a whole, undamaged picture")
