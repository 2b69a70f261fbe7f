"""Requests that are none, or whose heads are too large: told in our form, on the way of hits and on that of logged ones."""

import json
import socket

import psutil
import pytest

HEAD = b"GET /img/photo.jpg?w=40 HTTP/1.1\r\nhost: localhost\r\n"


@pytest.fixture(scope="module", params=["off", "all"])
def server(request, module_serve, photos):
    return module_serve(photos, env={"IMGCDN_SERVER__ACCESS_LOG": request.param})


def heard(server, *pieces: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send pieces on one connection, and return status, headers and body of what comes before its end."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as there:
        try:
            for piece in pieces:
                there.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it hung up, but what it said may be there
        said = b""
        while part := there.recv(65_536):
            said += part
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


def problem(told, status: int, code: str) -> None:
    assert told[0] == status
    assert told[1]["content-type"] == "application/problem+json"
    assert told[1]["connection"] == "close"
    assert int(told[1]["content-length"]) == len(told[2])
    said = json.loads(told[2])
    assert (said["status"], said["code"]) == (status, code)
    assert said["request_id"] == told[1]["x-request-id"]


@pytest.mark.parametrize(
    "sent",
    [b"garbage\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", HEAD + b"no colon\r\n\r\n"],
)
def test_what_is_no_request_is_told_so(server, sent):
    problem(heard(server, sent), 400, "malformed_request")


@pytest.mark.parametrize("path", ["/img/photo.jpg?w=40&x=", "/api/files/", "/"])
def test_a_url_that_is_too_long_is_a_414(server, path):
    problem(
        heard(server, f"GET {path}{'a' * 70_000} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()), 414, "url_too_long"
    )


def test_the_longest_url_is_read(server):
    target = "/img/photo.jpg?w=40&x="
    fitting = target + "a" * (65_535 - len(target))
    assert server.get(fitting).json()["code"] == "unknown_parameter"


def test_a_url_that_never_ends_is_a_414(server):
    problem(heard(server, b"GET /", *[b"a" * 20_000] * 50), 414, "url_too_long")


@pytest.mark.parametrize(
    "pieces",
    [
        [b"x-long: " + b"a" * 140_000 + b"\r\n\r\n"],
        [b"x-endless: ", *[b"a" * 20_000] * 50],
        [*[b"x-many: " + b"a" * 1000 + b"\r\n"] * 1000],
        [b"".join(b"x-%d: 1\r\n" % number for number in range(14_000)) + b"\r\n"],
    ],
    ids=["one", "endless", "many", "tiny"],
)
def test_headers_that_are_too_large_are_a_431(server, pieces):
    problem(heard(server, HEAD, *pieces), 431, "headers_too_large")


def test_headers_just_small_enough_are_read_and_bodies_are_no_heads(server):
    large = {"x_first": "a" * 60_000, "x_second": "b" * 60_000}
    assert server.get("/img/photo.jpg?w=40", **large).status_code == 200
    with server.client() as client:
        for _ in range(3):
            answer = client.post("/v1/purge", content=b"x" * 400_000, headers={"content-type": "text/plain"})
            assert answer.status_code == 415


def test_many_requests_on_one_connection_are_many_heads(server):
    with server.client(headers={"x-some": "a" * 2000}) as client:
        for _ in range(120):
            assert client.get("/img/photo.jpg?w=40&format=jpg").status_code == 200


def test_floods_of_headers_take_no_memory(server):
    before = psutil.Process(server.pid).memory_info().rss
    for _ in range(8):
        heard(server, HEAD + b"x-endless: ", *[b"a" * 65_536] * 30)
    assert psutil.Process(server.pid).memory_info().rss - before < 10_000_000
