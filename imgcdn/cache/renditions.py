"""Finished pictures under their fingerprint: one value each, a JSON header before the bytes."""

import json
from collections.abc import Callable
from dataclasses import fields
from functools import partial

from pydantic import TypeAdapter, ValidationError

from imgcdn.cache.store import Store
from imgcdn.cache.tags import DIGEST
from imgcdn.model.media import Rendition

_RECORD = TypeAdapter(Rendition)
_HEADER = tuple(field.name for field in fields(Rendition) if field.name != "body")
_LENGTH_SIZE = 4


class Renditions:
    """Renditions on disk. The store's digest covers header and body, so an ETag never parts from its body."""

    def __init__(self, store: Store, *, is_current: Callable[[int], bool] = lambda _: True) -> None:
        self._store = store
        self._is_current = is_current

    def get(self, key: str) -> Rendition | None:
        """Return the rendition with this fingerprint, or None."""
        value = self._store.get(key)
        return None if value is None else _unpack(value)

    def body(self, key: str, etag: bytes) -> bytes | None:
        """Return the bytes of the rendition with this fingerprint and this quoted ETag, or None."""
        value = self._store.get(key)
        if value is None:
            return None
        end = _LENGTH_SIZE + int.from_bytes(value[:_LENGTH_SIZE])
        # Not parsed: the store has proved that these are the bytes that `_pack` made.
        return value[end:] if b'"etag": %b,' % etag in value[:end] else None

    async def put(self, key: str, rendition: Rendition, tags: tuple[str, ...] = (), since: int | None = None) -> bool:
        """Keep a rendition under its source's digest and these tags, for `Purge` to find; say whether it is kept.

        Not kept are one that would take more than a tenth of the budget, and one that was begun before something was
        purged: `since` is what `Memory.look` said then.
        """
        named = (f"{DIGEST}{rendition.source_digest}", *tags)
        is_wanted = None if since is None else partial(self._is_current, since)
        kept = await self._store.background.run(lambda: self._store.set(key, _pack(rendition), named, is_wanted))
        return bool(kept)

    async def drop(self, key: str) -> bool:
        """Forget one rendition, and say whether there was one."""
        return bool(await self._store.background.run(lambda: self._store.delete(key)))

    async def clear(self) -> int:
        """Forget all, and return how many there were."""
        return await self._store.background.run(self._store.clear) or 0


def _pack(rendition: Rendition) -> bytes:
    header = json.dumps({name: getattr(rendition, name) for name in _HEADER}).encode()
    return b"".join((len(header).to_bytes(_LENGTH_SIZE), header, rendition.body))


def _unpack(value: bytes) -> Rendition | None:
    end = _LENGTH_SIZE + int.from_bytes(value[:_LENGTH_SIZE])
    try:
        header = json.loads(value[_LENGTH_SIZE:end])
        return _RECORD.validate_python({**header, "body": value[end:]})
    except (ValueError, TypeError, ValidationError):  # a record of another version
        return None
