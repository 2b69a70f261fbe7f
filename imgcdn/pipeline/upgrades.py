"""Better renditions written while nobody waits for them: a few at a time, when workers are idle, and not in vain."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeVar

from imgcdn.pipeline.ports import Ports

_AT_ONCE = 1
_MOST_WAITING = 10_000
"""Upgrades that may wait; beyond, they are left to who asks again."""
_PATIENCE_S = 0.05
_MOST_PATIENCE = 600
"""How often an upgrade waits for an idle worker; after half a minute of full load it takes its turn all the same."""
_REST_S = 60.0
"""How long an upgrade is left alone that failed or could not be kept: the same would most likely happen again."""

T = TypeVar("T")


class Upgrades:
    """Upgrades by rendition key. For one event loop."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._resting: OrderedDict[str, float] = OrderedDict()

    def begin(self, key: str, produce: Callable[[], Awaitable[T]], again: Callable[[], T | None]) -> None:
        """Have the rendition of this key produced and kept, unless that is under way or was in vain just now.

        `again` looks up what another process may have kept meanwhile.
        """
        if self._waiting < _MOST_WAITING and not self._rests(key):
            self._ports.flight.begin(("rendition", key), lambda: self._work(key, produce, again), again)

    async def finish(self, key: str, produce: Callable[[], Awaitable[T]], again: Callable[[], T | None]) -> None:
        """Wait until the rendition of this key is written, and write it if nobody does. Raises what kept it from it."""
        await self._ports.flight.join(("rendition", key), lambda: self._work(key, produce, again), again)

    async def _work(self, key: str, produce: Callable[[], Awaitable[T]], again: Callable[[], T | None]) -> T:
        since = self._ports.generation()
        self._waiting += 1
        try:
            async with self._turn:
                await self._idle()
                # Another process may have waited longer for the lock than it is worth, and written it meanwhile.
                made = again() or await produce()
        except Exception:
            self._rest(key, since)
            raise
        finally:
            self._waiting -= 1
        if self._ports.renditions.get(key) is None:  # there is no cache, or its disk is full
            self._rest(key, since)
        return made

    async def _idle(self) -> None:
        for _ in range(_MOST_PATIENCE):
            if self._ports.engine.is_idle:
                return
            await asyncio.sleep(_PATIENCE_S)

    def _rest(self, key: str, since: int) -> None:
        if self._ports.generation() != since:
            return  # it was not the picture that was at fault, but a purge that came between
        self._resting[key] = self._ports.clock() + _REST_S
        self._resting.move_to_end(key)
        if len(self._resting) > _MOST_WAITING:
            self._resting.popitem(last=False)

    def _rests(self, key: str) -> bool:
        return 0 < self._resting.get(key, 0.0) - self._ports.clock() <= _REST_S
