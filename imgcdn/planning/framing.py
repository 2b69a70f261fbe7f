"""Face framing: a window whose size follows from a face instead of from the picture."""

from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.spec import FacePreset, Spec
from imgcdn.planning.crop import around_faces, clamped

MULTIPLIERS = {
    FacePreset.CLOSEUP: 1.8,
    FacePreset.HEAD_SHOULDERS: 2.8,
    FacePreset.UPPER_BODY: 4.5,
    FacePreset.HALF_BODY: 7.0,
}
"""Window height in multiples of the face's height."""

_BODY_SHIFT = 0.08
"""How far down the window is moved, so that there is more body than sky."""

_LEAST_PADDING = 0.1


def is_framed(spec: Spec) -> bool:
    """Whether the spec asks for a window as large as the face, not as large as the picture allows."""
    return spec.face_preset is not None or spec.face_pad is not None


def wanted_size(spec: Spec, faces: tuple[Region, ...], aspect: float, upright: Size) -> tuple[float, float]:
    """Return the width and height in source pixels that the spec asks for, whether or not the picture has them."""
    width = (max(f.x + f.width for f in faces) - min(f.x for f in faces)) * upright.width
    height = (max(f.y + f.height for f in faces) - min(f.y for f in faces)) * upright.height
    if spec.face_preset is None:
        # The smallest window of the aspect around the padded union.
        width, height = width * padding(spec), height * padding(spec)
        return max(width, height * aspect), max(height, width / aspect)
    # Padding beyond the preset's own is what is above 1.
    tallest = max(f.height for f in faces) * upright.height
    height = max(tallest * MULTIPLIERS[spec.face_preset] * padding(spec), height)
    return (width, width / aspect) if height * aspect < width else (height * aspect, height)


def padding(spec: Spec) -> float:
    """Return `face_pad`, but no less than what leaves a window."""
    return 1.0 if spec.face_pad is None else max(spec.face_pad, _LEAST_PADDING)


def frame_faces(spec: Spec, faces: tuple[Region, ...], aspect: float, region: Box, upright: Size) -> Box:
    """Return the window around the union of `faces`, in source pixels, shrunk to the region with the aspect kept."""
    left = min(f.x for f in faces) * upright.width
    right = max(f.x + f.width for f in faces) * upright.width
    top = min(f.y for f in faces) * upright.height
    bottom = max(f.y + f.height for f in faces) * upright.height
    width, height = wanted_size(spec, faces, aspect, upright)
    shift = 0.0 if spec.face_preset is None else _BODY_SHIFT
    factor = min(1.0, region.width / width, region.height / height)
    size = Size(max(1, round(width * factor)), max(1, round(height * factor)))
    if factor < 1.0 and len(faces) > 1 and (right - left > size.width or bottom - top > size.height):
        # The picture has no such window that holds all, so the best set of them decides, not the middle between people.
        return around_faces(faces, size, region, upright)
    x = (left + right) / 2 - size.width / 2
    y = (top + bottom) / 2 - size.height / 2 + size.height * shift
    if bottom - top <= size.height:
        y = min(y, top)  # the shift is for one face with room around it; it never cuts the highest of several
    return clamped(Box(round(x), round(y), size.width, size.height), region)
