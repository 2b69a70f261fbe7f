"""Originals as they are: what an `<img>` may be shown of a source that could not be rendered."""

import os
import re
import stat
from dataclasses import dataclass

from imgcdn import errors
from imgcdn.model.spec import Ask, Spec

RENDERING = (
    errors.CorruptImageError,
    errors.FeatureNotInstalledError,
    errors.ImpossibleCropError,
    errors.InternalError,
    errors.OverloadedError,
    errors.RenderTimeoutError,
)
"""What fails although the URL was allowed and its source is at hand. What is too large to be decoded is no picture for
visitors either, and what was refused must not come in another way."""
_MOST_BYTES = 16_000_000
"""What a visitor may be sent in place of a picture for a page; larger ones are for nobody's page."""
_OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MEDIA_TYPES = {
    re.compile(rb"\xff\xd8\xff"): "image/jpeg",
    re.compile(rb"\x89PNG\r\n\x1a\n"): "image/png",
    re.compile(rb"GIF8[79]a"): "image/gif",
    re.compile(rb"RIFF.{4}WEBP", re.DOTALL): "image/webp",
    re.compile(rb".{4}ftypavi[fs]", re.DOTALL): "image/avif",
}
"""How files begin that are read here and that every browser takes for a picture and nothing else."""
_PLACES = re.compile(
    rb"\x25\x88[\x04\x0d]\x00\x01\x00\x00\x00|\x88\x25\x00[\x04\x0d]\x00\x00\x00\x01"  # EXIF's pointer to GPS
    rb"|GPSL|gps:|GPS="  # in XMP
    rb"|zTXt|Raw profile type|XML:com\.adobe\.xmp\x00\x01"  # texts of PNG that only a decoder could read
)
"""What a file holds that may say where it was taken; one pattern of bytes too many costs no more than a picture."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that stands in for another."""

    body: bytes
    media_type: str


def may_stand_in(ask: Ask) -> bool:
    """Whether nobody minds that the original is seen: not where the URL hides faces, blurs or marks the picture.

    Nor where it is signed: who was given that URL was not given the original, too.
    """
    spec, plain = ask.spec, Spec()
    is_hidden = spec.redaction != plain.redaction or spec.effects != plain.effects or spec.mark != plain.mark
    return not (is_hidden or ask.delivery.is_signed)


def read(path: str) -> Shown | None:
    """Read a source file that may be shown as it is, None for any other. Blocks."""
    try:
        with open(os.open(path, _OPEN_FLAGS), "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > _MOST_BYTES:
                return None
            body = file.read(_MOST_BYTES)
    except OSError:
        return None
    media_type = next((kind for beginning, kind in _MEDIA_TYPES.items() if beginning.match(body)), None)
    return None if media_type is None or _PLACES.search(body) else Shown(body, media_type)
