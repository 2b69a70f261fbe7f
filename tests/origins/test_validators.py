import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcdn.origins.validators import Validators


@pytest.mark.parametrize(
    "validators",
    [
        Validators(),
        Validators('"a"'),
        Validators('W/"a"'),
        Validators(None, "then"),
        Validators('"a"', "then"),
        Validators('"a"', "then", 600),
    ],
)
def test_validators_survive_their_stamp(validators):
    assert Validators.read(validators.stamp) == validators


def test_they_become_the_headers_that_ask_for_changes():
    assert Validators('"a"', "then").headers == {"If-None-Match": '"a"', "If-Modified-Since": "then"}
    assert Validators().headers == {}


@given(
    st.one_of(
        st.text(),
        st.sampled_from(["[]", "1", "null", '{"etag": 1}', '{"life_s": "1"}', '{"etag": "a\\r\\nb"}', '{"etag": "ä"}']),
    )
)
def test_a_stamp_of_another_kind_has_no_validators(stamp):
    assert not Validators.read(stamp)


@pytest.mark.parametrize("etag", [b'"\xe4"', b'"a\tb"', b"", b'"' + b"x" * 2000 + b'"'])
def test_an_etag_that_could_not_be_sent_back_is_not_kept(etag):
    assert Validators.of(httpx.Headers([(b"ETag", etag)])) == Validators()


def test_a_304_may_bring_a_new_one_and_keeps_the_other():
    assert Validators('"a"', "then").updated(Validators('"b"')) == Validators('"b"', "then")
    assert Validators('"a"', "then", 9).updated(Validators('"b"')).life_s is None, "what is left of the life tells it"
