"""Which names of things this server can find, before any picture is looked at."""

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from imgcdn.gravity import naming, objects
from imgcdn.gravity.settings import GravitySettings

_PEOPLE = ("person", "face")
"""What the face engine finds without a model of objects."""
_REMEMBERED = 1000


def sees(settings: GravitySettings) -> Callable[[str], bool]:
    """Return what tells of a name whether something here finds things of it: the model that is set, or the face engine.

    A model whose labels cannot be read finds nothing.
    """
    labels = _PEOPLE
    if settings.object_labels is not None:
        with suppress(OSError, ValueError):  # whoever loads the model says why
            labels = (*_PEOPLE, *objects.read_labels(settings.object_labels))

    @lru_cache(maxsize=_REMEMBERED)
    def is_seen(name: str) -> bool:
        return any(naming.matches(label, name) for label in labels)

    return is_seen
