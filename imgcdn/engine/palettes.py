"""PNG with a palette, and how many colours a palette has."""

import pyvips

from imgcdn.model.plan import Output

_EFFORT = 3
"""Of 1-10: how hard the best colours are looked for. 7 takes about three times as long for some per cent."""
_DEPTHS = (1, 2, 4, 8)
"""Bits that one pixel of a PNG with a palette may have."""
_MOST = 256
_ENTRY = 3
"""Bytes of one colour in a PNG's palette."""


def bits(colours: int | None) -> int:
    """Return the bits of a palette that has no more than so many colours."""
    return (_MOST if colours is None else colours).bit_length() - 1


def png(image: pyvips.Image, output: Output, keep: int) -> bytes:
    """Write a PNG with no more colours than the output's palette: alpha is part of each colour.

    The encoder takes a number of bits or a quality. So for other numbers than it has bits for, the best quality is
    looked for that gets along with them.
    """
    most = min(_MOST, output.palette or _MOST)
    depth = next(depth for depth in _DEPTHS if 2**depth >= most)

    def write(quality: int) -> bytes:
        return image.pngsave_buffer(
            palette=True,
            bitdepth=depth,
            Q=quality,
            dither=output.dither,
            effort=_EFFORT,
            compression=output.effort,
            keep=keep,
        )

    body = write(output.quality)
    if colours_of(body) <= most:
        return body
    low, high, best = 0, output.quality, b""
    while high - low > 1:
        middle = (low + high) // 2
        tried = write(middle)
        if colours_of(tried) <= most:
            low, best = middle, tried
        else:
            high = middle
    return best or image.pngsave_buffer(
        palette=True, bitdepth=max(d for d in _DEPTHS if 2**d <= most), dither=output.dither, effort=_EFFORT, keep=keep
    )


def colours_of(body: bytes) -> int:
    """Return how many colours the palette of a PNG has."""
    place = body.find(b"PLTE")
    return int.from_bytes(body[place - 4 : place]) // _ENTRY if place >= 4 else 0
