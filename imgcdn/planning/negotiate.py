"""Choosing a format: `Accept` is reduced to a bucket first, the bucket becomes a format once the source is known."""

import re

from imgcdn.model.media import Bucket, Format, SourceInfo
from imgcdn.model.spec import Spec
from imgcdn.planning import playing

_MODERN: tuple[Bucket, ...] = ("avif", "webp")
"""The server's preference among formats of equal q."""
_WRITTEN = frozenset({"jpeg", "png", "webp", "gif", "avif"})
"""Formats of sources that answers may have, by their names."""
_Q = re.compile(r"[01]?\.?\d{1,9}|[01]\.", re.ASCII)


def _quality(parameters: list[str]) -> float:
    """Read q of one Accept element; one that is no number in 0–1 counts as 0, so that nonsense selects no format."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            q = float(value) if _Q.fullmatch(value.strip()) else 0.0
            return q if q <= 1.0 else 0.0
    return 1.0


def bucket(accept: str, *, offers_avif: bool = True) -> Bucket:
    """Reduce an Accept header to a bucket: a modern format counts only when named with q > 0 (RFC 9110 §12.5.1)."""
    named: dict[str, float] = {}
    for element in accept.split(","):
        media_range, *parameters = element.split(";")
        kind = media_range.strip().lower()
        if kind.startswith("image/"):
            named[kind[6:]] = _quality(parameters)
    offered = _MODERN if offers_avif else _MODERN[1:]
    best = max(offered, key=lambda name: (named.get(name, 0.0), -offered.index(name)))
    return best if named.get(best, 0.0) > 0.0 else "base"


def varies(spec: Spec) -> bool:
    """Whether answers to this spec can differ by Accept."""
    return spec.format is None and spec.is_negotiated


def choose(spec: Spec, accepted: Bucket, info: SourceInfo) -> Format:
    """Choose the format to write: alpha never goes to JPEG silently, animation never to a still."""
    if spec.format is not None:
        return spec.format
    if not spec.is_negotiated:
        return _own(spec, info)
    if info.frames > 1 and playing.moves(spec, info):
        return Format.GIF if accepted == "base" else Format.WEBP
    if accepted == "avif":
        return Format.AVIF
    if accepted == "webp":
        return Format.WEBP
    return Format.PNG if info.has_alpha and not _is_opaque_background(spec) else Format.JPEG


def _own(spec: Spec, info: SourceInfo) -> Format:
    """Return the source's format where it is one of the web; else the one that loses nothing that shows."""
    if info.format in _WRITTEN:
        return Format(info.format)
    return Format.PNG if info.has_alpha and not _is_opaque_background(spec) else Format.JPEG


def _is_opaque_background(spec: Spec) -> bool:
    return spec.background is not None and spec.background.alpha == 255
