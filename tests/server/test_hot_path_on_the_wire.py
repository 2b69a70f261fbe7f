"""The hot path writes answers below uvicorn's own handling, so it must keep the framing of HTTP/1.1 by itself."""

import socket
import time
from email.utils import parsedate_to_datetime

import pytest
from serving import CHROME, SAFARI_13, send_raw

HOT = "/img/photo.jpg?w=70&format=jpeg"


class Wire:
    """One connection, on which answers are read one by one."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.pending = b""

    def send(self, data):
        self.socket.sendall(data)

    def read(self, *, is_head=False):
        """Read one answer: status, headers, body."""
        while b"\r\n\r\n" not in self.pending:
            self._more()
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        assert len(headers) == len(lines), "no header is there twice"
        status = int(first.split(" ")[1])
        length = 0 if is_head or status in {204, 304} else int(headers["content-length"])
        while len(self.pending) < length:
            self._more()
        body, self.pending = self.pending[:length], self.pending[length:]
        return status, headers, body

    def _more(self):
        part = self.socket.recv(65_536)
        assert part, f"closed after {self.pending[:200]!r}"
        self.pending += part


def request(target=HOT, method="GET", **headers):
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"{method} {target} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()


@pytest.fixture
def wire(server):
    """A connection to a server that has just answered HOT, so that it is hot for another second."""
    made = Wire(server.port)
    for _ in range(3):
        made.send(request())
        status, headers, _ = made.read()
        assert status == 200
    assert headers["cache-status"].startswith("imgcdn; hit")
    yield made
    made.socket.close()


def test_a_hit_looks_like_the_first_answer_in_everything_but_what_it_took(server, wire):
    plain = Wire(server.port)
    target = "/img/photo.jpg?w=71&format=jpeg"
    plain.send(request(target))
    _, first, body = plain.read()
    for _ in range(2):
        plain.send(request(target))
        _, again, same = plain.read()
    plain.socket.close()
    assert same == body
    assert first.pop("x-request-id")
    assert "x-request-id" not in again, "none is made for what no log tells of"
    for changing in ("date", "cache-status", "server-timing"):
        first.pop(changing)
        again.pop(changing, None)
    assert again == first


def test_a_hit_repeats_the_id_that_it_was_given_when_it_is_sane(wire):
    wire.send(
        request(x_request_id="abc-1") + request(x_request_id="abc-2", if_none_match="*") + request(x_request_id="a b")
    )
    status, headers, body = wire.read()
    assert (status, headers["x-request-id"]) == (200, "abc-1")
    assert len(body) == int(headers["content-length"])
    status, headers, _ = wire.read()
    assert (status, headers["x-request-id"]) == (304, "abc-2")
    assert "x-request-id" not in wire.read()[1]


def test_if_none_match_in_several_lines_is_one_list(wire):
    wire.send(request())
    etag = wire.read()[1]["etag"]
    for first, second, status in ((etag, '"x"', 304), ('"x"', etag, 304), ('"x"', '"y"', 200)):
        lines = f"If-None-Match: {first}\r\nIf-None-Match: {second}\r\n"
        wire.send(f"GET {HOT} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
        assert wire.read()[0] == status


def test_a_hit_is_dated_now(wire):
    wire.send(request())
    _, headers, _ = wire.read()
    assert abs(parsedate_to_datetime(headers["date"]).timestamp() - time.time()) < 3


def test_requests_in_one_segment_are_answered_in_order(wire):
    wire.send(request() + request(method="HEAD") + request(if_none_match="*") + request() + request("/img/none.jpg"))
    assert wire.read()[0] == 200
    status, headers, _ = wire.read(is_head=True)
    assert (status, int(headers["content-length"]) > 0) == (200, True)
    assert wire.read()[0] == 304
    assert wire.read()[0] == 200
    assert wire.read()[0] == 404
    wire.send(request())
    assert wire.read()[0] == 200


def test_a_hit_never_overtakes_the_answer_before_it(wire):
    slow = f"/img/large.jpg?w=1200&format=jpeg&q={30 + time.time_ns() % 60}"
    wire.send(request(slow) + request() + request("/-/healthz") + request(method="HEAD") + request(if_none_match="*"))
    status, headers, body = wire.read()
    assert (status, headers["cache-status"]) == (200, "imgcdn; fwd=uri-miss; stored")
    assert len(body) > 10_000
    assert wire.read()[1]["content-type"] == "image/jpeg"
    assert wire.read()[2] == b'{"status": "alive"}'
    assert wire.read(is_head=True)[0] == 200
    assert wire.read()[0] == 304
    wire.send(request())
    assert wire.read()[0] == 200


def test_a_request_in_single_bytes_is_understood(wire):
    for byte in request(accept=CHROME):
        wire.send(bytes([byte]))
    assert wire.read()[0] == 200


@pytest.mark.parametrize(
    "body", [b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]
)
def test_a_get_with_a_body_leaves_the_connection_in_order(wire, body):
    wire.send(f"GET {HOT} HTTP/1.1\r\nHost: x\r\n".encode() + body)
    assert wire.read()[0] == 200
    wire.send(request())
    assert wire.read()[0] == 200


def test_connection_close_is_obeyed(server, wire):
    answer = send_raw(server.port, f"GET {HOT} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer.lower()


def test_http_1_0_is_answered_and_closed(server, wire):
    assert send_raw(server.port, f"GET {HOT} HTTP/1.0\r\n\r\n".encode()).startswith(b"HTTP/1.")


def test_an_absolute_target_is_the_same_picture(server, wire):
    wire.send(request(f"http://127.0.0.1:{server.port}{HOT}"))
    assert wire.read()[0] == 200


def test_accept_decides_on_hits_too(wire, server):
    target = "/img/photo.jpg?w=72"
    server.upgraded(target)
    kinds = []
    for accept in (*[CHROME, SAFARI_13] * 3, "image/avif;q=0, image/webp", CHROME):
        wire.send(request(target, accept=accept))
        kinds.append(wire.read()[1]["content-type"].removeprefix("image/"))
    assert kinds == [*["avif", "jpeg"] * 3, "webp", "avif"]


def test_accept_split_over_two_headers_decides_on_hits_too(wire):
    split = b"GET /img/photo.jpg?w=72 HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nAccept: image/webp\r\n\r\n"
    for _ in range(3):
        wire.send(split)
        assert wire.read()[1]["content-type"] == "image/webp"


def test_a_client_that_leaves_in_the_middle_harms_nobody(server, wire):
    for _ in range(20):
        leaving = socket.create_connection(("127.0.0.1", server.port))
        leaving.sendall(request() * 50)
        leaving.close()
    wire.send(request())
    assert wire.read()[0] == 200


def test_a_client_that_does_not_read_holds_up_nobody(server, wire):
    """Answers pile up in the kernel and in the transport, which then stops reading requests."""
    deaf = socket.create_connection(("127.0.0.1", server.port))
    deaf.setblocking(False)
    asked = request("/img/photo.jpg?w=1700&format=png") * 200
    try:
        sent = deaf.send(asked)
        begun = time.monotonic()
        for _ in range(50):
            wire.send(request())
            assert wire.read()[0] == 200
        assert time.monotonic() - begun < 5
        assert sent
    finally:
        deaf.close()


@pytest.mark.parametrize(
    "nonsense",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"GET /img/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
     b"GET /img/a\x00b HTTP/1.1\r\nHost: x\r\n\r\n", b"G" * 70_000,
     b"GET /img/" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"],
)  # fmt: skip
def test_what_is_not_http_is_answered_or_dropped_and_the_next_request_is_fine(server, wire, nonsense):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as odd:
        odd.settimeout(3)
        try:
            odd.sendall(nonsense)
            answer = odd.recv(65_536)
        except (TimeoutError, ConnectionError):
            answer = b""
    assert not answer or answer.startswith(b"HTTP/1.1 4")
    wire.send(request())
    assert wire.read()[0] == 200
