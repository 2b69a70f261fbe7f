"""What Convertly's endpoints take and give."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from imgcdn.apis.models import Body
from imgcdn.apis.presets import Parameters, PresetParameters

_Url = Annotated[str, Field(min_length=1, max_length=8192)]
_Tag = Annotated[str, Field(min_length=1, max_length=128)]
_Pixel = Annotated[int, Field(ge=0, le=1_000_000)]
_Length = Annotated[int, Field(ge=1, le=1_000_000)]
_Side = Annotated[int, Field(ge=1, le=8192)]


class Failed(BaseModel):
    """What went wrong, in a sentence."""

    error: str = Field(description="names the field, its value, and what was expected")


class StoredFile(BaseModel):
    """A file that is stored. It is rendered at /{mount}/{fileId} of a mount of uploads: /files/{fileId} by default."""

    fileId: str = Field(description="its id, which cannot be guessed")
    width: int = Field(description="of the upright picture, in px")
    height: int
    format: str = Field(description="jpeg, png, webp, avif, gif, tiff, …")
    bytes: int


class FileGone(BaseModel):
    """A file that was deleted, with all that was made of it."""

    ok: bool
    fileId: str


class NewPreset(PresetParameters):
    """A preset to make: its name, and query or params."""

    name: str = Field(min_length=1, max_length=64, description="1 to 32 of a-z, 0-9, _ and -")


class PresetChange(Parameters):
    """What is to change of a preset."""

    name: str | None = Field(default=None, min_length=1, max_length=64, description="a new name; URLs with the old end")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.name is None and self.query is None and self.params is None:
            raise ValueError("expected name, query or params")
        return self


class PurgeRequest(Body):
    """What caches are to forget."""

    urls: list[_Url] | None = Field(default=None, max_length=30, description="whole URLs or paths, with parameters")
    tags: list[_Tag] | None = Field(
        default=None, min_length=1, max_length=30, description="asset:{fileId}, origin:{mount}, preset:{name}, …"
    )

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.urls and not self.tags:
            raise ValueError("expected urls or tags")
        return self


class PurgeAnswer(BaseModel):
    """What was forgotten."""

    ok: bool
    purged: list[str] = Field(description="the URLs")
    purgedTags: list[str]


class SignRequest(Body):
    """A transform that is to be signed."""

    sourceUrl: _Url = Field(description="a URL that a proxy mount may fetch, or a path of ours")
    preset: str | None = Field(default=None, min_length=1, max_length=32)
    width: _Side | None = None
    height: _Side | None = None
    fit: str | None = Field(default=None, min_length=1, max_length=32, description="cover, contain, fill, inside, …")
    cropLeft: _Pixel | None = Field(default=None, description="px of the upright source; all four or none")
    cropTop: _Pixel | None = None
    cropWidth: _Length | None = None
    cropHeight: _Length | None = None
    format: str | None = Field(default=None, min_length=1, max_length=32)
    quality: int | None = Field(default=None, ge=1, le=100)
    expiresIn: int = Field(default=3600, ge=60, le=604_800, description="seconds that the URL holds")

    @model_validator(mode="after")
    def _whole_crop(self) -> Self:
        given = [side is not None for side in (self.cropLeft, self.cropTop, self.cropWidth, self.cropHeight)]
        if any(given) and not all(given):
            raise ValueError("expected all of cropLeft, cropTop, cropWidth and cropHeight, or none")
        return self


class Signed(BaseModel):
    """A URL that holds for a time."""

    url: str
    expiresAt: str = Field(description="its last second, UTC")
