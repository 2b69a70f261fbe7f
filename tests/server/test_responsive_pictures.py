"""GET /v1/srcset and `imgcdn srcset` on real pictures: sizes are the true ones, and signatures hold."""

import subprocess
from hashlib import md5
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from measuring import opened
from serving import assert_problem, command, environment

SETTINGS = """
[[mount]]
name = "img"
origin = "{photos}"

[[mount]]
name = "closed"
origin = "{photos}"
signed = true

[[mount]]
name = "assets"
origin = "{photos}"
dialect = "imgix"
hosts = ["assets.example.com"]
tokens = ["a-token-of-imgix", "an-older-one"]
signed = true

[[mount]]
name = "free"
origin = "{photos}"
dialect = "imgix"

[presets]
card = "w=120&h=80"

[signing.keys]
first = "0123456789abcdef"

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""


@pytest.fixture(scope="module")
def server(module_serve, photos):
    return module_serve(settings=SETTINGS.format(photos=photos))


class _Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def asked(server, url: str, **params) -> dict:
    with server.client() as client:
        answer = client.get("/v1/srcset", params={"url": url, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def candidates(told):
    return [one for choice in (*told["sources"], told["image"]) for one in choice["candidates"]]


@pytest.mark.parametrize(
    ("url", "params"),
    [
        ("/img/photo.jpg?w=300&h=200&gravity=auto", {}),
        ("/img/turned-6.jpg", {"widths": "50,100"}),
        ("/img/photo.jpg?ar=16:9", {"widths": "100,333", "ratios": "1:1@max-width:600px"}),
        ("/img/film.gif?w=20", {}),
        ("/img/alpha.png?h=31", {}),
        ("/img/photo.jpg?preset=card", {}),
        ("/img/photo.jpg/p/card", {"dprs": "1,1.5,2"}),
        ("/img/photo.jpg?w=100&h=50&fit=inside", {"widths": "40,80"}),
        ("/img/photo.jpg?w=0.1&rotate=90", {"widths": "40,80"}),
        ("/img/photo.jpg?rect=10,20,300,100&fp=0.2,0.4&w=90&h=90", {"dprs": "2"}),
        ("/closed/photo.jpg?w=100&h=50", {"widths": "40,80"}),
        ("/img/with spaces.jpg?w=44", {"formats": ""}),
        ("/img/photo.jpg?w=100&radius=20&pad=10&text=Hi&blur=20", {}),
        ("/img/photo.jpg?w=100&rotate=30", {}),
        ("/img/photo.jpg?w=100&h=60&border=4&rotate=30", {"dprs": "1,2"}),
    ],
)
def test_every_candidate_is_what_it_says(server, url, params):
    told = asked(server, url, **params)
    found = candidates(told)
    assert found
    for choice in (*told["sources"], told["image"]):
        for one in choice["candidates"]:
            answer = server.get(one["url"])
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == choice["type"] or choice is told["image"]
            assert opened(answer.content).size == (one["width"], one["height"]), one
            if one["descriptor"].endswith("w"):
                assert one["descriptor"] == f"{one['width']}w"


def test_shapes_of_all_candidates_are_that_of_the_attributes(server):
    told = asked(server, "/img/photo.jpg?w=300&h=200", ratios="1:1@max-width:600px")
    for choice in (*told["sources"], told["image"]):
        shape = choice["width"] / choice["height"]
        for one in choice["candidates"]:
            assert abs(one["width"] / shape - one["height"]) <= 0.5
    assert (told["image"]["width"], told["image"]["height"]) == (300, 200)
    assert {choice["media"] for choice in told["sources"]} == {None, "(max-width: 600px)"}


def test_the_snippet_is_a_picture_with_a_source_per_format(server):
    html = asked(server, "/img/photo.jpg?w=300&h=200", alt='a "tram"', sizes="50vw")["html"]
    elements = _Elements(html).found
    assert [tag for tag, _ in elements] == ["picture", "source", "source", "img"]
    assert [attributes.get("type") for _, attributes in elements] == [None, "image/avif", "image/webp", None]
    image = elements[-1][1]
    assert (image["alt"], image["sizes"], image["width"], image["height"]) == ('a "tram"', "50vw", "300", "200")
    assert "format=jpeg" in image["src"]
    assert server.get(image["src"]).headers["content-type"] == "image/jpeg"
    with server.client() as client:
        alone = client.get("/v1/srcset", params={"url": "/img/photo.jpg?w=300&h=200", "as": "html"})
    assert alone.headers["content-type"].startswith("text/plain")
    assert alone.text.startswith("<picture>")


def test_widths_of_a_drawn_picture_are_densities_of_one_picture(server):
    told = asked(server, "/img/photo.jpg?w=100&radius=20&pad=10", widths="50,100,200", formats="")
    urls = [one["url"] for one in told["image"]["candidates"]]
    assert [[part for part in url.split("&") if "dpr" in part or "w=" in part] for url in urls] == [
        ["w=100", "dpr=0.5"],
        ["w=100", "dpr=1"],
        ["w=100", "dpr=2"],
    ]


def test_a_picture_that_is_turned_a_little_is_offered_as_wide_as_it_is(server):
    told = asked(server, "/img/photo.jpg?w=100&rotate=30", formats="")
    width = opened(server.get("/img/photo.jpg?w=100&rotate=30").content).size[0]
    assert width > 100
    assert told["image"]["width"] == width
    assert told["sizes"] == f"(min-width: {width}px) {width}px, 100vw"


def test_no_candidate_enlarges_the_source(server):
    told = asked(server, "/img/turned-6.jpg?w=100")
    assert max(one["width"] for one in candidates(told)) == 120


def test_a_moving_picture_keeps_moving_and_a_format_of_the_url_is_the_only_one(server):
    assert [choice["type"] for choice in asked(server, "/img/film.gif?w=20")["sources"]] == ["image/webp"]
    told = asked(server, "/img/photo.jpg?w=20&format=png")
    assert told["sources"] == []
    assert told["html"].startswith("<img ")


def test_a_fixed_size_is_offered_for_screens_of_several_densities(server):
    told = asked(server, "/img/photo.jpg?w=50&h=40&pad=2", dprs="1,2,3", formats="webp")
    assert told["sizes"] is None
    (webp,) = told["sources"]
    assert [one["descriptor"] for one in webp["candidates"]] == ["1x", "2x", "3x"]
    assert [one["width"] for one in webp["candidates"]] == [50, 100, 150]
    assert (webp["width"], webp["height"]) == (50, 40)
    lone = asked(server, "/img/photo.jpg?w=50&h=40", dprs="2")
    assert (lone["image"]["width"], lone["image"]["height"]) == (50, 40)


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ("w=300&h=200&fit=crop&crop=faces,entropy&auto=format", {}),
        ("w=300&h=200&fit=crop&auto=format%2Ccompress", {"widths": "60,90", "ratios": "1:1@max-width:600px"}),
        ("w=120&auto=format", {"widths": "60,90", "ratios": "16:9@max-width:600px"}),
        ("fit=max&w=120&dpr=2&fm=jpg&q=40&ixlib=js-3.8.0", {"dprs": "1,2,3"}),
        ("w=200&ar=16:9&fit=crop&width64=OTA&fm=png", {}),
        ("fit=crop&w=200&max-h=50", {"widths": "100,200"}),
        ("w=90&h=90&fit=facearea&facepad=2&q=80&expires=4000000000", {"widths": "45,90", "formats": "webp"}),
        ("rect=10,20,300,100&w=90&txt=a%20b%2Bc&txt64=w5wgJiBC&border=4,f00", {}),
        ("w=80&h=80&fit=fill&bg=fff&pad=4&flip=h&rot=90", {"widths": "40,80"}),
    ],
)
@pytest.mark.parametrize("mount", ["https://assets.example.com", "/free"])
def test_candidates_of_an_imgix_mount_are_spelt_and_signed_as_imgix_spells_and_signs(server, mount, query, params):
    told = asked(server, f"{mount}/photo.jpg?{query}", **params)
    for choice in (*told["sources"], told["image"]):
        for one in choice["candidates"]:
            parts = urlsplit(one["url"])
            said = parse_qs(parts.query, keep_blank_values=True)
            assert all(len(values) == 1 for values in said.values()), one
            assert "format" not in said
            assert "fm" in said
            if mount.startswith("https:"):
                path, _, s = one["url"].removeprefix(mount).rpartition("&s=")
                assert s == md5(f"a-token-of-imgix{path}".encode(), usedforsecurity=False).hexdigest()
            answer = server.get(f"{parts.path}?{parts.query}", host=parts.netloc or "127.0.0.1")
            assert answer.status_code == 200, answer.text
            assert "x-imgcdn-ignored" not in answer.headers, one
            assert answer.headers["content-type"] == choice["type"] or choice is told["image"]
            assert opened(answer.content).size == (one["width"], one["height"]), one


def test_a_shape_of_its_own_is_cropped_on_an_imgix_mount(server):
    told = asked(server, "/free/photo.jpg?w=120&fit=max&crop=entropy", ratios="1:1@max-width:600px", formats="")
    (square,) = told["sources"]
    assert {(one["width"], one["height"]) for one in square["candidates"]} >= {(120, 120)}
    assert "fit=crop" in square["candidates"][0]["url"]
    assert "fit=max" in told["image"]["candidates"][0]["url"]


def test_the_image_of_an_imgix_mount_is_what_its_url_shows(server):
    url = "/free/photo.jpg?w=90&q=40"
    told = asked(server, url, formats="")
    assert server.get(told["src"]).content == server.get(url).content


def test_a_path_beyond_ascii_is_signed_as_browsers_send_it(server):
    told = asked(server, "https://assets.example.com/Übergröße 東京.jpg?w=60", formats="")
    for one in candidates(told):
        assert one["url"].isascii()
        assert " " not in one["url"]
        assert server.get(one["url"].removeprefix("https://assets.example.com"), host="assets.example.com").is_success


def test_a_whole_url_stays_whole_and_a_signed_mount_is_signed(server):
    told = asked(server, f"{server.url}/closed/photo.jpg?w=60&sig=old&kid=none", formats="")
    for one in candidates(told):
        assert one["url"].startswith(f"{server.url}/closed/photo.jpg?")
        parts = urlsplit(one["url"])
        assert server.get(f"{parts.path}?{parts.query}").status_code == 200
    assert all("sig=" not in one["url"] for one in candidates(asked(server, "/img/photo.jpg?w=60")))


@pytest.mark.parametrize(
    ("params", "status", "code", "param"),
    [
        ({}, 400, "invalid_parameter", "url"),
        ({"url": "img/photo.jpg"}, 400, "invalid_parameter", "url"),
        ({"url": "http://[::1"}, 400, "invalid_parameter", "url"),
        ({"url": "/nothing/photo.jpg"}, 404, "not_found", None),
        ({"url": "/img/none.jpg"}, 404, "source_not_found", None),
        ({"url": "/img/photo.jpg?w=x"}, 400, "invalid_parameter", "w"),
        ({"url": "/img/photo.jpg?format=json"}, 400, "invalid_parameter", "format"),
        ({"url": "/free/photo.jpg?fm=json"}, 400, "invalid_parameter", "fm"),
        ({"url": "/free/photo.jpg?txt64=!"}, 400, "invalid_base64", "txt64"),
        ({"url": "/img/photo.jpg?preset=none"}, 404, "preset_not_found", "preset"),
        ({"url": "/img/photo.jpg", "dprs": "2"}, 400, "invalid_parameter", "dprs"),
        ({"url": "/img/photo.jpg", "widths": "x"}, 400, "invalid_parameter", "widths"),
        ({"url": "/img/photo.jpg", "formats": "gif"}, 400, "invalid_parameter", "formats"),
        ({"url": "/img/photo.jpg", "ratios": "1:1"}, 400, "invalid_parameter", "ratios"),
        ({"url": "/img/photo.jpg", "as": "xml"}, 400, "invalid_parameter", "as"),
        ({"url": "/img/photo.jpg", "alt": "a\nb"}, 400, "invalid_parameter", "alt"),
        ({"url": "/img/photo.jpg", "width": "5"}, 400, "unknown_parameter", "width"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_that_names_the_parameter(server, params, status, code, param):
    with server.client() as client:
        assert_problem(client.get("/v1/srcset", params=params), status, code, param)


def test_the_command_prints_what_the_server_answers(server, photos, tmp_path):
    line = command("srcset", "/img/photo.jpg?w=90&h=60", "--folder", photos, "--formats", "webp")
    env = environment({"IMGCDN_CACHE__DIR": str(tmp_path / "c"), "IMGCDN_DATA__DIR": str(tmp_path / "d")})
    ended = subprocess.run(line, capture_output=True, text=True, check=True, env=env, timeout=100)
    assert ended.stdout.strip() == asked(server, "/img/photo.jpg?w=90&h=60", formats="webp")["html"]
