"""API keys over HTTP: made and revoked by the command while the server runs."""

import re
import subprocess
import time

import pytest
from serving import assert_problem, command, environment, eventually

from imgcdn.dialects.signing import Signing

PATHS = ["/v1/purge", "/v1/warm"]
BODIES = {"/v1/purge": {"sources": ["img/nothing.jpg"]}, "/v1/warm": {"urls": ["/img/photo.jpg?w=40"]}}


def keys(server, *arguments):
    """Run `imgcdn keys` on the server's data folder."""
    folder = {"IMGCDN_DATA__DIR": str(server.cache.parent / "data"), "COLUMNS": "200"}
    ended = subprocess.run(
        command("keys", *arguments), capture_output=True, text=True, check=True, env=environment(folder), timeout=60
    )
    return ended.stdout


def identity(server, name):
    (line,) = [line for line in keys(server, "list").splitlines() if name in line]
    return re.search(r"[0-9a-f]{12}", line)[0]


def post(server, path, **headers):
    with server.client(headers={name.replace("_", "-"): value for name, value in headers.items()}) as client:
        return client.post(path, json=BODIES[path])


def closed(server):
    return eventually(lambda: post(server, "/v1/purge").status_code == 401, 5, "the key is noticed")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_key_opens_every_write_path_and_nothing_else_does(serve, photos, host):
    server = serve(photos, host=host)
    for path in PATHS:
        assert post(server, path).status_code == (200 if host == "127.0.0.1" else 401)
    secret = keys(server, "add", "backend").strip()
    closed(server)
    for path in PATHS:
        assert_problem(post(server, path), 401, "missing_key")
        assert post(server, path, authorization=f"Bearer {secret}").status_code == 200
        assert post(server, path, authorization=f"bearer  {secret}").status_code == 200
        assert post(server, path, x_api_key=secret).status_code == 200
        for wrong in (secret[:-1], secret + "A", secret.upper(), "", "imgcdn_sk_", "x" * 5000):
            assert_problem(post(server, path, x_api_key=wrong), 401, "missing_key")
        assert_problem(post(server, path, authorization=f"Basic {secret}"), 401, "missing_key")
    assert server.get("/img/photo.jpg?w=40").status_code == 200, "pictures need no key"
    assert server.get("/-/ready").status_code == 200
    assert secret not in server.said


def test_a_publishable_key_may_not_write(serve, photos):
    server = serve(photos)
    shown = keys(server, "add", "page", "--kind", "publishable").strip()
    closed(server)
    for path in PATHS:
        said = assert_problem(post(server, path, x_api_key=shown), 403, "key_not_allowed")
        assert "page" in said["detail"]
        assert shown not in said["detail"]
    named = {"source": "img", "path": "photo.jpg"}
    with server.client(headers={"x-api-key": shown}) as client:
        for method, path, body in (
            ("POST", "/v1/images/analyze", named),
            ("PUT", "/v1/images/focus", named | {"x": 0.5, "y": 0.5}),
            ("DELETE", "/v1/images/focus", named),
            ("PUT", "/v1/presets/card", {"query": "w=40"}),
            ("DELETE", "/v1/presets/card", None),
            ("GET", "/v1/srcset?url=/img/photo.jpg", None),
            ("GET", "/api/cdn-presets", None),
        ):
            assert client.request(method, path, json=body).status_code == 403, (method, path)


SEALED = """
[[mount]]
name = "img"
origin = "{photos}"

[[mount]]
name = "sealed"
origin = "{photos}"
signed = true

[signing.keys]
main = "a-secret-of-this-server"

[presets]
small = "w=50"

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""


def test_a_publishable_key_reads_what_visitors_may_know_and_a_secret_one_all(serve, photos):
    server = serve(settings=SEALED.format(photos=photos))
    shown, secret = (keys(server, "add", kind, "--kind", kind).strip() for kind in ("publishable", "secret"))
    closed(server)

    def read(mount, key):
        named = {"source": mount, "path": "photo.jpg"}
        with server.client(headers={"x-api-key": key}) as client:
            return [
                client.get("/v1/images/analyze", params=named),
                client.get("/v1/images/focus", params=named),
                client.post("/v1/images/crops", json=named),
                client.post("/v1/explain", json=named | {"params": {"w": 40}}),
                client.post("/v1/explain", json={"url": f"/{mount}/photo.jpg?w=40"}),
                client.get("/v1/presets"),
                client.get("/v1/presets/small"),
            ]

    assert [answer.status_code for answer in read("img", shown)] == [200] * 7
    assert [answer.status_code for answer in read("sealed", shown)] == [403] * 5 + [200] * 2
    assert [answer.status_code for answer in read("sealed", secret)] == [200] * 7
    assert_problem(read("sealed", shown)[0], 403, "key_not_allowed")
    url = Signing({"main": "a-secret-of-this-server"}, time.time).sign("/sealed/photo.jpg", "w=40")
    with server.client(headers={"x-api-key": shown}) as client:
        assert client.post("/v1/explain", json={"url": url}).status_code == 200, "what is signed is for visitors"
        note = {"source": "img", "path": "photo.jpg", "x": 0.2, "y": 0.3, "note": "between us"}
        client.put("/v1/images/focus", json=note, headers={"x-api-key": secret})
        assert client.get("/v1/images/focus?source=img&path=photo.jpg").json()["focus"] == {
            "x": 0.2,
            "y": 0.3,
            "note": "",
        }
    assert read("img", secret)[1].json()["focus"]["note"] == "between us"


def test_a_key_made_with_the_server_s_own_data_folder_opens_it(serve, photos):
    server = serve(photos)
    folder = server.cache.parent / "data"
    ended = subprocess.run(
        command("keys", "add", "backend", "--data-dir", folder),
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
        timeout=60,
    )
    closed(server)
    assert post(server, "/v1/purge", x_api_key=ended.stdout.strip()).status_code == 200


def test_a_revoked_key_is_refused_at_once_while_the_server_runs(serve, photos):
    server = serve(photos)
    leaked, kept = (keys(server, "add", name).strip() for name in ("leaked", "kept"))
    eventually(lambda: post(server, "/v1/purge", x_api_key=leaked).status_code == 200, 5, "the key is noticed")
    keys(server, "revoke", identity(server, "leaked"))
    eventually(lambda: post(server, "/v1/purge", x_api_key=leaked).status_code == 401, 1, "it is refused")
    for path in PATHS:
        assert_problem(post(server, path, x_api_key=leaked), 401, "missing_key")
        assert post(server, path, x_api_key=kept).status_code == 200


def test_revoking_the_last_key_does_not_open_the_apis_again(serve, photos):
    server = serve(photos)
    only = keys(server, "add", "only").strip()
    closed(server)
    keys(server, "revoke", identity(server, "only"))
    eventually(lambda: post(server, "/v1/purge", x_api_key=only).status_code == 401, 1, "it is refused")
    assert_problem(post(server, "/v1/purge"), 401, "missing_key")


def test_the_other_apis_need_the_key_too(serve, photos):
    server = serve(photos)
    secret = keys(server, "add", "backend").strip()
    closed(server)
    body = {"source": "img", "path": "photo.jpg"}
    assert_problem(server.send("POST", "/v1/images/analyze", body), 401, "missing_key")
    assert_problem(server.send("PUT", "/v1/images/focus", body | {"x": 0.5, "y": 0.5}), 401, "missing_key")
    with server.client(headers={"authorization": f"Bearer {secret}"}) as client:
        assert client.post("/v1/images/analyze", json=body).status_code == 200


def test_until_a_first_key_is_made_the_log_says_that_the_apis_are_open(serve, photos):
    first = serve(photos)
    assert "open to this machine until a first API key is made" in first.said
    keys(first, "add", "backend")
    first.end()
    data = first.cache.parent / "data"
    second = serve(photos, env={"IMGCDN_DATA__DIR": str(data)}, cache=first.cache)
    assert_problem(post(second, "/v1/purge"), 401, "missing_key")
    assert "open to this machine" not in second.said
    assert "open to this machine" not in serve(photos, host="0.0.0.0").said


@pytest.mark.parametrize("header", ["forwarded", "via", "x_forwarded_for", "x_real_ip"])
def test_a_proxy_in_front_of_a_server_without_keys_opens_nothing(serve, photos, header):
    server = serve(photos)
    for path in PATHS:
        assert post(server, path).status_code == 200
        said = assert_problem(post(server, path, **{header: "203.0.113.9"}), 401, "missing_key")
        assert "imgcdn keys add" in said["detail"]
        said = assert_problem(post(server, path, host="cdn.example"), 403, "not_allowed")
        assert "imgcdn keys add" in said["detail"]


def test_records_that_cannot_be_read_at_the_start_let_nobody_in(serve, photos, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    whole = data / "records.sqlite3"
    whole.write_bytes(b"this is no database" * 1000)
    server = serve(photos, cache=tmp_path / "cache")
    for path in PATHS:
        said = assert_problem(post(server, path), 503, "records_unavailable")
        assert "keys cannot be read" in said["detail"]
        assert_problem(post(server, path, x_api_key="imgcdn_sk_anything"), 503, "records_unavailable")
    assert server.get("/img/photo.jpg?w=40").status_code == 200, "pictures need no key"
    assert "let nobody in" in server.said
    assert "records" in server.get("/-/ready").text
    whole.unlink()
    eventually(lambda: post(server, "/v1/purge").status_code == 200, 20, "a data folder that is mended is used again")


def test_keys_outlive_the_server(serve, photos, tmp_path):
    first = serve(photos, cache=tmp_path / "cache")
    secret = keys(first, "add", "backend").strip()
    first.end()
    second = serve(photos, cache=tmp_path / "cache")
    assert_problem(post(second, "/v1/purge"), 401, "missing_key")
    assert post(second, "/v1/purge", x_api_key=secret).status_code == 200
