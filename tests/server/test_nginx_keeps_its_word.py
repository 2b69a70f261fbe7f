"""Who is let through the shipped nginx, and that it shows nothing longer than imgcdn allows, before real servers."""

import time

import pytest
import scripted
from fronting import fronting, status_of
from serving import CHROME, SAFARI_13, SAFARI_15, assert_problem, eventually, send_raw

from imgcdn.dialects.signing import Signing

SECRET = "a-secret-of-this-server"
LEAN = """
[gravity]
models_dir = "/nonexistent"
pull_models = false
"""
SETTINGS = """
[[mount]]
name = "img"
origin = "{photos}"

[[mount]]
name = "signed"
origin = "{photos}"
signed = true

[[mount]]
name = "moved"
origin = "{photos}"
dialect = "imgix"

[[mount]]
name = "rooted"
origin = "{photos}"
hosts = ["pictures.example"]

[signing.keys]
main = "{secret}"

[http]
on_error = "placeholder"
"""
IMM = "Action=DetectImageCropping&ProjectName=p&SourceURI=oss://img/photo.jpg&AspectRatios=%5B%221:1%22%5D"
RUN_OUT_S = 2.2
"""nginx counts whole seconds, the last included."""
OWN_LIFE = (
    "proxy_ignore_headers Cache-Control Expires;",
    "proxy_cache_valid 200 10m;",
    "proxy_cache_valid 404 410 1m;",
    "proxy_cache_use_stale updating error timeout http_500 http_502 http_503 http_504;",
    "proxy_no_cache $imgcdn_is_brief;",
)


@pytest.fixture(scope="module")
def front(program, tmp_path_factory):
    with fronting(program("nginx"), tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="module")
def behind(module_serve, photos):
    return module_serve(settings=LEAN + SETTINGS.format(photos=photos, secret=SECRET))


@pytest.fixture(scope="module")
def nginx(front, behind):
    return front(behind)


@pytest.fixture(scope="module")
def signing():
    return Signing({"main": SECRET}, time.time)


# who is let through


def test_the_api_at_the_root_is_open_on_this_machine_or_the_next_test_proves_nothing(behind):
    assert behind.get(f"/?{IMM}").status_code == 200
    assert behind.ask("POST", f"/?{IMM}").status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT"])
@pytest.mark.parametrize(
    "target", ["/", f"/?{IMM}", f"//?{IMM}", f"/./?{IMM}", f"/img/..?{IMM}", f"/%2e/?{IMM}", f"http://x?{IMM}"]
)
def test_the_api_at_the_root_is_not_for_the_world(nginx, method, target):
    for host in ("localhost", "127.0.0.1:8000", "images.example"):
        head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nX-Acs-Action: DetectImageCropping\r\n"
        request = f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n"
        assert send_raw(nginx.port, request.encode()).startswith(b"HTTP/1.1 404 ")


def test_imgcdn_knows_who_came_through_nginx_where_an_operator_lets_the_apis_through(front, behind):
    opened = {f"location {path} {{ return 404; }}": "" for path in ("= /   ", "/v1/  ", "/api/ ")}
    nginx = front(behind, changes=opened)
    for path in ("/", "/v1/imm"):
        assert behind.get(f"{path}?{IMM}").status_code == 200
        refused = nginx.get(f"{path}?{IMM}", host="127.0.0.1")
        assert (refused.status_code, refused.json()["Code"]) == (401, "InvalidAccessKeyId")
    for path in ("/v1/purge", "/api/images/analyze"):
        assert nginx.ask("POST", path, host="localhost", content_type="application/json").status_code == 401


def test_a_mount_at_the_root_of_a_host_is_served(nginx):
    assert nginx.get("/photo.jpg?w=31", host="pictures.example").status_code == 200


# nothing lives longer than imgcdn says


def test_a_url_that_has_expired_is_never_answered_by_nginx(front, serve, photos, signing):
    server = serve(settings=LEAN + SETTINGS.format(photos=photos, secret=SECRET))
    nginx = front(server)
    last = int(time.time()) + 3
    url = signing.sign("/signed/photo.jpg", "w=41", expires_at=last)
    nginx.get(url)
    while time.time() < last + 1.2:
        time.sleep(0.1)
    for _ in range(3):
        assert_problem(nginx.get(url, accept="*/*"), 410, "url_expired", "exp")
    server.end()
    assert nginx.get(url).status_code == 502


def test_urls_that_expire_are_asked_for_each_time_so_that_no_copy_counts_its_life_anew(nginx, signing):
    later = int(time.time()) + 10_000
    for url, said in (
        (signing.sign("/signed/photo.jpg", "w=42", expires_at=later), "fwd=bypass"),
        (f"/img/photo.jpg?w=43&exp={later}", "fwd=bypass"),
        (f"/moved/photo.jpg?w=44&expires={later}", "fwd=bypass"),
        (f"/img/photo.jpg?w=45&%65xp={later}", "fwd=uri-miss"),
    ):
        for _ in range(2):
            answer = nginx.get(url)
            assert (answer.status_code, status_of(answer)) == (200, f"nginx; {said}"), url


def test_what_is_not_found_is_not_said_again_once_it_has_run_out(front, module_serve, photos, tmp_path):
    server = module_serve(tmp_path, settings=LEAN + "[http]\nnot_found_max_age_s = 1\n[freshness]\nnot_found_s = 1\n")
    nginx = front(server)
    assert nginx.get("/img/late.jpg?w=46").status_code == 404
    (tmp_path / "late.jpg").write_bytes((photos / "photo.jpg").read_bytes())
    eventually(lambda: server.get("/img/late.jpg?w=46").status_code == 200, 20)
    time.sleep(RUN_OUT_S)
    assert nginx.get("/img/late.jpg?w=46").status_code == 200


def test_a_stale_picture_is_shown_while_it_is_renewed_only_for_as_long_as_imgcdn_says(front, module_serve, photos):
    brief = "[http]\nmax_age_s = 1\nstale_while_revalidate_s = {}\n"
    for window, said in ((0, "fwd=stale; fwd-status=304"), (600, "hit; detail=stale")):
        nginx = front(module_serve(photos, settings=LEAN + brief.format(window)))
        nginx.get("/img/photo.jpg?w=47")
        time.sleep(RUN_OUT_S)
        assert status_of(nginx.get("/img/photo.jpg?w=47")) == f"nginx; {said}"


@pytest.mark.parametrize(
    "control", ["max-age=1, must-revalidate", "s-maxage=1", "max-age=1, stale-while-revalidate=0, stale-if-error=0"]
)
def test_what_its_origin_forbids_to_show_stale_is_not_shown_when_the_origin_or_imgcdn_fails(
    front, serve, photos, control
):
    origin = scripted.Origin()
    try:
        origin.scripts["/a.jpg"] = scripted.answer(body=(photos / "photo.jpg").read_bytes(), Cache_Control=control)
        server = serve(settings=LEAN + f'[[mount]]\nname = "web"\norigin = "{origin.url}"\n')
        nginx = front(server)
        assert nginx.get("/web/a.jpg?w=48").status_code == 200
        origin.scripts["/a.jpg"] = scripted.answer(status=503)
        time.sleep(RUN_OUT_S)
        assert [nginx.get("/web/a.jpg?w=48").status_code for _ in range(2)] == [502, 502]
        server.end()
        assert nginx.get("/web/a.jpg?w=48").status_code == 502
    finally:
        origin.close()


# error pictures


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (SAFARI_13, "image/svg+xml"),
        ("image/*", "image/svg+xml"),
        ("IMAGE/PNG,image/*;q=0.8", "image/svg+xml"),
        (SAFARI_15, "image/svg+xml"),
        (CHROME, "image/svg+xml"),
        ("*/*", "application/problem+json"),
        (None, "application/problem+json"),
        ("text/css,*/*;q=0.1", "application/problem+json"),
        ("application/json, image/png", "application/problem+json"),
        ("text/html, image/jpeg, */*;q=0.8", "application/problem+json"),
    ],
)
def test_an_img_gets_an_error_picture_through_nginx_and_a_program_a_problem(nginx, behind, accept, kind):
    headers = {} if accept is None else {"accept": accept}
    direct = behind.get("/img/nothing.jpg?w=48", **(headers or {"accept": ""}))
    for _ in range(2):
        answer = nginx.get("/img/nothing.jpg?w=48", **headers)
        assert (answer.status_code, answer.headers["content-type"]) == (404, kind)
        assert answer.headers["content-type"] == direct.headers["content-type"]
        assert "Accept" in answer.headers["vary"]
    assert status_of(answer) == "nginx; hit"


# nginx's own life


def test_nginxs_own_life_keeps_nothing_that_imgcdn_wants_kept_for_less(front, behind):
    nginx = front(behind, changes={f"# {line}": line for line in OWN_LIFE})
    for _ in range(2):
        explained = nginx.get("/img/photo.jpg?w=49&explain=1")
        assert (explained.headers["cache-control"], status_of(explained)) == ("no-store", "nginx; fwd=uri-miss")
    expiring = f"/img/photo.jpg?w=49&exp={int(time.time()) + 10_000}"
    assert {status_of(nginx.get(expiring)) for _ in range(2)} == {"nginx; fwd=bypass"}

    def upgraded():
        """The WebP that stands in lives for a minute by its headers, and must not live for ten."""
        return nginx.get("/img/photo.jpg?w=51", accept=CHROME).headers["content-type"] == "image/avif"

    eventually(upgraded, 20, "AVIF comes")
    nginx.get("/img/photo.jpg?w=52")
    assert status_of(nginx.get("/img/photo.jpg?w=52")) == "nginx; hit"
    nginx.get("/img/nothing.jpg?w=52")
    assert status_of(nginx.get("/img/nothing.jpg?w=52")) == "nginx; hit"
