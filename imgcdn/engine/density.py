"""How large a picture is on paper: a number in the file that no pixel depends on."""

from struct import pack

import pyvips

_MM_PER_INCH = 25.4
_HEAD = b"\xff\xd8"
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x02\x01"
"""The marker of a JFIF 1.02 segment with its length, up to the densities, in dots per inch."""


def told(image: pyvips.Image, dpi: int) -> pyvips.Image:
    """Return the image with its density set, for writers and for EXIF."""
    return image.copy(xres=dpi / _MM_PER_INCH, yres=dpi / _MM_PER_INCH)


def told_in_jpeg(body: bytes, dpi: int) -> bytes:
    """Put the density into a JPEG: libvips leaves its place out with all metadata that is not kept."""
    if not body.startswith(_HEAD) or body[2:4] == _JFIF[:2]:
        return body
    return b"".join((_HEAD, _JFIF, pack(">HHBB", dpi, dpi, 0, 0), body[2:]))
