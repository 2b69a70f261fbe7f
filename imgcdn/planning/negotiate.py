"""Choosing a format: `Accept` is reduced to a bucket first, the bucket becomes a format once the source is known."""

import re

from imgcdn.model.media import Bucket, Format, SourceInfo
from imgcdn.model.spec import Spec
from imgcdn.planning import playing

_MODERN: tuple[Bucket, ...] = ("avif", "webp")
"""The server's preference among formats of equal q."""
_WRITTEN = frozenset({"jpeg", "png", "webp", "gif", "avif"})
"""Formats of sources that answers may have, by their names."""
_ANY_PICTURE, _ANYTHING = "image/*", "*/*"
_NONSENSE = -1.0
"""What stands for a q that cannot be read: it selects no format."""
_Q = re.compile(r"[01]?\.?\d{1,9}|[01]\.", re.ASCII)


def _quality(parameters: list[str]) -> float:
    """Read q of one Accept element; one that is no number in 0–1 selects nothing, and refuses nothing."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            q = float(value) if _Q.fullmatch(value.strip()) else _NONSENSE
            return q if q <= 1.0 else _NONSENSE
    return 1.0


def _ranges(accept: str) -> dict[str, float]:
    """Return q by media range, of those that have to do with pictures."""
    found: dict[str, float] = {}
    for element in accept.split(","):
        media_range, *parameters = element.split(";")
        kind = media_range.strip().lower()
        if kind.startswith("image/") or kind == _ANYTHING:
            found[kind] = _quality(parameters)
    return found


def bucket(accept: str, *, offers_avif: bool = True) -> Bucket:
    """Reduce an Accept header to a bucket: a modern format counts only when named with q > 0 (RFC 9110 §12.5.1)."""
    ranges = _ranges(accept)
    offered = _MODERN if offers_avif else _MODERN[1:]
    best = max(offered, key=lambda name: (ranges.get(f"image/{name}", 0.0), -offered.index(name)))
    return best if ranges.get(f"image/{best}", 0.0) > 0.0 else "base"


def refuses(accept: str) -> bool:
    """Whether an Accept header excludes every picture, with `image/*;q=0` or `*/*;q=0`; listing none is no refusal."""
    if "*" not in accept or ";" not in accept:
        return False
    ranges = _ranges(accept)
    names_one = any(q > 0.0 for kind, q in ranges.items() if kind not in {_ANY_PICTURE, _ANYTHING})
    return not names_one and ranges.get(_ANY_PICTURE, ranges.get(_ANYTHING)) == 0.0


def takes_webp(accept: str) -> bool:
    """Whether WebP may stand in for AVIF: the range that fits it best has q > 0, be it `*/*` (RFC 9110 §12.5.1)."""
    ranges = _ranges(accept)
    fitting = (kind for kind in ("image/webp", _ANY_PICTURE, _ANYTHING) if kind in ranges)
    return ranges.get(next(fitting, ""), 0.0) > 0.0


def varies(spec: Spec) -> bool:
    """Whether answers to this spec can differ by Accept."""
    return spec.format is None and spec.is_negotiated


def choose(spec: Spec, accepted: Bucket, info: SourceInfo) -> Format:
    """Choose the format to write: alpha never goes to JPEG silently, animation never to a still."""
    if spec.format is not None:
        return spec.format
    moves = info.frames > 1 and playing.moves(spec, info)
    if spec.is_negotiated and accepted != "base":
        return Format.AVIF if accepted == "avif" and not moves else Format.WEBP
    if spec.is_plain and not moves:
        return _plain(spec, info)
    if spec.format_else is not None:
        return spec.format_else
    if not spec.is_negotiated:
        return Format(info.format) if info.format in _WRITTEN else _plain(spec, info)
    return Format.GIF if moves else _plain(spec, info)


def _plain(spec: Spec, info: SourceInfo) -> Format:
    """Return the format that every browser shows, and that loses nothing that shows."""
    return Format.PNG if info.has_alpha and not _is_opaque_background(spec) else Format.JPEG


def _is_opaque_background(spec: Spec) -> bool:
    return spec.background is not None and spec.background.alpha == 255
