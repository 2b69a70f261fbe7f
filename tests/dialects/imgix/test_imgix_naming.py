"""Errors name the parameters that users of a mount know, and nothing else of them changes."""

import pytest

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.imgix import naming, table
from imgcdn.dialects.mounts import DIALECTS


def test_every_name_is_one_of_imgix_in_place_of_one_that_it_does_not_know():
    assert {"watermark": "mark", "text": "txt", "rotate": "rot", "debug": "fp-debug"}.items() <= naming.NAMES.items()
    for ours, theirs in naming.NAMES.items():
        assert native.TABLE.find(ours) is not None
        assert table.find(ours) is None
        assert table.find(theirs) is not None


@pytest.mark.parametrize(
    ("param", "detail", "name", "told"),
    [
        ("watermark", "watermark=/a/b.png is gone", "mark", "mark=/a/b.png is gone"),
        (
            "watermark",
            "watermark: it is damaged, says the watermark",
            "mark",
            "mark: it is damaged, says the watermark",
        ),
        ("watermark", "a.png?watermark=b cannot be", "mark", "a.png?watermark=b cannot be"),
        ("extend", "fill=blur and extend=copy both fill", "fit", "fill=blur and fit=copy both fill"),
        ("frame", "frame=9 cannot be used", "frame", "frame=9 cannot be used"),
        (None, "watermark=a", None, "watermark=a"),
    ],
)
def test_an_error_tells_the_same_by_the_name_of_the_grammar(param, detail, name, told):
    error = errors.RateLimitedError(detail, param=param, retry_after_s=7)
    found = DIALECTS["imgix"].told(error)
    assert (found.param, found.detail) == (name, told)
    assert (type(found), found.retry_after_s) == (type(error), 7)
    assert (error.param, error.detail) == (param, detail), "others may still hold it"
    assert DIALECTS["native"].told(error) is error
