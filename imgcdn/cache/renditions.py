"""Finished pictures under their fingerprint: one value each, a JSON header before the bytes."""

import json
from collections.abc import Callable
from dataclasses import fields
from functools import partial

from pydantic import TypeAdapter, ValidationError

from imgcdn.cache.files import read
from imgcdn.cache.store import Place, Store
from imgcdn.cache.tags import DIGEST
from imgcdn.model.media import Rendition, entity_tag

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
        found = self._store.look_up(key)
        return None if found is None else _unpack(found.value)

    def body(self, key: str, etag: bytes) -> tuple[bytes, "Reread | None"] | None:
        """Return the bytes of the rendition with this fingerprint and this quoted ETag, and how to read them again."""
        found = self._store.look_up(key)
        if found is None:
            return None
        value, place = found.value, found.place
        start = _LENGTH_SIZE + int.from_bytes(value[:_LENGTH_SIZE])
        # Not parsed: the store has proved that these are the bytes that `_pack` made.
        if b'"etag": %b,' % etag not in bytes(value[:start]):
            return None
        body = bytes(value[start:])
        tag = entity_tag(body)
        if place is None or tag != etag[1:-1].decode():
            return body, None
        place.start += start
        return body, Reread(self._store, key, place, len(body), tag)

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


class Reread:
    """Reads a body again where it was, without asking the database; its entity tag is the proof that it is the same."""

    __slots__ = ("_etag", "_key", "_place", "_size", "_store")

    def __init__(self, store: Store, key: str, place: Place, size: int, etag: str) -> None:
        self._store = store
        self._key = key
        self._place = place
        self._size = size
        self._etag = etag

    def __call__(self) -> bytes | None:
        """Return the body, or None when it is not there or not the same: then the database is to be asked."""
        place = self._place
        try:
            body = read(place.path, place.start, self._size)
        except OSError:
            return None
        if entity_tag(body) != self._etag:
            return None
        self._store.was_used(self._key, place)
        return body


def _pack(rendition: Rendition) -> bytes:
    header = json.dumps({name: getattr(rendition, name) for name in _HEADER}).encode()
    return b"".join((len(header).to_bytes(_LENGTH_SIZE), header, rendition.body))


def _unpack(value: memoryview) -> Rendition | None:
    end = _LENGTH_SIZE + int.from_bytes(value[:_LENGTH_SIZE])
    try:
        header = json.loads(bytes(value[_LENGTH_SIZE:end]))
        return _RECORD.validate_python({**header, "body": bytes(value[end:])})
    except (ValueError, TypeError, ValidationError):  # a record of another version
        return None
