"""Takes things out of the cache: by source, prefix, tag, rendition, or all.

A hard purge removes rows and files, so that the origin is asked again; by source, prefix and tag the fetched original
goes as well, even where another path has the same bytes, so that nothing of what was meant is left on the disk. A soft
purge only ends the time for which references are fresh, so that the next visitor has the origin asked. Analyses are
kept by both: they are about bytes, whatever their path, and hold no picture.

A purge works in transactions of some milliseconds with pauses in between, in the stores' own threads. It counts the
generation on before and after what it deletes: a rendition or reference that was begun before and is put later is not
kept (`Renditions.put`). Where it is killed, what is left is whole, and purging again removes the rest.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from imgcdn.cache import batches, references, search, tags
from imgcdn.cache.batches import Batch, Table
from imgcdn.cache.generation import Memory
from imgcdn.cache.originals import Originals
from imgcdn.cache.search import Found, Span
from imgcdn.cache.store import Store

_PAGE = 256
_MOST_TRIES = 3
_LONGEST_PAUSE_S = 0.02
"""Between two transactions others can write for as long as one took, but for no longer than this."""
_KINDS: tuple[str, ...] = ("references", "renditions", "originals")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Purged:
    """How many of each kind were removed, or marked stale by a soft purge.

    `problems` names stores that could not be worked on; when there are any, something may be left.
    """

    references: int = 0
    renditions: int = 0
    originals: int = 0
    problems: tuple[str, ...] = ()

    def plus(self, other: "Purged") -> "Purged":
        """Return both together."""
        return Purged(
            self.references + other.references,
            self.renditions + other.renditions,
            self.originals + other.originals,
            tuple(dict.fromkeys((*self.problems, *other.problems))),
        )


Report = Callable[[Purged], None]


class Purge:
    """Purges of one cache folder. For one event loop; several may run at once, here and in other processes."""

    def __init__(self, stores: Mapping[str, Store], originals: Originals, memory: Memory) -> None:
        self._stores = stores
        self._originals = originals
        self._memory = memory

    async def sources(self, keys: Sequence[str], *, is_soft: bool = False, report: Report | None = None) -> Purged:
        """Purge sources by `mount/path`, with what was kept of their earlier bytes."""
        run = self._begin(report)
        for start in range(0, len(keys), _PAGE):
            page = list(keys[start : start + _PAGE])
            await (run.mark_stale(page) if is_soft else run.take_down(page))
        return await run.end()

    async def prefix(self, prefix: str, *, is_soft: bool = False, report: Report | None = None) -> Purged:
        """Purge all sources whose `mount/path` begins with this text; one that ends in a slash is a folder."""
        run = self._begin(report)
        if is_soft:
            await run.mark_span_stale(search.beginning(prefix))
        else:
            await run.take_down_prefix(prefix)
        return await run.end()

    async def tag(self, tag: str, *, is_soft: bool = False, report: Report | None = None) -> Purged:
        """Purge renditions and originals that carry the tag, and the references of the sources that they name."""
        run = self._begin(report)
        if is_soft:
            await run.mark_tagged_stale(tag)
        else:
            await run.drop_tagged([tag], "references")
            if tag.startswith(tags.DIGEST):
                await run.drop("originals", [tag.removeprefix(tags.DIGEST)])
        return await run.end()

    async def renditions(self, keys: Sequence[str], *, is_soft: bool = False, report: Report | None = None) -> Purged:
        """Purge renditions by fingerprint, and the references of the sources that they name."""
        run = self._begin(report)
        for start in range(0, len(keys), _PAGE):
            page = list(keys[start : start + _PAGE])
            found = await run.ask("renditions", partial(search.of_keys, page))
            sources = tags.named((one.tags for one in found), tags.SOURCE)
            if is_soft:
                await run.mark_stale(sources)
            else:
                await run.drop("renditions", page)
                await run.drop("references", sources)
        return await run.end()

    async def everything(self, *, is_soft: bool = False, report: Report | None = None) -> Purged:
        """Purge all sources, all renditions and all originals."""
        run = self._begin(report)
        if is_soft:
            await run.mark_span_stale(search.EVERYTHING)
        else:
            for name in _KINDS:
                await run.empty(name)
        return await run.end()

    def _begin(self, report: Report | None) -> "_Run":
        return _Run(self._stores, self._originals, self._memory, report)


class _Run:
    """One purge under way."""

    def __init__(
        self, stores: Mapping[str, Store], originals: Originals, memory: Memory, report: Report | None
    ) -> None:
        self._stores = stores
        self._originals = originals
        self._memory = memory
        self._report = report
        self._counts: dict[str, int] = dict.fromkeys(_KINDS, 0)
        self._problems: dict[str, None] = {}
        self._memory.bump()

    async def end(self) -> Purged:
        """Have what was read meanwhile forgotten, too, and return what was done."""
        self._memory.bump()
        for name, count in self._counts.items():
            if count:
                store = self._stores[name]
                await store.background.run(partial(store.work, "write", batches.settle))
        return self._purged()

    async def take_down(self, keys: list[str]) -> None:
        """Remove sources with all that was made of them, references last: they say what the rest is called."""
        known = await self.ask("references", partial(_digests, keys))
        digests = list(dict.fromkeys(known))
        named = [f"{tags.DIGEST}{digest}" for digest in digests] + [f"{tags.SOURCE}{key}" for key in keys]
        await self._drop_made(digests, named)
        await self.drop("references", keys)
        # Who read the reference just before it went may have put a rendition since; after this nobody can.
        self._memory.bump()
        await self._drop_made(digests, named)

    async def take_down_prefix(self, prefix: str) -> None:
        """`take_down` all sources that begin so, and what was made of those that have no reference any more."""
        span = search.beginning(prefix)
        while found := await self.ask("references", partial(search.by_key, span, _PAGE)):
            before = self._counts["references"]
            await self.take_down([one.key for one in found])
            if self._counts["references"] == before:
                break
        named = search.beginning(tags.SOURCE + prefix)
        for name in ("renditions", "originals"):
            await self._drop_found(name, partial(search.by_tag_span, named, _PAGE), "originals")

    async def drop_tagged(self, wanted: Sequence[str], then: str) -> None:
        """Remove renditions and originals that carry one of the tags, and then what their tags name in a store."""
        for name in ("renditions", "originals"):
            await self._drop_found(name, partial(search.by_tags, wanted, _PAGE), then)

    async def empty(self, name: str) -> None:
        """Remove all values of a store, and give its room back to the disk."""
        store = self._stores[name]
        if name == "originals":
            self._originals.drop_loose()
        while found := await self.ask(name, partial(search.first, _PAGE)):
            if not await self.drop(name, [one.key for one in found], leaves_no_trace=False):
                break
        if name in self._problems:  # a full disk has no room for deleting rows, but whole files can go
            self._counts[name] += await store.background.run(store.clear) or 0
            if store.is_healthy:
                self._problems.pop(name)
        before, left = sys.maxsize, await self._shrink(name)
        while 0 < left < before:
            await asyncio.sleep(_LONGEST_PAUSE_S)
            before, left = left, await self._shrink(name)

    async def drop(self, name: str, keys: Sequence[str], *, leaves_no_trace: bool = True) -> bool:
        """Remove values of a store, and say whether that went well."""
        if name == "originals":
            self._originals.drop_loose(keys)
        return await self._batch(name, keys, partial(batches.remove, leaves_no_trace=leaves_no_trace))

    async def mark_stale(self, keys: Sequence[str]) -> bool:
        """Have the origin asked about these sources at their next visit, and say whether that went well."""
        return await self._batch(
            "references", keys, partial(batches.change, changed=partial(references.expired, time.time()))
        )

    async def mark_span_stale(self, span: Span) -> None:
        """`mark_stale` all sources of a span."""
        while found := await self.ask("references", partial(search.by_key, span, _PAGE)):
            if not await self.mark_stale([one.key for one in found]):
                break
            span = span.after(found[-1].key)

    async def mark_tagged_stale(self, tag: str) -> None:
        """`mark_stale` the sources that renditions with this tag name."""
        last: Found | None = None
        while found := await self.ask("renditions", partial(search.by_tag, tag, last, _PAGE)):
            if not await self.mark_stale(tags.named((one.tags for one in found), tags.SOURCE)):
                break
            last = found[-1]

    async def ask(self, name: str, find: Callable[[Table], list[T]]) -> list[T]:
        """Search a store in its own thread; nothing is found where that fails."""
        store = self._stores[name]
        found = await store.background.run(lambda: store.work("search", find))
        if found is None:
            self._problems[name] = None
        return found or []

    async def _drop_made(self, digests: Sequence[str], named: Sequence[str]) -> None:
        await self.drop_tagged(named, "originals")
        await self.drop("originals", digests)

    async def _drop_found(self, name: str, find: Callable[[Table], list[Found]], then: str) -> None:
        """Remove page by page what is found, until a page is not full: what is put meanwhile is not waited for."""
        kind = tags.DIGEST if then == "originals" else tags.SOURCE
        while found := await self.ask(name, find):
            named = tags.named((one.tags for one in found), kind)
            went_well = await self.drop(then, named) and await self.drop(name, [one.key for one in found])
            if not went_well or len(found) < _PAGE:
                break

    async def _batch(self, name: str, keys: Sequence[str], work: Callable[[Sequence[str], Table], Batch]) -> bool:
        store, failures = self._stores[name], 0
        while keys:
            begun = time.monotonic()
            done = await store.background.run(partial(store.work, "write", partial(work, keys)))
            if done is None:
                failures += 1
                if failures == _MOST_TRIES:
                    self._problems[name] = None
                    return False
            else:
                failures = 0
                keys = keys[done.reached :]
                self._counts[name] += done.worked
                if self._report is not None:
                    self._report(self._purged())
            await asyncio.sleep(min(_LONGEST_PAUSE_S, time.monotonic() - begun))
        return True

    async def _shrink(self, name: str) -> int:
        store = self._stores[name]
        return await store.background.run(lambda: store.work("write", batches.shrink)) or 0

    def _purged(self) -> Purged:
        counts, problems = self._counts, tuple(f"{name}: {self._stores[name].why}" for name in self._problems)
        return Purged(counts["references"], counts["renditions"], counts["originals"], problems)


def _digests(keys: Sequence[str], table: Table) -> list[str]:
    values = (batches.value(table, key) for key in keys)
    known = (references.read(value) for value in values if value is not None)
    return [reference.digest for reference in known if reference is not None]
