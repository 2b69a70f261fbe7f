"""Opens the cache folder: the one place where its stores are laid out and given their budgets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from imgcdn.cache.analyses import Analyses
from imgcdn.cache.generation import Generation, Memory
from imgcdn.cache.locks import Locks
from imgcdn.cache.originals import Originals
from imgcdn.cache.purge import Purge
from imgcdn.cache.references import References
from imgcdn.cache.renditions import Renditions
from imgcdn.cache.settings import CacheSettings
from imgcdn.cache.stats import Stats
from imgcdn.cache.store import Store
from imgcdn.cache.table import ROW_BYTES

_PICTURE_ROW_BYTES = 4096
"""Pictures as long as this are files: read again, they cost the database nothing."""


@dataclass(frozen=True, slots=True)
class Caches:
    """The four kinds of what is kept, and the stores under them by name."""

    references: References
    analyses: Analyses
    renditions: Renditions
    originals: Originals
    stores: Mapping[str, Store]
    generation: Generation
    memory: Memory
    """What this process holds of all this in memory, and when to forget it."""
    purge: Purge
    locks: Locks
    """For `Flights`, so that two processes do not do the same work at once."""

    @property
    def temp_dir(self) -> Path:
        """Where downloads are written before `originals.adopt`."""
        return self.originals.temp_dir

    def health(self) -> dict[str, str]:
        """Return what is wrong, by store; empty when all is well."""
        found = {name: store.why for name, store in self.stores.items() if not store.is_healthy}
        return found | ({"generation": self.generation.why} if self.generation.why else {})

    def stats(self) -> dict[str, Stats]:
        """Return what is held, by store. Blocks for some hundred microseconds."""
        return {name: store.stats() for name, store in self.stores.items()}

    def maintain(self) -> int:
        """Remove files that nothing points to; return how many. Walks folders: now and then, in a thread."""
        return sum(store.maintain() for store in self.stores.values())

    def close(self) -> None:
        """Finish what is being written and close the databases. Blocks."""
        for store in self.stores.values():
            store.close()
        self.originals.close()
        self.locks.close()


def open_caches(settings: CacheSettings, engine_state: Callable[[str], str]) -> Caches:
    """Open the cache folder; one that cannot be used is reported by `health`, never raised.

    `engine_state` names the version in which a gravity engine would answer now (`pipeline.Analyst.state`).
    Call it in each process on its own, after any fork.
    """

    def store(name: str, budget: int | None = None, row_bytes: int = ROW_BYTES) -> Store:
        lock_timeout_s = settings.lock_timeout_s
        return Store(settings.dir / name, budget=budget, lock_timeout_s=lock_timeout_s, row_bytes=row_bytes)

    stores = {
        "references": store("references"),
        "analyses": store("analyses"),
        "renditions": store("renditions", settings.renditions_bytes, _PICTURE_ROW_BYTES),
        "originals": store("originals", settings.originals_bytes),
    }
    generation = Generation(settings.dir / "generation")
    memory = Memory(generation)
    references = References(stores["references"], is_current=memory.is_current)
    memory.follow(references.forget)
    originals = Originals(stores["originals"], settings.dir / "tmp")
    return Caches(
        references=references,
        analyses=Analyses(stores["analyses"], engine_state),
        renditions=Renditions(stores["renditions"], is_current=memory.is_current),
        originals=originals,
        stores=stores,
        generation=generation,
        memory=memory,
        purge=Purge(stores, originals, memory),
        locks=Locks(settings.dir / "locks"),
    )
