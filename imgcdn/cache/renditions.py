"""Finished pictures under their fingerprint: one value each, a JSON header before the bytes."""

import json
from dataclasses import fields

from pydantic import TypeAdapter, ValidationError

from imgcdn.cache.store import Store
from imgcdn.model.media import Rendition

_RECORD = TypeAdapter(Rendition)
_HEADER = tuple(field.name for field in fields(Rendition) if field.name != "body")
_LENGTH_SIZE = 4


class Renditions:
    """Renditions on disk. The store's digest covers header and body, so an ETag never parts from its body."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, key: str) -> Rendition | None:
        """Return the rendition with this fingerprint, or None."""
        value = self._store.get(key)
        return None if value is None else _unpack(value)

    async def put(self, key: str, rendition: Rendition) -> None:
        """Keep a rendition, unless it would take more than a tenth of the budget."""
        await self._store.background.run(lambda: self._store.set(key, _pack(rendition)))

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
