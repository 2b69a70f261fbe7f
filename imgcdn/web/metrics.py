"""`/-/metrics`: what was counted and what stands at this moment, as Prometheus reads it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response

from imgcdn.cache.stats import Stats as StoreStats
from imgcdn.web.siblings import Siblings
from imgcdn.web.tally import BOUNDS_S, Spread, Tally
from imgcdn.workers.pool import Stats as PoolStats

_KIB = 1024


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands at one moment: pools and stores by name, process ids by what they do, versions of what runs.

    `failing` names the parts of the cache that cannot be used, or not in full.
    """

    pools: Mapping[str, PoolStats] = field(default_factory=dict[str, PoolStats])
    stores: Mapping[str, StoreStats] = field(default_factory=dict[str, StoreStats])
    failing: Collection[str] = ()
    processes: Mapping[str, Sequence[int]] = field(default_factory=dict[str, Sequence[int]])
    memory_bytes: int = 0
    build: Mapping[str, str] = field(default_factory=dict[str, str])


class Metrics:
    """The endpoint. `stand` is called at each scrape, in the event loop."""

    def __init__(
        self, tally: Tally, stand: Callable[[], Awaitable[Standing]], siblings: Siblings | None = None
    ) -> None:
        self._tally = tally
        self._stand = stand
        self._siblings = siblings
        self._turn = asyncio.Lock()
        """Who looks later must tell later, for counts only grow."""

    async def scraped(self, request: Request) -> Response:
        async with self._turn:
            families, standing = await self._look()
            accept = request.headers.get("accept", "")
            body, media_type = await asyncio.to_thread(_expose, families, standing, accept, self._siblings)
        return Response(body, 200, {"cache-control": "no-store", "content-type": media_type})

    async def tell(self) -> None:
        """Let the other fronts know what is counted here."""
        if self._siblings is not None:
            async with self._turn:
                families, standing = await self._look()
                await asyncio.to_thread(self._siblings.tell, families, standing.processes)

    async def _look(self) -> tuple[list[Metric], Standing]:
        standing = await self._stand()
        counted = _counted(self._tally)  # here and not in a thread, because the loop goes on counting meanwhile
        hot = GaugeMetricFamily(
            "imgcdn_hot_bytes", "Bytes of the answers held in the front's memory.", value=standing.memory_bytes
        )
        return [*counted, *_pools(standing.pools), *_stores(standing.stores, standing.failing), hot], standing


class _Collected:
    """Families as prometheus-client asks for them."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Sequence[Metric]:
        return self._families


def _expose(families: list[Metric], standing: Standing, accept: str, siblings: Siblings | None) -> tuple[bytes, str]:
    """Write everything in the format that the scraper asks for. Reads /proc, so it is for a thread."""
    processes = standing.processes
    if siblings is not None:
        families, processes = siblings.join(families, processes)
    registry = CollectorRegistry(auto_describe=False)
    build = InfoMetricFamily("imgcdn_build", "Versions of what runs.", value=dict(standing.build))
    registry.register(_Collected([*families, *_memory(processes), build]))
    encoder, media_type = choose_encoder(accept)
    return encoder(registry), media_type


def _counted(tally: Tally) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "imgcdn_requests", "Requests answered, by kind of method and status.", labels=("method", "status")
    )
    answers = CounterMetricFamily(
        "imgcdn_answers",
        "Pictures answered, by the layer that had them (memory and disk are hits) and status.",
        labels=("layer", "status"),
    )
    by_request = tally.requests.copy()
    by_request["read", 200] += tally.hot_full + tally.hot_read
    by_request["read", 304] += tally.hot_bare
    by_answer = tally.answers.copy()
    by_answer["memory", 200] += tally.hot_full
    by_answer["disk", 200] += tally.hot_read
    by_answer["memory", 304] += tally.hot_bare
    for family, counts in ((requests, by_request), (answers, by_answer)):
        for (name, status), count in sorted(counts.items()):
            family.add_metric((name, str(status)), count)
        yield family
    yield CounterMetricFamily(
        "imgcdn_sent_bytes", "Bytes of bodies sent, those of the hot path apart.", value=tally.sent_bytes
    )
    yield GaugeMetricFamily("imgcdn_requests_in_flight", "Requests that are being answered now.", value=tally.in_flight)
    yield _labelled("imgcdn_focus", "Renders by the engine that chose the crop.", "engine", tally.focuses)
    yield _labelled(
        "imgcdn_focus_fallbacks",
        "Renders whose crop is a fallback for an engine that could not look, by the one that stood in.",
        "engine",
        tally.fallbacks,
    )
    stages = HistogramMetricFamily("imgcdn_render_seconds", "Seconds by stage of a render.", labels=("stage",))
    for stage, spread in tally.stages.items():
        stages.add_metric((stage,), _cumulated(spread), spread.total_s)
    yield stages


def _labelled(name: str, about: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, about, labels=(label,))
    for value, count in sorted(counts.items()):
        family.add_metric((value,), count)
    return family


def _cumulated(spread: Spread) -> list[tuple[str, float]]:
    buckets: list[tuple[str, float]] = []
    total = 0
    for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), spread.counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets


def _pools(pools: Mapping[str, PoolStats]) -> Iterator[Metric]:
    """Each number of `Pool.stats` as a family, with the pool as its label."""
    gauges = {
        "size": "Processes that the pool keeps.",
        "ready": "Processes that take work now.",
        "busy": "Processes at work now.",
        "waiting": "Tasks that wait for a process.",
    }
    counters = {
        "rejected": "Tasks refused because too many waited already, or waited too long.",
        "restarts": "Processes replaced because they ended by themselves or were killed.",
        "recycles": "Processes replaced because they had served long enough.",
        "timeouts": "Processes killed because a task took too long.",
    }
    for name, about in gauges.items():
        gauge = GaugeMetricFamily(f"imgcdn_workers_{name}", about, labels=("pool",))
        for pool, stats in pools.items():
            gauge.add_metric((pool,), getattr(stats, name))
        yield gauge
    for name, about in counters.items():
        counter = CounterMetricFamily(f"imgcdn_workers_{name}", about, labels=("pool",))
        for pool, stats in pools.items():
            counter.add_metric((pool,), getattr(stats, name))
        yield counter


def _stores(stores: Mapping[str, StoreStats], failing: Collection[str]) -> Iterator[Metric]:
    entries = GaugeMetricFamily("imgcdn_cache_entries", "Values kept on disk.", labels=("store",))
    held = GaugeMetricFamily("imgcdn_cache_bytes", "Bytes that they take on disk.", labels=("store",))
    budget = GaugeMetricFamily("imgcdn_cache_budget_bytes", "Bytes that they may take on disk.", labels=("store",))
    evicted = CounterMetricFamily(
        "imgcdn_cache_evictions", "Values removed by this process to keep the budget.", labels=("store",)
    )
    for name, stats in stores.items():
        entries.add_metric((name,), stats.entries)
        held.add_metric((name,), stats.bytes)
        evicted.add_metric((name,), stats.evicted)
        if stats.budget is not None:
            budget.add_metric((name,), stats.budget)
    troubled = GaugeMetricFamily("imgcdn_cache_failing", "Fronts that cannot read or write it now.", labels=("store",))
    for name in dict.fromkeys((*stores, *failing)):
        troubled.add_metric((name,), int(name in failing))
    yield from (entries, held, budget, evicted, troubled)


def _memory(processes: Mapping[str, Sequence[int]]) -> Iterator[Metric]:
    resident = GaugeMetricFamily(
        "imgcdn_resident_bytes", "Memory of the processes; pages that they share count in each.", labels=("role",)
    )
    proportional = GaugeMetricFamily(
        "imgcdn_proportional_bytes", "Memory of the processes; pages that they share are shared out.", labels=("role",)
    )
    for role, pids in processes.items():
        found = [memory_of(pid) for pid in pids]
        resident.add_metric((role,), sum(rss for rss, _ in found))
        proportional.add_metric((role,), sum(pss for _, pss in found))
    yield from (resident, proportional)


def memory_of(pid: int) -> tuple[int, int]:
    """Return the resident and the proportional set size of a process in bytes; zeros where the system tells neither."""
    found = {"Rss": 0, "Pss": 0}
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            name, _, rest = line.partition(":")
            if name in found:
                found[name] = int(rest.split()[0]) * _KIB
    return found["Rss"], found["Pss"]
