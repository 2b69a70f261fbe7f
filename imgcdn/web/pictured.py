"""Error pictures: what an `<img>` shows in place of a picture that cannot be had, where the settings ask for it."""

from xml.sax.saxutils import quoteattr

from imgcdn.model.spec import Ask
from imgcdn.web.originals import Shown

_LARGEST = 4096
_SIDE = 300
"""Px of a side that the URL does not give, or gives as a share of a source that nobody could read."""


def wants_picture(accept: str) -> bool:
    """Whether a client takes pictures and no documents: an `<img>`, not a program or a person in the address bar."""
    kinds = [element.partition(";")[0].strip().lower() for element in accept.split(",")]
    is_document = any(kind in {"text/html", "application/json", "application/problem+json"} for kind in kinds)
    return not is_document and any(kind.startswith("image/") for kind in kinds)


def placeholder(ask: Ask | None, colour: str) -> Shown:
    """Draw an SVG of the size asked for, in one colour: the page keeps its layout."""
    width, height = _sides(ask)
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="100%" height="100%" fill={quoteattr(colour)}/></svg>'
    )
    return Shown(drawn.encode(), "image/svg+xml")


def _sides(ask: Ask | None) -> tuple[int, int]:
    if ask is None:
        return _SIDE, _SIDE
    spec = ask.spec
    width = spec.width if isinstance(spec.width, int) else None
    height = spec.height if isinstance(spec.height, int) else None
    ratio = 1.0 if spec.aspect is None else float(spec.aspect)
    if width is None and height is None:
        width = _SIDE
    if width is None:
        width = round((height or _SIDE) * ratio)
    if height is None:
        height = round(width / ratio)
    return tuple(min(_LARGEST, max(1, round(side * spec.dpr))) for side in (width, height))  # pyright: ignore[reportReturnType] - two of them
