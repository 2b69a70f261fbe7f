"""What Convertly's endpoints work with once the server runs."""

from collections.abc import Callable
from dataclasses import dataclass

from imgcdn.apis.gate import Gate
from imgcdn.apis.presets import PresetBook
from imgcdn.cache.purge import Purge
from imgcdn.dialects.signing import Signing
from imgcdn.pipeline.insight import Insight
from imgcdn.pipeline.stages import Pipeline
from imgcdn.records.files import Files


@dataclass(frozen=True, slots=True)
class Backing:
    """Everything behind the endpoints. `check_url` raises where no proxy mount of this name may fetch a URL."""

    gate: Gate
    files: Files
    insight: Insight
    pipeline: Pipeline
    purge: Purge
    presets: PresetBook
    signing: Signing
    check_url: Callable[[str, str], None]
    clock: Callable[[], float]
