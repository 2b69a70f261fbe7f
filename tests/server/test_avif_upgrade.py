"""AVIF with a deadline on a real server: WebP at once, AVIF once it is written, and neither to who did not name it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from measuring import opened
from serving import CHROME, FIREFOX, SAFARI_13, SAFARI_15, eventually

PHOTO = "/img/photo.jpg"
SHORT = "public, max-age=60, stale-if-error=604800"
SETTINGS = """
[[mount]]
name = "img"
origin = "{photos}"

[fetch]
folder_check_s = 30

[gravity]
pull_models = false
models_dir = "/nonexistent"

[encoding]
avif = "{mode}"
"""


@pytest.fixture(scope="module")
def upgrading(module_serve, photos):
    """A server that believes a folder's file for half a minute, so that what is hot stays hot."""
    return module_serve(settings=SETTINGS.format(photos=photos, mode="upgrade"))


def test_the_first_visitor_gets_webp_for_a_minute(upgrading):
    first = upgrading.get(f"{PHOTO}?w=301", accept=CHROME)
    assert (first.status_code, first.headers["content-type"]) == (200, "image/webp")
    assert opened(first.content).format == "WEBP"
    assert first.headers["cache-control"] == SHORT
    assert first.headers["vary"] == "Accept"
    assert first.headers["content-disposition"].endswith("photo.webp")


def test_the_next_visitors_get_avif_for_its_whole_life(upgrading):
    first = upgrading.get(f"{PHOTO}?w=302", accept=FIREFOX)
    after = upgrading.upgraded(f"{PHOTO}?w=302", FIREFOX)
    assert opened(after.content).format == "AVIF"
    assert opened(after.content).size == opened(first.content).size
    assert after.headers["cache-control"].startswith("public, max-age=2592000,")
    assert after.headers["cache-status"].startswith("imgcdn; hit")
    assert after.headers["vary"] == "Accept"
    assert after.headers["etag"] != first.headers["etag"]
    assert after.headers["content-disposition"].endswith("photo.avif")


def test_a_visitor_with_the_webp_is_told_so_until_the_avif_is_there(upgrading):
    target = f"{PHOTO}?w=303"
    webp = upgrading.get(target, accept=SAFARI_15).headers["etag"]
    early = upgrading.get(target, accept=CHROME, if_none_match=webp)
    assert early.status_code == 304
    assert (early.headers["cache-control"], early.headers["vary"]) == (SHORT, "Accept")
    avif = upgrading.upgraded(target).headers["etag"]
    assert upgrading.get(target, accept=CHROME, if_none_match=webp).status_code == 200
    for _ in range(3):  # from disk, then from memory
        late = upgrading.get(target, accept=CHROME, if_none_match=avif)
        assert (late.status_code, late.headers["etag"], late.headers["vary"]) == (304, avif, "Accept")
        assert late.headers["cache-control"].startswith("public, max-age=2592000,")


def test_the_hot_path_serves_the_avif_and_never_the_stand_in(upgrading):
    target = f"{PHOTO}?w=304"
    with upgrading.client(headers={"accept": CHROME}) as client:
        kinds = [client.get(target).headers["content-type"] for _ in range(5)]
        made = upgrading.upgraded(target)
        hot = [client.get(target) for _ in range(4)]
    assert kinds == sorted(kinds, reverse=True), "once it is AVIF it stays so"
    assert {answer.content for answer in hot} == {made.content}
    assert "server-timing" not in hot[-1].headers, "it came from memory"
    counted = [line for line in upgrading.get("/-/metrics").text.splitlines() if 'layer="memory"' in line]
    assert any(not line.endswith(" 0") for line in counted)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (SAFARI_15, "image/webp"),
        (SAFARI_13, "image/jpeg"),
        ("*/*", "image/jpeg"),
        ("image/*", "image/jpeg"),
        ("image/avif;q=0, image/webp", "image/webp"),
        ("image/avif;q=0, */*", "image/jpeg"),
        ("image/webp, image/avif;q=0.5", "image/webp"),
    ],
)
def test_who_does_not_want_avif_first_never_gets_it(upgrading, accept, kind):
    target = f"{PHOTO}?w=305"
    for _ in range(2):
        assert upgrading.get(target, accept=accept).headers["content-type"] == kind
    upgrading.upgraded(target)
    for _ in range(4):
        answer = upgrading.get(target, accept=accept)
        assert (answer.headers["content-type"], answer.headers["vary"]) == (kind, "Accept")


def test_without_an_accept_header_it_is_the_base_format(upgrading):
    upgrading.upgraded(f"{PHOTO}?w=306")
    with upgrading.client() as client:
        for _ in range(4):
            request = client.build_request("GET", f"{PHOTO}?w=306")
            del request.headers["accept"]
            assert client.send(request).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("number", range(4))
def test_who_takes_avif_and_no_webp_waits_for_it(upgrading, number):
    accept = ("image/avif", "image/avif, image/png", "image/avif,image/webp;q=0,*/*", "image/avif,*/*;q=0")[number]
    target = f"{PHOTO}?w=307&q={60 + number}"
    assert upgrading.get(target, accept=CHROME).headers["content-type"] == "image/webp"
    for _ in range(3):
        found = upgrading.get(target, accept=accept)
        assert (found.status_code, found.headers["content-type"]) == (200, "image/avif")
        assert found.headers["vary"] == "Accept"
        assert found.headers["cache-control"] != SHORT


@pytest.mark.parametrize("number", range(2))
def test_who_takes_avif_and_any_other_picture_gets_webp_first(upgrading, number):
    accept = ("image/avif,*/*;q=0.1", "image/avif,image/*")[number]
    answer = upgrading.get(f"{PHOTO}?w=307&q={70 + number}", accept=accept)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/webp", SHORT)


def test_a_format_in_the_url_is_answered_at_once_and_does_not_vary(upgrading):
    answer = upgrading.get(f"{PHOTO}?w=308&format=avif", accept=SAFARI_13)
    assert answer.headers["content-type"] == "image/avif"
    assert "vary" not in answer.headers


def test_an_animation_settles_on_webp_with_its_whole_life(upgrading):
    target = "/img/film.gif?w=33"

    def settled():
        answer = upgrading.get(target, accept=CHROME)
        assert answer.headers["content-type"] == "image/webp"
        return answer.headers["cache-control"] != SHORT

    eventually(settled, 30, "the animation is kept")


def test_a_crowd_of_first_visitors_writes_one_avif(serve, photos):
    server = serve(settings=SETTINGS.format(photos=photos, mode="upgrade"))
    with ThreadPoolExecutor(20) as many:
        answers = list(many.map(lambda _: server.get(f"{PHOTO}?w=310", accept=CHROME), range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["content-type"] for answer in answers} <= {"image/webp", "image/avif"}
    assert len({answer.content for answer in answers if answer.headers["content-type"] == "image/webp"}) == 1
    server.upgraded(f"{PHOTO}?w=310")
    assert entries(server) == 2


def test_avif_is_written_while_others_are_served_and_a_stop_does_not_wait_for_all_of_it(serve, photos):
    server = serve(settings=SETTINGS.format(photos=photos, mode="upgrade"))
    for width in range(400, 430):
        assert server.get(f"/img/large.jpg?w={width}", accept=CHROME).headers["content-type"] == "image/webp"
    begun = time.monotonic()
    server.end()
    assert time.monotonic() - begun < 15


def test_settings_make_the_first_visitor_wait_or_offer_none(serve, photos):
    waiting = serve(settings=SETTINGS.format(photos=photos, mode="wait"))
    first = waiting.get(f"{PHOTO}?w=311", accept=CHROME)
    assert first.headers["content-type"] == "image/avif"
    assert first.headers["cache-control"].startswith("public, max-age=2592000,")
    never = serve(settings=SETTINGS.format(photos=photos, mode="never"))
    for _ in range(3):
        answer = never.get(f"{PHOTO}?w=311", accept=CHROME)
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["cache-control"].startswith("public, max-age=2592000,")


def test_without_a_cache_everybody_gets_webp_and_the_server_answers_throughout(serve, photos, tmp_path):
    (tmp_path / "cache").write_text("no folder")
    server = serve(settings=SETTINGS.format(photos=photos, mode="upgrade"), cache=tmp_path / "cache")
    for _ in range(6):
        answer = server.get(f"{PHOTO}?w=312", accept=CHROME)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert answer.headers["cache-control"] == SHORT


def entries(server) -> int:
    name = 'imgcdn_cache_entries{store="renditions"}'
    lines = server.get("/-/metrics").text.splitlines()
    return next(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith(name))
