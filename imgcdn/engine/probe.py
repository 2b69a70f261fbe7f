"""Reading a source's header: everything planning wants to know, without decoding a pixel."""

import struct
from pathlib import Path

import pyvips

from imgcdn.engine import vips
from imgcdn.model.geometry import Size
from imgcdn.model.media import SourceInfo

_ANIMATED = frozenset({"gifload", "webpload"})


_DOCUMENTS = frozenset({"tiffload", "pdfload"})


def probe(path: str, page: int = 0) -> SourceInfo:
    """Read the header of the file at `path`, or of a later page of it: the first page's if there is none such.

    Raises UnsupportedSourceFormatError and CorruptImageError.
    """
    image = vips.open_header(path, page)
    loader = vips.loader_of(image)
    pages = _integer(image, "n-pages", 1) if loader in _DOCUMENTS else 1
    return SourceInfo(
        loader=loader,
        stored=Size(image.width, image.height),
        orientation=_orientation(image),
        frames=_integer(image, "n-pages", 1) if loader in _ANIMATED else 1,
        has_alpha=bool(image.hasalpha()),
        has_profile=bool(image.get_typeof("icc-profile-data")),
        bits=16 if image.format in {"ushort", "short"} else 32 if image.format in {"float", "uint"} else 8,
        is_cmyk=image.interpretation == "cmyk",
        is_progressive=bool(image.get_typeof("interlaced")),
        declared=_gif_canvas(path) if loader == "gifload" else None,
        pages=pages,
        page=page if page < pages else 0,
        has_gain_map=vips.has_gain_map(image),
        bands=image.bands,
    )


def _gif_canvas(path: str) -> Size | None:
    """Return the canvas that a GIF claims: the decoder takes its frames' size for it when it is beyond 2048 px."""
    with Path(path).open("rb") as file:
        head = file.read(10)
    width, height = struct.unpack_from("<HH", head, 6) if len(head) == 10 else (0, 0)
    return Size(width, height) if width and height else None


def _integer(image: pyvips.Image, field: str, otherwise: int) -> int:
    value = image.get(field) if image.get_typeof(field) else otherwise
    return value if isinstance(value, int) else otherwise


def _orientation(image: pyvips.Image) -> int:
    """EXIF orientation; values that mean nothing count as upright, as browsers do."""
    orientation = _integer(image, "orientation", 1)
    return orientation if 1 <= orientation <= 8 else 1
