"""Aidge's image cropping on a real server: queries, forms and JSON, URLs and Base64, its codes, and a real hook."""

import base64
import io
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from keyed import add_key
from measuring import opened
from PIL import Image
from scripted import Origin, answer
from serving import free_port

PATH = "/ai/image/cropping"
SETTINGS = """
[[mount]]
name = "other"
origin = "proxy"
allow_hosts = ["images.example.com"]

[[mount]]
name = "any"
origin = "proxy"
allow_hosts = ["127.0.0.1", "localhost", "127.0.0.2"]

[fetch]
allow_private = ["127.0.0.1/32"]
allow_ports = [80, 443, {port}]
connect_timeout_s = 2
"""


@pytest.fixture(scope="module")
def body(photos):
    return (photos / "photo.jpg").read_bytes()


@pytest.fixture(scope="module")
def origin(body):
    made = Origin()
    made.scripts["/photo.jpg"] = answer(body)
    made.scripts["/page.html"] = answer(b"<!doctype html><html>no picture</html>")
    made.scripts["/dot.png"] = answer(png(99, 300))
    yield made
    made.close()


@pytest.fixture(scope="module")
def aidge(module_serve, photos, origin, face_models):
    return module_serve(photos, settings=SETTINGS.format(port=origin.port))


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), 99).save(file, "PNG")
    return file.getvalue()


def text(body: bytes) -> str:
    return base64.b64encode(body).decode()


def post(server, content, **headers):
    with server.client(headers={name.replace("_", "-"): value for name, value in headers.items()}) as client:
        return client.post(PATH, json=content)


def asked(body: bytes, width=400, height=300) -> dict:
    return {"imageBase64": text(body), "targetWidth": width, "targetHeight": height}


def shown(server, response, width, height) -> Image.Image:
    """Require the documented answer, fetch the picture that it names, and return it."""
    assert response.status_code == 200, response.text
    said = response.json()
    assert said["requestId"] == response.headers["x-request-id"]
    url = said["data"]["imageUrl"]
    assert said == {
        "success": True,
        "resCode": 200,
        "resMessage": "success",
        "requestId": said["requestId"],
        "code": "0",
        "data": {"imageUrl": url, "usage": 1, "width": width, "height": height},
    }
    assert response.headers["cache-control"] == "no-store"
    assert url.startswith(f"{server.url}/v1/results/")
    picture = server.get(url.removeprefix(server.url))
    assert picture.status_code == 200
    assert picture.headers["content-type"].startswith("image/")
    assert picture.headers["cache-control"].startswith("private")
    found = opened(picture.content)
    assert found.size == (width, height)
    return found


def refused(response, status: int, res_code: int, *names: str) -> dict:
    """Require the documented failure; each of the names is in its message."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    said = response.json()
    assert set(said) == {"success", "resCode", "resMessage", "requestId", "code", "data"}
    assert (said["success"], said["resCode"], said["code"], said["data"]) == (False, res_code, str(res_code), None)
    assert said["requestId"] == response.headers["x-request-id"]
    for name in names:
        assert name in said["resMessage"], said
    return said


# what is answered


@pytest.mark.parametrize(("width", "height"), [(800, 800), (100, 100), (100, 5000), (2000, 300)])
def test_a_picture_is_cropped_to_exactly_the_target(aidge, body, width, height):
    shown(aidge, post(aidge, asked(body, width, height)), width, height)


def test_queries_forms_and_json_say_the_same(aidge, body):
    small = io.BytesIO()
    Image.open(io.BytesIO(body)).resize((300, 200)).save(small, "JPEG", quality=70)
    fields = {"imageBase64": text(small.getvalue()), "targetWidth": "200", "targetHeight": "200"}
    with aidge.client() as client:
        answers = [
            client.get(PATH, params=fields),
            client.post(PATH, params=fields),
            client.post(PATH, data=fields),
            client.post(PATH, files={name: (None, value) for name, value in fields.items()}),
            client.post(PATH, json=fields),
            client.post(PATH, json=fields | {"targetWidth": 200, "targetHeight": 200}),
            client.post(
                PATH, json={"imageBase64": fields["imageBase64"]}, params={"targetWidth": 200, "targetHeight": 200}
            ),
            client.post(PATH, params={"targetWidth": 900}, data=fields),
        ]
    pictures = [shown(aidge, one, 200, 200).tobytes() for one in answers]
    assert len(set(pictures)) == 1


DRESSES = {
    "line breaks": lambda data: base64.encodebytes(data).decode(),
    "CRLF": lambda data: "\r\n".join(text(data)[n : n + 76] for n in range(0, len(text(data)), 76)),
    "data URL": lambda data: f"data:image/jpeg;base64,{text(data)}",
    "both": lambda data: f"data:image/jpeg;charset=utf-8;base64,\n{base64.encodebytes(data).decode()}",
    "for URLs": lambda data: base64.urlsafe_b64encode(data).decode(),
    "no padding": lambda data: text(data).rstrip("="),
    "spaces around": lambda data: f"  {text(data)}\n",
}


@pytest.mark.parametrize("dress", DRESSES)
def test_base64_may_have_line_breaks_a_data_urls_prefix_either_alphabet_and_no_padding(aidge, body, dress):
    plain = shown(aidge, post(aidge, asked(body, 120, 110)), 120, 110)
    content = {"imageBase64": DRESSES[dress](body), "targetWidth": 120, "targetHeight": 110}
    assert shown(aidge, post(aidge, content), 120, 110).tobytes() == plain.tobytes()
    with aidge.client() as client:
        assert shown(aidge, client.post(PATH, data=content), 120, 110).tobytes() == plain.tobytes()


def test_plus_signs_that_a_client_did_not_encode_are_understood(aidge, body):
    spelt = f"targetWidth=150&targetHeight=150&imageBase64={text(body)}"
    assert "+" in spelt
    with aidge.client() as client:
        response = client.post(PATH, content=spelt, headers={"content-type": "application/x-www-form-urlencoded"})
    shown(aidge, response, 150, 150)


def test_a_url_is_fetched_where_a_proxy_mount_allows_its_host(aidge, origin, body):
    by_url = {"imageUrl": f"{origin.url}/photo.jpg", "targetWidth": 300, "targetHeight": 400}
    fetched = shown(aidge, post(aidge, by_url), 300, 400)
    assert origin.asked["/photo.jpg"] == 1
    assert fetched.tobytes() == shown(aidge, post(aidge, asked(body, 300, 400)), 300, 400).tobytes()


def test_base64_wins_over_a_url(aidge, origin, body):
    before = dict(origin.asked)
    both = asked(body) | {"imageUrl": f"{origin.url}/nothing.jpg"}
    shown(aidge, post(aidge, both), 400, 300)
    assert dict(origin.asked) == before
    shown(aidge, post(aidge, both | {"imageBase64": "", "imageUrl": f"{origin.url}/photo.jpg"}), 400, 300)


def test_what_clients_add_to_every_request_is_ignored(aidge, body):
    system = "?partner_id=aidge&sign_method=sha256&sign_ver=v2&timestamp=1700000000000&sign=ABC"
    with aidge.client() as client:
        shown(aidge, client.post(PATH + system, json=asked(body)), 400, 300)


@pytest.mark.parametrize("name", ["alpha.png", "film.webp", "cmyk.jpg", "modern.avif", "scan.tif", "portrait.jpg"])
def test_pictures_of_every_kind_are_cropped(aidge, photos, name):
    body = (photos / name).read_bytes()
    if min(opened(body).size) < 100:
        refused(post(aidge, asked(body)), 400, 700, "imageBase64")
    else:
        shown(aidge, post(aidge, asked(body, 150, 130)), 150, 130)


def test_the_main_area_is_kept(aidge, photos):
    """A tall face crop of the portrait: the picture is the one that the native dialect gives."""
    body = (photos / "portrait.jpg").read_bytes()
    made = shown(aidge, post(aidge, asked(body, 200, 800)), 200, 800)
    native = opened(aidge.get("/img/portrait.jpg?w=200&h=800").content)
    assert made.tobytes() == native.tobytes()


# bad input


@pytest.mark.parametrize(("change", "names"), [
    ({"targetWidth": 99}, ["targetWidth"]),
    ({"targetWidth": 5001}, ["targetWidth"]),
    ({"targetHeight": "wide"}, ["targetHeight"]),
    ({"targetHeight": "300.0"}, ["targetHeight"]),
    ({"targetHeight": 300.5}, ["targetHeight"]),
    ({"targetHeight": True}, ["targetHeight"]),
    ({"targetHeight": None, "targetWidth": -1}, ["targetHeight", "targetWidth"]),
    ({"targetHeight": "1_000"}, ["targetHeight"]),
    ({"imageBase64": None}, ["imageUrl", "imageBase64"]),
    ({"imageBase64": ""}, ["imageUrl", "imageBase64"]),
    ({"imageBase64": 7}, ["imageBase64"]),
    ({"imageBase64": ["AAAA"]}, ["imageBase64"]),
    ({"imageBase64": "no base64!"}, ["imageBase64"]),
    ({"imageBase64": "A"}, ["imageBase64"]),
    ({"imageBase64": "ÄÖÜ"}, ["imageBase64"]),
    ({"imageBase64": "data:image/png;base64,"}, ["imageBase64"]),
    ({"imageBase64": "data:image/svg+xml,<svg/>"}, ["imageBase64"]),
    ({"targetDepth": 4}, ["targetDepth"]),
])  # fmt: skip
def test_input_that_cannot_be_used_is_named(aidge, body, change, names):
    refused(post(aidge, asked(body) | change), 400, 700, *names)


def test_every_field_that_cannot_be_used_is_named(aidge):
    refused(post(aidge, {"targetWidth": 1}), 400, 700, "targetWidth", "targetHeight")


@pytest.mark.parametrize(("data", "status"), [(b"no picture", 415), (b"\xff\xd8\xff\xe0 only the beginning", 422)])
def test_what_is_no_picture_is_invalid_input(aidge, data, status):
    refused(post(aidge, asked(data)), status, 700, "imageBase64")


@pytest.mark.parametrize("size", [(99, 300), (300, 99), (5001, 100), (100, 5001)])
def test_a_source_of_another_size_than_aidge_takes_is_invalid_input(aidge, size):
    said = refused(post(aidge, asked(png(*size))), 400, 700, "imageBase64", "100", "5000")
    assert f"{size[0]}x{size[1]}" in said["resMessage"]


@pytest.mark.parametrize("size", [(100, 5000), (5000, 100), (100, 100)])
def test_the_smallest_and_the_largest_sources_are_taken(aidge, size):
    shown(aidge, post(aidge, asked(png(*size), 100, 100)), 100, 100)


@pytest.mark.parametrize(("path", "status"), [("/none.jpg", 404), ("/page.html", 415), ("/dot.png", 400)])
def test_a_url_that_leads_to_no_fit_picture_is_invalid_input(aidge, origin, path, status):
    content = {"imageUrl": origin.url + path, "targetWidth": 200, "targetHeight": 200}
    refused(post(aidge, content), status, 700, "imageUrl")


@pytest.mark.parametrize(("url", "status"), [
    ("http://127.0.0.2/secret.jpg", 403),
    ("http://10.0.0.1/a.jpg", 403),
    ("http://169.254.169.254/latest/meta-data", 403),
    ("http://[::1]/a.jpg", 403),
    ("http://2130706433/a.jpg", 403),
    ("https://elsewhere.example/a.jpg", 403),
    ("ftp://127.0.0.1/a.jpg", 403),
    ("http://user:word@127.0.0.1/a.jpg", 403),
    ("file:///etc/passwd", 403),
    ("no URL", 400),
    ("http://", 400),
    ("http://127.0.0.1:1/a.jpg", 403),
    ("x" * 9000, 400),
])  # fmt: skip
def test_a_url_that_may_not_be_fetched_is_invalid_input(aidge, url, status):
    said = refused(post(aidge, {"imageUrl": url, "targetWidth": 200, "targetHeight": 200}), status, 700, "imageUrl")
    assert len(said["resMessage"]) < 500


def test_a_host_that_is_down_is_a_system_error(serve, photos):
    closed = free_port()
    server = serve(photos, settings=SETTINGS.format(port=closed))
    content = {"imageUrl": f"http://127.0.0.1:{closed}/a.jpg", "targetWidth": 200, "targetHeight": 200}
    refused(post(server, content), 502, 500, "imageUrl")


def test_a_server_without_a_proxy_takes_no_url(server):
    content = {"imageUrl": "https://example.com/a.jpg", "targetWidth": 200, "targetHeight": 200}
    refused(post(server, content), 403, 700, "imageUrl")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused_in_the_same_form(aidge, method):
    response = aidge.ask(method, PATH)
    refused(response, 405, 700, method)
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(("content", "kind", "status"), [
    (b"{", "application/json", 400),
    (b"[1]", "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    (b'{"targetWidth": ' + b"[" * 100_000, "application/json", 400),
    (b"<xml/>", "text/xml", 415),
    (b"targetWidth=1&targetWidth=2", "application/x-www-form-urlencoded", 400),
    (b"&".join(b"a%d=1" % n for n in range(200)), "application/x-www-form-urlencoded", 400),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x", 400),
    (b"nothing", "multipart/form-data", 400),
    (b"", "application/json", 400),
])  # fmt: skip
def test_a_body_that_cannot_be_read_is_invalid_input(aidge, content, kind, status):
    with aidge.client() as client:
        refused(client.post(PATH, content=content, headers={"content-type": kind}), status, 700)


def test_base64_of_too_large_a_picture_is_cut_off(aidge):
    refused(post(aidge, asked(bytes(10_000_100))), 413, 700, "imageBase64")
    refused(post(aidge, asked(bytes(20_000_000))), 413, 700)
    assert aidge.get("/-/ready").status_code == 200


# keys


def test_keys_come_as_bearer_as_x_api_key_or_as_app_key_and_never_into_the_log(serve, photos, body):
    server = serve(photos)
    shown_key, secret = add_key(server, "publishable"), add_key(server)
    refused(post(server, asked(body)), 401, 700, "API key")
    refused(post(server, asked(body), x_api_key="imgcdn_sk_wrong"), 401, 700)
    refused(post(server, asked(body), x_api_key=shown_key), 403, 700, "publishable")
    shown(server, post(server, asked(body), authorization=f"Bearer {secret}"), 400, 300)
    shown(server, post(server, asked(body), x_api_key=secret), 400, 300)
    with server.client() as client:
        shown(server, client.post(f"{PATH}?app_key={secret}&sign=x", json=asked(body)), 400, 300)
    assert secret not in server.said


# results


def test_a_result_needs_its_signature_and_outlives_a_restart(serve, photos, body, tmp_path):
    server = serve(photos, cache=tmp_path / "cache")
    url = post(server, asked(body)).json()["data"]["imageUrl"].removeprefix(server.url)
    path, _, query = url.partition("?")
    for bad in (path, f"{url}x", url.replace("exp=", "exp=9"), path.replace("cropped", "other") + "?" + query):
        assert server.get(bad).status_code == 403, bad
    before = server.get(url).content
    assert server.ask("HEAD", url).headers["content-length"] == str(len(before))
    assert server.ask("GET", url, range="bytes=0-9").content == before[:10]
    port = server.port
    server.end()
    again = serve(photos, cache=tmp_path / "cache")
    assert again.port != port
    assert again.get(url).content == before


def test_a_result_ends(serve, photos, body):
    server = serve(photos, settings="[api]\naidge_lives_s = 60\npublic_url = 'https://img.example.com'\n")
    url = post(server, asked(body)).json()["data"]["imageUrl"]
    assert url.startswith("https://img.example.com/v1/results/")
    target = url.removeprefix("https://img.example.com")
    ends = int(target.partition("exp=")[2].partition("&")[0])
    assert 55 < ends - time.time() <= 60
    assert server.get(target).status_code == 200
    assert int(server.get(target).headers["cache-control"].partition("max-age=")[2].partition(",")[0]) <= 60


# moderation


class Hook:
    """A moderation service on loopback: answers as it is told, and keeps what it was shown."""

    def __init__(self) -> None:
        self.status, self.said, self.delay_s = 200, b'{"allowed": true}', 0.0
        self.seen: list[tuple[str, bytes]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                hook.seen.append((self.headers["content-type"], body))
                time.sleep(hook.delay_s)
                self.send_response(hook.status)
                self.send_header("content-length", str(len(hook.said)))
                self.end_headers()
                self.wfile.write(hook.said)

            def log_message(self, *_: object) -> None:
                pass

        self._listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._listener.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}/judge?v=1"
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()


@pytest.fixture(scope="module")
def _hook():
    made = Hook()
    yield made
    made.close()


@pytest.fixture
def hook(_hook):
    _hook.__dict__.update(status=200, said=b'{"allowed": true}', delay_s=0.0, seen=[])
    return _hook


@pytest.fixture(scope="module")
def moderated(module_serve, photos, _hook):
    return module_serve(photos, settings=f"[api]\nmoderation_url = '{_hook.url}'\nmoderation_timeout_s = 1\n")


def test_the_hook_sees_the_whole_picture_and_lets_it_pass(moderated, hook, body):
    shown(moderated, post(moderated, asked(body)), 400, 300)
    assert hook.seen == [("image/jpeg", body)]


def test_content_that_the_hook_refuses_is_not_cropped(moderated, hook, body):
    hook.said = json.dumps({"allowed": False, "reason": "not for us"}).encode()
    refused(post(moderated, asked(body)), 403, 1000, "not for us")
    hook.said = b'{"allowed": false}'
    refused(post(moderated, asked(body)), 403, 1000, "sensitive")


@pytest.mark.parametrize(("status", "said"), [
    (500, b"{}"), (200, b"no JSON"), (200, b"{}"), (200, b'{"allowed": "yes"}'), (302, b'{"allowed": true}'),
])  # fmt: skip
def test_nothing_passes_a_hook_that_fails(moderated, hook, body, status, said):
    hook.status, hook.said = status, said
    response = post(moderated, asked(body))
    refused(response, 503, 1001, "hook")
    assert response.headers["retry-after"]


def test_nothing_passes_a_hook_that_takes_too_long(moderated, hook, body):
    hook.delay_s = 3
    begun = time.monotonic()
    refused(post(moderated, asked(body)), 504, 1002, "1 s")
    assert time.monotonic() - begun < 2.5


def test_nothing_passes_a_hook_that_is_not_there(serve, photos, body):
    server = serve(photos, settings=f"[api]\nmoderation_url = 'http://127.0.0.1:{free_port()}/'\n")
    refused(post(server, asked(body)), 503, 1001)


def test_what_is_refused_anyway_is_not_shown_to_the_hook(moderated, hook):
    refused(post(moderated, asked(png(50, 50))), 400, 700)
    assert hook.seen == []
    assert quote(hook.url) not in moderated.said
