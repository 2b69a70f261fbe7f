"""Presets that were made through an API: a name for parameters, which can be changed without changing URLs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preset:
    """One preset: its `id` outlives a new name; `query` is written as in a URL. Times are Unix times in seconds."""

    id: str
    name: str
    query: str
    made_at: float
    changed_at: float
