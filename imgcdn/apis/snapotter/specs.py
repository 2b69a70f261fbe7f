"""What the settings of a smart crop mean as a spec: nothing is cropped here."""

import re
from dataclasses import replace
from typing import Final

from imgcdn.apis.snapotter.models import Settings
from imgcdn.model.colour import Colour
from imgcdn.model.geometry import Box, Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.spec import FacePreset, Fit, Rect, Spec
from imgcdn.model.trimming import Trim, Trimming
from imgcdn.pipeline.deciding import Decision

_LEAST_FLOOR: Final = 0.1
"""No face that is less sure counts, however sensitive the search is."""
_FORMATS: Final = {
    "jpegload": Format.JPEG,
    "webpload": Format.WEBP,
    "gifload": Format.GIF,
    "heifload": Format.AVIF,
}
"""What is written as it was read; all else becomes PNG, which loses nothing."""
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f"*/:<>?\\|]')
"""What no file system, header or archive must meet in a name."""
_LONGEST_STEM: Final = 100


def asked(settings: Settings, info: SourceInfo) -> Spec:
    """Return the spec that is decided first."""
    form = _FORMATS.get(info.loader, Format.PNG)
    if settings.mode == "trim":
        side = settings.targetSize
        spec = Spec(trim=Trimming(Trim.COLOR, settings.threshold), format=form, quality=settings.quality)
        return spec if side is None else _squared(settings, spec, side)
    spec = Spec(
        width=settings.width,
        height=settings.height,
        fit=Fit.COVER,
        # What stands out most may be a hat: a face that is there stays whole.
        gravity=("faces", "attention") if settings.strategy == "attention" else (settings.strategy,),
        format=form,
        quality=settings.quality,
    )
    if settings.mode == "subject":
        return spec
    return replace(
        spec,
        gravity=("faces", "attention"),
        face_preset=FacePreset(settings.facePreset),
        face_pad=1 + settings.padding / 100,
        face_min=max(_LEAST_FLOOR, 1 - settings.sensitivity),
    )


def refined(settings: Settings, spec: Spec, found: Decision) -> Spec | None:
    """Return another spec where the wish depends on what was found; None when the first one is all there is."""
    upright = found.info.upright
    if settings.mode == "trim":
        if not settings.padToSquare or settings.targetSize is not None:
            return None
        left = upright if found.seen.trimmed is None else found.seen.trimmed.size
        return _squared(settings, spec, max(left.width, left.height))
    has_faces = found.focus is not None and bool(found.focus.faces)
    if has_faces or settings.padding == 0:
        return None
    wider = _grown(found.plan.window, 1 + settings.padding / 100, upright)
    if wider == found.plan.window:
        return None
    return replace(
        spec,
        rect=Rect(wider.left, wider.top, wider.width, wider.height),
        fit=Fit.CONTAIN,
        gravity=("center",),
        face_preset=None,
        face_pad=None,
        background=_colour(settings.padColor),
    )


def result_name(name: str, form: Format) -> str:
    """Return what the result of a picture of this name is called."""
    base = name.replace("\\", "/").rpartition("/")[2]
    stem = base.rpartition(".")[0] or base
    stem = _UNSAFE.sub("_", stem).strip(" .")[:_LONGEST_STEM] or "image"
    return f"{stem}_smartcrop.{form.extension}"


def _squared(settings: Settings, spec: Spec, side: int) -> Spec:
    return replace(spec, width=side, height=side, fit=Fit.CONTAIN, background=_colour(settings.padColor))


def _grown(window: Box, factor: float, upright: Size) -> Box:
    """Return a window around the same middle, as much larger as the picture allows on each axis."""
    left, width = _stretched(window.left, window.width, factor, upright.width)
    top, height = _stretched(window.top, window.height, factor, upright.height)
    return Box(left, top, width, height)


def _stretched(start: int, length: int, factor: float, side: int) -> tuple[int, int]:
    longer = min(side, round(length * factor))
    return max(0, min(side - longer, start - (longer - length) // 2)), longer


def _colour(text: str) -> Colour:
    digits = text.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return Colour(*bytes.fromhex(digits))
