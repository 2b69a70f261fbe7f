"""Mounts whose pictures come from a web server: what it does wrong is told, and what it must not reach it does not."""

import socket
import time
from urllib.parse import quote

import pytest
from measuring import opened
from scripted import Origin, answer, flood, hang_up, redirect, silence, trickle, validated
from serving import assert_problem, eventually, free_port, get_raw

SETTINGS = """
[[mount]]
name = "web"
origin = "{url}/pictures"

[[mount]]
name = "down"
origin = "http://127.0.0.1:{closed}"

[[mount]]
name = "any"
origin = "proxy"
allow_hosts = ["127.0.0.1", "127.0.0.2", "localhost", "pictures.invalid"]

[fetch]
allow_private = ["127.0.0.1/32"]
allow_ports = [80, 443, {port}, {secret}, {closed}]
connect_timeout_s = 2
read_timeout_s = 1
total_timeout_s = 3
max_bytes = 2000000

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""


@pytest.fixture(scope="module")
def picture(photos):
    return (photos / "photo.jpg").read_bytes()


@pytest.fixture(scope="module")
def origin():
    made = Origin()
    yield made
    made.close()


@pytest.fixture(scope="module")
def secret(picture):
    """A server on an address that is not allowed. It has a picture, which nobody may get."""
    made = Origin("127.0.0.2")
    made.scripts["/inside.jpg"] = answer(picture)
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(module_serve, origin, secret, picture):
    origin.scripts["/pictures/good.jpg"] = answer(picture)
    closed = free_port()
    return module_serve(settings=SETTINGS.format(url=origin.url, port=origin.port, secret=secret.port, closed=closed))


@pytest.fixture
def bad(server):
    """Ask for what cannot be had: the answer is a problem, comes in time, and the next request is fine."""

    def ask(target, status, code, *, within_s=5.0):
        begun = time.monotonic()
        found = server.get(target)
        said = assert_problem(found, status, code)
        assert found.headers["vary"] == "Accept"
        assert time.monotonic() - begun < within_s
        assert server.get("/web/good.jpg?w=40").status_code == 200
        return said

    return ask


def proxied(url):
    return f"/any/{quote(url, safe='')}?w=40"


def test_a_picture_below_a_base_url_is_served(server, origin):
    made = server.get("/web/good.jpg?w=300&h=200")
    assert made.status_code == 200
    assert opened(made.content).size == (300, 200)
    assert made.headers["cache-status"].startswith("imgcdn; ")
    assert origin.asked["/pictures/good.jpg"] == 1
    assert server.get("/web/good.jpg?w=50").status_code == 200
    assert origin.asked["/pictures/good.jpg"] == 1, "another size needs no other fetch"


def test_the_origin_is_asked_for_a_picture_and_told_nothing_of_the_visitor(server, origin, picture):
    origin.scripts["/pictures/private.jpg"] = answer(picture)
    server.get("/web/private.jpg?w=20", cookie="a=b", authorization="Bearer x", x_forwarded_for="1.2.3.4")
    sent = origin.headers["/pictures/private.jpg"]
    assert not {"cookie", "authorization", "x-forwarded-for", "referer"} & set(sent)
    assert sent["user-agent"].startswith("imgcdn/")


def test_a_proxied_url_is_served_however_its_slashes_come(server, origin, picture):
    origin.scripts["/elsewhere.jpg"] = answer(picture)
    url = f"{origin.url}/elsewhere.jpg"
    for spelt in (quote(url, safe=""), url, url.replace("://", ":/"), quote(url)):
        assert server.get(f"/any/{spelt}?w=40").status_code == 200
    answered = server.get(f"/any/{quote(url + '?size=/big.png', safe='')}?w=40")
    assert answered.headers["content-disposition"].endswith("''elsewhere.jpg")


def test_an_origin_that_is_down_is_502(bad):
    assert "127.0.0.1" in bad("/down/a.jpg", 502, "source_error")["detail"]


def test_an_origin_without_an_address_is_502(bad):
    bad(proxied("http://pictures.invalid/a.jpg"), 502, "source_error")


@pytest.mark.parametrize("script", [silence, trickle])
def test_an_origin_that_is_too_slow_is_504(bad, origin, script):
    origin.scripts[f"/pictures/{script.__name__}.jpg"] = script
    bad(f"/web/{script.__name__}.jpg", 504, "source_timeout")


def test_an_origin_that_does_not_end_is_cut_off(bad, origin):
    origin.scripts["/pictures/flood.jpg"] = flood
    bad("/web/flood.jpg", 413, "source_too_large")


def test_a_source_that_announces_too_much_is_not_read(bad, origin):
    origin.scripts["/pictures/huge.jpg"] = answer(b"x", Content_Length="3000000")
    bad("/web/huge.jpg", 413, "source_too_large", within_s=1.5)


@pytest.mark.parametrize(
    ("name", "script", "status", "code"),
    [
        ("hang-up", hang_up, 502, "source_error"),
        ("short", answer(b"half", Content_Length="100", Connection="close"), 502, "source_error"),
        ("missing", answer(status=404), 404, "source_not_found"),
        ("gone", answer(status=410), 410, "source_gone"),
        ("forbidden", answer(status=403), 403, "source_forbidden"),
        ("failing", answer(status=500), 502, "source_error"),
        ("busy", answer(status=503), 502, "source_error"),
        ("part", answer(b"part", status=206), 502, "source_error"),
        ("page", answer(b"<html>Not found</html>", Content_Type="image/jpeg"), 415, "unsupported_source_format"),
        ("empty", answer(b""), 415, "unsupported_source_format"),
        ("zipped", answer(b"x", Content_Encoding="gzip"), 502, "source_error"),
        ("not-modified", answer(status=304), 502, "source_error"),
    ],
)
def test_what_an_origin_does_wrong_is_told(bad, origin, name, script, status, code):
    origin.scripts[f"/pictures/{name}.jpg"] = script
    bad(f"/web/{name}.jpg", status, code)


def test_a_damaged_source_is_422(bad, origin, picture):
    origin.scripts["/pictures/half.jpg"] = answer(picture[: len(picture) // 2])
    bad("/web/half.jpg", 422, "corrupt_image")


def test_redirects_are_followed_three_times(server, bad, origin, picture):
    for step in range(5):
        origin.scripts[f"/pictures/step{step}.jpg"] = redirect(f"/pictures/step{step + 1}.jpg")
    origin.scripts["/pictures/step5.jpg"] = answer(picture)
    assert server.get("/web/step2.jpg?w=40").status_code == 200
    bad("/web/step1.jpg?w=40", 502, "source_error")


@pytest.mark.parametrize(
    "where",
    ["http://10.0.0.1/a.jpg", "http://169.254.169.254/latest/meta-data/", "http://[::1]/a.jpg", "http://0.0.0.0/a.jpg",
     "http://2130706434/a.jpg", "http://0x7f.0.0.2/a.jpg", "http://[::ffff:10.0.0.1]/a.jpg", "http://127.1/a.jpg"],
)  # fmt: skip
def test_a_redirect_to_a_private_address_is_refused_at_once(bad, origin, where):
    origin.scripts["/pictures/inward.jpg"] = redirect(where)
    bad("/web/inward.jpg", 403, "private_address", within_s=1.5)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_connection_is_made_to_where_a_redirect_must_not_lead(bad, origin, secret, status):
    """127.0.0.2 is loopback too, a server listens there, and only 127.0.0.1 is allowed."""
    origin.scripts["/pictures/inside.jpg"] = redirect(f"{secret.url}/inside.jpg", status)
    bad("/web/inside.jpg", 403, "private_address")
    assert secret.connections == 0


def test_a_proxy_does_not_reach_what_is_not_allowed(bad, secret):
    bad(proxied(f"{secret.url}/inside.jpg"), 403, "private_address")
    bad(proxied("http://10.0.0.1/a.jpg"), 403, "source_forbidden")
    bad(proxied("https://example.com/a.jpg"), 403, "source_forbidden")
    bad(proxied("file:///etc/passwd"), 403, "source_forbidden")
    bad(proxied("ftp://127.0.0.1/a.jpg"), 403, "source_forbidden")
    bad(proxied("http://user:secret@127.0.0.1/a.jpg"), 403, "source_forbidden")
    assert secret.connections == 0


def test_a_port_that_is_not_allowed_is_not_connected_to(bad):
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.2)
        bad(proxied(f"http://127.0.0.1:{other.getsockname()[1]}/a.jpg"), 403, "source_forbidden")
        with pytest.raises(TimeoutError):
            other.accept()


@pytest.mark.parametrize(
    "climbing", ["..%2fsecret.jpg", "%2e%2e/secret.jpg", "a/..%2f..%2fsecret.jpg", "..%5csecret.jpg"]
)
def test_no_path_climbs_out_of_the_base_url(server, origin, climbing):
    before = sum(origin.asked.values())
    assert get_raw(server.port, f"/web/{climbing}")[0] == 403
    assert sum(origin.asked.values()) == before


def test_after_its_life_a_source_is_asked_whether_it_changed(server, origin, picture):
    origin.scripts["/pictures/lasting.jpg"] = validated(picture, '"one"', Cache_Control="max-age=1")
    made = server.get("/web/lasting.jpg?w=40")
    assert made.headers["cache-control"].startswith("public, max-age=1,")
    assert "if-none-match" not in origin.headers["/pictures/lasting.jpg"]
    assert server.get("/web/lasting.jpg?w=40").headers["cache-status"].startswith("imgcdn; hit")
    assert origin.asked["/pictures/lasting.jpg"] == 1
    time.sleep(1.2)
    again = server.get("/web/lasting.jpg?w=40")
    eventually(lambda: origin.asked["/pictures/lasting.jpg"] == 2, 5, "the origin is asked")
    assert origin.headers["/pictures/lasting.jpg"]["if-none-match"] == '"one"'
    assert again.headers["cache-status"].startswith("imgcdn; hit")
    assert again.content == made.content


def test_after_its_life_a_source_that_changed_is_shown_as_it_is_now(server, origin, photos, picture):
    origin.scripts["/pictures/changing.jpg"] = validated(picture, '"one"', Cache_Control="max-age=1")
    before = server.get("/web/changing.jpg?w=40")
    origin.scripts["/pictures/changing.jpg"] = validated((photos / "p3.jpg").read_bytes(), '"two"')
    time.sleep(1.2)
    server.get("/web/changing.jpg?w=40")
    after = eventually(
        lambda: (found := server.get("/web/changing.jpg?w=40")).content != before.content and found, 5, "it changes"
    )
    assert opened(before.content).size == (40, 27)
    assert opened(after.content).size == (40, 20)
    assert after.headers["etag"] != before.headers["etag"]


def test_a_source_that_may_not_be_kept_is_not_promised_to_others(server, origin, picture):
    origin.scripts["/pictures/private-copy.jpg"] = answer(picture, Cache_Control="no-store")
    control = server.get("/web/private-copy.jpg?w=40&v=1").headers["cache-control"]
    assert control == "no-store"


def test_last_modified_of_the_origin_is_passed_on(server, origin, picture):
    date = "Tue, 03 Feb 2026 04:05:06 GMT"
    origin.scripts["/pictures/dated.jpg"] = answer(picture, Last_Modified=date)
    assert server.get("/web/dated.jpg?w=40").headers["last-modified"] == date


def test_no_download_is_left_over(server):
    assert list((server.cache / "tmp").iterdir()) == []
