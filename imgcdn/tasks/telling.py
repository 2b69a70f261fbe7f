"""Answers that tell of a picture in place of showing it: what the source is, and the colours of what was rendered."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from imgcdn.engine import metadata, render
from imgcdn.model.geometry import Region, Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.palette import Listing, Palette, Swatch
from imgcdn.model.plan import TransformPlan

_SIDE = 256
"""Longest side in px of the picture whose colours are counted."""

_MOUTH = 3
"""The place of the mouth among a face's landmarks."""

Picture = tuple[str, SourceInfo]


def tell(
    path: str, info: SourceInfo, plan: TransformPlan, pictures: Sequence[Picture], digest: str, size: int
) -> bytes:
    """Return the answer of a plan whose format is no picture. Raises CorruptImageError."""
    if plan.output.format is Format.JSON:
        return _json(facts(metadata.read(path, info), info, plan, digest, size))
    if plan.output.format is Format.IMGIX_JSON:
        return _json(as_imgix(metadata.read(path, info), info, plan, size))
    # Imported when it is first asked for: render workers are lean, and few answers are palettes.
    from imgcdn.gravity import palette  # noqa: PLC0415

    picture = render.preview(path, info, plan, pictures, _SIDE)
    listing = plan.listing or Listing()
    colours, named = palette.main_colours(picture, listing.count), palette.measure(picture)
    if plan.output.format is Format.PALETTE_CSS:
        return css(colours, named, listing.prefix).encode()
    return _json(listed(colours, named, palette.luminance(picture)))


def facts(told: metadata.Told, info: SourceInfo, plan: TransformPlan, digest: str, size: int) -> dict[str, Any]:
    """Return what is known of a source: its own facts, and the size that the URL would give it."""
    upright = info.upright
    return {
        "width": upright.width,
        "height": upright.height,
        "media_type": told.media_type,
        "bytes": size,
        "digest": f"sha256:{digest}",
        "stored": {"width": info.stored.width, "height": info.stored.height},
        "orientation": info.orientation,
        "frames": info.frames,
        "pages": info.pages,
        "page": info.page + 1,
        "delays_ms": list(told.delays_ms) if info.frames > 1 else [],
        "loop": told.loop if info.frames > 1 else None,
        "has_alpha": info.has_alpha,
        "has_gain_map": info.has_gain_map,
        "is_progressive": info.is_progressive,
        "colours": told.colours,
        "bits": told.bits,
        "profile": told.profile,
        "density": None if told.density is None else {"x": told.density[0], "y": told.density[1], "unit": "dpi"},
        "jfif": told.jfif,
        "exif": told.tags.get("exif", {}),
        "tiff": told.tags.get("tiff", {}),
        "output": {"width": plan.size.width, "height": plan.size.height},
    }


def as_imgix(told: metadata.Told, info: SourceInfo, plan: TransformPlan, size: int) -> dict[str, Any]:
    """Return a source's facts as imgix names them; its sizes are those of the file, before it is turned upright."""
    across, down = told.density or (None, None)
    content: dict[str, Any] = {
        "PixelWidth": info.stored.width,
        "PixelHeight": info.stored.height,
        "Content-Type": told.media_type,
        "Content-Length": str(size),
        "ColorModel": told.colours,
        "Depth": told.bits,
        "DPIWidth": across,
        "DPIHeight": down,
        "ProfileName": told.profile,
        "Orientation": info.orientation,
        "Exif": told.tags.get("exif", {}),
        "TIFF": told.tags.get("tiff", {}),
        "JFIF": _jfif(told.jfif),
        "Output": {"PixelWidth": plan.size.width, "PixelHeight": plan.size.height},
    }
    if plan.faces is not None:
        content["Faces"] = [_face(face, info.upright) for face in sorted(plan.faces, key=lambda face: -face.area)]
    return {name: value for name, value in content.items() if value is not None}


def _face(face: Region, upright: Size) -> dict[str, Any]:
    """Return the box of a face and where its mouth and eyes are, in px of the upright source.

    The left eye is the one that lies more to the left in the picture, as imgix has it.
    """
    left, top = round(face.x * upright.width), round(face.y * upright.height)
    width, height = round(face.width * upright.width), round(face.height * upright.height)
    told: dict[str, Any] = {"bounds": {"x": left, "y": top, "width": width, "height": height}}
    if len(face.landmarks) > _MOUTH:
        eyes = sorted(face.landmarks[:2], key=lambda eye: eye.x)
        places = (("mouth", face.landmarks[_MOUTH]), ("left_eye", eyes[0]), ("right_eye", eyes[1]))
        told |= {name: {"x": round(at.x * upright.width), "y": round(at.y * upright.height)} for name, at in places}
    return told


_UNITS = {"none": 0, "inch": 1, "cm": 2}


def _jfif(told: Mapping[str, Any] | None) -> dict[str, Any]:
    if told is None:
        return {}
    version = [int(part) for part in told["version"].split(".")]
    return {
        "JFIFVersion": version,
        "DensityUnit": _UNITS[told["unit"]],
        "XDensity": told["x"],
        "YDensity": told["y"],
    }


def listed(colours: Sequence[Swatch], named: Palette, luminance: float) -> dict[str, Any]:
    """Return a palette in the shape that imgix gave it, which others took over."""
    by_name = {_imgix_name(name): _colour(swatch) for name, swatch in named.named().items() if swatch is not None}
    return {
        "colors": [_colour(swatch) for swatch in colours],
        "average_luminance": round(luminance, 6),
        "dominant_colors": by_name,
    }


def _imgix_name(name: str) -> str:
    """Say `vibrant_dark` for `dark_vibrant`."""
    return "_".join(reversed(name.split("_")))


def _colour(swatch: Swatch) -> dict[str, Any]:
    red, green, blue = (round(value / 255, 6) for value in (swatch.red, swatch.green, swatch.blue))
    return {"red": red, "green": green, "blue": blue, "hex": swatch.hex}


def css(colours: Sequence[Swatch], named: Palette, prefix: str) -> str:
    """Return a class for text and one for backgrounds of every colour, by number and by name."""
    by_key = {str(place): swatch for place, swatch in enumerate(colours, 1)}
    by_key |= {name.replace("_", "-"): swatch for name, swatch in named.named().items() if swatch is not None}
    lines = [
        f".{prefix}-{kind}-{key} {{ {rule}: {swatch.hex}; }}"
        for key, swatch in by_key.items()
        for kind, rule in (("fg", "color"), ("bg", "background-color"))
    ]
    return "\n".join(lines) + "\n"


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
