"""What the native API says of a source, as JSON: coordinates are pixels of the upright source, with a 0-1 copy."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from imgcdn.model.analysis import Analysis, Cropping
from imgcdn.model.geometry import Box, Region, Size
from imgcdn.model.palette import Palette, Swatch
from imgcdn.planning.crop import around, window_size

_VERSION = 1


def analysis_record(found: Analysis) -> dict[str, Any]:
    """Describe an analysis."""
    suggestion, size = found.suggestion, found.size
    whole = Box(0, 0, size.width, size.height)
    square = around(suggestion.window.centre, window_size(size, 1.0, 1.0), whole)
    made_at = None if found.made_at is None else datetime.fromtimestamp(found.made_at, UTC)
    return {
        "version": _VERSION,
        "digest": f"sha256:{found.digest}",
        "width": size.width,
        "height": size.height,
        "focal": {
            "suggested": {
                "x": round(suggestion.point.x, 4),
                "y": round(suggestion.point.y, 4),
                "confidence": round(suggestion.confidence, 3),
                "source": suggestion.source,
            },
            "crop": {**box(square), "normalized": _shares(square, size)},
        },
        "faces": [face(region, size) for region in suggestion.faces],
        "palette": None if found.palette is None else palette(found.palette),
        "analyzedAt": None if made_at is None else made_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "cached": found.is_cached,
        "engine": dict(found.engines),
    }


def face(region: Region, size: Size) -> dict[str, Any]:
    """Describe a face, with its landmarks when its engine knows them."""
    place = {
        "x": round(region.x * size.width),
        "y": round(region.y * size.height),
        "width": max(1, round(region.width * size.width)),
        "height": max(1, round(region.height * size.height)),
    }
    shares = {name: round(getattr(region, name), 4) for name in ("x", "y", "width", "height")}
    return {
        **place,
        "confidence": round(region.score, 3),
        "normalized": shares,
        "landmarks": [
            {"x": round(point.x * size.width), "y": round(point.y * size.height)} for point in region.landmarks
        ],
    }


def box(found: Box) -> dict[str, int]:
    return {"left": found.left, "top": found.top, "width": found.width, "height": found.height}


def _shares(found: Box, size: Size) -> dict[str, float]:
    return {
        "left": round(found.left / size.width, 4),
        "top": round(found.top / size.height, 4),
        "width": round(found.width / size.width, 4),
        "height": round(found.height / size.height, 4),
    }


_SWATCHES = {
    "vibrant": "vibrant",
    "dark_vibrant": "darkVibrant",
    "light_vibrant": "lightVibrant",
    "muted": "muted",
    "dark_muted": "darkMuted",
    "light_muted": "lightMuted",
}


def palette(found: Palette) -> dict[str, Any]:
    """Describe the six swatches, null where there is no such colour; `dominant` names the one with most pixels."""
    named = found.named()
    top = found.dominant
    best = None if top is None else named[top]
    dominant = None if top is None or best is None else {"name": _SWATCHES[top], "hex": best.hex}
    return {"dominant": dominant} | {_SWATCHES[name]: swatch and _swatch(swatch) for name, swatch in named.items()}


def _swatch(found: Swatch) -> dict[str, Any]:
    return {
        "hex": found.hex,
        "rgb": [found.red, found.green, found.blue],
        "population": found.population,
        "titleTextColor": found.title_text,
        "bodyTextOnColor": found.body_text,
    }


def cropping(found: Cropping, ratio: str, asked: str, url: str | None) -> Mapping[str, Any]:
    """Describe a crop; `asked` is what the question said, `ratio` what it came to."""
    place = found.window
    corners = (
        (place.left, place.top),
        (place.right, place.top),
        (place.right, place.bottom),
        (place.left, place.bottom),
    )
    return {
        "aspect_ratio": ratio,
        "asked": asked,
        "confidence": round(found.confidence, 3),
        "engine": found.engine,
        "boundary": {**box(place), "polygon": [{"x": x, "y": y} for x, y in corners]},
        "url": url,
    }
