"""By which tags purges find what was made of a picture, besides its source and its mount."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from imgcdn.model.spec import SourceRef


@dataclass(frozen=True, slots=True)
class Tagging:
    """The tags that the settings give to mounts, and which mounts hold `uploads`, each of which is a tag."""

    of_mounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    uploads: frozenset[str] = frozenset()

    def of(self, ref: SourceRef) -> tuple[str, ...]:
        """Return the tags of a picture."""
        tags = self.of_mounts.get(ref.mount, ())
        # What stands behind an upload's id and a slash is only a name.
        return (*tags, asset_tag(ref.path.partition("/")[0])) if ref.mount in self.uploads else tags


def asset_tag(file_id: str) -> str:
    """Return the tag of everything that was made of an upload."""
    return f"asset:{file_id}"
