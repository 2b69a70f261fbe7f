"""What one of several fronts gets of what is set for all of them: worker processes, and room to wait for them."""

import math

from imgcdn.settings import Settings
from imgcdn.workers.settings import PoolSettings


def share(settings: Settings, number: int) -> Settings:
    """Return the settings of front `number`, counted from 1; every front has at least one worker of each kind."""
    fronts = settings.server.fronts
    return settings.model_copy(
        update={
            "render": _part(settings.render, fronts, number),
            "analysis": _part(settings.analysis, fronts, number),
        }
    )


def _part(pool: PoolSettings, fronts: int, number: int) -> PoolSettings:
    workers = pool.size // fronts + (number <= pool.size % fronts)
    return pool.model_copy(update={"workers": max(1, workers), "queue": math.ceil(pool.queue / fronts)})
