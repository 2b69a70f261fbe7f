"""What `fm`, `w`, `h` and `fit` must say for other sizes and formats of a picture that a URL of imgix asks for."""

from collections.abc import Mapping, Sequence

from imgcdn.dialects.imgix import table
from imgcdn.dialects.imgix.arguments import words
from imgcdn.dialects.imgix.joining import COMPRESSED
from imgcdn.dialects.spelling import Spelling
from imgcdn.model.media import Format
from imgcdn.model.spec import Fit, Spec

_FIELDS: Mapping[str, str] = {
    "w": "width",
    "h": "height",
    "ar": "aspect",
    "dpr": "dpr",
    "fm": "format",
    "fit": "fit",
    "s": "signature",
    "ch": "hints",
    "dl": "download",
    "explain": "is_explained",
    "fp-debug": "debug",
}
_FORMAT = "fm"
_OF_FORMAT = frozenset({"format", "true", "compress"})
_COMPRESSING = (("q", str(COMPRESSED)), ("cs", "srgb"))
"""What auto=compress does besides."""


def _field(name: str) -> str:
    row = table.find(name) or table.find_encoded(name)
    return name if row is None else _FIELDS.get(row.name, row.name)


def _word(form: Format, spec: Spec) -> str:
    """Return the word for what is written where `fm` is not said, such as a PNG of few colours."""
    if form is Format.JPEG:
        return "jpg"
    if form is Format.PNG and spec.coding.colours is not None:
        return "png8"
    return form.value


def _cropping(spec: Spec) -> dict[str, str]:
    return {"fit": "crop"} if spec.fit is Fit.INSIDE else {}


def _settled(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Say what `auto` says besides the format in its place: beside it `fm` would not decide alone."""
    autos = [word for name, text in pairs if name == "auto" for word in words(text)]
    said = {row.name for name, _ in pairs if (row := table.find(name) or table.find_encoded(name)) is not None}
    kept = [pair for pair in pairs if pair[0] != "auto"]
    if left := [word for word in autos if word not in _OF_FORMAT]:
        kept.append(("auto", ",".join(left)))
    if "compress" in autos:
        kept += [pair for pair in _COMPRESSING if pair[0] not in said]
    return tuple(kept)


IMGIX = Spelling(_field, _FORMAT, _word, _cropping, _settled)
