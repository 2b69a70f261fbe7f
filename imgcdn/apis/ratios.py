"""Aspect ratios as the APIs take them: text such as 16:9, checked and kept as it was written."""

from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from imgcdn import errors
from imgcdn.dialects import readers

AUTO = "auto"
"""In place of a ratio: the most confident of a configured list."""
LEAST, MOST = Fraction(1, 10), Fraction(10)

_READER = readers.ratio()


def fraction(text: str) -> Fraction:
    """Return width / height. Raises InvalidParameterError that says what was expected."""
    try:
        value = _READER.read(text)
    except ValueError as error:
        raise errors.InvalidParameterError(str(error), param="aspect_ratios") from None
    return value


def _checked_or_auto(text: str) -> str:
    return text if text == AUTO else _checked(text)


def _checked(text: str) -> str:
    expected = f"expected a ratio such as 16:9, 3/2 or 1.5, between {LEAST} and {MOST}"
    try:
        value = fraction(text)
    except errors.ImgcdnError:
        raise ValueError(expected) from None
    if not LEAST <= value <= MOST:
        raise ValueError(expected)
    return text


_WRITTEN = r"\d{1,9}(\.\d{1,12})?([:/x]\d{1,9}(\.\d{1,12})?)?"
_ABOUT = f"width:height, width/height or a number, from {LEAST} to {MOST}"
Ratio = Annotated[
    str,
    AfterValidator(_checked),
    WithJsonSchema({"type": "string", "pattern": f"^{_WRITTEN}$", "description": _ABOUT, "examples": ["16:9"]}),
]
"""Text of an aspect ratio from 1:10 to 10:1."""
RatioOrAuto = Annotated[
    str,
    AfterValidator(_checked_or_auto),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^({AUTO}|{_WRITTEN})$",
            "description": f"auto, or {_ABOUT}",
            "examples": ["16:9"],
        }
    ),
]
