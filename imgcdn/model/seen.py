"""What a spec needs to know of its pictures besides the header, before anything can be planned."""

from dataclasses import dataclass

from imgcdn.model.geometry import Box, Region
from imgcdn.model.media import SourceInfo


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked up for one ask: nothing, for most.

    `trimmed` is what is left of the upright source (px, within `rect`) without its border; `faces` are those to be made
    unrecognisable, 0–1 of the upright source; `layers` are the headers of pictures laid over it, in the spec's order.
    """

    trimmed: Box | None = None
    faces: tuple[Region, ...] = ()
    layers: tuple[SourceInfo, ...] = ()


NOTHING = Seen()
"""What most asks need to know: nothing."""
