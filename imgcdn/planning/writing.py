"""How the answer is written: quality and effort by format, the colour space, and what stays of metadata."""

from imgcdn import errors
from imgcdn.model.media import ColourSpace, Format, SourceInfo
from imgcdn.model.plan import Output
from imgcdn.model.quality import Auto, Content, Search
from imgcdn.model.spec import Colour, Spec, Strip
from imgcdn.planning import hints
from imgcdn.planning.settings import Encoding

_WHITE = Colour(255, 255, 255)
_JXL_EFFORT = 4
"""Of 1–9: JPEG XL is written about as fast as WebP is at its default effort."""
_CONTENT = {Content.FLAT: 92, Content.DRAWN: 88, Content.MIXED: 82, Content.PHOTO: 76, Content.DETAILED: 72}
_NEUTRAL = 80
"""Qualities of `q=auto`, of a format whose own quality is 80; others move as far from theirs."""
_LIKENESS = {Auto.BEST: 0.979, Auto.GOOD: 0.957, Auto.ECO: 0.915}
"""The similarity that is enough: about that of photographs as JPEG of quality 90, 78 and 58."""
_GUESS = {Auto.BEST: 12, Auto.GOOD: 0, Auto.ECO: -18}
"""Where a search begins, from the format's own quality."""
_BOUNDS = {Format.WEBP: (40, 92), Format.AVIF: (35, 88)}
_OTHER_BOUNDS = 40, 95
"""Bounds of a search: above, WebP and AVIF grow and look no more alike; below, what is drawn gets dirty, which a
similarity of places with little structure does not tell."""
_FLOOR = 20
"""Quality below which max_bytes does not go."""
_WITHOUT_QUALITY = frozenset({Format.PNG, Format.GIF})


def output(
    spec: Spec, info: SourceInfo, output_format: Format, encoding: Encoding, *, has_time: bool = False
) -> Output:
    """Decide. Raises ConflictingParametersError when a profile is both needed and not wanted."""
    quality, effort = {
        Format.JPEG: (encoding.jpeg_quality, 0),
        Format.UHDR: (encoding.jpeg_quality, 0),
        Format.JXL: (encoding.jpeg_quality, _JXL_EFFORT),
        Format.PNG: (100, encoding.png_effort),
        Format.WEBP: (encoding.webp_quality, encoding.webp_effort),
        Format.AVIF: (encoding.avif_quality, encoding.avif_effort if has_time else encoding.avif_wait_effort),
        Format.GIF: (100, encoding.gif_effort),
    }.get(output_format, (100, 0))
    said = quality if spec.quality is None or isinstance(spec.quality, Auto) else spec.quality
    return Output(
        format=output_format,
        quality=quality if output_format in _WITHOUT_QUALITY else hints.lowered(said, spec.quality_off),
        effort=effort,
        is_lossless=spec.lossless,
        is_progressive=spec.progressive,
        strip=spec.strip or Strip.ALL,
        # A backdrop that lets something through stands before white: the format that ends here may have no alpha.
        background=spec.background if spec.background is not None and spec.background.alpha == 255 else _WHITE,
        colours=_colours(spec, info, output_format),
        chroma=spec.coding.chroma,
        palette=spec.coding.colours if output_format in _WITHOUT_QUALITY else None,
        dither=spec.coding.dither / 100,
        dpi=spec.coding.dpi,
        search=_search(spec, output_format, quality, encoding),
    )


def _search(spec: Spec, output_format: Format, quality: int, encoding: Encoding) -> Search | None:
    """Return what is left to the pixels; `quality` is the format's own."""
    most_bytes = spec.coding.max_bytes
    if most_bytes is not None and spec.lossless:
        raise errors.ConflictingParametersError(
            f"max_bytes={most_bytes} needs a quality that can be lowered, which lossless=1 leaves none of: "
            "expected one of them",
            param="max_bytes",
        )
    auto = spec.quality if isinstance(spec.quality, Auto) else None
    if output_format in _WITHOUT_QUALITY or spec.lossless:
        auto = None
    if not output_format.is_picture or (auto is None and most_bytes is None):
        return None
    likeness = None if auto is None else _LIKENESS.get(auto)
    least, most = _BOUNDS.get(output_format, _OTHER_BOUNDS)
    return Search(
        by_content=None if auto is None else tuple(_by_content(spec, auto, content, quality) for content in Content),
        likeness=likeness,
        least=least,
        most=most,
        effort=encoding.avif_wait_effort if output_format is Format.AVIF else _effort(output_format, encoding),
        off=spec.quality_off,
        off_ends=hints.LEAST_QUALITY,
        max_bytes=most_bytes,
        floor=_FLOOR,
    )


def _by_content(spec: Spec, auto: Auto, content: Content, quality: int) -> int:
    """Return the quality for a kind of content, or where the search for it begins."""
    if auto in _GUESS:
        return quality + _GUESS[auto]
    return hints.lowered(max(1, min(100, quality + _CONTENT[content] - _NEUTRAL)), spec.quality_off)


def _effort(output_format: Format, encoding: Encoding) -> int:
    return {Format.WEBP: encoding.webp_effort, Format.JXL: _JXL_EFFORT}.get(output_format, 0)


def _colours(spec: Spec, info: SourceInfo, output_format: Format) -> ColourSpace:
    """Return the colour space of the answer; one beyond sRGB needs a format that can carry its profile."""
    wanted = spec.colour_space
    if wanted not in {None, ColourSpace.SRGB} and spec.strip is Strip.ICC:
        raise errors.ConflictingParametersError(
            f"strip=icc takes away the colour profile that cs={wanted} is told by: expected one of them", param="cs"
        )
    if not output_format.keeps_profile:
        return ColourSpace.SRGB
    if wanted is not None:
        return wanted
    # The gain map of a wide-gamut picture was made for its own colours.
    is_uhdr = output_format is Format.UHDR and info.has_gain_map and spec.strip is not Strip.ICC
    return ColourSpace.ORIGIN if spec.strip is Strip.NONE or is_uhdr else ColourSpace.SRGB
