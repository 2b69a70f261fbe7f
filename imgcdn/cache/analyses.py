"""What looking at a source once produced, kept for ever under its digest and the engine's version."""

import json
from collections.abc import Callable
from dataclasses import astuple

from pydantic import TypeAdapter, ValidationError

from imgcdn.cache.recent import Recent
from imgcdn.cache.store import Store
from imgcdn.model.analysis import Finding, Look

_RECORD = TypeAdapter(Finding)


class Analyses:
    """Findings on disk, with the latest `in_memory` of them in memory.

    `state` names the version in which an engine would answer now: a newer engine asks anew.
    """

    def __init__(self, store: Store, state: Callable[[str], str], *, in_memory: int = 10_000) -> None:
        self._store = store
        self._state = state
        self._recent: Recent[Finding] = Recent(in_memory)

    def get(self, digest: str, look: Look) -> Finding | None:
        """Return what this look at the source with this digest found, or None when nobody looked yet."""
        key = self._key(digest, look)
        finding = self._recent.get(key)
        if finding is None:
            finding = self._read(key)
            if finding is not None:
                self._recent.put(key, finding)
        return finding

    async def put(self, digest: str, look: Look, finding: Finding) -> None:
        """Keep a finding, unless its engine could not look at all."""
        if not finding.is_available:
            return
        key = self._key(digest, look)
        self._recent.put(key, finding)
        await self._store.put(key, json.dumps(_RECORD.dump_python(finding)).encode())

    async def clear(self) -> int:
        """Forget all, and return how many there were."""
        self._recent.clear()
        return await self._store.background.run(self._store.clear) or 0

    def _key(self, digest: str, look: Look) -> str:
        region = None if look.region is None else astuple(look.region)
        question: tuple[object, ...] = (look.engine, self._state(look.engine), look.aspect, region, look.orientation)
        # Added at the end and only where it is asked for, so that what was found before it existed is still found.
        trimming = () if look.trimming is None else (astuple(look.trimming),)
        page = () if look.page == 0 else (f"page={look.page}",)
        return json.dumps((digest, *question, *trimming, *page))

    def _read(self, key: str) -> Finding | None:
        value = self._store.get(key)
        if value is None:
            return None
        try:
            finding = _RECORD.validate_json(value)
        except ValidationError:  # a record of another version
            return None
        return finding if finding.is_available else None
