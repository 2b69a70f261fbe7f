"""What becomes of a web source whose life is over, on a real server with a real origin that goes wrong in every way."""

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from measuring import opened
from scripted import Origin, answer, hang_up, validated
from serving import assert_problem, eventually

SETTINGS = """
[[mount]]
name = "web"
origin = "{url}"

[freshness]
stale_s = {stale_s}
stale_if_error_s = 600
gone_grace_s = {grace_s}
not_found_s = {not_found_s}
failed_s = {failed_s}

[fetch]
total_timeout_s = 5

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""
BRIEF = {"Cache_Control": "max-age=1"}
OVER_S = 1.2
"""After so long the life of what BRIEF came with is over."""
SHORT = frozenset({"public, max-age=0", "public, max-age=1"})
"""Date has whole seconds, so that a second of the origin's life may be over when the answer comes (RFC 9111, 4.2.3)."""
"""What is stale says no longer a life than what was fresh."""
SLOW_S = 1.5


@pytest.fixture(scope="module")
def origin():
    made = Origin()
    yield made
    made.close()


@pytest.fixture(scope="module")
def start(module_serve, origin):
    def make(*, stale_s=600, grace_s=2, not_found_s=2, failed_s=1):
        return module_serve(
            settings=SETTINGS.format(
                url=origin.url, stale_s=stale_s, grace_s=grace_s, not_found_s=not_found_s, failed_s=failed_s
            )
        )

    return make


@pytest.fixture(scope="module")
def server(start):
    """Stale sources are served while they are renewed."""
    return start()


@pytest.fixture(scope="module")
def strict(start):
    """Stale sources are served only when their origin fails."""
    return start(stale_s=0)


@pytest.fixture
def picture(photos):
    return (photos / "photo.jpg").read_bytes()


@pytest.fixture
def other(photos):
    return (photos / "p3.jpg").read_bytes()


def shape(found):
    """Tell photo.jpg, 27 px high at this width, from p3.jpg, 20 px high."""
    assert found.status_code == 200, found.text
    assert opened(found.content).width == 40
    return {27: "photo", 20: "p3"}[opened(found.content).height]


def timed(server, target):
    begun = time.monotonic()
    found = server.get(target)
    return found, time.monotonic() - begun


def assert_left(found, life_s, since):
    """Expect a life of `life_s` in Cache-Control, less at most the whole seconds since the origin was asked."""
    left = int(found.headers["cache-control"].removeprefix("public, max-age=").split(",")[0])
    assert life_s - math.ceil(time.monotonic() - since) <= left <= life_s


# stale-while-revalidate


def test_a_stale_source_is_served_at_once_while_a_slow_origin_is_asked_once(server, origin, picture, other):
    origin.scripts["/slow.jpg"] = answer(picture, **BRIEF)
    assert shape(server.get("/web/slow.jpg?w=40")) == "photo"
    time.sleep(OVER_S)
    origin.scripts["/slow.jpg"] = answer(other, delay_s=SLOW_S, Cache_Control="max-age=100")
    asked_at = time.monotonic()
    for _ in range(5):
        found, took_s = timed(server, "/web/slow.jpg?w=40")
        assert shape(found) == "photo"
        assert took_s < SLOW_S / 2
        assert found.headers["cache-control"] in SHORT
        assert "ttl=" in found.headers["cache-status"]
    eventually(lambda: shape(server.get("/web/slow.jpg?w=40")) == "p3", 5, "it is renewed")
    assert origin.asked["/slow.jpg"] == 2
    renewed = server.get("/web/slow.jpg?w=40")
    assert_left(renewed, 100, asked_at)


def test_a_new_size_of_a_stale_source_is_made_of_what_is_there(server, origin, picture):
    origin.scripts["/sizes.jpg"] = answer(picture, **BRIEF)
    server.get("/web/sizes.jpg?w=41")
    time.sleep(OVER_S)
    origin.scripts["/sizes.jpg"] = answer(picture, delay_s=SLOW_S, **BRIEF)
    found, took_s = timed(server, "/web/sizes.jpg?w=40")
    assert shape(found) == "photo"
    assert found.headers["cache-control"] in SHORT
    assert took_s < SLOW_S


def test_the_origin_is_asked_whether_it_changed_and_304_renews_every_size(server, origin, picture):
    date = "Tue, 03 Feb 2026 04:05:06 GMT"
    origin.scripts["/same.jpg"] = validated(picture, '"one"', Last_Modified=date, **BRIEF)
    made = {width: server.get(f"/web/same.jpg?w={width}").headers["etag"] for width in (40, 50, 60)}
    assert "if-none-match" not in origin.headers["/same.jpg"]
    time.sleep(OVER_S)
    origin.scripts["/same.jpg"] = validated(picture, '"one"', Last_Modified=date, Cache_Control="max-age=100")
    asked_at = time.monotonic()
    server.get("/web/same.jpg?w=40")
    eventually(lambda: origin.asked["/same.jpg"] == 2, 5, "the origin is asked")
    sent = origin.headers["/same.jpg"]
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('"one"', date)
    for width, etag in made.items():
        found = eventually(lambda width=width: fresh(server, f"/web/same.jpg?w={width}"), 5, "it is fresh")
        assert found.headers["etag"] == etag
        assert found.headers["cache-status"].startswith("imgcdn; hit"), "nothing is rendered anew"
        assert_left(found, 100, asked_at)
    assert origin.asked["/same.jpg"] == 2


def fresh(server, target):
    found = server.get(target)
    return found if found.headers["cache-control"] not in SHORT else None


def test_a_source_that_may_not_be_stale_is_waited_for(strict, origin, picture, other):
    origin.scripts["/waited.jpg"] = answer(picture, **BRIEF)
    assert shape(strict.get("/web/waited.jpg?w=40")) == "photo"
    time.sleep(OVER_S)
    origin.scripts["/waited.jpg"] = answer(other, delay_s=0.3, **BRIEF)
    asked_at = time.monotonic()
    found = strict.get("/web/waited.jpg?w=40")
    assert shape(found) == "p3"
    assert_left(found, 1, asked_at)


def test_cache_status_says_that_a_stale_source_was_waited_for_and_who_waited_for_anothers_question(
    strict, origin, picture, other
):
    def state(found):
        assert found.status_code == 200
        return found.headers["cache-status"].removeprefix("imgcdn; ")

    origin.scripts["/told.jpg"] = validated(picture, '"one"', **BRIEF)
    assert state(strict.get("/web/told.jpg?w=143")) == "fwd=uri-miss; stored"
    time.sleep(OVER_S)
    assert state(strict.get("/web/told.jpg?w=143")) == "fwd=stale"
    time.sleep(OVER_S)
    assert state(strict.get("/web/told.jpg?w=144")) == "fwd=uri-miss; stored", "this size was never there"
    time.sleep(OVER_S)
    may_go_on = threading.Event()

    def held(handler):
        assert may_go_on.wait(30)
        validated(picture, '"one"', **BRIEF)(handler)

    origin.scripts["/told.jpg"] = held
    with ThreadPoolExecutor(2) as asking:
        both = [asking.submit(strict.get, "/web/told.jpg?w=143") for _ in range(2)]
        eventually(lambda: in_flight(strict) == 3, 20, "both wait, while this question is asked")
        may_go_on.set()
    assert sorted(state(one.result()) for one in both) == ["fwd=stale", "fwd=stale; collapsed"]
    time.sleep(OVER_S)
    origin.scripts["/told.jpg"] = answer(other, **BRIEF)
    assert state(strict.get("/web/told.jpg?w=143")) == "fwd=stale; stored"


def in_flight(server):
    lines = server.get("/-/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("imgcdn_requests_in_flight "))


def test_a_304_that_does_not_repeat_the_life_gives_all_of_it_anew(server, origin, picture):
    origin.scripts["/anew.jpg"] = validated(picture, '"one"', Cache_Control="max-age=100", Age="99")
    assert "max-age=1," in server.get("/web/anew.jpg?w=40").headers["cache-control"]
    time.sleep(OVER_S)
    origin.scripts["/anew.jpg"] = validated(picture, '"one"')
    asked_at = time.monotonic()
    found = eventually(lambda: fresh(server, "/web/anew.jpg?w=40"), 5, "it is fresh")
    assert_left(found, 100, asked_at)
    assert origin.asked["/anew.jpg"] == 2


# sources that are gone


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_source_that_is_gone_is_served_for_a_grace_and_refused_after_it(server, origin, picture, status):
    path = f"/gone{status}.jpg"
    origin.scripts[path] = answer(picture, **BRIEF)
    server.get(f"/web{path}?w=40")
    time.sleep(OVER_S)
    origin.scripts[path] = answer(status=status)
    begun = time.monotonic()
    found = server.get(f"/web{path}?w=40")
    assert shape(found) == "photo"
    assert found.headers["cache-control"] in SHORT
    code = {404: "source_not_found", 410: "source_gone", 403: "source_forbidden"}[status]
    eventually(lambda: server.get(f"/web{path}?w=40").status_code == status, 8, "the grace is over")
    assert time.monotonic() - begun > 1.5
    for _ in range(3):
        assert_problem(server.get(f"/web{path}?w=40"), status, code)
    assert_problem(server.get(f"/web{path}?w=44"), status, code)


def test_a_source_that_comes_back_within_the_grace_is_served_on(server, origin, picture):
    origin.scripts["/back.jpg"] = answer(picture, **BRIEF)
    server.get("/web/back.jpg?w=40")
    time.sleep(OVER_S)
    origin.scripts["/back.jpg"] = answer(status=404)
    server.get("/web/back.jpg?w=40")
    eventually(lambda: origin.asked["/back.jpg"] == 2, 5, "it is known to be gone")
    origin.scripts["/back.jpg"] = answer(picture, Cache_Control="max-age=100")
    found = eventually(lambda: fresh(server, "/web/back.jpg?w=40"), 8, "it is back")
    assert shape(found) == "photo"


# origins that fail


BROKEN = {
    "error-500": answer(status=500),
    "busy-503": answer(status=503),
    "hang-up": hang_up,
    "breaks-off": answer(b"\xff\xd8\xff\xe0half", Content_Length="100000", Connection="close"),
    "login-page": answer(b"<html>Please log in</html>", Content_Type="image/jpeg"),
    "empty": answer(b""),
    "zipped": answer(b"x", Content_Encoding="gzip"),
    "part": answer(b"part", status=206),
    "too-large": answer(b"", Content_Length="99000000000"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_an_origin_that_fails_is_covered_by_the_stale_picture_for_a_short_time(strict, origin, picture, how):
    path = f"/{how}.jpg"
    origin.scripts[path] = answer(picture, **BRIEF)
    kept = strict.get(f"/web{path}?w=40").content
    time.sleep(OVER_S)
    origin.scripts[path] = BROKEN[how]
    for _ in range(3):
        found = strict.get(f"/web{path}?w=40")
        assert (found.status_code, found.content) == (200, kept)
        assert found.headers["cache-control"] in SHORT
    assert shape(strict.get(f"/web{path}?w=40&q=50")) == "photo", "other renditions too"
    origin.scripts[path] = answer(picture, Cache_Control="max-age=100")
    eventually(lambda: fresh(strict, f"/web{path}?w=40"), 8, "the origin is asked again")


def test_an_origin_that_is_silent_is_covered_too(start, origin, picture):
    server = start(stale_s=600)
    origin.scripts["/silent.jpg"] = answer(picture, **BRIEF)
    server.get("/web/silent.jpg?w=40")
    time.sleep(OVER_S)
    origin.scripts["/silent.jpg"] = answer(picture, delay_s=8)
    found, took_s = timed(server, "/web/silent.jpg?w=40")
    assert shape(found) == "photo"
    assert found.headers["cache-control"] in SHORT
    assert took_s < 1


def test_an_origin_that_flaps_never_changes_what_is_served(server, origin, picture):
    origin.scripts["/flapping.jpg"] = answer(picture, **BRIEF)
    kept = server.get("/web/flapping.jpg?w=40").content
    until = time.monotonic() + 5
    turn = 0
    while time.monotonic() < until:
        turn += 1
        origin.scripts["/flapping.jpg"] = list(BROKEN.values())[turn % 4] if turn % 2 else answer(picture, **BRIEF)
        found = server.get("/web/flapping.jpg?w=40")
        assert (found.status_code, found.content) == (200, kept)
        time.sleep(0.05)


def test_a_picture_that_was_cut_short_is_422_and_heals_although_its_entity_tag_stays(server, origin, picture):
    """The origin announces half of the picture, sends that, and gives it the entity tag of the whole."""
    half = picture[: len(picture) // 2]
    origin.scripts["/half.jpg"] = validated(half, '"one"', Cache_Control="max-age=100000")
    assert_problem(server.get("/web/half.jpg?w=40"), 422, "corrupt_image")
    origin.scripts["/half.jpg"] = validated(picture, '"one"', Cache_Control="max-age=100000")
    eventually(lambda: server.get("/web/half.jpg?w=40").status_code == 200, 10, "it is fetched whole")
    assert shape(server.get("/web/half.jpg?w=40")) == "photo"
    assert "if-none-match" not in origin.headers["/half.jpg"]


def test_an_error_page_in_place_of_a_picture_is_415_for_a_short_time_only(server, origin, picture):
    origin.scripts["/page.jpg"] = answer(
        b"<html>Oops</html>", Cache_Control="max-age=100000", Content_Type="image/jpeg"
    )
    said = server.get("/web/page.jpg?w=40")
    assert_problem(said, 415, "unsupported_source_format")
    assert said.headers["cache-control"] == "public, max-age=60"
    origin.scripts["/page.jpg"] = answer(picture)
    eventually(lambda: server.get("/web/page.jpg?w=40").status_code == 200, 8, "it is asked for again")


def test_other_bytes_under_the_same_entity_tag_are_other_pictures(strict, origin, picture, other):
    """The origin does not compare, and gives both the same entity tag and date."""
    same = {"ETag": '"same"', "Last_Modified": "Tue, 03 Feb 2026 04:05:06 GMT", **BRIEF}
    origin.scripts["/etag.jpg"] = answer(picture, **same)
    before = strict.get("/web/etag.jpg?w=40")
    time.sleep(OVER_S)
    origin.scripts["/etag.jpg"] = answer(other, **same)
    after = strict.get("/web/etag.jpg?w=40", if_none_match=before.headers["etag"])
    assert (shape(before), shape(after)) == ("photo", "p3")
    assert after.headers["etag"] != before.headers["etag"]


# failures that are remembered


@pytest.mark.parametrize(
    ("status", "code", "life_s"), [(404, "source_not_found", 2), (410, "source_gone", 2), (500, "source_error", 1)]
)
def test_a_failure_is_believed_for_a_time_and_costs_the_origin_one_question(server, origin, status, code, life_s):
    path = f"/never{status}.jpg"
    origin.scripts[path] = answer(status=status)
    wanted = 502 if status == 500 else status
    begun = time.monotonic()
    for width in range(20, 40):
        assert_problem(server.get(f"/web{path}?w={width}"), wanted, code)
    before = origin.asked[path]
    assert before <= 1 + (time.monotonic() - begun) // life_s, "once in a life, however slow this machine is"
    time.sleep(life_s + 0.2)
    assert_problem(server.get(f"/web{path}?w=20"), wanted, code)
    assert origin.asked[path] == before + 1


def test_a_picture_that_appears_is_served_when_the_failure_is_no_longer_believed(server, origin, picture):
    assert server.get("/web/late.jpg?w=40").status_code == 404
    origin.scripts["/late.jpg"] = answer(picture)
    assert server.get("/web/late.jpg?w=40").status_code == 404
    eventually(lambda: server.get("/web/late.jpg?w=40").status_code == 200, 5, "it is there now")


def test_a_restart_keeps_what_is_known_and_asks_with_validators(serve, origin, picture, tmp_path):
    settings = SETTINGS.format(url=origin.url, stale_s=600, grace_s=2, not_found_s=2, failed_s=1)
    origin.scripts["/kept.jpg"] = validated(picture, '"one"', **BRIEF)
    first = serve(settings=settings, cache=tmp_path / "cache")
    made = first.get("/web/kept.jpg?w=40")
    first.end()
    time.sleep(OVER_S)
    origin.scripts["/kept.jpg"] = validated(picture, '"one"', delay_s=SLOW_S, **BRIEF)
    second = serve(settings=settings, cache=tmp_path / "cache")
    found, took_s = timed(second, "/web/kept.jpg?w=40")
    assert found.content == made.content
    assert took_s < SLOW_S / 2
    eventually(lambda: origin.asked["/kept.jpg"] == 2, 5, "it asks")
    assert origin.headers["/kept.jpg"]["if-none-match"] == '"one"'


def test_two_servers_on_one_cache_share_what_one_of_them_learned(serve, origin, picture, tmp_path):
    settings = SETTINGS.format(url=origin.url, stale_s=600, grace_s=2, not_found_s=2, failed_s=1)
    origin.scripts["/shared.jpg"] = answer(picture, Cache_Control="max-age=100")
    one = serve(settings=settings, cache=tmp_path / "cache")
    two = serve(settings=settings, cache=tmp_path / "cache")
    assert one.get("/web/shared.jpg?w=40").content == two.get("/web/shared.jpg?w=40").content
    assert two.get("/web/shared.jpg?w=40").headers["cache-status"].startswith("imgcdn; hit")
    assert origin.asked["/shared.jpg"] == 1
