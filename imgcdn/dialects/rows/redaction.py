"""Faces made unrecognisable."""

from imgcdn.dialects import readers
from imgcdn.dialects.parameters import Parameter

ROWS = (
    Parameter(
        "face_blur",
        "redaction.blur",
        readers.number(0, 100),
        "0",
        "blurs every face, of any size alike, and whatever `face_index` says; faces count from a confidence of 0.3 on "
        "(of `face_min`, if lower); where they cannot be looked for, an error is answered, never the picture",
        "w=400&face_blur=80",
    ),
    Parameter(
        "face_pixel",
        "redaction.pixel",
        readers.number(0, 100),
        "0",
        "turns every face into coarse squares, under the same rules",
        "w=400&face_pixel=60",
    ),
)
