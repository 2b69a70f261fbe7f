"""What may be said of jobs."""

from pydantic import BaseModel, ConfigDict, Field


class JobSettings(BaseModel):
    """Work that is taken on at once and done later."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep_s: float = Field(
        default=72 * 3600, gt=0, description="how long jobs, what came with them and what came of them are kept"
    )
    max_waiting: int = Field(default=10_000, ge=1, description="pictures that may wait; more are answered 429")
    max_batch_files: int = Field(default=100, ge=1, le=1000, description="pictures in one batch")
    max_batch_bytes: int = Field(default=1_000_000_000, ge=1, description="bytes of one batch together")
    heartbeat_s: float = Field(
        default=20, gt=0, description="seconds after which progress is told again when there is nothing new"
    )
    lease_s: float = Field(
        default=30,
        ge=1,
        description="seconds after which a front that gives no sign loses what it works on; one that ended loses it at "
        "once",
    )
