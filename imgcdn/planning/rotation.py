"""How large a picture becomes when it is turned, and which part of it fills a frame that does not turn with it."""

from math import ceil, cos, radians, sin

from imgcdn.model.geometry import Box, Size


def rotated_size(size: Size, angle: float) -> Size:
    """Return the bounding box, in whole pixels, of a picture turned by `angle` degrees."""
    c, s = abs(cos(radians(angle))), abs(sin(radians(angle)))
    # The small tolerance keeps a float's last bit from adding a row of pixels.
    width = ceil(size.width * c + size.height * s - 1e-6)
    height = ceil(size.width * s + size.height * c - 1e-6)
    return Size(max(1, width), max(1, height))


def straightened(window: Box, frame: Size, angle: float, *, may_enlarge: bool) -> tuple[Box, Size, Size]:
    """Return (the middle part of a window, the size at which it covers the frame once it is turned, the frame).

    The frame gets smaller where covering it would enlarge the picture and that must not be.
    """
    needed = rotated_size(frame, angle)
    shrink = min(window.width / needed.width, window.height / needed.height)
    if shrink < 1 and not may_enlarge:
        frame = Size(max(1, int(frame.width * shrink)), max(1, int(frame.height * shrink)))
        needed = rotated_size(frame, angle)
        shrink = 1.0
    width = min(window.width, max(1, round(needed.width * shrink)))
    height = min(window.height, max(1, round(needed.height * shrink)))
    left, top = window.left + (window.width - width) // 2, window.top + (window.height - height) // 2
    return Box(left, top, width, height), needed, frame
