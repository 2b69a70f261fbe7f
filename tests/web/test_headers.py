"""Each header of a picture, from what the pipeline answered and what the settings allow."""

from time import time

import pytest

from imgcdn.model.terms import Terms
from imgcdn.web import headers
from imgcdn.web.settings import HttpSettings


def as_dict(pairs):
    made = {name.decode(): value.decode() for name, value in pairs}
    assert len(made) == len(pairs), "no header is there twice"
    return made


@pytest.mark.parametrize(
    ("changes", "version", "wanted"),
    [
        ({}, None, "public, max-age=100, stale-while-revalidate=20, stale-if-error=30"),
        ({}, "7", "public, max-age=1000, stale-while-revalidate=20, stale-if-error=30, immutable"),
        ({"max_age_s": 5}, None, "public, max-age=5, stale-while-revalidate=20, stale-if-error=30"),
        ({"max_age_s": 5}, "7", "public, max-age=5, stale-while-revalidate=20, stale-if-error=30"),
        ({"max_age_s": 0}, None, "public, max-age=0, stale-while-revalidate=20, stale-if-error=30"),
        ({"max_age_s": 9_999}, None, "public, max-age=100, stale-while-revalidate=20, stale-if-error=30"),
        ({"max_age_s": 90, "age_s": 60.9}, None, "public, max-age=30, stale-while-revalidate=20, stale-if-error=30"),
        ({"max_age_s": 90, "age_s": 95.0}, "7", "public, max-age=0, stale-while-revalidate=20, stale-if-error=30"),
        ({"age_s": 95.0}, None, "public, max-age=100, stale-while-revalidate=20, stale-if-error=30"),
        ({"max_age_s": 90, "age_s": 88.0, "is_provisional": True}, None, "public, max-age=2, stale-if-error=30"),
        ({"is_final": False}, None, "public, max-age=3, stale-if-error=30"),
        ({"is_final": False}, "7", "public, max-age=3, stale-if-error=30"),
        ({"is_provisional": True}, "7", "public, max-age=3, stale-if-error=30"),
        ({"fresh_for_s": -5.0}, None, "public, max-age=3"),
        ({"fresh_for_s": -5.0, "max_age_s": 2, "age_s": 99.0}, None, "public, max-age=2"),
        ({"fresh_for_s": -5.0, "max_age_s": 90, "age_s": 99.0}, None, "public, max-age=3"),
    ],
)
def test_how_long_a_picture_lasts(answered, asked, changes, version, wanted):
    settings = HttpSettings(
        max_age_s=100,
        versioned_max_age_s=1000,
        stale_while_revalidate_s=20,
        stale_if_error_s=30,
        fallback_max_age_s=3,
    )
    assert headers.cache_control(answered(**changes), asked(version=version), settings) == wanted


REST = "stale-while-revalidate=20, stale-if-error=30"
NEVER = {"revalidate_s": 0, "error_s": 0}


@pytest.mark.parametrize(
    ("max_age_s", "terms", "wanted", "held"),
    [
        (0, Terms(unkept=True, **NEVER), "no-store", "no-store"),
        (0, Terms(unkept=True, private=True, strict=True, browser_s=60, **NEVER), "no-store", "no-store"),
        (0, Terms(private=True, **NEVER), "private, max-age=0", "private, max-age=0"),
        (0, Terms(private=True, browser_s=60, **NEVER), "private, max-age=60", "private, max-age=53"),
        (0, Terms(private=True, strict=True, browser_s=999, **NEVER), "private, max-age=100, must-revalidate", None),
        (0, Terms(checked=True, **NEVER), "public, no-cache", "public, no-cache"),
        (0, Terms(checked=True, private=True, browser_s=9, **NEVER), "private, no-cache", "private, no-cache"),
        (50, Terms(strict=True, **NEVER), "public, max-age=50, must-revalidate", "public, max-age=43, must-revalidate"),
        (None, Terms(strict=True, **NEVER), "public, max-age=100, must-revalidate", None),
        (90, Terms(browser_s=5, **NEVER), "public, max-age=5, s-maxage=90", "public, max-age=0, s-maxage=83"),
        (5, Terms(browser_s=90, **NEVER), "public, max-age=90, s-maxage=5", "public, max-age=83, s-maxage=0"),
        (999, Terms(browser_s=5, **NEVER), "public, max-age=5, s-maxage=100", "public, max-age=0, s-maxage=100"),
        (50, Terms(error_s=0), "public, max-age=50, stale-while-revalidate=20, stale-if-error=0", None),
        (50, Terms(revalidate_s=7, error_s=999), "public, max-age=50, stale-while-revalidate=7, stale-if-error=30", None),
        (50, Terms(error_s=9), "public, max-age=50, stale-while-revalidate=20, stale-if-error=9", None),
    ],
)  # fmt: skip
def test_nobody_is_allowed_more_than_the_origin_allows(answered, asked, max_age_s, terms, wanted, held):
    settings = HttpSettings(max_age_s=100, stale_while_revalidate_s=20, stale_if_error_s=30, fallback_max_age_s=3)
    answer = answered(max_age_s=max_age_s, terms=terms)
    assert headers.cache_control(answer, asked(), settings) == wanted
    if held is not None:
        assert as_dict(headers.picture(answer, asked(), settings).aged(7.5))["cache-control"] == held
    ignoring = HttpSettings(**settings.model_dump() | {"respect_source": False})
    assert headers.cache_control(answer, asked(), ignoring) == f"public, max-age=100, {REST}"


@pytest.mark.parametrize(
    ("max_age_s", "terms", "wanted"),
    [
        (0, Terms(unkept=True, **NEVER), "no-store"),
        (0, Terms(private=True, browser_s=60, **NEVER), "private, max-age=3"),
        (0, Terms(checked=True, **NEVER), "public, no-cache"),
        (50, Terms(strict=True, **NEVER), "public, max-age=3, must-revalidate"),
        (90, Terms(browser_s=2, **NEVER), "public, max-age=2, s-maxage=3"),
    ],
)
@pytest.mark.parametrize("why", [{"is_provisional": True}, {"is_final": False}, {"fresh_for_s": -5.0, "age_s": 900.0}])
def test_what_will_soon_be_better_is_allowed_no_more_than_the_origin_allows(
    answered, asked, max_age_s, terms, wanted, why
):
    answer = answered(max_age_s=max_age_s, terms=terms, **why)
    assert headers.cache_control(answer, asked(), HttpSettings(fallback_max_age_s=3)) == wanted


def test_a_url_that_ends_takes_neither_private_nor_strict_away(answered, asked):
    soon = asked(expires_at=int(time()) + 1000)
    for terms, said in (
        (Terms(private=True, browser_s=60), "private, max-age=60"),
        (Terms(strict=True), "public, max-age=50, must-revalidate"),
    ):
        answer = answered(max_age_s=50, terms=terms)
        assert headers.cache_control(answer, soon, HttpSettings()) == said


def test_the_sources_life_can_be_ignored(answered, asked):
    settings = HttpSettings(max_age_s=100, respect_source=False)
    said = headers.cache_control(answered(max_age_s=5), asked(), settings)
    assert said.startswith("public, max-age=100,")


def test_the_life_of_a_source_runs_out_while_an_answer_is_held(answered, asked):
    settings = HttpSettings(max_age_s=100, stale_while_revalidate_s=20, stale_if_error_s=30)

    def control(by_s, **changes):
        return as_dict(headers.picture(answered(**changes), asked(), settings).aged(by_s))["cache-control"]

    rest = "stale-while-revalidate=20, stale-if-error=30"
    assert control(0, max_age_s=50) == f"public, max-age=50, {rest}"
    assert control(7.9, max_age_s=50, age_s=10) == f"public, max-age=33, {rest}"
    assert control(60, max_age_s=50) == f"public, max-age=0, {rest}"
    assert control(20, max_age_s=130) == f"public, max-age=100, {rest}"
    assert control(60, max_age_s=130) == f"public, max-age=70, {rest}"
    assert control(1e6) == f"public, max-age=100, {rest}"


@pytest.mark.parametrize(
    ("path", "download", "kind", "wanted"),
    [
        ("a.png", None, "image/webp", "inline; filename*=UTF-8''a.webp"),
        ("x/y/a b.png", None, "image/jpeg", "inline; filename*=UTF-8''a%20b.jpg"),
        ("a.tar.gz", None, "image/png", "inline; filename*=UTF-8''a.tar.png"),
        ("no-ending", None, "image/avif", "inline; filename*=UTF-8''no-ending.avif"),
        (".hidden", None, "image/gif", "inline; filename*=UTF-8''.hidden.gif"),
        ("x/", None, "image/png", "inline; filename*=UTF-8''image.png"),
        ("what?.jpg", None, "image/png", "inline; filename*=UTF-8''what%3F.png"),
        ("https://h/x/a.jpg?s=/b.gif", None, "image/png", "inline; filename*=UTF-8''a.png"),
        ("http:/h/a.jpg", None, "image/png", "inline; filename*=UTF-8''a.png"),
        ("ü'\"\\;\r\n.jpg", None, "image/png", "inline; filename*=UTF-8''%C3%BC%27%22%5C%3B%0D%0A.png"),
        ("a.png", "", "image/jpeg", "attachment; filename*=UTF-8''a.jpg"),
        ("a.png", "team photo.tiff", "image/jpeg", "attachment; filename*=UTF-8''team%20photo.jpg"),
        ("a.png", "東京", "image/jpeg", "attachment; filename*=UTF-8''%E6%9D%B1%E4%BA%AC.jpg"),
    ],
)
def test_the_name_to_save_under_is_safe_and_has_the_right_ending(asked, path, download, kind, wanted):
    assert headers.disposition(asked(path, download=download), kind) == wanted


def test_what_a_picture_says(answered, asked):
    made = headers.picture(answered(), asked(ignored=("ixlib", "ü,b")), HttpSettings(sends_tags=False))
    validating, describing = as_dict(made.validating), as_dict(made.describing)
    assert validating == {
        "etag": '"0123456789abcdef0123456789abcdef"',
        "cache-control": "public, max-age=2592000, stale-while-revalidate=86400, stale-if-error=604800",
        "last-modified": "Thu, 09 Oct 2025 08:53:20 GMT",
        "vary": "Accept",
        "cross-origin-resource-policy": "cross-origin",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "Accept-Ranges, Cache-Status, Content-Disposition, Content-Length, Content-Range, "
        "ETag, Retry-After, Server-Timing, X-Imgcdn-Error, X-Imgcdn-Focus, X-Imgcdn-Ignored, X-Imgcdn-Quality, X-Request-Id",
        "timing-allow-origin": "*",
    }
    assert describing == {
        "content-type": "image/jpeg",
        "content-length": "7",
        "content-disposition": "inline; filename*=UTF-8''a%20b.jpg",
        "x-content-type-options": "nosniff",
        "accept-ranges": "bytes",
        "x-imgcdn-focus": "face;x=0.500;y=0.250;c=0.91",
        "x-imgcdn-ignored": "ixlib, %C3%BC%2Cb",
    }


def test_what_is_not_so_is_not_said(answered, asked):
    settings = HttpSettings(allow_origin="", timing_allow_origin="", resource_policy="same-origin")
    made = headers.picture(answered(varies=False, modified=None, focus=""), asked(), settings)
    said = as_dict([*made.validating, *made.describing])
    assert said["cross-origin-resource-policy"] == "same-origin"
    for absent in (
        "vary", "last-modified", "x-imgcdn-focus", "x-imgcdn-ignored", "access-control-allow-origin",
        "access-control-expose-headers", "timing-allow-origin",
    ):  # fmt: skip
        assert absent not in said


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ("hit", b"imgcdn; hit; ttl=60"),
        ("stored", b"imgcdn; fwd=uri-miss; stored"),
        ("passing", b"imgcdn; fwd=uri-miss"),
        ("collapsed", b"imgcdn; fwd=uri-miss; collapsed"),
    ],
)
def test_cache_status_is_that_of_rfc_9211(answered, how, wanted):
    assert headers.cache_status(answered(cache=how, fresh_for_s=60.9)) == wanted


@pytest.mark.parametrize(
    ("how", "was_shared", "wanted"),
    [
        ("hit", False, b"imgcdn; fwd=stale"),
        ("hit", True, b"imgcdn; fwd=stale; collapsed"),
        ("stored", False, b"imgcdn; fwd=stale; stored"),
        ("passing", True, b"imgcdn; fwd=stale"),
        ("collapsed", True, b"imgcdn; fwd=stale; collapsed"),
    ],
)
def test_cache_status_says_that_a_stale_source_was_asked_for_again(answered, how, was_shared, wanted):
    assert headers.cache_status(answered(cache=how, was_stale=True, was_shared=was_shared)) == wanted


def test_stages_are_told_in_their_order_with_what_they_took():
    timings = {"encode": 1.25, "fetch": 0.04, "focus": 41.06, "unheard-of": 3.0}
    assert headers.server_timing(timings) == b"fetch;dur=0.0, focus;dur=41.1, encode;dur=1.2"
    assert headers.server_timing({}) == b""


@pytest.mark.parametrize(
    ("given", "is_match"),
    [
        (b'"a"', True),
        (b'W/"a"', True),
        (b' "a" ', True),
        (b'"b", "a"', True),
        (b'"b",W/"a"', True),
        (b"*", True),
        (b" * ", True),
        (b'"b"', False),
        (b"a", False),
        (b'"a', False),
        (b'w/"a"', False),
        (b"", False),
        (b'"b, a"', False),
    ],
)
def test_if_none_match_is_compared_weakly(given, is_match):
    assert headers.is_match(given, b'"a"') is is_match


def test_a_cdn_can_be_told_another_life_but_not_of_what_will_soon_be_better(answered, asked):
    settings = HttpSettings(cdn_max_age_s=600)
    assert (b"cdn-cache-control", b"public, max-age=600") in headers.picture(answered(), asked(), settings).validating
    soon = headers.picture(answered(is_provisional=True), asked(), settings).validating
    assert all(name != b"cdn-cache-control" for name, _ in soon)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "public, max-age=600"),
        ({"max_age_s": 50}, "public, max-age=50"),
        ({"max_age_s": 900}, "public, max-age=600"),
        ({"max_age_s": 50, "age_s": 20.9}, "public, max-age=30"),
        ({"max_age_s": 50, "terms": Terms(strict=True, **NEVER)}, "public, max-age=50, must-revalidate"),
        ({"max_age_s": 50, "terms": Terms(browser_s=5, **NEVER)}, "public, max-age=50"),
        ({"max_age_s": 0, "terms": Terms(unkept=True, **NEVER)}, None),
        ({"max_age_s": 0, "terms": Terms(private=True, browser_s=60, **NEVER)}, None),
        ({"max_age_s": 0, "terms": Terms(checked=True, **NEVER)}, None),
    ],
)
def test_a_cdn_is_told_no_longer_life_than_the_sources_and_none_where_it_may_keep_nothing(
    answered, asked, changes, wanted
):
    settings = HttpSettings(cdn_max_age_s=600)
    made = headers.picture(answered(**changes), asked(), settings)
    assert as_dict(made.validating).get("cdn-cache-control") == wanted
    ignoring = HttpSettings(cdn_max_age_s=600, respect_source=False)
    said = as_dict(headers.picture(answered(**changes), asked(), ignoring).validating)
    assert said["cdn-cache-control"] == "public, max-age=600"


def test_a_cdn_is_told_no_longer_life_than_the_urls(answered, asked):
    soon = asked(expires_at=int(time()) + 100)
    said = as_dict(headers.picture(answered(), soon, HttpSettings(cdn_max_age_s=600)).validating)["cdn-cache-control"]
    assert 90 <= int(said.removeprefix("public, max-age=")) <= 101


def test_the_life_that_a_cdn_is_told_runs_out_while_an_answer_is_held(answered, asked):
    made = headers.picture(answered(max_age_s=50), asked(), HttpSettings(cdn_max_age_s=40))
    lives = [as_dict(made.aged(by_s))["cdn-cache-control"] for by_s in (0, 9, 20.5, 99)]
    assert lives == [f"public, max-age={left_s}" for left_s in (40, 40, 30, 0)]


def test_tags_for_purges_hold_neither_commas_nor_spaces_within_them(answered, asked):
    ask = asked(path="team/a b,c.png", preset="avatar", tags=("spring",))
    said = as_dict(headers.picture(answered(), ask, HttpSettings()).validating)
    wanted = ["source:img/team/a%20b%2Cc.png", "origin:img", "spring", "preset:avatar", f"digest:{'d' * 64}"]
    assert said["cache-tag"].split(",") == wanted
    assert said["surrogate-key"].split(" ") == wanted


def test_tags_can_be_kept_back(answered, asked):
    said = as_dict(headers.picture(answered(), asked(), HttpSettings(sends_tags=False)).validating)
    assert not {"cache-tag", "surrogate-key"} & said.keys()
