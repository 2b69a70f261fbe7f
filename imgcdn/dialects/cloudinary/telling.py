"""Errors of plans in the words of the URL: `l_logo` was not found, where the spec's own name for it is `watermark`."""

import re
from copy import copy

from imgcdn import errors
from imgcdn.dialects.cloudinary import address, layers
from imgcdn.dialects.parameters import shown

_SAID = {
    "watermark": ("l",),
    "blend": ("l", "e_colorize", "o"),
    "text": ("l_text",),
    "textFont": ("l_text",),
    "rect": ("c_crop",),
    "page": ("pg",),
    "frame": ("pg",),
    "pad": ("bo",),
    "border": ("bo",),
    "format": ("f",),
    "cs": ("cs",),
    "extend": ("b",),
    "face_blur": ("e_blur_faces",),
    "face_pixel": ("e_pixelate_faces",),
    "blur": ("e_blur",),
    "trim": ("e_trim",),
    "gravity": ("g",),
    "rotate": ("a",),
    "radius": ("r",),
    "mask": ("r",),
    "q": ("q",),
    "w": ("w",),
    "h": ("h",),
    "ar": ("ar",),
    "dpr": ("dpr",),
}
"""What of a URL each parameter of ours may come from, the likeliest first."""
_WHOLE = frozenset({"rect"})
"""Parameters that several of a component make together."""


def told(mount: str, path: str, error: errors.ImgcdnError) -> errors.ImgcdnError:
    """Return the error with the parameter as it stands in the URL; as it is where that says nothing of the kind.

    `path` is what stands behind the mount, decoded.
    """
    try:
        components = address.split(path).components
    except errors.ImgcdnError:
        return error
    for wanted in _SAID.get(error.param or "", ()):
        for component in components:
            for part in component.split(","):
                if not _is(part, wanted):
                    continue
                if shown(part) in error.detail:
                    return error
                if wanted != "l" or _is_meant(part, mount, error.detail):
                    return _renamed(error, part, component if error.param in _WHOLE else part, mount)
    return error


def _is(part: str, wanted: str) -> bool:
    key, _, value = wanted.partition("_")
    name, _, rest = part.partition("_")
    return name == key and (not value or rest.partition(":")[0] == value)


def _is_meant(part: str, mount: str, detail: str) -> bool:
    """Whether an error that names a picture means this one: there may be two layers."""
    picture = _picture(part, mount)
    return picture is not None and ("=" not in detail or f"={picture}" in detail)


def _picture(part: str, mount: str) -> str | None:
    try:
        return layers.picture(part.removeprefix("l_"), mount)
    except errors.ImgcdnError:
        return None


def _renamed(error: errors.ImgcdnError, part: str, said: str, mount: str) -> errors.ImgcdnError:
    found = copy(error)
    picture = _picture(part, mount) if part.startswith("l_") else None
    value = r"\S+" if picture is None else re.escape(picture)
    before = rf"(?<!\w){re.escape(error.param or '')}(={value})?(?![\w=])"
    found.detail, count = re.subn(before, lambda _: shown(said), error.detail, count=1)
    if not count:
        found.detail = f"{shown(said)}: {error.detail}"
    found.param = part.partition("_")[0]
    return found
