"""What `fm`, `w`, `h` and `fit` must say for other sizes and formats of a picture that a URL of imgix asks for."""

from collections.abc import Mapping

from imgcdn.dialects.imgix import table
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


def _field(name: str) -> str:
    row = table.find(name) or table.find_encoded(name)
    return name if row is None else _FIELDS.get(row.name, row.name)


def _word(form: Format, spec: Spec) -> str:
    """Return the word for what is written where `fm` is not said: a progressive JPEG, a PNG of few colours."""
    if form is Format.JPEG:
        return "pjpg" if spec.progressive else "jpg"
    if form is Format.PNG and spec.coding.colours is not None:
        return "png8"
    return form.value


def _cropping(spec: Spec) -> dict[str, str]:
    return {"fit": "crop"} if spec.fit is Fit.INSIDE else {}


IMGIX = Spelling(_field, _FORMAT, _word, _cropping)
