"""What Aidge's image cropping takes and answers."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_DIGITS = re.compile(r"[0-9]{1,9}")


def whole(value: Any) -> Any:
    """Take an int, or the digits of one as queries and forms have them."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("expected a whole number")


_Side = Annotated[
    int,
    BeforeValidator(whole),
    Field(ge=100, le=5000),
    WithJsonSchema({"type": "integer", "minimum": 100, "maximum": 5000}),
]


class Crop(BaseModel):
    """A picture, and the size that it is cropped to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    imageUrl: str | None = Field(
        default=None, max_length=8192, description="the picture's URL, on a host that a proxy mount allows"
    )
    imageBase64: str | None = Field(
        default=None, description="the picture as Base64, with or without a data URL's prefix; wins over imageUrl"
    )
    targetWidth: _Side = Field(description="width in px, 100 to 5000")
    targetHeight: _Side = Field(description="height in px, 100 to 5000")


class Data(BaseModel):
    """The cropped picture: a signed URL that ends, and the picture's size in px."""

    imageUrl: str
    usage: int = Field(default=1, description="how many pictures were made")
    width: int
    height: int


class Success(BaseModel):
    """A picture was cropped."""

    success: Literal[True] = True
    resCode: Literal[200] = 200
    resMessage: str = "success"
    requestId: str
    code: Literal["0"] = "0"
    data: Data


class Failure(BaseModel):
    """No picture was cropped; `code` is `resCode` as text.

    500 is a system error, 501 a rate limit, 700 invalid input, 801 a failure of an engine, 1000 content that the
    moderation hook refused, 1001 a hook that failed, 1002 one that took too long.
    """

    success: Literal[False] = False
    resCode: Literal[500, 501, 700, 801, 1000, 1001, 1002]
    resMessage: str
    requestId: str
    code: str
    data: None = None
