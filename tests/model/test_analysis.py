import re

from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Point

ITEM = re.compile(r"[A-Za-z*][\w:/.*-]*(;[a-z*][a-z0-9_.*-]*=-?\d{1,12}\.\d{1,3})*", re.ASCII)
"""A structured-field token with decimal parameters (RFC 9651 §3.3.2 and §3.3.4)."""


def test_the_focus_header_names_engine_point_and_confidence_as_in_the_specification():
    assert Focus(Point(0.613, 0.288), "face", 0.91).field() == "face;x=0.613;y=0.288;c=0.91"


def test_a_focus_without_confidence_says_none():
    assert Focus(Point(0.5, 0.0), "north").field() == "north;x=0.500;y=0.000"


def test_a_confidence_of_zero_is_said():
    assert Focus(Point(0.5, 0.5), "attention", 0.0).field().endswith(";c=0.00")


share = st.floats(0, 1)


@settings(max_examples=100, deadline=None)
@given(share, share, st.none() | share, st.sampled_from(["face", "fp", "center", "attention", "entropy"]))
def test_every_focus_prints_as_a_structured_field_item_that_reads_back_to_a_thousandth(x, y, confidence, engine):
    text = Focus(Point(x, y), engine, confidence).field()
    assert ITEM.fullmatch(text), text
    name, *rest = text.split(";")
    values = {key: float(value) for key, _, value in (part.partition("=") for part in rest)}
    assert name == engine
    assert values.pop("x") == round(x, 3)
    assert values.pop("y") == round(y, 3)
    assert set(values) == (set() if confidence is None else {"c"})
