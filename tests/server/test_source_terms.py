"""What a web origin says of keeping its pictures is not widened, neither in words nor by showing them (RFC 9111)."""

import re
import time
from dataclasses import dataclass

import pytest
from scripted import Origin, Script, answer, validated
from serving import assert_problem, eventually

SETTINGS = """
[[mount]]
name = "web"
origin = "{url}"

[freshness]
failed_s = 0.2

[http]
cdn_max_age_s = 4321
{more}

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""
BOUNDED = "max_age_s = 5000\nversioned_max_age_s = 4500\n[fetch]\nmax_fresh_s = 200"
OVER_S = 1.2
"""After so long the least life that a source is believed (fetch.min_fresh_s) is over."""


@pytest.fixture(scope="module")
def origin():
    made = Origin()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(module_serve, origin):
    return module_serve(settings=SETTINGS.format(url=origin.url, more=BOUNDED))


@pytest.fixture(scope="module")
def deaf(module_serve, origin):
    """A server that passes on nothing of what an origin says."""
    more = "respect_source = false\nallow_origin = ''\ntiming_allow_origin = 'https://a.example'\nresource_policy = 'same-site'"
    return module_serve(settings=SETTINGS.format(url=origin.url, more=more))


@pytest.fixture
def picture(photos):
    return (photos / "photo.jpg").read_bytes()


@dataclass
class Said:
    """Directives of Cache-Control by name, and CDN-Cache-Control whole."""

    control: dict[str, int | None]
    cdn: str | None


def said(found):
    assert found.status_code == 200, found.text
    pieces = (piece.partition("=") for piece in found.headers["cache-control"].split(", "))
    control = {name: int(value) if value else None for name, _, value in pieces}
    return Said(control, found.headers.get("cdn-cache-control"))


def slug(control: str) -> str:
    return re.sub(r"\W+", "-", control)


def says(control: str, picture: bytes) -> Script:
    return validated(picture, '"one"', Cache_Control=control)


@pytest.mark.parametrize(
    ("control", "wanted"),
    [
        ("no-store", "no-store"),
        ("private", "private, max-age=0"),
        ("private, max-age=0, must-revalidate", "private, max-age=0, must-revalidate"),
        ("no-cache", "public, no-cache"),
        ("private, no-cache", "private, no-cache"),
    ],
)
def test_what_shared_caches_may_not_keep_is_never_widened_rendered_held_or_later(
    server, origin, picture, control, wanted
):
    path = f"/{slug(control)}.jpg"
    origin.scripts[path] = says(control, picture)
    for late_s in (0, 0, 0, OVER_S, 0):
        time.sleep(late_s)
        found = server.get(f"/web{path}?w=40")
        assert (found.status_code, found.headers["cache-control"]) == (200, wanted)
        assert "cdn-cache-control" not in found.headers
    same = server.ask("GET", f"/web{path}?w=40", if_none_match=found.headers["etag"])
    assert (same.status_code, same.headers["cache-control"]) == (304, wanted)
    assert origin.asked[path] >= 2, "it was asked for again"


def test_what_browsers_alone_may_keep_is_for_them(server, origin, picture):
    origin.scripts["/mine.jpg"] = says("private, max-age=3000", picture)
    found = said(server.get("/web/mine.jpg?w=40"))
    assert found.control.keys() == {"private", "max-age"}
    assert 2000 <= found.control["max-age"] <= 3000
    assert found.cdn is None


def test_s_maxage_is_for_shared_caches_and_max_age_for_browsers(server, origin, picture):
    origin.scripts["/shared.jpg"] = says("max-age=5, s-maxage=3000", picture)
    first = said(server.get("/web/shared.jpg?w=40"))
    assert first.control.keys() == {"public", "max-age", "s-maxage"}
    assert first.control["max-age"] <= 5
    assert 2000 <= first.control["s-maxage"] <= 3000
    assert 2000 <= int(first.cdn.removeprefix("public, max-age=")) <= 3000

    def spent():
        found = said(server.get("/web/shared.jpg?w=40"))
        shorter = found.control["s-maxage"] < first.control["s-maxage"] and int(found.cdn.rpartition("=")[2]) < 3000
        return shorter and found.control["max-age"] < 5

    eventually(spent, 10, "every life grows shorter, from memory, too")
    assert origin.asked["/shared.jpg"] == 1


def test_a_cdn_is_told_no_longer_life_than_the_sources_and_less_from_hit_to_hit(server, origin, picture):
    origin.scripts["/edge.jpg"] = says("max-age=3000", picture)

    def life():
        return int(said(server.get("/web/edge.jpg?w=40")).cdn.removeprefix("public, max-age="))

    first = life()
    assert 2000 <= first <= 3000
    life()  # from here on the memory has it
    eventually(lambda: life() < first, 10, "it counts down")
    assert origin.asked["/edge.jpg"] == 1


@pytest.mark.parametrize("control", ["max-age=1, must-revalidate", "max-age=1, proxy-revalidate", "s-maxage=1", "no-cache", "no-store", "private"])  # fmt: skip
def test_what_may_not_be_stale_is_neither_promised_nor_shown_when_the_origin_fails(server, origin, picture, control):
    path = f"/strict{slug(control)}.jpg"
    origin.scripts[path] = says(control, picture)
    promised = said(server.get(f"/web{path}?w=40")).control
    assert not {"stale-while-revalidate", "stale-if-error"} & promised.keys()
    assert ("must-revalidate" in promised) == ("revalidate" in control)
    time.sleep(OVER_S)
    origin.scripts[path] = answer(status=503)
    for _ in range(2):
        assert_problem(server.get(f"/web{path}?w=40"), 502, "source_error")
        assert_problem(server.get(f"/web{path}?w=41"), 502, "source_error")
    origin.scripts[path] = says(control, picture)
    found = eventually(lambda: (got := server.get(f"/web{path}?w=40")).status_code == 200 and got, 10, "it is back")
    assert found.headers["cache-status"] == "imgcdn; fwd=stale", "nothing is rendered anew"


def test_an_origin_that_allows_no_use_on_errors_is_heard_and_one_that_allows_some_is(server, origin, picture):
    origin.scripts["/never.jpg"] = says("max-age=1, stale-while-revalidate=0, stale-if-error=0", picture)
    origin.scripts["/some.jpg"] = says("max-age=1, stale-while-revalidate=0, stale-if-error=500", picture)
    never, some = (said(server.get(f"/web/{name}.jpg?w=40")).control for name in ("never", "some"))
    assert not {"stale-while-revalidate", "stale-if-error"} & never.keys()
    assert (some["stale-while-revalidate"], some["stale-if-error"]) == (0, 500)
    time.sleep(OVER_S)
    for path in ("/never.jpg", "/some.jpg"):
        origin.scripts[path] = answer(status=503)
    assert_problem(server.get("/web/never.jpg?w=40"), 502, "source_error")
    stale = server.get("/web/some.jpg?w=40")
    assert (stale.status_code, said(stale).control["max-age"] <= 1) == (200, True)


def test_what_is_stale_has_no_longer_a_life_than_what_was_fresh(server, origin, picture):
    origin.scripts["/short.jpg"] = answer(picture, Cache_Control="max-age=1")
    assert said(server.get("/web/short.jpg?w=40")).control["max-age"] <= 1
    time.sleep(OVER_S)
    origin.scripts["/short.jpg"] = answer(status=503)
    for _ in range(3):
        stale = said(server.get("/web/short.jpg?w=40")).control
        assert stale.keys() == {"public", "max-age"}
        assert stale["max-age"] <= 1


def test_a_life_is_at_most_that_of_the_settings_and_believed_here_for_at_most_max_fresh_s(server, origin, picture):
    origin.scripts["/long.jpg"] = says("max-age=6000", picture)
    assert said(server.get("/web/long.jpg?w=40")).control["max-age"] == 5000
    versioned = said(server.get("/web/long.jpg?w=40&v=1")).control
    assert versioned["max-age"] == 4500
    assert "immutable" not in versioned
    ttl = int(server.get("/web/long.jpg?w=40").headers["cache-status"].partition("ttl=")[2])
    assert 0 <= ttl <= 200


@pytest.mark.parametrize("control", ["no-store", "private", "max-age=1, must-revalidate", "max-age=5, s-maxage=300"])
def test_without_respect_for_the_source_the_settings_alone_count_and_stale_pictures_are_shown(
    deaf, origin, picture, control
):
    path = f"/deaf{slug(control)}.jpg"
    origin.scripts[path] = says(control, picture)
    found = deaf.get(f"/web{path}?w=40")
    assert (
        found.headers["cache-control"] == "public, max-age=2592000, stale-while-revalidate=86400, stale-if-error=604800"
    )
    assert found.headers["cdn-cache-control"] == "public, max-age=4321"
    if "s-maxage" in control:
        return
    time.sleep(OVER_S)
    origin.scripts[path] = answer(status=503)
    for _ in range(3):
        found = deaf.get(f"/web{path}?w=40")
        assert (found.status_code, found.headers["cache-control"]) == (200, "public, max-age=60")


def test_who_may_use_an_answer_is_what_the_settings_say(deaf, server, origin, picture):
    origin.scripts["/open.jpg"] = answer(picture)
    for target in ("/web/open.jpg?w=40", "/web/open.jpg?w=wide", "/web/none.jpg"):
        for _ in range(3):  # rendered, from disk, from memory
            told = deaf.get(target).headers
            assert (told["cross-origin-resource-policy"], told["timing-allow-origin"]) == (
                "same-site",
                "https://a.example",
            )
            assert not [name for name in told if name.startswith("access-control")]
        told = server.get(target).headers
        assert (told["cross-origin-resource-policy"], told["timing-allow-origin"]) == ("cross-origin", "*")
        assert told["access-control-allow-origin"] == "*"
        assert "ETag" in told["access-control-expose-headers"]
    assert not [name for name in deaf.ask("OPTIONS", "/web/open.jpg").headers if name.startswith("access-control")]
