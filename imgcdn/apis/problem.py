"""The form of errors of the native API (RFC 9457), as a model for its description."""

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """What went wrong."""

    type: str = Field(description="/errors/ and the code")
    title: str
    status: int
    detail: str = Field(description="names the parameter, its value, and what was expected")
    code: str = Field(description="stable: programs may rely on it")
    param: str | None = Field(default=None, description="the parameter that is to blame")
    request_id: str
