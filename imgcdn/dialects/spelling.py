"""How a grammar says what the sizes and formats of one picture differ by: a URL is written back as it was read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imgcdn.dialects import native
from imgcdn.model.media import Format
from imgcdn.model.spec import Spec


@dataclass(frozen=True, slots=True)
class Spelling:
    """What is needed to write another URL of the same picture; sides are `w` and `h` in all, density `dpr`.

    `field` names what a parameter sets, `format` is the parameter of the format and `forms` its word for one, given
    what else is asked; `cropping` are the parameters without which a width and a height would not crop. `settled`
    says the rest so that nothing but that parameter has a say in the format.
    """

    field: Callable[[str], str]
    format: str
    forms: Callable[[Format, Spec], str]
    cropping: Callable[[Spec], dict[str, str]]
    settled: Callable[[Sequence[tuple[str, str]]], tuple[tuple[str, str], ...]] = tuple


def _field(name: str) -> str:
    row = native.TABLE.find(name)
    return name if row is None else row.sets


def _word(form: Format, spec: Spec) -> str:
    _ = spec
    return form.value


def _crops_anyway(spec: Spec) -> dict[str, str]:
    _ = spec
    return {}


NATIVE = Spelling(_field, "format", _word, _crops_anyway)
