"""Client hints: what a browser tells of its layout, its screen and its wish for little data becomes part of the spec.

Hints count only where the URL names them (`ch=`), for they split every cache that obeys `Vary`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from imgcdn.model.media import Format
from imgcdn.model.spec import Hint, Spec
from imgcdn.planning import scaling
from imgcdn.planning.settings import HintSettings

_SAVING = 15
"""What `Save-Data: on` takes off the quality."""
LEAST_QUALITY = 40
"""Quality below which nothing is taken off."""
_WITHOUT_QUALITY = frozenset({Format.PNG, Format.GIF})
_HEADERS: Mapping[Hint, tuple[str, ...]] = {
    Hint.WIDTH: ("Sec-CH-Width", "Width"),
    Hint.DPR: ("Sec-CH-DPR", "DPR"),
    Hint.SAVE_DATA: ("Save-Data",),
}
"""The header of today first, then the one that older browsers send."""
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,6})?", re.ASCII)
"""As many digits as numbers of structured fields may have (RFC 9651 §3.3.1): what is absurdly large is capped."""


def headers_of(named: Iterable[Hint]) -> tuple[str, ...]:
    """Return the headers that these hints come in: what `Vary` must name, whether or not a request has them."""
    chosen = frozenset(named)
    return tuple(header for hint, headers in _HEADERS.items() if hint in chosen for header in headers)


def apply(
    spec: Spec,
    named: Iterable[Hint],
    headers: Mapping[str, str],
    settings: HintSettings,
    saving_quality: int | None = None,
) -> tuple[Spec, tuple[str, ...]]:
    """Return the spec that the hints ask for, and the headers that answers vary by.

    `headers` has lower-case names, or takes names in any case. A hint wins over `w` and `dpr` of the URL, which are for
    browsers that send none: it changes the scale, never the shape. `Width` counts device pixels, so no ratio multiplies
    it. Headers that cannot be read are as if they were absent. `saving_quality` is that of who wishes little data, None
    to take something off.
    """
    chosen = frozenset(named)
    width = _told(Hint.WIDTH, chosen, headers)
    ratio = _told(Hint.DPR, chosen, headers)
    hinted = spec
    if width is not None and not _is_share(spec):
        hinted = _widened(spec, round(_next(width, settings.widths)))
    elif ratio is not None:
        hinted = _denser(spec, _next(ratio, settings.dprs))
    if Hint.SAVE_DATA in chosen and _saves(headers.get("save-data", "")):
        hinted = _saved(hinted, saving_quality)
    return hinted, headers_of(chosen)


def variants(
    spec: Spec, named: Iterable[Hint], settings: HintSettings, saving_quality: int | None = None
) -> tuple[Spec, ...]:
    """Return every spec that `apply` may make of one, itself first, whatever browsers tell: the ladders are finite."""
    chosen = frozenset(named)
    found = [spec]
    if Hint.WIDTH in chosen and not _is_share(spec):
        found += [_widened(spec, width) for width in settings.widths]
    if Hint.DPR in chosen:
        found += [_denser(spec, ratio) for ratio in settings.dprs]
    if Hint.SAVE_DATA in chosen:
        found += [_saved(one, saving_quality) for one in found]
    return tuple(dict.fromkeys(found))


def lowered(quality: int, off: int) -> int:
    """Take `off` from a quality, but never below the floor; one that is below it already stays."""
    return min(quality, max(LEAST_QUALITY, quality - off))


def _told(hint: Hint, chosen: frozenset[Hint], headers: Mapping[str, str]) -> float | None:
    """Read the first header of a hint that has a number above 0."""
    for header in _HEADERS[hint] if hint in chosen else ():
        text = headers.get(header.lower(), "").strip()
        if _NUMBER.fullmatch(text) and float(text) > 0:
            return float(text)
    return None


def _next(value: float, ladder: Sequence[float]) -> float:
    return next((step for step in ladder if step >= value), ladder[-1])


def _is_share(spec: Spec) -> bool:
    """Whether a side is a share of the source, so that the layout says nothing about it."""
    return isinstance(spec.width, float) or isinstance(spec.height, float)


def _widened(spec: Spec, width: int) -> Spec:
    """Return the spec with this width in device pixels, and its shape kept."""
    height = None
    if spec.width is not None and spec.height is not None:
        height = max(1, round(spec.height * width / spec.width))
    # Without a width to compare with, the ratio is all that the URL says of lengths.
    factor = spec.dpr if spec.width is None else width / spec.width
    # A lone height goes: the width tells the scale now, and the shape is that of `ar` or of the source.
    return replace(scaling.scaled(spec, factor), width=width, height=height)


def _denser(spec: Spec, ratio: float) -> Spec:
    """Return the spec for another device pixel ratio, which says nothing where the URL gives no size."""
    return spec if (spec.width, spec.height) == (None, None) else replace(spec, dpr=float(ratio))


def _saved(spec: Spec, quality: int | None) -> Spec:
    """Return the spec for who wishes little data."""
    if not _has_quality(spec):
        return spec
    return replace(spec, quality_off=_SAVING) if quality is None else replace(spec, quality=quality)


def _has_quality(spec: Spec) -> bool:
    return not spec.lossless and spec.format not in _WITHOUT_QUALITY


def _saves(header: str) -> bool:
    return any(token.strip().lower() == "on" for token in header.split(";"))
