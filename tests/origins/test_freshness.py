import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcdn.model.terms import Terms
from imgcdn.origins.freshness import read_date, read_life_s, read_terms

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("headers", "life_s"),
    [
        ({}, None),
        ({"Cache-Control": "public"}, None),
        ({"Cache-Control": "max-age=60"}, 60),
        ({"Cache-Control": "Public, MAX-AGE = 60"}, 60),
        ({"Cache-Control": 'max-age="60"'}, 60),
        ({"Cache-Control": "max-age=60, s-maxage=120"}, 120),
        ({"Cache-Control": "s-maxage=0, max-age=60"}, 0),
        ({"Cache-Control": "max-age=60", "Age": "20"}, 40),
        ({"Cache-Control": "max-age=60", "Age": "200"}, 0),
        ({"Cache-Control": "max-age=60", "Age": "-5"}, 60),
        ({"Cache-Control": "max-age=60", "Date": "Tue, 14 Nov 2023 22:13:00 GMT"}, 40),
        ({"Cache-Control": "max-age=60", "Date": "Tue, 14 Nov 2023 22:13:00 GMT", "Age": "10"}, 40),
        ({"Cache-Control": "max-age=60", "Date": "Tue, 14 Nov 2023 22:13:00 GMT", "Age": "30"}, 30),
        ({"Cache-Control": "max-age=60", "Date": "Mon, 13 Nov 2023 22:13:00 GMT"}, 0),
        ({"Cache-Control": "max-age=60", "Date": "Tue, 14 Nov 2023 22:14:00 GMT"}, 60),
        ({"Cache-Control": "max-age=60", "Date": "nonsense"}, 60),
        ({"Expires": "Tue, 14 Nov 2023 22:14:20 GMT", "Date": "Tue, 14 Nov 2023 22:13:00 GMT"}, 60),
        ({"Cache-Control": "max-age=60, no-store"}, 0),
        ({"Cache-Control": "no-cache"}, 0),
        ({"Cache-Control": 'no-cache="Set-Cookie"'}, 0),
        ({"Cache-Control": "private, max-age=60"}, 0),
        ({"Cache-Control": "max-age=-1"}, 0),
        ({"Cache-Control": "max-age=soon"}, 0),
        ({"Cache-Control": "max-age=²"}, 0),
        ({"Cache-Control": "max-age=" + "9" * 5000}, 2**31),
        ({"Expires": "Tue, 14 Nov 2023 22:14:20 GMT"}, 60),
        ({"Expires": "Tue, 14 Nov 2023 22:14:20 GMT", "Date": "Tue, 14 Nov 2023 22:14:00 GMT"}, 20),
        ({"Expires": "Tue, 14 Nov 2023 22:14:20 GMT", "Date": "nonsense"}, 60),
        ({"Expires": "Mon, 13 Nov 2023 22:14:20 GMT"}, 0),
        ({"Expires": "0"}, 0),
        ({"Expires": "-1"}, 0),
        ({"Expires": "0", "Cache-Control": "max-age=60"}, 60),
        ({"Expires": "Tue, 14 Nov 2023 22:14:20 GMT", "Age": "20"}, 40),
    ],
)
def test_the_life_of_an_answer_is_what_a_shared_cache_may_keep_it(headers, life_s):
    assert read_life_s(httpx.Headers({k: v.encode() for k, v in headers.items()}), NOW) == life_s


NEVER = {"revalidate_s": 0, "error_s": 0}


@pytest.mark.parametrize(
    ("headers", "terms"),
    [
        ({}, None),
        ({"Cache-Control": "public, max-age=60, immutable"}, None),
        ({"Expires": "Tue, 14 Nov 2023 22:14:20 GMT"}, None),
        ({"Cache-Control": "no-store"}, Terms(unkept=True, **NEVER)),
        ({"Cache-Control": "Private"}, Terms(private=True, **NEVER)),
        ({"Cache-Control": "private, max-age=60", "Age": "20"}, Terms(private=True, browser_s=40, **NEVER)),
        ({"Cache-Control": "private", "Expires": "Tue, 14 Nov 2023 22:14:20 GMT"}, Terms(private=True, browser_s=60, **NEVER)),
        ({"Cache-Control": "no-cache"}, Terms(checked=True, **NEVER)),
        ({"Cache-Control": 'no-cache="Set-Cookie"'}, Terms(checked=True, **NEVER)),
        ({"Cache-Control": "no-cache, no-store, must-revalidate"}, Terms(unkept=True, checked=True, strict=True, **NEVER)),
        ({"Cache-Control": "max-age=60, must-revalidate"}, Terms(strict=True, **NEVER)),
        ({"Cache-Control": "max-age=60, proxy-revalidate, stale-if-error=9"}, Terms(strict=True, **NEVER)),
        ({"Cache-Control": "max-age=5, s-maxage=300"}, Terms(browser_s=5, **NEVER)),
        ({"Cache-Control": "s-maxage=300"}, Terms(**NEVER)),
        ({"Cache-Control": "s-maxage=300", "Expires": "Tue, 14 Nov 2023 22:14:20 GMT"}, Terms(browser_s=60, **NEVER)),
        ({"Cache-Control": "s-maxage=300, stale-while-revalidate=9"}, Terms(revalidate_s=9, error_s=0)),
        ({"Cache-Control": "max-age=5, stale-if-error=0"}, Terms(error_s=0)),
        ({"Cache-Control": "max-age=5, stale-while-revalidate=7, Stale-If-Error=8"}, Terms(revalidate_s=7, error_s=8)),
        ({"Cache-Control": "max-age=5, stale-if-error=long"}, Terms(error_s=0)),
        ({"Cache-Control": "max-age=5, stale-if-error"}, Terms(error_s=0)),
        ({"Cache-Control": "max-age=5, stale-if-error=-1"}, Terms(error_s=0)),
    ],
)  # fmt: skip
def test_the_terms_of_an_answer_are_what_it_says_besides_the_life_in_shared_caches(headers, terms):
    assert read_terms(httpx.Headers(headers), NOW) == terms


def test_cache_control_in_several_lines_is_read_as_one():
    headers = httpx.Headers([("Cache-Control", "max-age=60"), ("Cache-Control", "must-revalidate")])
    assert read_terms(headers, NOW) == Terms(strict=True, **NEVER)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=10))
def test_no_header_makes_reading_fail(control, expires, age):
    headers = httpx.Headers(
        [(b"Cache-Control", control.encode()), (b"Expires", expires.encode()), (b"Age", age.encode())]
    )
    life_s = read_life_s(headers, NOW)
    assert life_s is None or 0 <= life_s <= 2**31
    read_terms(headers, NOW)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Tue, 14 Nov 2023 22:13:20 GMT", NOW),
        ("Tue, 14 Nov 2023 22:13:20 -0000", NOW),
        ("Tuesday, 14-Nov-23 22:13:20 GMT", NOW),
        ("yesterday", None),
        ("Tue, 99 Nov 2023 22:13:20 GMT", None),
        ("Tue, 14 Nov 2023 22:13:20 +99999", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_that_cannot_be_read_is_no_date(text, time):
    assert read_date(text) == time
