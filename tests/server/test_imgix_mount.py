"""imgix' URLs on a real server: signed, in every form that sites use, from disk and from memory, and refused."""

import time
from urllib.parse import quote, urlsplit

import imgix
import numpy as np
import painting
import pytest
from measuring import opened
from PIL import Image
from serving import CHROME, SAFARI_13, assert_problem

from imgcdn.dialects.imgix import signing

TOKEN = "aaAAbbBB11223344"
HOST = "assets.example.com"
SETTINGS = """
[[mount]]
name = "assets"
origin = "{folder}"
dialect = "imgix"
hosts = ["{host}"]
tokens = ["{token}", "old-token"]
signed = true

[[mount]]
name = "free"
origin = "{folder}"
dialect = "imgix"

[[mount]]
name = "web"
origin = "proxy"
dialect = "imgix"
hosts = ["web.example.com"]
allow_hosts = ["*.example.org"]
tokens = ["{token}"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("imgix")
    painting.sample("astronaut.png").convert("RGB").save(made / "face.jpg", quality=92, dpi=(144, 144))
    painting.sample("coffee.png").convert("RGB").save(made / "a b ä+c.jpg", quality=92)
    Image.new("RGBA", (60, 30), (255, 0, 0, 128)).save(made / "logo.png")
    whole = (made / "face.jpg").read_bytes()
    (made / "broken.jpg").write_bytes(whole[: len(whole) // 3])
    (made / "text.jpg").write_bytes(b"this is no picture")
    return made


@pytest.fixture(scope="module")
def server(module_serve, folder, face_models):
    return module_serve(settings=SETTINGS.format(folder=folder, host=HOST, token=TOKEN))


def signed(path: str, params: dict[str, object], token: str = TOKEN) -> str:
    parts = urlsplit(imgix.UrlBuilder(HOST, sign_key=token, include_library_param=True).create_url(path, params))
    return f"{parts.path}?{parts.query}"


def test_a_url_of_the_client_renders_and_is_served_from_memory_then(server):
    url = signed("a b ä+c.jpg", {"w": 200, "h": 100, "fit": "crop", "txt": ""})
    found = [server.get(url, host=HOST, accept=CHROME) for _ in range(3)]
    assert [answer.status_code for answer in found] == [200] * 3
    assert opened(found[0].content).size == (200, 100)
    assert found[0].headers["content-type"] == "image/jpeg", "without auto the format is the source's own"
    assert "accept" not in found[0].headers.get("vary", "").lower()
    assert found[2].headers["cache-status"].startswith("imgcdn; hit")


def test_one_byte_changed_is_refused_even_when_the_picture_is_in_memory(server):
    url = signed("face.jpg", {"w": 120})
    for _ in range(3):
        assert server.get(url, host=HOST).status_code == 200
        assert_problem(server.get(url.replace("w=120", "w=121"), host=HOST), 403, "bad_signature", "s")
        assert_problem(server.get(url.partition("?")[0] + "?w=120", host=HOST), 403, "bad_signature", "s")


def test_an_older_token_is_good_and_a_wrong_one_is_not(server):
    assert server.get(signed("face.jpg", {"w": 40}, "old-token"), host=HOST).status_code == 200
    assert_problem(server.get(signed("face.jpg", {"w": 40}, "no-token"), host=HOST), 403, "bad_signature", "s")


def test_an_expired_url_is_not_found_and_one_that_expires_is_never_kept_longer(server):
    past, soon = int(time.time()) - 10, int(time.time()) + 3
    assert_problem(server.get(signed("face.jpg", {"expires": past}), host=HOST), 404, "link_expired", "expires")
    url = signed("face.jpg", {"w": 60, "expires": soon})
    for _ in range(3):
        answer = server.get(url, host=HOST)
        assert answer.status_code == 200
        age = answer.headers["cache-control"].partition("max-age=")[2].partition(",")[0]
        assert int(age) <= 4
    time.sleep(max(0.0, soon + 1.1 - time.time()))
    assert_problem(server.get(url, host=HOST), 404, "link_expired", "expires")


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("fit=facearea&facepad=2&w=256&h=256&q=80", (256, 256)),
        ("auto=format&fit=max&w=384&q=75", (384, 384)),
        ("auto=format&fit=max&w=3840&q=75", (512, 512)),
        ("fit=min&auto=format&w=300&h=200", (300, 200)),
        ("auto=compress,format&rect=100,0,300,400&w=150&h=200", (150, 200)),
        ("fit=crop&crop=faces,entropy&w=100&h=300", (100, 300)),
        ("fit=crop&crop=edges&w=100&h=300", (100, 300)),
        ("fit=crop&h=300&max-w=120", (120, 300)),
        ("fit=fill&fill=blur&w=300&h=200&blur=30&mask=ellipse", (300, 200)),
        ("w=200&mark=/logo.png&mark-w=0.3&blend=f00&blend-mode=multiply", (200, 200)),
        ("w=200&mark64=L2xvZ28ucG5n&con=20&sat=-100&flip=h&border=4,red", (200, 200)),
        ("w=200&utm_source=news&h=&fit=fit-max", (200, 200)),
        ("w=200&h=100&fit=crop&rot=12", (200, 100)),
        ("w=200&rot=90&fm=png&border=4,f00&border-bottom=30&border-radius=9&border-radius-inner=5", (200, 226)),
        ("rect=center,bottom,full,.5&w=200&cs=origin", (200, 100)),
        ("w=99999&h=99999&q=900&blur=-5&sat=1e9&dpr=77&bg=nocolour&px=-1&facepad=0&fp-x=7", (6324, 6324)),
        ("w=0&h=-4&dpr=0&rot=abc&border=x&mask=star&colorquant=1&fps=-1&dpi=-3", (512, 512)),
    ],
)
def test_urls_of_real_sites_have_the_size_that_they_ask_for(server, query, size):
    answer = server.get(f"/free/face.jpg?{query}", accept=SAFARI_13)
    assert answer.status_code == 200, answer.text
    assert opened(answer.content).size == size


def test_what_is_ignored_is_listed(server):
    answer = server.get("/free/face.jpg?w=40&utm_source=news&fit=fit-max&ar=1:1")
    assert answer.headers["x-imgcdn-ignored"] == "utm_source, fit, ar"


def test_an_avatar_shows_the_face(server):
    """The astronaut's face is at about 225,115, 90 px wide, of 512."""
    why = server.get("/free/face.jpg?fit=facearea&facepad=2&w=256&h=256&explain=1").json()
    window = why["window"]
    assert window["width"] < 300
    assert window["left"] < 180
    assert window["left"] + window["width"] > 270
    assert window["top"] < 80
    assert window["top"] + window["height"] > 160


def test_facearea_without_a_face_is_the_whole_picture_on_white(server):
    answer = server.get(f"/free/{quote('a b ä+c.jpg')}?fit=facearea&w=200&h=200&fm=png")
    picture = np.asarray(opened(answer.content).convert("RGB"))
    assert picture.shape == (200, 200, 3)
    assert picture[0].min() == 255, "600x400 in a square leaves white above"


def test_json_has_imgix_names(server, folder):
    answer = server.get("/free/face.jpg?fm=json&w=100&faces=1")
    assert answer.headers["content-type"].startswith("application/json")
    told = answer.json()
    assert (told["PixelWidth"], told["PixelHeight"]) == (512, 512)
    assert told["Content-Type"] == "image/jpeg"
    assert told["Content-Length"] == str((folder / "face.jpg").stat().st_size)
    assert (told["ColorModel"], told["Depth"], told["Orientation"]) == ("RGB", 8, 1)
    assert (told["DPIWidth"], told["DPIHeight"]) == (144.0, 144.0)
    assert told["JFIF"]["XDensity"] == 144
    assert told["Output"] == {"PixelWidth": 100, "PixelHeight": 100}
    (face,) = told["Faces"]
    bounds = face["bounds"]
    assert 150 < bounds["x"] < 250
    assert 60 < bounds["width"] < 160
    assert "Faces" not in server.get("/free/face.jpg?fm=json&w=100").json()


def test_palettes_and_placeholders_are_texts(server):
    palette = server.get("/free/face.jpg?palette=json&colors=3").json()
    assert len(palette["colors"]) == 3
    assert {"red", "green", "blue", "hex"} <= set(palette["colors"][0])
    css = server.get("/free/face.jpg?palette=css&prefix=hero")
    assert css.headers["content-type"].startswith("text/css")
    assert ".hero-fg-1" in css.text
    hashed = server.get("/free/face.jpg?fm=blurhash&w=64")
    assert hashed.headers["content-type"].startswith("text/plain")
    assert len(hashed.text) > 10


def test_hints_change_size_and_quality_and_are_in_vary(server):
    url = "/free/face.jpg?w=400&ch=Width,DPR,Save-Data"
    plain, narrow = server.get(url), server.get(url, sec_ch_width="160")
    assert opened(plain.content).width == 400
    assert opened(narrow.content).width == 160
    saved = server.get(url, save_data="on")
    assert len(saved.content) < len(plain.content)
    assert saved.content == server.get("/free/face.jpg?w=400&q=45").content
    assert "Save-Data" in plain.headers["vary"]


@pytest.mark.parametrize(
    ("target", "status", "code", "param"),
    [
        ("/free/face.jpg?txt64=!!", 400, "invalid_base64", "txt64"),
        ("/free/none.jpg?w=40", 404, "source_not_found", None),
        ("/free/broken.jpg?w=40", 421, "corrupt_image", None),
        ("/free/face.jpg?rect=9000,0,10,10", 422, "impossible_crop", "rect"),
        ("/free/text.jpg?w=40", 422, "unsupported_source_format", None),
        ("/free/face.jpg?frame=7", 400, "invalid_parameter", "frame"),
        ("/free/face.jpg?w=40&mark=broken.jpg", 421, "corrupt_image", "mark"),
        ("/free/face.jpg?w=40&mark=text.jpg", 422, "unsupported_source_format", "mark"),
        ("/free/face.jpg?w=40&mark=face.jpg", 400, "invalid_parameter", "mark"),
        ("/free/face.jpg?w=40&blend=/face.jpg", 400, "invalid_parameter", "blend"),
        ("/free/face.jpg?w=40&mark=https%3A%2F%2Fevil.example.com%2Fa.png", 403, "not_allowed", "mark"),
        ("/free/logo.png?w=40&mark=none.png", 404, "source_not_found", "mark"),
        ("/free/face.jpg?rect=0,9000,full,full", 422, "impossible_crop", "rect"),
        ("/free/face.jpg?expires=1", 404, "link_expired", "expires"),
        ("/free/face.jpg?mark64=_w", 400, "invalid_base64", "mark64"),
    ],
)
def test_errors_have_imgix_statuses_and_our_body(server, target, status, code, param):
    assert_problem(server.get(target), status, code, param)
    assert "watermark" not in server.get(target).text


def test_a_web_proxy_takes_signed_urls_of_its_hosts_alone(server):
    raw = "/" + quote("https://evil.example.com/a.jpg", safe="")
    assert_problem(server.get(f"{raw}?w=40", host="web.example.com"), 403, "bad_signature", "s")
    url = f"{raw}?w=40&s={signing.sign(TOKEN, raw, 'w=40')}"
    assert server.get(url, host="web.example.com").status_code == 403
    bad = "/" + quote("https://exa mple.org:99999/", safe="")
    assert server.get(f"{bad}?s={signing.sign(TOKEN, bad, '')}", host="web.example.com").status_code == 400


def test_tokens_are_in_no_log_and_no_answer(server):
    why = server.get("/free/face.jpg?w=40&explain=1")
    assert TOKEN not in why.text
    assert TOKEN not in server.said
