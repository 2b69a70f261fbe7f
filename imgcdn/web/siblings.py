"""How several front processes tell each other what they counted, so that a scrape of one tells of all.

Each front has a file. It is written anew every second and before each answer, so that a count that was told once is
never taken back; who is started in place of a front that died goes on from its file.
"""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from prometheus_client import Metric
from prometheus_client.samples import Sample

Processes = Mapping[str, Sequence[int]]
Key = tuple[str, tuple[tuple[str, str], ...]]
"""A series: the name of its sample, and its labels."""
Values = dict[Key, float]

_GROWING: Final = frozenset({"counter", "histogram"})
_SHARED: Final = frozenset({"imgcdn_cache_entries", "imgcdn_cache_bytes", "imgcdn_cache_budget_bytes"})
"""What is true of the folder and not of a process: it is told once, not summed."""


class Siblings:
    """The fronts whose files are in `folder`; `number` is this one's. For any thread."""

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self._folder = folder
        self._file = folder / f"{number}.json"
        self._lock = threading.Lock()
        told, _ = _read(self._file)
        self._before = {name: values for name, (is_growing, values) in told.items() if is_growing}
        """What those counted who had this number earlier."""

    def tell(self, families: Iterable[Metric], processes: Processes) -> None:
        """Write what this front has counted since its start, and which processes it runs. Blocks."""
        self._write(self._told(families), processes)

    def join(self, families: Sequence[Metric], processes: Processes) -> tuple[list[Metric], dict[str, list[int]]]:
        """Tell, and return the same of all fronts: samples summed, processes listed. Blocks."""
        told = self._told(families)
        self._write(told, processes)
        everybody = {role: list(pids) for role, pids in processes.items()}
        for file in sorted(self._folder.glob("*.json")):
            if file == self._file:
                continue
            theirs, their_processes = _read(file)
            for name, (_, values) in theirs.items():
                if name in told and name not in _SHARED:
                    _add(told[name][1], values)
            for role, pids in their_processes.items():
                everybody.setdefault(role, []).extend(pids)
        return [_with(family, told[family.name][1]) for family in families], everybody

    def _told(self, families: Iterable[Metric]) -> dict[str, tuple[bool, Values]]:
        told: dict[str, tuple[bool, Values]] = {}
        for family in families:
            values = {(one.name, tuple(sorted(one.labels.items()))): one.value for one in family.samples}
            _add(values, self._before.get(family.name, {}))
            told[family.name] = (family.type in _GROWING, values)
        return told

    def _write(self, told: Mapping[str, tuple[bool, Values]], processes: Processes) -> None:
        written = {
            "families": {
                name: [is_growing, [[*key, value] for key, value in values.items()]]
                for name, (is_growing, values) in told.items()
            },
            "processes": processes,
        }
        temporary = self._file.with_suffix(".tmp")
        # Without room for a file the others tell of an older state of this front.
        with self._lock, suppress(OSError):
            temporary.write_text(json.dumps(written), encoding="utf-8")
            temporary.replace(self._file)


def _add(values: Values, others: Mapping[Key, float]) -> None:
    for key, value in others.items():
        values[key] = values.get(key, 0) + value


def _with(family: Metric, values: Values) -> Metric:
    """Return the family with these values; series that this front does not have come after its own."""
    joined = Metric(family.name, family.documentation, family.type, family.unit)
    joined.samples = [Sample(name, dict(labels), value) for (name, labels), value in values.items()]
    return joined


def _read(file: Path) -> tuple[dict[str, tuple[bool, Values]], dict[str, list[int]]]:
    """Read what a front wrote; nothing when it has not yet."""
    try:
        written: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}, {}
    families = {
        name: (
            is_growing,
            {(sample, tuple((label, text) for label, text in labels)): value for sample, labels, value in rows},
        )
        for name, (is_growing, rows) in written["families"].items()
    }
    return families, written["processes"]
