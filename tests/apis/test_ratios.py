"""Aspect ratios of the APIs: text from 1:10 to 10:1, kept as it was written."""

from fractions import Fraction

import pytest
from pydantic import TypeAdapter, ValidationError

from imgcdn import errors
from imgcdn.apis.ratios import Ratio, RatioOrAuto, fraction
from imgcdn.apis.settings import ApiSettings

RATIO, EITHER = TypeAdapter(Ratio), TypeAdapter(RatioOrAuto)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("16:9", Fraction(16, 9)),
        ("3/2", Fraction(3, 2)),
        ("4x5", Fraction(4, 5)),
        ("1.5", Fraction(3, 2)),
        ("1", Fraction(1)),
        ("1:10", Fraction(1, 10)),
        ("10:1", Fraction(10)),
        ("1000:100", Fraction(10)),
    ],
)
def test_a_ratio_is_read_and_kept_as_it_was_written(text, value):
    assert fraction(text) == value
    assert RATIO.validate_python(text) == EITHER.validate_python(text) == text


@pytest.mark.parametrize(
    "text", ["", "0", "0:1", "4:0", "1:20", "20:1", "wide", "1:1:1", "-1:1", "nan", "inf", " 1:1", "1:1\n"]
)
def test_other_text_is_no_ratio(text):
    for kind in (RATIO, EITHER):
        with pytest.raises(ValidationError, match="expected a ratio such as 16:9"):
            kind.validate_python(text)


def test_auto_stands_for_a_list_and_not_in_it():
    assert EITHER.validate_python("auto") == "auto"
    with pytest.raises(ValidationError):
        RATIO.validate_python("auto")
    with pytest.raises(ValidationError):
        ApiSettings(crop_ratios=("1:1", "auto"))
    with pytest.raises(ValidationError):
        ApiSettings(crop_ratios=())


def test_text_that_was_never_checked_is_an_error_with_its_field():
    with pytest.raises(errors.InvalidParameterError) as caught:
        fraction("wide")
    assert caught.value.param == "aspect_ratios"
