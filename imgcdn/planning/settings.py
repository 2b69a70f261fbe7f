"""What planning may be told: limits on sources and outputs, and how each format is encoded by default."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """What is refused, before a pixel is decoded where the header tells it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_source_pixels: int = Field(default=50_000_000, ge=1, description="largest still source, in pixels")
    max_animation_pixels: int = Field(
        default=100_000_000, ge=1, description="largest animated source, in pixels of all frames together"
    )
    max_frames: int = Field(default=256, ge=1, description="most frames of an animated source")
    max_side: int = Field(default=8192, ge=1, le=65_535, description="longest side of an answer, in pixels")
    max_pixels: int = Field(default=40_000_000, ge=1, description="largest answer, in pixels")


class Encoding(BaseModel):
    """How pictures are written when the URL does not say. Raising an effort makes smaller files, more slowly."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jpeg_quality: int = Field(default=80, ge=1, le=100, description="quality of JPEG")
    webp_quality: int = Field(default=80, ge=1, le=100, description="quality of WebP")
    avif_quality: int = Field(default=60, ge=1, le=100, description="quality of AVIF")
    png_effort: int = Field(default=6, ge=1, le=9, description="zlib level of PNG")
    webp_effort: int = Field(
        default=2, ge=0, le=6, description="effort of WebP; 4 saves about 7 % and costs 1.7 times the time"
    )
    avif_effort: int = Field(default=1, ge=0, le=9, description="effort of AVIF; 4 costs about 10 times the time of 1")
    gif_effort: int = Field(default=5, ge=1, le=10, description="effort of GIF")
    shrink: Literal["full", "safe"] = Field(
        default="full",
        description="how far a JPEG is shrunk while it is decoded: `full` is fastest, "
        "`safe` keeps a factor of two in hand against moiré on fine patterns",
    )
    avif: bool = Field(default=True, description="offer AVIF to browsers whose Accept names it")
