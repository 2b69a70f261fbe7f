"""What the operator may say about a pool of workers."""

import math
import os
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class PoolSettings(BaseModel):
    """How many processes there are, how long they may take, and how much work may wait for them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: int = Field(
        default=0,
        ge=0,
        description="how many worker processes; 0 means one per core. Fronts share them, each with one at least",
    )
    queue: int = Field(
        default=64,
        ge=0,
        description="how many tasks may wait while every worker is busy; the next is answered 503 at once",
    )
    timeout_s: float = Field(
        default=30,
        gt=0,
        description="seconds that one task may run before its worker is killed; it may wait twice as long",
    )
    max_tasks: int = Field(default=2000, ge=1, description="tasks after which a worker is replaced by a fresh one")
    niceness: int = Field(
        default=10,
        ge=0,
        le=19,
        description="how much workers give way where cores are scarce, as `nice` has it, so that hits go before misses",
    )
    start_timeout_s: float = Field(default=30, gt=0, description="seconds that a worker may take to load its libraries")

    @property
    def size(self) -> int:
        """The number of workers, with 0 resolved."""
        return self.workers or cores()


def cores() -> int:
    """Count the cores this process may use: the machine's, or fewer by affinity or by a container's quota."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        count = min(count, math.ceil(int(quota) / int(period)))  # "max" is no quota: ValueError
    return max(count, 1)
