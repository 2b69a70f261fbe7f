"""Refusing sources by their header, before a pixel is decoded."""

from imgcdn import errors
from imgcdn.model.media import SourceInfo
from imgcdn.planning.settings import Limits


def refuse(info: SourceInfo, limits: Limits) -> None:
    """Raise a 413 error when the source is larger than the settings allow, a 415 one when its format is off."""
    if info.loader == "svgload" and not limits.allow_svg:
        raise errors.UnsupportedSourceFormatError("the source is SVG, which the settings of this server do not allow")
    size, frames = info.stored, info.frames
    if info.declared is not None and info.declared.pixels > size.pixels:
        size = info.declared
    what = f"the source is {size.width}x{size.height} px"
    if frames > limits.max_frames:
        raise errors.TooManyFramesError(f"the source has {frames} frames, expected at most {limits.max_frames}")
    if frames > 1 and size.pixels * frames > limits.max_animation_pixels:
        raise errors.TooManyPixelsError(
            f"{what} in {frames} frames, expected at most {limits.max_animation_pixels} px in all"
        )
    if size.pixels > limits.max_source_pixels:
        raise errors.TooManyPixelsError(f"{what}, expected at most {limits.max_source_pixels} px")
