"""What the APIs may be told."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from imgcdn.apis.ratios import Ratio


def _check_public_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query):
        raise ValueError("expected a scheme and a host, such as https://img.example.com")
    return text.rstrip("/")


class ApiSettings(BaseModel):
    """Limits of the APIs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_upload_bytes: int = Field(default=50_000_000, ge=1, description="the largest picture that may be uploaded")
    public_url: Annotated[str, AfterValidator(_check_public_url)] = Field(
        default="",
        description="scheme and host under which visitors reach the server, such as https://img.example.com, for whole "
        "URLs in answers of the APIs; without it, those of the request",
    )
    crop_ratios: Annotated[tuple[Ratio, ...], Field(min_length=1, max_length=20)] = Field(
        default=("1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "4:5"),
        description='aspect ratios among which "auto" chooses the most confident crop',
    )
    aidge_lives_s: int = Field(
        default=86_400, ge=60, le=604_800, description="seconds for which URLs of pictures made by the Aidge API hold"
    )
    moderation_url: str = Field(
        default="",
        pattern=r"^(https?://[^/\s]+.*)?$",
        description="an http(s) URL to which the Aidge API posts each picture before it is cropped, and which answers "
        '200 with {"allowed": true}, or false and a reason',
    )
    moderation_timeout_s: float = Field(default=5.0, gt=0, le=60, description="seconds that it may take to answer")
    imm_buckets: dict[str, str] = Field(
        default={},
        description="mounts, or folders of them such as img/2026, by the names of the buckets that IMM's clients know; "
        "a bucket that is not listed is the mount of its name",
    )
