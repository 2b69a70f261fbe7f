"""What is refused before it is a request is counted and logged like one, and told as HTTP has it (RFC 9110, 9112)."""

import json
import re
import socket

import pytest
from serving import eventually, send_raw

HOST = b"host: localhost\r\n"
LEAN = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n'


@pytest.fixture(scope="module", params=["misses", "all"])
def server(request, module_serve, photos):
    return module_serve(photos, settings=LEAN, env={"IMGCDN_SERVER__ACCESS_LOG": request.param})


def test_a_refused_head_has_no_body(server):
    status, headers, body = said(server, b"HEAD /img/photo.jpg?w=40 HTTP/1.1\r\n\r\n")
    assert (status, body) == (400, b"")
    assert int(headers["content-length"]) > 0
    (line,) = eventually(lambda: lines_of(server, headers["x-request-id"]), 5)
    assert line["bytes"] == 0


def said(server, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = send_raw(server.port, sent).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


def lines_of(server, identity: str) -> list[dict[str, object]]:
    found = [json.loads(line) for line in server.said.splitlines() if line.startswith("{")]
    return [line for line in found if line.get("request_id") == identity]


def counted(server, kind: str, status: int) -> float:
    text = server.get("/-/metrics").text
    found = re.search(
        rf'^imgcdn_requests_total{{[^}}]*method="{kind}"[^}}]*status="{status}"[^}}]*}} (\d+)', text, re.MULTILINE
    )
    return float(found[1]) if found else 0.0


@pytest.mark.parametrize(
    ("sent", "status", "code", "kind", "method", "path"),
    [
        (b"garbage\r\n\r\n", 400, "malformed_request", "other", "-", ""),
        (b"GET /img/photo.jpg?w=40&sig=secret HTTP/1.1\r\nno colon\r\n\r\n", 400, "malformed_request", "read", "GET",
         "/img/photo.jpg?w=40&sig=-"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414, "url_too_long", "read", "GET", "/aaaa"),
        (b"POST /v1/purge HTTP/1.1\r\n" + HOST + b"x: " + b"a" * 140_000 + b"\r\n\r\n", 431, "headers_too_large",
         "write", "POST", "/v1/purge"),
        (b"BREW /img/photo.jpg?w=40 HTTP/1.1\r\n" + HOST + b"\r\n", 405, "method_not_allowed", "other", "BREW",
         "/img/photo.jpg?w=40"),
    ],
    ids=["garbage", "header", "url", "headers", "method"],
)  # fmt: skip
def test_a_refusal_is_counted_and_has_one_line_in_the_log_with_its_id(server, sent, status, code, kind, method, path):
    before = counted(server, kind, status)
    for _ in range(2):
        got, headers, body = said(server, sent)
        assert (got, json.loads(body)["code"]) == (status, code)
        (line,) = eventually(lambda known=headers["x-request-id"]: lines_of(server, known), 5)
        assert (line["event"], line["status"], line["method"], line["code"]) == ("request", status, method, code)
        assert line["path"].startswith(path)
        assert line["bytes"] == len(body)
    assert counted(server, kind, status) == before + 2
    assert "Invalid HTTP request" not in server.said


def test_the_id_that_a_refused_request_came_with_is_kept(server):
    _, headers, body = said(server, b"GET / HTTP/1.1\r\nx-request-id: mine-1\r\na: b\r\nno colon\r\n\r\n")
    assert headers["x-request-id"] == json.loads(body)["request_id"] == "mine-1"


def test_what_was_refused_leaves_nothing_in_the_lines_of_others(server):
    said(server, b"garbage\r\n\r\n")
    good = server.get("/img/photo.jpg?w=31")
    assert good.status_code == 200
    (line,) = eventually(lambda: lines_of(server, good.headers["x-request-id"]), 5)
    assert "code" not in line


def test_a_refusal_after_an_answer_on_one_connection_is_told_of_itself_alone(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as there:
        there.sendall(b"GET /-/healthz HTTP/1.1\r\n" + HOST + b"x-request-id: before\r\n\r\n")
        assert there.recv(65_536).startswith(b"HTTP/1.1 200")
        there.sendall(b"garbage\r\n\r\n")
        refused = b"".join(iter(lambda: there.recv(65_536), b"")).decode()
    (line,) = eventually(lambda: lines_of(server, re.search(r"x-request-id: (\S+)", refused)[1]), 5)
    assert (line["status"], line["method"], line["path"], line["code"]) == (400, "-", "", "malformed_request")


@pytest.mark.parametrize("method", ["BREW", "get", "PROPFINDER", "X-Y"])
def test_a_method_that_nobody_knows_is_told_which_are(server, method):
    status, headers, body = said(server, f"{method} /img/photo.jpg?w=40 HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
    assert (status, headers["allow"], headers["cache-control"]) == (405, "get, head, options", "no-store")
    assert json.loads(body)["detail"] == f"{method} is no method that is known here: expected GET, HEAD, OPTIONS"


def test_a_method_that_nobody_knows_is_not_implemented_by_the_apis(server):
    status, headers, body = said(server, b"BREW /v1/purge HTTP/1.1\r\n" + HOST + b"\r\n")
    assert (status, json.loads(body)["code"]) == (501, "method_not_allowed")
    assert "allow" not in headers


def test_options_of_the_whole_server_are_answered_and_kept_by_nobody(server):
    status, headers, body = said(server, b"OPTIONS * HTTP/1.1\r\nconnection: close\r\n" + HOST + b"\r\n")
    assert (status, headers["cache-control"], headers["allow"], body) == (204, "no-store", "get, head, options", b"")
    status, headers, _ = said(server, b"GET * HTTP/1.1\r\nconnection: close\r\n" + HOST + b"\r\n")
    assert (status, headers["cache-control"]) == (400, "no-store")


@pytest.mark.parametrize("path", [b"/img/photo.jpg?w=32&format=jpg", b"/-/healthz"])
@pytest.mark.parametrize(
    ("hosts", "said_of"),
    [(b"", "0 times"), (HOST * 2, "2 times"), (b"host:\r\n" + HOST, "2 times"), (HOST * 3, "3 times")],
)
def test_a_request_says_once_for_which_host_it_is(server, path, hosts, said_of):
    for _ in range(2):  # once it is hot, too
        assert server.get(path.decode()).status_code == 200
        status, headers, body = said(server, b"GET " + path + b" HTTP/1.1\r\n" + hosts + b"\r\n")
        assert (status, headers["connection"]) == (400, "close")
        assert json.loads(body)["detail"] == f"the header Host is there {said_of}: expected it once"


def test_older_http_needs_no_host(server):
    assert said(server, b"GET /img/photo.jpg?w=32&format=jpg HTTP/1.0\r\n\r\n")[0] == 200


def test_an_empty_host_is_one(server):
    ask = b"GET /img/photo.jpg?w=32&format=jpg HTTP/1.1\r\nhost:\r\nconnection: close\r\n\r\n"
    assert said(server, ask)[0] == 200
