"""The HTTP contract on the wire: validators, negotiation, headers, methods and errors."""

import re
from email.utils import formatdate
from urllib.parse import quote, unquote

import httpx
import pytest
from measuring import opened
from serving import CHROME, FIREFOX, SAFARI_13, SAFARI_15, assert_problem

YEAR_S, MONTH_S = 31_536_000, 2_592_000


@pytest.fixture(scope="module")
def client(server):
    with server.client() as client:
        yield client


@pytest.fixture(params=["first", "again", "hot"])
def ask(request, client, server):
    """Ask once, twice or three times: pipeline, cache and hot path must answer alike in every respect.

    Where AVIF is expected, `is_upgraded` waits for it first.
    """
    before = ["first", "again", "hot"].index(request.param)

    def send(target, method="GET", *, is_upgraded=False, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        plain = {name: value for name, value in named.items() if name == "accept"}
        if is_upgraded:
            server.upgraded(target, headers["accept"])
        for _ in range(before):
            assert client.get(target, headers=plain).status_code in {200, 400, 404, 415}
        return client.request(method, target, headers=named)

    return send


# Validators


def test_an_etag_is_strong_and_names_the_bytes(ask):
    jpeg = ask("/img/photo.jpg?w=90&format=jpeg")
    assert re.fullmatch(r'"[0-9a-f]{32}"', jpeg.headers["etag"])
    assert ask("/img/photo.jpg?w=91&format=jpeg").headers["etag"] != jpeg.headers["etag"]


@pytest.mark.parametrize("spelling", ["{}", "W/{}", '"other", {}', 'W/"other",W/{} , "x"', "*", '{} ,"x"'])
def test_if_none_match_is_answered_304_without_a_body(ask, spelling):
    etag = ask("/img/photo.jpg?w=92").headers["etag"]
    answer = ask("/img/photo.jpg?w=92", if_none_match=spelling.format(etag))
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == etag
    assert answer.headers["vary"] == "Accept"
    assert "max-age" in answer.headers["cache-control"]
    assert "content-type" not in answer.headers
    assert answer.headers.get("content-length", "0") == "0"


@pytest.mark.parametrize("spelling", ['"other"', 'W/"other"', "nonsense", '""', "W/*"])
def test_another_etag_gets_the_whole_picture(ask, spelling):
    answer = ask("/img/photo.jpg?w=92", if_none_match=spelling)
    assert answer.status_code == 200
    assert answer.content


def test_the_etag_of_one_format_does_not_validate_another(ask):
    avif = ask("/img/photo.jpg?w=93", accept=CHROME, is_upgraded=True)
    assert avif.headers["content-type"] == "image/avif"
    webp = ask("/img/photo.jpg?w=93", accept=SAFARI_15, if_none_match=avif.headers["etag"])
    assert (webp.status_code, webp.headers["content-type"]) == (200, "image/webp")


def test_last_modified_is_that_of_the_file(ask, photos):
    modified = (photos / "photo.jpg").stat().st_mtime
    assert ask("/img/photo.jpg?w=94").headers["last-modified"] == formatdate(modified, usegmt=True)


# HEAD


@pytest.mark.parametrize("target", ["/img/photo.jpg?w=95", "/img/none.jpg", "/img/photo.jpg?w=0", "/nothing"])
def test_head_equals_get_without_the_body(ask, target):
    got, head = ask(target), ask(target, "HEAD")
    assert head.status_code == got.status_code
    assert head.content == b""
    passing = {"date", "cache-status", "server-timing", "x-request-id"}
    kept = {name: value for name, value in got.headers.items() if name not in passing}
    assert {name: value for name, value in head.headers.items() if name not in passing} == kept
    assert int(head.headers["content-length"]) == len(got.content)


def test_head_of_a_match_is_304(ask):
    etag = ask("/img/photo.jpg?w=95").headers["etag"]
    assert ask("/img/photo.jpg?w=95", "HEAD", if_none_match=etag).status_code == 304


# Negotiation


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (CHROME, "image/avif"),
        (FIREFOX, "image/avif"),
        (SAFARI_15, "image/webp"),
        (SAFARI_13, "image/jpeg"),
        ("*/*", "image/jpeg"),
        ("image/*", "image/jpeg"),
        ("image/avif;q=0,image/webp;q=0.5,*/*", "image/webp"),
        ("image/avif;q=0.5,image/webp;q=0.9", "image/webp"),
        ("image/webp;q=0,*/*", "image/jpeg"),
        ("IMAGE/WEBP", "image/webp"),
        ("text/html", "image/jpeg"),
        (";;,,q=", "image/jpeg"),
    ],
)
def test_the_best_format_that_the_browser_names_is_chosen(ask, accept, kind):
    answer = ask("/img/photo.jpg?w=60", accept=accept, is_upgraded=kind == "image/avif")
    assert answer.headers["content-type"] == kind
    assert opened(answer.content).format == kind.partition("/")[2].upper()
    assert answer.headers["vary"] == "Accept"


def test_several_accept_headers_count_as_one(client):
    headers = [("accept", "text/html"), ("accept", "image/webp")]
    for _ in range(2):
        answer = client.get("/img/photo.jpg?w=61", headers=headers)
        assert answer.headers["content-type"] == "image/webp"


@pytest.mark.parametrize(
    ("accept", "kind"), [(CHROME, "image/avif"), (SAFARI_15, "image/webp"), (SAFARI_13, "image/png")]
)
def test_alpha_never_becomes_jpeg_unasked(ask, accept, kind):
    answer = ask("/img/alpha.png?w=60", accept=accept, is_upgraded=kind == "image/avif")
    assert answer.headers["content-type"] == kind
    assert opened(answer.content).convert("RGBA").getpixel((1, 1))[3] < 10


def test_an_opaque_background_lets_alpha_become_jpeg(ask):
    assert ask("/img/alpha.png?w=60&bg=fff", accept=SAFARI_13).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("accept", "kind"), [(CHROME, "image/webp"), (SAFARI_15, "image/webp"), (SAFARI_13, "image/gif")]
)
def test_an_animation_never_becomes_a_still_unasked(ask, accept, kind):
    answer = ask("/img/film.gif?w=60", accept=accept)
    assert answer.headers["content-type"] == kind
    assert opened(answer.content).n_frames == 4


@pytest.mark.parametrize("name", ["jpeg", "jpg", "png", "webp", "avif", "gif"])
def test_a_format_in_the_url_is_the_answer_whatever_is_accepted(ask, name):
    for accept in (CHROME, SAFARI_13):
        answer = ask(f"/img/photo.jpg?w=60&format={name}", accept=accept)
        assert answer.headers["content-type"] == f"image/{name.replace('jpg', 'jpeg')}"
        assert "vary" not in answer.headers


def test_vary_is_on_errors_of_urls_whose_format_could_differ(ask):
    assert ask("/img/none.jpg?w=60").headers["vary"] == "Accept"
    assert "vary" not in ask("/img/none.jpg?w=60&format=png").headers


# Other headers


def test_how_long_an_answer_lasts(ask):
    plain = ask("/img/photo.jpg?w=96").headers["cache-control"]
    assert plain == f"public, max-age={MONTH_S}, stale-while-revalidate=86400, stale-if-error=604800"
    versioned = ask("/img/photo.jpg?w=96&v=3").headers["cache-control"]
    assert versioned == f"public, max-age={YEAR_S}, stale-while-revalidate=86400, stale-if-error=604800, immutable"


def test_the_version_makes_no_new_picture(client):
    first = client.get("/img/photo.jpg?w=97&v=a")
    second = client.get("/img/photo.jpg?w=97&v=b")
    assert second.headers["cache-status"].startswith("imgcdn; hit")
    assert first.headers["etag"] == second.headers["etag"]


def test_answers_may_be_used_anywhere_and_are_not_sniffed(ask):
    for target in ("/img/photo.jpg?w=98", "/img/none.jpg"):
        headers = ask(target).headers
        assert headers["access-control-allow-origin"] == "*"
        assert headers["timing-allow-origin"] == "*"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_a_first_answer_says_what_each_stage_took(client):
    timing = client.get("/img/photo.jpg?w=99").headers["server-timing"]
    assert [entry.split(";")[0] for entry in timing.split(", ")] == [
        "fetch", "probe", "focus", "decode", "resize", "encode",
    ]  # fmt: skip


def test_cache_status_counts_down(client):
    client.get("/img/photo.jpg?w=88")
    found = client.get("/img/photo.jpg?w=88").headers["cache-status"]
    assert re.fullmatch(r"imgcdn; hit; ttl=\d+", found)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("with spaces.jpg", "with spaces"),
        ("Übergröße 東京.jpg", "Übergröße 東京"),
        ("100%.jpg", "100%"),
        ("50%25.jpg", "50%25"),
        ("a%2fb.jpg", "a%2fb"),
        ("plus+and&equals=.jpg", "plus+and&equals="),
        ("photo[1].jpg", "photo[1]"),
        ("question?mark#hash.jpg", "question?mark#hash"),
        ("sub folder/in ner.jpg", "in ner"),
    ],
)
def test_the_answer_is_named_after_its_source_with_its_own_ending(ask, name, stem):
    answer = ask(f"/img/{quote(name)}?w=20&format=png")
    assert answer.status_code == 200
    kind, _, value = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert kind == "inline"
    assert re.fullmatch(r"[A-Za-z0-9%._~-]+", value)
    assert unquote(value) == f"{stem}.png"


@pytest.mark.parametrize(
    ("given", "saved"),
    [
        ("dl", "photo.jpg"),
        ("dl=", "photo.jpg"),
        ("dl=team.jpg", "team.jpg"),
        ("dl=team.png", "team.jpg"),
        ("dl=" + quote("Ünser Bild"), "Ünser Bild.jpg"),
        ("dl=" + quote('a"b; filename=evil.exe'), 'a"b; filename=evil.jpg'),
        ("dl=v1.2", "v1.jpg"),
    ],
)
def test_dl_offers_the_answer_for_saving(ask, given, saved):
    answer = ask(f"/img/photo.jpg?w=21&format=jpeg&{given}")
    assert answer.status_code == 200
    kind, _, value = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert kind == "attachment"
    assert unquote(value) == saved


@pytest.mark.parametrize("name", ["a%2Fb.jpg", "a%5Cb.jpg", "a%0D%0Ab", "a%00"])
def test_a_name_to_save_under_cannot_hold_slashes_or_line_breaks(ask, name):
    assert_problem(ask(f"/img/photo.jpg?w=21&dl={name}"), 400, "invalid_parameter", "dl")


# Methods


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("target", ["/img/photo.jpg?w=60", "/-/healthz", "/-/ready"])
def test_other_methods_are_405_with_allow(client, method, target):
    answer = client.request(method, target)
    assert_problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]
    assert "HEAD" in answer.headers["allow"]


def test_a_body_that_nobody_wants_does_no_harm(client):
    assert_problem(client.post("/img/photo.jpg", content=b"x" * 300_000), 405, "method_not_allowed")
    assert client.get("/img/photo.jpg?w=60").status_code == 200


def test_options_tells_browsers_that_they_may(client):
    answer = client.options(
        "/img/photo.jpg?w=60", headers={"origin": "https://x.example", "access-control-request-method": "GET"}
    )
    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "GET" in answer.headers["access-control-allow-methods"]
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


# Paths that are none


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "target",
    ["/", "/img", "/favicon.ico", "/robots.txt", "/imgs/photo.jpg", "/IMG/photo.jpg", "/v1/images", "/v1",
     "/-/", "/-/nothing", "/-/healthz/", "/-/metrics/x", "//img/photo.jpg"],
)  # fmt: skip
def test_unknown_and_reserved_paths_are_404(client, server, method, target):
    answer = httpx.request(method, server.url + target, trust_env=False)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    if method == "GET":
        assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("target", "first"), [("/api/images/x", "error"), ("/ai/x", "success")])
def test_unknown_paths_of_the_apis_are_404_in_the_form_of_their_family(client, server, method, target, first):
    answer = httpx.request(method, server.url + target, trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert method == "HEAD" or next(iter(answer.json())) == first


def test_an_error_is_kept_for_a_minute_and_cannot_do_anything_in_a_browser(client):
    answer = client.get("/img/none.jpg")
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_a_request_id_is_given_back_when_it_is_sane(client):
    sane = client.get("/img/none.jpg", headers={"x-request-id": "abc-123"})
    assert sane.json()["request_id"] == "abc-123"
    for odd in ("<script>", "x" * 200, "a b", '"'):
        answer = client.get("/img/none.jpg", headers={"x-request-id": odd})
        assert answer.json()["request_id"] != odd
        assert_problem(answer, 404, "source_not_found")
