"""What IMM's DetectImageCropping takes and answers. Names are those of its clients."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Parameters(BaseModel):
    """What is asked, in the query or in a form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    Action: Literal["DetectImageCropping"] = Field(description="may come in the header x-acs-action instead")
    ProjectName: str = Field(min_length=1, max_length=256, description="any name; it comes to nothing here")
    SourceURI: str = Field(min_length=1, max_length=4200, description="oss://bucket/key: a bucket is a mount")
    AspectRatios: str = Field(
        default='["auto"]',
        max_length=4096,
        description="a JSON list of 1 to 5: auto, or whole numbers from 1 to 19 such as 2:3, whose ratio is 0.5 to 2",
    )
    InclusionHints: str = Field(
        default="[]",
        max_length=4096,
        description="a JSON list of at most one free text: what must stay in the frame",
    )


class Corner(BaseModel):
    """A corner of a window, in px of the upright source."""

    X: int
    Y: int


class Boundary(BaseModel):
    """A window, in px of the upright source; its corners go round from the top left one."""

    Width: int
    Height: int
    Left: int
    Top: int
    Polygon: list[Corner]


class Cropping(BaseModel):
    """The best window of a ratio. The confidence falls when nothing in the picture stands out."""

    AspectRatio: str
    Confidence: float = Field(ge=0, le=1)
    Boundary: Boundary


class Success(BaseModel):
    """A window for each ratio that was asked for, and the hints of which something is in the picture."""

    RequestId: str
    Croppings: list[Cropping]
    MatchedInclusionHints: list[str]


class Failure(BaseModel):
    """An error."""

    RequestId: str
    HostId: str
    Code: str
    Message: str
