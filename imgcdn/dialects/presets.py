"""Presets by name as they are now: those of the settings, which win, and those that an API keeps."""

from collections.abc import Callable, Iterator, Mapping

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.parameters import shown


class Presets(Mapping[str, str]):
    """The query of each preset. Raises SettingsError for one of the settings that cannot be used."""

    def __init__(self, fixed: Mapping[str, str]) -> None:
        self._fixed = dict(fixed)
        self._kept: Callable[[], Mapping[str, str]] = dict[str, str]
        for name, query in self._fixed.items():
            if not native.PRESET_NAME.fullmatch(name):
                raise errors.SettingsError(f"presets.{name} cannot be used: expected {_NAMES}")
            try:
                check_query(query)
            except errors.ImgcdnError as error:
                raise errors.SettingsError(f"preset {name} = {query!r} cannot be used: {error.detail}") from None

    @property
    def fixed(self) -> Mapping[str, str]:
        """Those of the settings, which no API changes."""
        return self._fixed

    def follow(self, kept: Callable[[], Mapping[str, str]]) -> None:
        """Take those that `kept` returns as well; it is asked at each look-up."""
        self._kept = kept

    def __getitem__(self, name: str) -> str:
        return self._fixed[name] if name in self._fixed else self._kept()[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._kept(), **self._fixed})

    def __len__(self) -> int:
        return len({**self._kept(), **self._fixed})


_NAMES = "a name of 1 to 32 of a–z, 0–9, _ and -"


def check_name(name: str) -> None:
    """Raise InvalidParameterError for what is no name of a preset."""
    if not native.PRESET_NAME.fullmatch(name):
        raise errors.InvalidParameterError(f"name={shown(name)} cannot be used: expected {_NAMES}", param="name")


def check_query(query: str) -> None:
    """Raise the 400 errors of the native dialect for a query that no URL could have as its preset."""
    native.parse("", "x/p/x", "", {"x": query})
