"""What AILabTools' image cropping takes and answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from imgcdn.apis.aidge.models import whole

MOST_SIDE = 5000

Code = Literal[
    "",
    "ERROR_PARAMETERS",
    "MISSING_PARAMETERS",
    "ERROR_INVALID_PARAMETER",
    "ERROR_USER_NOT_EXISTS",
    "PROCESSING_FAILURE",
    "ERROR_NOT_ENOUGH_CREDITS",
]
_Side = Annotated[
    int,
    BeforeValidator(whole),
    Field(ge=1, le=MOST_SIDE),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_SIDE}),
]


class Fields(BaseModel):
    """The form's fields besides its files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: _Side = Field(description="width in px, 1 to 5000")
    height: _Side = Field(description="height in px, 1 to 5000")


class Form(Fields):
    """The form: a picture, and the size that it is cropped to."""

    image: bytes = Field(description="JPEG, PNG, BMP or WEBP of three channels, to 3.5 MB and below 2000x2000 px")


class Place(BaseModel):
    """Where the whole source lies in px of the picture that was made.

    `width` and `height` are those of the source after proportional scaling, `x` and `y` where its top left corner
    falls: negative where it was cropped, positive where the source does not reach that edge.
    """

    width: int
    height: int
    x: int
    y: int


class Data(BaseModel):
    """The cropped picture; its URL lives 24 hours."""

    url: str
    retain_location: Place


class Detail(BaseModel):
    """The status once more, and what kind of error it is."""

    status_code: int
    code: Code = ""
    code_message: str = ""
    message: str = ""


class Success(BaseModel):
    """A picture was cropped."""

    request_id: str
    log_id: str
    error_code: Literal[0] = 0
    error_msg: Literal[""] = ""
    error_detail: Detail = Detail(status_code=200)
    data: Data


class Failure(BaseModel):
    """No picture was cropped; `error_code` is the HTTP status."""

    request_id: str
    log_id: str
    error_code: int
    error_msg: str
    error_detail: Detail
