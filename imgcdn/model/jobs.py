"""Jobs: work that is taken on at once and done later, one item for each picture that came with it."""

from dataclasses import dataclass
from typing import Literal

from imgcdn.model.geometry import Size

State = Literal["queued", "running", "complete", "failed", "cancelled"]
"""Where a job or one of its items stands; the last three are ends."""
Stage = tuple[int, str]
"""Per cent that are done, and the name of what is being done."""
OPEN: frozenset[State] = frozenset({"queued", "running"})


@dataclass(frozen=True, slots=True)
class Item:
    """One picture of a job, which is worked on once. `seq` numbers the items of all jobs in their order.

    `name` is what the picture was sent as, `source` and `result` are ids of kept files, sizes are bytes. `error` is the
    public sentence of what went wrong and `code` its name. `attempts` counts how often work on it was begun.
    """

    seq: int
    job: str
    name: str
    source: str
    state: State = "queued"
    percent: int = 0
    stage: str = "queued"
    attempts: int = 0
    source_bytes: int = 0
    result: str | None = None
    result_name: str = ""
    result_bytes: int = 0
    error: str = ""
    code: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Job:
    """What was asked for, and how far it has come. Times are Unix times in seconds.

    `owner` is the id of the API key that it came with, empty without one; `client_id` the name that its client gave it.
    `settings` is JSON that only its `tool` understands.
    """

    id: str
    tool: str
    is_batch: bool
    owner: str
    client_id: str | None
    settings: str
    state: State
    made_at: float
    started_at: float | None
    finished_at: float | None
    expires_at: float
    items: tuple[Item, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Claim:
    """An item that this front works on now, and what it must know of its job."""

    item: Item
    tool: str
    settings: str
    owner: str


@dataclass(frozen=True, slots=True)
class Given:
    """A picture that comes with a job, in a file of its own, which belongs to whoever takes the record.

    `digest` is its SHA-256, `name` what it was sent as.
    """

    path: str
    digest: str
    name: str
    media_type: str
    size: Size | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A finished picture in a file of its own, which belongs to whoever takes the record.

    `digest` is its SHA-256, `name` what it is to be called.
    """

    path: str
    digest: str
    name: str
    media_type: str
    bytes: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no picture: a public sentence, and the code of the error."""

    error: str
    code: str
