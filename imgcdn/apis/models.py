"""What the native API takes: one model a body, with every limit beside its field."""

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.config import JsonDict

from imgcdn.apis.ratios import RatioOrAuto

_Path = Annotated[str, Field(min_length=1, max_length=4096)]


def plain(value: object) -> object:
    """Return a parameter's value as it came: text, a number or a boolean, and nothing else."""
    if not isinstance(value, str | int | float):
        raise ValueError("expected text, a number, true or false")  # noqa: TRY004 - pydantic takes it for a finding
    return value


# A union would put the names of its types among those of the fields in errors.
_Plain = Annotated[Any, AfterValidator(plain), WithJsonSchema({"type": ["string", "number", "boolean"]})]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def one_of(*ways: Iterable[str], least: JsonDict | None = None) -> JsonDict:
    """Return JSON Schema for a body that says one thing in one of several ways, each by fields that are not null.

    `least` is what those fields must be, in place of not null; then several ways may be given at once.
    """
    ways = tuple(tuple(way) for way in ways)
    every = {field for way in ways for field in way}
    said: list[JsonDict] = []
    for way in ways:
        properties: JsonDict = {field: least or {"not": {"type": "null"}} for field in way}
        if least is None:
            properties |= {field: {"type": "null"} for field in sorted(every.difference(way))}
        said.append({"required": [*way], "properties": properties})
    return {"anyOf": [*said]}


class Body(BaseModel):
    """A JSON object without unknown fields, in which numbers are numbers and not text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Named(Body):
    """A picture of a mount."""

    source: str = Field(min_length=1, max_length=64, description="the mount's name", examples=["img"])
    path: _Path = Field(description="the picture's path in it", examples=["astronaut.png"])


class Picture(Body):
    """One picture: `source` and `path`, or `url` for a mount that fetches whole URLs, or `fileId` of an upload."""

    model_config = ConfigDict(json_schema_extra=one_of(("source", "path"), ("url",), ("fileId",)))

    source: str | None = Field(
        default=None, min_length=1, max_length=64, description="the mount's name", examples=["img"]
    )
    path: _Path | None = Field(default=None, description="the picture's path in it", examples=["astronaut.png"])
    url: _Path | None = Field(default=None, description="an absolute URL, for a mount that is a proxy")
    fileId: str | None = Field(default=None, min_length=1, max_length=64, description="an uploaded file")  # noqa: N815 - the API's name

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.source is not None or self.path is not None, self.url is not None, self.fileId is not None]
        if sum(ways) != 1 or (ways[0] and (self.source is None or self.path is None)):
            raise ValueError("expected source and path, or url, or fileId")
        return self


class Analyze(Picture):
    """A question for the analysis of a picture."""

    refresh: bool = Field(default=False, description="look again, also when the analysis is kept")


class SetFocus(Named):
    """An art director's word."""

    x: _Share = Field(description="0 is the left edge, 1 the right one")
    y: _Share = Field(description="0 is the top edge, 1 the bottom one")
    note: str = Field(default="", max_length=1000, description="why, for those who come later")


class Crops(Picture):
    """A question for crops of several shapes."""

    aspect_ratios: list[RatioOrAuto] = Field(
        default=["auto"], min_length=1, max_length=20, description='ratios from 1:10 to 10:1, or "auto"'
    )
    hints: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(
        default=[], max_length=10, description="names of what must stay in the frame"
    )
    max_candidates: int = Field(default=1, ge=1, le=3, description="windows for each ratio, best first")


class Explain(Body):
    """A question for the reasons of a picture: its `url`, or `source`, `path` and `params`."""

    model_config = ConfigDict(json_schema_extra=one_of(("source", "path"), ("url",)))

    url: str | None = Field(default=None, min_length=1, max_length=8192, description="path and query of a picture")
    source: str | None = Field(
        default=None, min_length=1, max_length=64, description="the mount's name", examples=["img"]
    )
    path: _Path | None = Field(default=None, description="the picture's path in it", examples=["astronaut.png"])
    params: dict[str, _Plain] = Field(default={}, description="parameters as in a URL")
    accept: str = Field(
        default="image/avif,image/webp,image/*,*/*",
        max_length=1000,
        description="the Accept header to decide for; today's browsers' by default",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        named = self.source is not None and self.path is not None
        if named == (self.url is not None) or (self.url is not None and (self.source or self.path or self.params)):
            raise ValueError("expected url, or source, path and params")
        return self
