"""Client hints in figures, parts, conditions, scripts of other sites and refusals, each on a real server."""

from base64 import b64encode

import pytest
from measuring import opened
from serving import CHROME, get_raw

SETTINGS = """
[[mount]]
name = "img"
origin = "{photos}"

[[mount]]
name = "cloud"
origin = "{photos}"
dialect = "cloudinary"
hosts = ["res.example.com"]
tokens = ["a-secret-of-a-cloud"]
signed = true
"""
LEAN = """
[gravity]
pull_models = false
models_dir = "/nonexistent"
"""
LADDERS = """
[hints]
widths = [60, 120]
dprs = [1, 4]
"""
PHOTO = "/img/photo.jpg"
JPEG = f"{PHOTO}?format=jpeg"
LARGE = "/img/large.jpg?format=jpeg"
CAP = 3200
"""The largest of the widths that a hint is rounded up to by default."""


@pytest.fixture(scope="module")
def server(module_serve, photos):
    return module_serve(photos, settings=LEAN)


@pytest.fixture(scope="module")
def laddered(module_serve, photos):
    """A server with ladders of its own, open to the network, so that its APIs want a key."""
    return module_serve(settings=SETTINGS.format(photos=photos) + LEAN + LADDERS, host="0.0.0.0")


def width(server, target, **headers):
    found = server.get(target, **headers)
    assert found.status_code == 200, found.text
    return opened(found.content).width


# hints


@pytest.mark.parametrize("name", ["sec_ch_width", "width"])
def test_a_width_hint_is_rounded_up_and_capped_in_its_old_spelling_too(server, laddered, name):
    target = f"{JPEG}&w=100&ch=Width"
    for told, wanted in (("1", 160), ("160", 160), ("161", 240), ("300", 320)):
        assert width(server, target, **{name: told}) == wanted
    largest = server.get(f"{LARGE}&w={CAP}")
    assert opened(largest.content).width == CAP
    for told in ("3201", "99999", "99999999", "9" * 15):
        capped = server.get(f"{LARGE}&w=100&ch=Width", **{name: told})
        assert capped.headers["etag"] == largest.headers["etag"], told
        assert width(laddered, target, **{name: told}) == 120
    assert width(laddered, target, **{name: "1"}) == 60
    assert width(server, target, **{name: "wide"}) == 100


def test_the_hint_of_today_wins_over_the_old_one(server):
    assert width(server, f"{JPEG}&w=100&ch=Width", sec_ch_width="200", width="900") == 240


def test_a_density_hint_is_rounded_up_and_capped_by_the_settings(server, laddered):
    target = f"{JPEG}&w=20&ch=Dpr"
    assert [width(server, target, sec_ch_dpr=told) for told in ("1.2", "2.5", "99999999")] == [30, 60, 60]
    assert [width(laddered, target, dpr=told) for told in ("1", "1.2", "99999999")] == [20, 80, 80]


def test_a_wish_for_little_data_takes_15_off_the_quality_and_stops_at_40(server):
    for quality, wanted in ((90, 75), (60, 45), (55, 40), (50, 40), (41, 40), (40, 40), (30, 30)):
        saving = server.get(f"{JPEG}&w=90&q={quality}&ch=Save-Data", save_data="on")
        assert saving.headers["etag"] == server.get(f"{JPEG}&w=90&q={wanted}").headers["etag"], quality
    default = server.get(f"{JPEG}&w=90&ch=Save-Data", save_data="on")
    assert default.headers["etag"] == server.get(f"{JPEG}&w=90&q=65").headers["etag"]


# parts and conditions


def test_head_knows_no_parts_from_whichever_layer(server):
    target = f"{JPEG}&w=91"
    size = len(server.get(target).content)
    for _ in range(3):
        for asked in ("bytes=0-9", f"bytes={size}-"):
            found = server.ask("HEAD", target, range=asked)
            assert (found.status_code, found.content, found.headers["content-length"]) == (200, b"", str(size))
            assert "content-range" not in found.headers


def test_a_date_never_joins_parts_of_two_pictures_of_one_source(server):
    target = f"{PHOTO}?w=92"
    stand_in = server.ask("GET", target, accept=CHROME)
    assert stand_in.headers["content-type"] == "image/webp"
    better = server.upgraded(target)
    assert better.headers["last-modified"] == stand_in.headers["last-modified"]
    for _ in range(2):
        rest = server.ask("GET", target, accept=CHROME, range="bytes=9-", if_range=stand_in.headers["last-modified"])
        assert (rest.status_code, rest.content) == (200, better.content)
    rest = server.ask("GET", target, accept=CHROME, range="bytes=9-", if_range=better.headers["etag"])
    assert (rest.status_code, rest.content) == (206, better.content[9:])


def test_if_none_match_in_several_lines_is_one_list_for_what_is_rendered_read_and_held(server):
    target = f"{JPEG}&w=93"
    etag = server.get(f"{target}&q=80").headers["etag"]
    for first, second, status in ((etag, '"x"', 304), ('"x"', etag, 304), ('"x"', '"y"', 200)):
        for _ in range(3):
            lines = f"{first}\r\nIf-None-Match: {second}"
            assert get_raw(server.port, target, if_none_match=lines)[0] == status


# scripts of other sites


def test_a_preflight_succeeds_and_what_it_allowed_can_be_sent_and_read(server):
    names = "accept, if-none-match, if-range, range, x-request-id"
    asked = {"origin": "https://shop.example", "access_control_request_method": "GET"}
    found = server.ask("OPTIONS", f"{PHOTO}?w=94", access_control_request_headers=names, **asked)
    assert (found.status_code, found.headers["access-control-allow-origin"]) == (204, "*")
    assert set(names.split(", ")) <= set(found.headers["access-control-allow-headers"].lower().split(", "))
    assert int(found.headers["access-control-max-age"]) > 0
    for target, status in ((f"{PHOTO}?w=94", 200), (f"{PHOTO}?w=wide", 400), ("/img/none.jpg", 404)):
        for _ in range(3):
            said = server.get(target, origin="https://shop.example")
            exposed = {name.lower() for name in said.headers["access-control-expose-headers"].split(", ")}
            assert said.status_code == status
            assert {"etag", "cache-status", "x-request-id", "x-imgcdn-focus", "x-imgcdn-quality"} <= exposed


# who may not come in


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/v1/purge"),
        ("POST", "/v1/images/analyze"),
        ("GET", "/v1/presets"),
        ("GET", "/v1/images/focus?source=img&path=photo.jpg"),
        ("POST", "/api/files"),
        ("GET", "/api/cdn-presets"),
        ("POST", "/api/v1/tools/smart-crop"),
        ("GET", "/ai/image/cropping"),
        ("POST", "/api/image/editing/image-cropping"),
    ],
)
def test_every_401_says_that_it_asks_for_a_key(laddered, method, target):
    found = laddered.ask(method, target)
    assert found.status_code == 401, found.text
    assert found.headers["www-authenticate"] == 'Bearer realm="imgcdn"'
    wrong = laddered.ask(method, target, authorization="Basic " + b64encode(b"a:b").decode())
    assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, 'Bearer realm="imgcdn"')


def test_a_url_that_wants_a_signature_says_so(laddered):
    status, headers, _ = get_raw(laddered.port, "/photo.jpg", host="res.example.com")
    assert (status, headers["www-authenticate"]) == (401, 'Signature realm="imgcdn"')


# Vary of refusals


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/img/none.jpg?w=10", 404, "source_not_found"),
        ("/img/%2e%2e/secret.jpg", 403, "source_forbidden"),
        (f"{PHOTO}?w=10&exp=1", 410, "url_expired"),
        (f"{PHOTO}?w=10&preset=none", 404, "preset_not_found"),
        (f"{PHOTO}?rect=9000,9000,5,5", 422, "impossible_crop"),
    ],
)
def test_refusals_vary_as_their_pictures_would(server, target, status, code):
    status_code, headers, body = get_raw(server.port, target)
    assert (status_code, headers["vary"]) == (status, "Accept"), body
    assert code.encode() in body
    hinted = get_raw(server.port, f"{target}{'&' if '?' in target else '?'}ch=Width,Save-Data")[1]
    assert hinted["vary"] == "Accept, Sec-CH-Width, Width, Save-Data"
