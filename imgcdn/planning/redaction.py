"""Which parts of the answer are made unrecognisable, and how strongly, from the faces that were found."""

from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.media import Format
from imgcdn.model.redaction import Patch
from imgcdn.model.spec import Spec

_SURE = 0.3
"""A face counts from this confidence on, or from `face_min` if lower: better a fist hidden than a face shown."""
_BESIDE, _ABOVE, _BELOW = 0.5, 0.7, 0.35
"""A detector's box ends at brows and chin; the head reaches beyond it by these shares of its sides."""
_LEAST_SIGMA, _MOST_SIGMA = 0.08, 0.3
"""The blur at strengths just above 0 and at 100, in heights of the face: eyes and mouth are gone at the least one."""
_MOST_CELLS, _FEWEST_CELLS = 8.0, 3.0
"""Squares across a face at strengths just above 0 and at 100."""
_SMALLEST_BLOCK, _SMALLEST_SIGMA = 4, 2.0
"""In px: a face of a few pixels has no features that finer ones would hide, but is known by its shades."""


def sure_faces(spec: Spec, faces: tuple[Region, ...]) -> tuple[Region, ...]:
    """Return the faces that are hidden."""
    return tuple(face for face in faces if face.score >= min(_SURE, spec.face_min))


def lists_faces(spec: Spec) -> bool:
    """Whether the answer tells where faces are."""
    return spec.listing.has_faces and spec.format is Format.IMGIX_JSON


def needs_faces(spec: Spec) -> bool:
    """Whether faces must be found before anything can be planned."""
    return spec.redaction.hides_faces or lists_faces(spec)


def patches(spec: Spec, faces: tuple[Region, ...], upright: Size, window: Box, resized: Size) -> tuple[Patch, ...]:
    """Place a patch over each face (0–1 of the upright source) that reaches into the window, in px of the answer."""
    found = (_patch(spec, face, upright, window, resized) for face in faces)
    return tuple(patch for patch in found if _shows(patch.box, resized))


def _patch(spec: Spec, face: Region, upright: Size, window: Box, resized: Size) -> Patch:
    x, y = resized.width / window.width, resized.height / window.height
    left = ((face.x - face.width * _BESIDE) * upright.width - window.left) * x
    right = ((face.x + face.width * (1 + _BESIDE)) * upright.width - window.left) * x
    top = ((face.y - face.height * _ABOVE) * upright.height - window.top) * y
    bottom = ((face.y + face.height * (1 + _BELOW)) * upright.height - window.top) * y
    # A pixel more all around: faces are found on a smaller picture.
    box = Box(int(left // 1) - 1, int(top // 1) - 1, int(right - left) + 3, int(bottom - top) + 3)
    wide, high = face.width * upright.width * x, face.height * upright.height * y
    return Patch(box, _block(spec, min(wide, high)), _sigma(spec, max(wide, high)))


def _block(spec: Spec, side: float) -> int:
    strength = spec.redaction.pixel / 100
    cells = _MOST_CELLS - (_MOST_CELLS - _FEWEST_CELLS) * strength
    return max(_SMALLEST_BLOCK, round(side / cells)) if strength else 0


def _sigma(spec: Spec, side: float) -> float:
    strength = spec.redaction.blur / 100
    return max(_SMALLEST_SIGMA, side * (_LEAST_SIGMA + (_MOST_SIGMA - _LEAST_SIGMA) * strength)) if strength else 0.0


def _shows(box: Box, picture: Size) -> bool:
    return box.right > 0 and box.bottom > 0 and box.left < picture.width and box.top < picture.height
