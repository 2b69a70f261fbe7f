import asyncio
from collections.abc import Callable
from pathlib import Path

import psutil


def children() -> list[psutil.Process]:
    """Workers of pools in this process; servers that other tests have running have workers of their own."""
    here = psutil.Process().children()
    return [child for child in here if "imgcdn.workers.child" in " ".join(_command(child))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


async def eventually(fact: Callable[[], bool], within_s: float = 10) -> None:
    """Wait until the fact holds."""
    async with asyncio.timeout(within_s):
        while not fact():  # what another process does has no event
            await asyncio.sleep(0.005)


def open_files() -> int:
    """Count the file descriptors of this process."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
