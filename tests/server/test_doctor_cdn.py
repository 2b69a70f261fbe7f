"""`imgcdn doctor cdn` before a real nginx: the shipped configuration is healthy, and each way to break it is found."""

import re
import subprocess

import pytest
from fronting import Nginx
from serving import command, environment, eventually, free_port

from imgcdn import edge
from imgcdn.errors import SettingsError

LEAN = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n'
KEY = 'proxy_cache_key "$host$request_uri $imgcdn_bucket $imgcdn_hints";'
ACCEPT = "proxy_set_header Accept $imgcdn_accept;"
HIDE = "proxy_hide_header X-Request-Id;"


@pytest.fixture(scope="module")
def behind(module_serve, photos):
    return module_serve(photos, settings=LEAN + "[http]\nfallback_max_age_s = 1\n")


@pytest.fixture
def front(program, tmp_path, behind):
    """Start nginx with changes to the shipped configuration; return a picture's URL there."""
    begun = []

    def start(changes, target="/img/photo.jpg?w=300"):
        nginx = Nginx(program("nginx"), tmp_path, (behind.port,), changes)
        begun.append(nginx)
        return nginx.start().url + target

    yield start
    for nginx in begun:
        nginx.end()


def remarks(url):
    return {remark.what: (remark.state, remark.detail) for remark in edge.examine(url)}


def broken(found):
    return {what for what, (state, _) in found.items() if state == "broken"}


def test_the_shipped_configuration_is_healthy(front):
    found = remarks(front({}))
    assert {state for state, _ in found.values()} == {"ok"}, found
    assert set(found) == {
        "answer",
        "format",
        "pinning",
        "Vary",
        "ETag",
        "Cache-Control",
        "nosniff",
        "caches",
        "query",
        "HEAD",
        "304",
    }
    assert "base gets image/jpeg" in found["format"][1]
    assert "nginx; hit" in found["caches"][1]


def test_imgcdn_itself_is_healthy(behind):
    found = remarks(f"{behind.url}/img/photo.jpg?w=301")
    assert {state for state, _ in found.values()} == {"ok"}, found


def test_a_key_without_the_bucket_pins_one_format(front):
    """As a CDN does that ignores Vary: the browser's own Accept goes through, and who comes first decides for all."""
    changes = {KEY: 'proxy_cache_key "$host$request_uri";', ACCEPT: ""}
    found = remarks(front(changes, "/img/photo.jpg?w=302"))
    assert {"format", "pinning"} <= broken(found), found
    assert "went to a browser that takes base" in found["format"][1]


def test_an_accept_that_never_arrives_is_one_format_for_all(front):
    found = remarks(front({ACCEPT: 'proxy_set_header Accept "*/*";'}, "/img/photo.jpg?w=303"))
    assert found["pinning"][0] == "broken"
    assert "image/jpeg" in found["pinning"][1]


def test_avif_for_everybody_is_found(front):
    found = remarks(front({ACCEPT: 'proxy_set_header Accept "image/avif,image/webp";'}, "/img/photo.jpg?w=304"))
    assert {"format", "pinning"} <= broken(found), found


def test_buckets_that_are_mixed_up_are_found(front):
    """WebP's bucket hears AVIF's Accept: three entries, and the wrong picture in one."""
    changes = {'    webp     "image/webp,*/*";': '    webp     "image/avif,*/*";'}
    url = front(changes, "/img/photo.jpg?w=305")

    def found():
        """AVIF may come a little later than the first answer."""
        state, detail = remarks(url)["format"]
        return state == "broken" and "image/avif went to a browser that takes webp" in detail

    eventually(found, 20)


def test_a_vary_that_is_removed_is_found(front):
    found = remarks(front({HIDE: f"{HIDE} proxy_hide_header Vary;"}, "/img/photo.jpg?w=306"))
    assert broken(found) == {"Vary"}, found


def test_a_key_without_the_query_is_found(front):
    found = remarks(front({KEY: 'proxy_cache_key "$host$uri $imgcdn_bucket";'}, "/img/portrait.jpg?w=307"))
    assert broken(found) == {"query"}, found


@pytest.mark.parametrize(
    ("header", "what"), [("ETag", "ETag"), ("Cache-Control", "Cache-Control"), ("X-Content-Type-Options", "nosniff")]
)
def test_a_header_that_is_removed_is_found(front, header, what):
    found = remarks(front({HIDE: f"{HIDE} proxy_hide_header {header};"}, "/img/photo.jpg?w=308"))
    assert what in broken(found), found


def test_a_cache_control_that_is_overwritten_is_found(front):
    changes = {HIDE: f'{HIDE} proxy_hide_header Cache-Control; add_header Cache-Control "private, max-age=0";'}
    assert broken(remarks(front(changes, "/img/photo.jpg?w=309"))) == {"Cache-Control"}


def test_a_head_that_is_answered_otherwise_is_found(front):
    refusing = "proxy_cache imgcdn;\n        if ($request_method = HEAD) { return 405; }"
    found = remarks(front({"proxy_cache imgcdn;": refusing}, "/img/photo.jpg?w=310"))
    assert "HEAD" in broken(found), found


def test_what_is_no_picture_ends_the_examination(behind):
    (remark,) = edge.examine(f"{behind.url}/img/nothing.jpg")
    assert (remark.what, remark.state) == ("answer", "broken")
    assert "404" in remark.detail


def test_nobody_there_is_broken():
    (remark,) = edge.examine(f"http://127.0.0.1:{free_port()}/a.jpg")
    assert (remark.what, remark.state) == ("answer", "broken")


@pytest.mark.parametrize("text", ["", "photo.jpg", "ftp://x/a.jpg", "http://", "http://[::1/a"])
def test_what_is_no_url_is_said(text):
    with pytest.raises(SettingsError, match="expected http"):
        edge.examine(text)


def test_a_url_that_names_its_format_has_nothing_to_pin(behind):
    found = remarks(f"{behind.url}/img/photo.jpg?w=311&format=webp")
    assert broken(found) == set(), found


def run(*arguments):
    ended = subprocess.run(
        command("doctor", "cdn", *arguments),
        env=environment({"COLUMNS": "200"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, re.sub(r"\s+", " ", ended.stdout), ended.stderr


def test_the_command_ends_with_status_1_when_something_is_broken(front):
    url = front({HIDE: f"{HIDE} proxy_hide_header Vary;"}, "/img/photo.jpg?w=312")
    status, out, _ = run(url)
    assert status == 1
    assert "lack Vary: Accept" in out


def test_the_command_ends_with_status_0_when_all_is_well(behind):
    status, out, _ = run(f"{behind.url}/img/photo.jpg?w=313")
    assert status == 0, out
    assert "broken" not in out


def test_the_command_says_in_a_sentence_what_is_no_url():
    status, _, said = run("photo.jpg")
    assert status == 2
    assert "Traceback" not in said
    assert "expected http" in said
