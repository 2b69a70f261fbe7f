"""Signed mounts, ladders, hints and parts on a real server, the hot path in front."""

import io
import time

import pytest
from PIL import Image
from serving import assert_problem, eventually

from imgcdn.dialects.signing import Signing

SECRET = "a-secret-of-this-server"
SETTINGS = """
[[mount]]
name = "img"
origin = "{photos}"
signed = true

[[mount]]
name = "open"
origin = "{photos}"

[presets]
small = "w=50"

[signing.keys]
main = "{secret}"

[ladder]
allow_widths = [40, 80]
"""
PICTURE = "photo.jpg"


@pytest.fixture(scope="module")
def signing():
    return Signing({"main": SECRET}, time.time)


@pytest.fixture(scope="module")
def signed_server(module_serve, photos):
    return module_serve(settings=SETTINGS.format(photos=photos, secret=SECRET))


def width(server, target, **headers):
    found = server.get(target, accept="image/png", **headers)
    assert found.status_code == 200, found.text
    return Image.open(io.BytesIO(found.content)).width


def test_a_signed_mount_answers_what_was_signed_and_nothing_else(signed_server, signing):
    url = signing.sign(f"/img/{PICTURE}", "w=33")
    for _ in range(4):  # rendered, from disk, from memory
        assert signed_server.get(url).status_code == 200
        assert_problem(signed_server.get(url.replace("w=33", "w=34")), 403, "bad_signature", "sig")
        assert_problem(signed_server.get(f"/img/{PICTURE}?w=33"), 403, "bad_signature", "sig")
        assert_problem(signed_server.get(url + "&sig=x"), 403, "bad_signature", "sig")
    shuffled = url.partition("?")[0] + "?" + "&".join(reversed(url.partition("?")[2].split("&")))
    assert signed_server.get(shuffled).headers["cache-status"].startswith("imgcdn; hit")


def test_a_signed_url_ends_with_its_last_second_wherever_it_was_kept(signed_server, signing):
    end = int(time.time()) + 3
    url = signing.sign(f"/img/{PICTURE}", "w=35", expires_at=end)
    for _ in range(4):
        found = signed_server.get(url)
        assert found.status_code == 200
        life = int(found.headers["cache-control"].removeprefix("public, max-age="))
        assert 0 <= life <= end + 1 - time.time() + 1
    eventually(lambda: signed_server.get(url).status_code == 410, 10, "the URL has expired")
    assert time.time() >= end + 1
    ended = signed_server.get(url)
    assert_problem(ended, 410, "url_expired", "exp")
    unsigned = signed_server.get(f"/img/{PICTURE}?w=35")
    assert_problem(unsigned, 403, "bad_signature", "sig")
    assert ended.headers["vary"] == unsigned.headers["vary"] == "Accept"


def test_unsigned_urls_keep_to_the_ladder_and_signed_ones_and_presets_do_not(signed_server, signing):
    assert width(signed_server, f"/open/{PICTURE}?w=41") == 80
    assert width(signed_server, f"/open/{PICTURE}?w=20&dpr=2") == 40
    assert width(signed_server, f"/open/{PICTURE}") == 80
    assert width(signed_server, f"/open/{PICTURE}?preset=small") == 50
    assert width(signed_server, signing.sign(f"/open/{PICTURE}", "w=41")) == 41
    assert_problem(signed_server.get(f"/open/{PICTURE}?w=0.5"), 403, "size_not_allowed", "w")


def test_many_widths_are_few_renditions(signed_server):
    tags = {signed_server.get(f"/open/{PICTURE}?w={n}").headers["etag"] for n in range(1, 41)}
    assert len(tags) == 1


def test_hints_change_the_answer_where_the_url_names_them(signed_server):
    assert width(signed_server, f"/open/{PICTURE}?w=20&ch=Dpr", sec_ch_dpr="2") == 40
    for _ in range(3):
        assert width(signed_server, f"/open/{PICTURE}?w=20&ch=Dpr", dpr="3") == 80
        assert width(signed_server, f"/open/{PICTURE}?w=20&ch=Dpr") == 40
        assert width(signed_server, f"/open/{PICTURE}?w=20", sec_ch_dpr="3") == 40


def test_a_wish_for_little_data_makes_smaller_pictures_of_the_same_size(signed_server):
    target = f"/open/{PICTURE}?w=80&ch=Save-Data"
    plain, saving = signed_server.get(target), signed_server.get(target, save_data="on")
    assert len(saving.content) < len(plain.content)
    assert plain.headers["vary"] == saving.headers["vary"] == "Accept, Save-Data"


def test_a_part_is_a_part_from_every_layer_and_the_whole_stays_whole(signed_server):
    target = f"/open/{PICTURE}?w=80&h=60"
    whole = signed_server.get(target)
    size = len(whole.content)
    with signed_server.client() as client:
        for _ in range(4):
            part = client.get(target, headers={"range": "bytes=10-19", "accept": "*/*"})
            assert (part.status_code, part.content) == (206, whole.content[10:20])
            assert part.headers["content-range"] == f"bytes 10-19/{size}"
            assert part.headers["content-length"] == "10"
            assert client.get(target).content == whole.content
            assert client.get(target, headers={"range": f"bytes={size}-"}).status_code == 416
            other = {"range": "bytes=10-19", "if-range": '"older"'}
            assert client.get(target, headers=other).content == whole.content
            same = {"range": "bytes=10-19", "if-range": whole.headers["etag"]}
            assert client.get(target, headers=same).status_code == 206
