"""What a file that cannot be read here most likely is, by its first bytes, so that a refusal can name it."""

import re

HEAD = 1024
"""Bytes that are enough to tell."""
_BRANDS = {
    **dict.fromkeys(("avis",), "an AVIF sequence"),
    **dict.fromkeys(("heic", "heix", "heim", "heis", "mif1", "mif3"), "HEIC"),
    **dict.fromkeys(("hevc", "hevx", "msf1"), "a HEIC sequence"),
    **dict.fromkeys(("isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "qt  "), "a film"),
    **dict.fromkeys(("crx ",), "a camera's raw file"),
}
"""Brands of ISO base media files (ISO/IEC 14496-12), by their major brand."""
_BEGINNINGS = {
    "JPEG XL": rb"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n",
    "JPEG 2000": rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51",
    "PDF": rb"%PDF-",
    "BMP": rb"BM.{4}\x00\x00\x00\x00",
    "an icon (ICO)": rb"\x00\x00[\x01\x02]\x00[^\x00]",
    "PNM": rb"P[1-7]\s",
    "Photoshop (PSD)": rb"8BPS",
    "OpenEXR": rb"v/1\x01",
    "Radiance HDR": rb"#\?(RADIANCE|RGBE)",
    "a film (Matroska)": rb"\x1aE\xdf\xa3",
    "SVG": rb"\s*(<\?xml.*?)?(<!--.*?)?(<!DOCTYPE svg.*?)?<svg[\s>]",
    "SVG, compressed": rb"\x1f\x8b\x08",
    "a web page": rb"\s*<(!doctype html|html)",
}
DRAWINGS = frozenset({"SVG", "SVG, compressed"})
_PATTERNS = {kind: re.compile(pattern, re.DOTALL | re.IGNORECASE) for kind, pattern in _BEGINNINGS.items()}


def kind_of(head: bytes) -> str | None:
    """Name the kind of a file that begins so; None when it is of no kind known."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12].decode("latin-1"))
    head = head.removeprefix(b"\xef\xbb\xbf")
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.match(head)), None)
