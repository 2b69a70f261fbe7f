"""What is known of each source, under `mount/path`: a known picture costs neither a fetch nor a disk read."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from pydantic import TypeAdapter, ValidationError

from imgcdn.cache.recent import Recent
from imgcdn.cache.store import Store
from imgcdn.model.reference import Reference

_RECORD = TypeAdapter(Reference)


@dataclass(frozen=True, slots=True)
class _Known:
    reference: Reference
    is_checked: bool
    """Whether the disk was looked at since the record went stale, for what another process wrote."""


class References:
    """References on disk, with the latest `in_memory` of them in memory."""

    def __init__(
        self,
        store: Store,
        *,
        in_memory: int = 50_000,
        clock: Callable[[], float] = time.time,
        is_current: Callable[[int], bool] = lambda _: True,
    ) -> None:
        self._store = store
        self._is_current = is_current
        self._recent: Recent[_Known] = Recent(in_memory)
        self._clock = clock

    def get(self, key: str) -> Reference | None:
        """Return what was last seen of a source, fresh or stale, or None."""
        now = self._clock()
        known = self._recent.get(key)
        if known is not None:
            believed = known.reference.believed(now)
            if believed is not known.reference:
                known = _Known(believed, is_checked=False)
            elif known.is_checked or now < believed.fresh_until:
                return believed
        found = self._read(key, now)
        if known is not None and (found is None or found.fresh_until < known.reference.fresh_until):
            found = known.reference
        if found is not None:
            self._recent.put(key, _Known(found, is_checked=now >= found.fresh_until))
        return found

    def look_again(self, key: str) -> Reference | None:
        """Return what another process may have seen of a source meanwhile, even where memory knows the source."""
        now = self._clock()
        found = self._read(key, now)
        if found is not None:
            self._recent.put(key, _Known(found, is_checked=now >= found.fresh_until))
        return found

    async def put(self, key: str, reference: Reference, since: int | None = None) -> None:
        """Keep what was just seen of a source, unless something was purged after `since` (`Memory.look`)."""
        if since is None:
            is_wanted = None
        elif self._is_current(since):
            is_wanted = partial(self._is_current, since)
        else:
            return
        self._recent.put(key, _Known(reference, is_checked=False))
        await self._store.put(key, written(reference), is_wanted=is_wanted)

    def renew(self, key: str, reference: Reference, since: int) -> None:
        """Keep in memory alone what is on the disk but for its dates, unless something was purged after `since`.

        What others wrote meanwhile is not looked for: whoever asks the origin itself learns as much.
        """
        if self._is_current(since):
            self._recent.put(key, _Known(reference, is_checked=True))

    def forget(self) -> None:
        """Forget what is in memory; the disk knows better."""
        self._recent.clear()

    async def drop(self, key: str) -> bool:
        """Forget one source, here at once and in other processes when their record goes stale."""
        self._recent.drop(key)
        return bool(await self._store.background.run(lambda: self._store.delete(key)))

    async def clear(self) -> int:
        """Forget all, and return how many there were."""
        self._recent.clear()
        return await self._store.background.run(self._store.clear) or 0

    def _read(self, key: str, now: float) -> Reference | None:
        value = self._store.get(key)
        if value is None:
            return None
        found = read(value)
        return None if found is None else found.believed(now)


def written(reference: Reference) -> bytes:
    """Return a record as it is stored."""
    return json.dumps(_RECORD.dump_python(reference)).encode()


def read(value: bytes) -> Reference | None:
    """Return a stored record, or None for one of another version."""
    try:
        return _RECORD.validate_json(value)
    except ValidationError:
        return None


def expired(now: float, value: bytes) -> bytes | None:
    """Return a stored record as one that is stale since `now`, None when it is that already.

    Since now and not for ever, so that a stale source is still served while its origin is asked, or cannot be.
    """
    reference = read(value)
    return None if reference is None or reference.fresh_until <= now else written(replace(reference, fresh_until=now))
