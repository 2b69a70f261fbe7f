"""What the records room may be told: where it keeps what people said, and how long a write may wait."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

_WITHOUT_A_HOME = Path("/var/lib/imgcdn")
"""Where a user without a home keeps records: not the temporary folder, which is emptied."""


def default_dir() -> Path:
    """Return `$XDG_DATA_HOME/imgcdn`, or `~/.local/share/imgcdn`; a relative variable is ignored (XDG 0.8)."""
    named = Path(os.environ.get("XDG_DATA_HOME", ""))
    if named.is_absolute():
        return named / "imgcdn"
    try:
        return Path.home() / ".local" / "share" / "imgcdn"
    except RuntimeError:  # a container's user may have no home
        return _WITHOUT_A_HOME


class DataSettings(BaseModel):
    """Where what people told the server is kept. It is no cache: back it up."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    dir: Path = Field(
        default_factory=default_dir,
        description="folder of what people told the server, such as focus overrides; on a local disk, and backed up",
    )
    lock_timeout_s: float = Field(
        default=5.0,
        gt=0,
        le=60,
        description="how long a write waits for another process, in seconds, before it is refused",
    )

    @field_validator("dir")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser().absolute()
