"""How large a picture becomes when it is turned by an angle that is not a right one."""

from math import ceil, cos, radians, sin

from imgcdn.model.geometry import Size


def rotated_size(size: Size, angle: float) -> Size:
    """Return the bounding box, in whole pixels, of a picture turned by `angle` degrees."""
    c, s = abs(cos(radians(angle))), abs(sin(radians(angle)))
    # The small tolerance keeps a float's last bit from adding a row of pixels.
    width = ceil(size.width * c + size.height * s - 1e-6)
    height = ceil(size.width * s + size.height * c - 1e-6)
    return Size(max(1, width), max(1, height))
