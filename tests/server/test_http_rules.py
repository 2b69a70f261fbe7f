"""Rules of the HTTP contract that no other module here asks of a real server on loopback."""

import re
import time

import pytest
from measuring import opened
from scripted import Origin, answer
from serving import CHROME, SAFARI_13, SAFARI_15, assert_problem, eventually

from imgcdn.dialects.signing import Signing

SECRET = "a-secret-of-this-server"
SETTINGS = """
[[mount]]
name = "web"
origin = "{url}"

[[mount]]
name = "img"
origin = "{photos}"
tags = ["team:a"]
strict = false

[presets]
small = "w=50"

[signing.keys]
main = "{secret}"

[fetch]
allow_private = ["127.0.0.1/32"]

[http]
cdn_max_age_s = 4321

[server]
access_log = "all"

[limits]
max_frames = 3

"""
LEAN = """
[gravity]
pull_models = false
models_dir = "/nonexistent"
"""
PHOTO = "/img/photo.jpg"


@pytest.fixture(scope="module")
def origin():
    made = Origin()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(module_serve, photos, origin):
    return module_serve(settings=SETTINGS.format(url=origin.url, photos=photos, secret=SECRET) + LEAN)


def life(found):
    return int(re.search(r"max-age=(\d+)", found.headers["cache-control"])[1])


# §1 negotiation


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "jpeg"),
        ("image/*", "jpeg"),
        ("image/*;q=1, image/webp;q=0", "jpeg"),
        ("image/avif;q=0, image/webp;q=0, */*", "jpeg"),
        ("image/avif;q=0, image/webp;q=0.1, */*;q=1", "webp"),
        ("IMAGE/WEBP;Q=0.5", "webp"),
    ],
)
def test_a_modern_format_counts_only_when_it_is_named_with_a_q_above_0(server, accept, kind):
    assert server.ask("GET", f"{PHOTO}?w=31", accept=accept).headers["content-type"] == f"image/{kind}"


def test_vary_is_on_the_base_format_on_304_on_parts_on_errors_and_on_hits(server):
    target = f"{PHOTO}?w=32"
    for _ in range(3):  # rendered, from disk, from memory
        found = server.ask("GET", target, accept=SAFARI_13)
        assert (found.headers["content-type"], found.headers["vary"]) == ("image/jpeg", "Accept")
        same = server.ask("GET", target, accept=SAFARI_13, if_none_match=found.headers["etag"])
        assert (same.status_code, same.headers["vary"]) == (304, "Accept")
    part = server.ask("GET", target, accept=SAFARI_13, range="bytes=0-9")
    assert (part.status_code, part.headers["vary"]) == (206, "Accept")
    beyond = server.ask("GET", target, accept=SAFARI_13, range="bytes=999999999-")
    assert (beyond.status_code, beyond.headers["vary"]) == (416, "Accept")
    for wrong in ("/img/none.jpg?w=32", f"{PHOTO}?w=wide", f"{PHOTO}?rect=9000,9000,5,5"):
        assert server.ask("GET", wrong, accept=SAFARI_13).headers["vary"] == "Accept"


def test_accept_is_reduced_to_a_bucket_before_it_touches_a_cache_key(server):
    first = server.ask("GET", f"{PHOTO}?w=33", accept=SAFARI_15)
    other = server.ask("GET", f"{PHOTO}?w=33", accept="text/plain;q=0.1, image/webp;q=0.3, x/y")
    assert first.headers["cache-status"] == "imgcdn; fwd=uri-miss; stored"
    assert other.headers["cache-status"].startswith("imgcdn; hit; ttl=")
    assert other.headers["etag"] == first.headers["etag"]


def test_who_excludes_every_picture_with_q_0_is_told_so_and_who_lists_none_gets_one(server):
    target = f"{PHOTO}?w=44"
    for _ in range(3):  # rendered, from disk, from memory
        assert server.ask("GET", target, accept="text/html, application/json").headers["content-type"] == "image/jpeg"
        refused = server.ask("GET", target, accept="text/html, image/*;q=0")
        assert_problem(refused, 406, "not_acceptable")
        assert (refused.headers["vary"], refused.headers["cache-control"]) == ("Accept", "no-store")
    named = server.ask("GET", f"{target}&format=png", accept="*/*;q=0")
    assert (named.status_code, named.headers["content-type"]) == (200, "image/png"), "the URL has the last word"


# §2 headers


def test_cache_control_gives_the_settings_life_and_what_may_be_stale(server):
    said = server.get(f"{PHOTO}?w=34").headers["cache-control"]
    assert said == "public, max-age=2592000, stale-while-revalidate=86400, stale-if-error=604800"
    versioned = server.get(f"{PHOTO}?w=34&v=2").headers["cache-control"]
    assert "max-age=31536000" in versioned
    assert versioned.endswith(", immutable")


def test_the_age_that_a_source_came_with_is_taken_off_its_life(server, origin, photos):
    body = (photos / "photo.jpg").read_bytes()
    origin.scripts["/aged.jpg"] = answer(body, Cache_Control="max-age=600", Age="500")
    found = server.get("/web/aged.jpg?w=35")
    assert 90 <= life(found) <= 100
    old = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() - 400))

    def dated(handler):
        handler.send_response_only(200)
        for name, value in (("Date", old), ("Cache-Control", "max-age=600"), ("Content-Length", str(len(body)))):
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    origin.scripts["/dated.jpg"] = dated
    assert 190 <= life(server.get("/web/dated.jpg?w=35&v=1")) <= 200


def test_the_life_of_a_source_is_spent_here_too_on_disk_and_in_memory(server, origin, photos):
    origin.scripts["/spent.jpg"] = answer((photos / "photo.jpg").read_bytes(), Cache_Control="max-age=600")
    target = "/web/spent.jpg?w=36"
    first = life(server.get(target))
    assert 590 <= first <= 600
    server.get(target)  # from here on the memory has it
    eventually(lambda: life(server.get(target)) < first, 10, "the life that is left grows shorter")
    found = server.get(target)
    assert life(server.ask("GET", target, if_none_match=found.headers["etag"])) <= life(found)
    assert origin.asked["/spent.jpg"] == 1


def test_the_edge_may_be_told_another_life(server):
    assert server.get(f"{PHOTO}?w=37").headers["cdn-cache-control"] == "public, max-age=4321"


def test_tags_name_source_mount_preset_digest_and_the_mounts_own(server):
    headers = server.get(f"{PHOTO}?preset=small").headers
    tags = headers["cache-tag"].split(",")
    assert headers["surrogate-key"].split(" ") == tags
    assert {"source:img/photo.jpg", "origin:img", "team:a", "preset:small"} < set(tags)
    assert re.fullmatch("digest:[0-9a-f]{64}", next(tag for tag in tags if tag.startswith("digest:")))


def test_what_no_cache_is_asked_for_is_a_bypass(server):
    for _ in range(2):
        assert server.get(f"{PHOTO}?w=45&explain=1").headers["cache-status"] == "imgcdn; fwd=bypass"


def test_the_focus_is_a_structured_field(server):
    said = server.get(f"{PHOTO}?w=38&h=38&gravity=attention").headers["x-imgcdn-focus"]
    assert re.fullmatch(r"attention;x=[01]\.\d{3};y=[01]\.\d{3}(;c=[01]\.\d{2})?", said)


# §3 methods and ranges


def test_a_multi_range_is_answered_whole_and_if_range_decides_for_one(server):
    target = f"{PHOTO}?w=39"
    whole = server.get(target)
    several = server.ask("GET", target, range="bytes=0-1,5-6")
    assert (several.status_code, several.content) == (200, whole.content)
    part = server.ask("GET", target, range="bytes=2-5", if_range=whole.headers["etag"])
    assert (part.status_code, part.content) == (206, whole.content[2:6])
    other = server.ask("GET", target, range="bytes=2-5", if_range='"another"')
    assert (other.status_code, other.content) == (200, whole.content)


# §5 and §6 failures


def test_a_404_may_be_kept_for_60_s_and_a_5xx_not_at_all_but_asked_again_after_5(server, origin):
    gone = server.get("/web/none.jpg?w=40")
    assert_problem(gone, 404, "source_not_found")
    assert gone.headers["cache-control"] == "public, max-age=60"
    origin.scripts["/down.jpg"] = answer(status=503)
    down = server.get("/web/down.jpg?w=40")
    assert_problem(down, 502, "source_error")
    assert (down.headers["cache-control"], down.headers["retry-after"]) == ("no-store", "5")


def test_an_animation_of_more_frames_than_the_limit_is_413_whatever_is_asked_of_it(server):
    for query in ("w=20", "w=20&frame=1", "format=jpeg"):
        assert_problem(server.get(f"/img/film.gif?{query}"), 413, "too_many_frames")


def test_without_a_policy_for_errors_an_img_gets_the_problem(server):
    assert_problem(server.ask("GET", "/img/none.jpg?w=40", accept=CHROME), 404, "source_not_found")


def test_who_asks_too_often_is_told_429_and_when_to_come_again_while_hits_of_memory_are_answered(serve, photos):
    server = serve(photos, settings="[http]\nrequests_per_minute = 3\n[fetch]\nfolder_check_s = 600\n" + LEAN)

    def refused(path):
        """Ask until the bucket is empty, however slowly answers come."""
        answers = (server.get(path.format(number)) for number in range(60, 90))
        return next(answer for answer in answers if answer.status_code == 429)

    for _ in range(2):
        assert server.get("/img/photo.jpg?w=50").status_code == 200  # rendered, from disk
    found = refused("/img/photo.jpg?w={}")
    assert_problem(found, 429, "rate_limited")
    assert 1 <= int(found.headers["retry-after"]) <= 20
    assert (found.headers["cache-control"], found.headers["vary"]) == ("no-store", "Accept")
    assert set(refused("/api/cdn-presets").json()) == {"error"}, "an API says it in its own words"
    for _ in range(5):
        assert server.get("/img/photo.jpg?w=50").status_code == 200, "from memory"
    assert {server.get(path).status_code for path in ("/-/healthz", "/-/ready", "/-/metrics")} == {200}


# §7 the cache


def test_signature_order_ignored_parameters_and_raw_accept_are_not_in_the_key(server):
    def found(target, accept=SAFARI_15):
        return server.ask("GET", target, accept=accept)

    first = found(f"{PHOTO}?w=41&q=70")
    assert first.headers["cache-status"].endswith("stored")
    signed = Signing({"main": SECRET}, time.time).sign(PHOTO, "w=41&q=70")
    for target in (signed, f"{PHOTO}?q=70&w=41", f"{PHOTO}?w=41&q=70&utm_source=x", f"{PHOTO}?w=41&q=70&v=9&dl=a"):
        same = found(target, accept="image/webp;q=0.9")
        assert same.headers["cache-status"].startswith("imgcdn; hit"), target
        assert same.headers["etag"] == first.headers["etag"]


# §8 privacy


@pytest.mark.parametrize("query", ["w=42", "w=42&strip=none", "strip=none&format=png", "strip=none&format=webp"])
def test_a_position_never_leaves_the_server(server, photos, query):
    assert b"GPSLatitude" in (photos / "located.jpg").read_bytes()
    found = server.get(f"/img/located.jpg?{query}")
    assert found.status_code == 200
    assert b"GPSLatitude" not in found.content
    assert opened(found.content).getexif().get_ifd(0x8825) == {}


def test_the_access_log_says_which_engine_chose_and_never_where(server):
    headers = server.get(f"{PHOTO}?w=43&h=43&gravity=attention").headers
    place = re.search(r"x=(0\.\d+);y=(0\.\d+)", headers["x-imgcdn-focus"])
    line = eventually(
        lambda: next((line for line in server.said.splitlines() if "w=43&h=43" in line), None), 5, "it is logged"
    )
    assert '"focus": "attention"' in line
    assert place[1] not in line.replace(headers["x-request-id"], "")
    assert "x=0." not in line
