"""Files that people gave the server, or that it made for them, and how long it keeps them."""

from dataclasses import dataclass
from typing import Literal

from imgcdn.model.geometry import Size

Kind = Literal["upload", "input", "result"]
"""A picture that was uploaded to stay, one that a job is to work on, or what came of a job."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file. Its `id` cannot be guessed; files of the same bytes share the `path`, and the SHA-256 `digest` (hex).

    `name` is what it was sent as, `owner` the id of the API key that it came with, empty without one. Times are Unix
    times in seconds; `expires_at` is None for what stays.
    """

    id: str
    kind: Kind
    name: str
    media_type: str
    digest: str
    path: str
    bytes: int
    size: Size | None
    owner: str
    made_at: float
    expires_at: float | None
