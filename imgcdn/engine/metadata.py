"""What a file says of itself, as a record of plain values: format=json, in any dialect's shape, is made of this."""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pyvips

from imgcdn.engine import vips
from imgcdn.model.media import SourceInfo

_MEDIA_TYPES = {
    "jpegload": "image/jpeg",
    "pngload": "image/png",
    "webpload": "image/webp",
    "heifload": "image/avif",
    "gifload": "image/gif",
    "tiffload": "image/tiff",
    "svgload": "image/svg+xml",
    "pdfload": "application/pdf",
    "jxlload": "image/jxl",
}
_DIRECTORIES = {"ifd0": "tiff", "ifd1": "thumbnail", "ifd2": "exif", "ifd4": "interoperability"}
"""libvips' names of EXIF directories and what is in them; that of the position, ifd3, is never told."""
_NEVER = frozenset({"MakerNote", "UserComment", "PrintImageMatching", "SubjectArea", "SubjectLocation"})
"""Tags that makers fill with anything, positions among it, or that are bytes nobody can read."""
_FIELD = re.compile(r"exif-(ifd\d)-(\w+)")
_VALUE = re.compile(r"(.*), (\w+), \d+ components?, \d+ bytes?\)", re.DOTALL)
"""libvips' text of a tag: the raw value, then in brackets (as people write it, type, count, bytes)."""
_NUMBERS = re.compile(r"[-+\d/. ]+? \(")
_LONGEST = 1000
_PX_PER_MM_TO_DPI = 25.4
_JFIF = b"JFIF\x00"


@dataclass(frozen=True, slots=True)
class Told:
    """Facts of a file besides its `SourceInfo`. Density is in dots per inch; delays are milliseconds.

    `tags` are those of EXIF by directory (tiff, exif, thumbnail, interoperability), without a position.
    """

    media_type: str
    colours: str
    bits: int
    profile: str | None
    density: tuple[float, float] | None
    jfif: Mapping[str, Any] | None
    delays_ms: tuple[int, ...]
    loop: int | None
    tags: Mapping[str, Mapping[str, Any]]


def read(path: str, info: SourceInfo) -> Told:
    """Read the header. Raises UnsupportedSourceFormatError and CorruptImageError."""
    image = vips.open_header(path, info.page)
    heif = "image/heic" if image.get_typeof("heif-compression") and image.get("heif-compression") != "av1" else None
    return Told(
        media_type=heif or _MEDIA_TYPES.get(info.loader, "application/octet-stream"),
        colours=_colours(image),
        bits=_whole(image, "bits-per-sample") or info.bits,
        profile=_profile(image),
        density=_density(image) if image.get_typeof("resolution-unit") else None,
        jfif=_jfif(path) if info.loader == "jpegload" else None,
        delays_ms=tuple(cast("list[int]", image.get("delay"))) if image.get_typeof("delay") else (),
        loop=_whole(image, "loop"),
        tags=_tags(image),
    )


def _whole(image: pyvips.Image, name: str) -> int | None:
    value = image.get(name) if image.get_typeof(name) else None
    return value if isinstance(value, int) else None


def _colours(image: pyvips.Image) -> str:
    name = str(image.interpretation)
    return {"b-w": "Gray", "grey16": "Gray", "cmyk": "CMYK", "lab": "Lab", "labs": "Lab"}.get(name, "RGB")


def _density(image: pyvips.Image) -> tuple[float, float]:
    return round(image.xres * _PX_PER_MM_TO_DPI, 2), round(image.yres * _PX_PER_MM_TO_DPI, 2)


def _jfif(path: str) -> dict[str, Any] | None:
    """Read the JFIF segment, which comes first if it is there (ITU-T T.871)."""
    with Path(path).open("rb") as file:
        head = file.read(18)
    if len(head) < 18 or head[2:4] != b"\xff\xe0" or head[6:11] != _JFIF:
        return None
    major, minor, unit, x, y = struct.unpack(">BBBHH", head[11:18])
    return {"version": f"{major}.{minor:02}", "unit": {1: "inch", 2: "cm"}.get(unit, "none"), "x": x, "y": y}


def _profile(image: pyvips.Image) -> str | None:
    """Return the description in an ICC profile, in its first language."""
    if not image.get_typeof("icc-profile-data"):
        return None
    data = bytes(cast("bytes", image.get("icc-profile-data")))
    try:
        count = struct.unpack_from(">I", data, 128)[0]
        for index in range(min(count, 100)):
            name, start, _ = struct.unpack_from(">4sII", data, 132 + 12 * index)
            if name == b"desc":
                return _description(data, start) or "unnamed"
    except struct.error:
        pass
    return "unnamed"


def _description(data: bytes, start: int) -> str:
    """Read a profile's description of ICC version 4 (mluc) or 2 (desc)."""
    if data[start : start + 4] == b"mluc":
        length, offset = struct.unpack_from(">II", data, start + 20)
        text = data[start + offset : start + offset + min(length, _LONGEST)].decode("utf-16-be", "replace")
    else:
        (length,) = struct.unpack_from(">I", data, start + 8)
        text = data[start + 12 : start + 12 + min(length, _LONGEST)].decode("latin-1")
    return _clean(text)


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_LONGEST]


def _tags(image: pyvips.Image) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for field in image.get_fields():
        named = _FIELD.fullmatch(field)
        if named is None or named[1] not in _DIRECTORIES or named[2] in _NEVER or "GPS" in named[2]:
            continue
        text = image.get(field)
        if isinstance(text, str) and "unsupported data type" not in text:
            found.setdefault(_DIRECTORIES[named[1]], {})[named[2]] = _value(text)
    return found


def _value(text: str) -> Any:
    """Turn libvips' text of a tag into a number, a list of numbers or a text."""
    parts = _VALUE.fullmatch(text)
    if parts is None:
        return _clean(text)
    both, kind = parts.groups()
    numbers = _NUMBERS.match(both)
    if kind == "ASCII":  # the same twice
        return _clean(both[: (len(both) - 2) // 2])
    if kind in {"Undefined", "Byte"} or numbers is None:
        return _clean(both.rpartition(" (")[2])
    found = [_number(word) for word in numbers[0][:-2].split()[:100]]
    return found[0] if len(found) == 1 else found


def _number(word: str) -> float | str:
    above, slash, below = word.partition("/")
    try:
        if not slash:
            return int(word)
        return round(int(above) / int(below), 6) if int(below) else 0
    except ValueError:
        return _clean(word)
