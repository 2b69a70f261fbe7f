"""What the APIs may be told."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from imgcdn.apis.ratios import Ratio


class ApiSettings(BaseModel):
    """Limits of the APIs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_upload_bytes: int = Field(default=50_000_000, ge=1, description="the largest picture that may be uploaded")
    crop_ratios: Annotated[tuple[Ratio, ...], Field(min_length=1, max_length=20)] = Field(
        default=("1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "4:5"),
        description='aspect ratios among which "auto" chooses the most confident crop',
    )
