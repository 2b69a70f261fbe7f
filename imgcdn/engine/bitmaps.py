"""Windows bitmaps, for which libvips has no loader here: rewritten as PNG without loss, in a worker."""

from io import BytesIO

from imgcdn import errors

_MOST_PIXELS = 16_000_000
"""A few bytes can claim any size: runs are compressed."""
_KEPT_MODES = frozenset({"L", "RGB", "RGBA"})


def to_png(path: str) -> bytes:
    """Return the bitmap as PNG of as many channels. Raises TooManyPixelsError and CorruptImageError."""
    # Imported when the first bitmap comes: render workers are lean, and few pictures are bitmaps.
    from PIL import Image  # noqa: PLC0415

    try:
        with Image.open(path, formats=("BMP",)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise errors.TooManyPixelsError(
                    f"the bitmap has {picture.width}x{picture.height} px: expected at most {_MOST_PIXELS} in all"
                )
            grey = picture.mode == "1"
            kept = picture if picture.mode in _KEPT_MODES else picture.convert("L" if grey else "RGB")
            written = BytesIO()
            kept.save(written, "PNG", compress_level=1)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise errors.CorruptImageError(f"the bitmap is damaged: {error}") from None
    return written.getvalue()
