"""What the cache room may be told: where things are kept, and how much of the disk each kind may take."""

import os
import tempfile
from pathlib import Path

from pydantic import BaseModel, ByteSize, ConfigDict, Field, field_validator

_GIB = 2**30
_MIB = 2**20


def default_dir() -> Path:
    """Return `$XDG_CACHE_HOME/imgcdn`, or `~/.cache/imgcdn`; a relative variable is ignored (XDG 0.8)."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if named.is_absolute():
        return named / "imgcdn"
    try:
        return Path.home() / ".cache" / "imgcdn"
    except RuntimeError:  # a container's user may have no home
        return Path(tempfile.gettempdir()) / "imgcdn-cache"


class CacheSettings(BaseModel):
    """Where things are kept and how much room each kind gets. Sizes are bytes, or text such as "20GiB"."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    dir: Path = Field(
        default_factory=default_dir,
        description="folder of everything kept; safe to delete, and best on a local disk",
    )
    renditions_bytes: ByteSize = Field(
        default=ByteSize(10 * _GIB),
        ge=_MIB,
        description="disk room for finished pictures; the least recently used go first",
    )
    originals_bytes: ByteSize = Field(
        default=ByteSize(5 * _GIB),
        ge=_MIB,
        description="disk room for fetched source files; the least recently used go first",
    )
    memory_bytes: ByteSize = Field(
        default=ByteSize(256 * _MIB),
        ge=0,
        description="memory of one front process for answers that are asked for often",
    )
    lock_timeout_s: float = Field(
        default=2.0,
        gt=0,
        le=60,
        description="how long a write waits for another process, in seconds, before it is given up",
    )

    @field_validator("dir")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser().absolute()
