import signal
import socket
import struct
from dataclasses import dataclass, field
from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcdn.workers import messages
from imgcdn.workers.messages import Failure, MalformedReplyError, Reply, ReplyReader


def frame(text: bytes, body: bytes = b"") -> bytes:
    return struct.pack("!IQ", len(text), len(body)) + text + body


@given(st.binary(max_size=200), st.dictionaries(st.text(), st.integers() | st.text()), st.data())
def test_a_reply_survives_however_the_socket_cuts_it(body, value, data):
    wire = b"".join(messages.pack_reply(value, body))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(wire) - 1), max_size=5)))
    reader = ReplyReader()
    said = [reader.feed(wire[a:b]) for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    assert said[:-1] == [None] * len(cuts)
    reply = said[-1]
    assert isinstance(reply, Reply)
    assert reply.body == body
    assert {key.encode("utf-8", "replace"): item for key, item in reply.value.items()}.keys() == {
        key.encode("utf-8", "replace") for key in value
    }


def test_one_reader_takes_reply_after_reply():
    reader = ReplyReader()
    for size in (0, 10, 100_000):
        wire = b"".join(messages.pack_reply({"size": size}, bytes(size)))
        assert reader.feed(wire[:20]) is None
        assert reader.feed(wire[20:]) == Reply({"size": size}, bytes(size))


def test_a_failure_travels_with_its_texts_cut():
    sent = Failure("corrupt_image", "d" * 10_000, "w", "l" * 100_000)
    (wire,) = messages.pack_failure(sent)
    got = ReplyReader().feed(wire)
    assert got == Failure("corrupt_image", "d" * messages.MAX_DETAIL, "w", "l" * messages.MAX_LOG)


@given(st.binary(max_size=300))
def test_noise_is_refused_or_waited_out_but_never_breaks_the_reader(noise):
    try:
        said = ReplyReader().feed(noise)
    except MalformedReplyError:
        return
    assert said is None


@pytest.mark.parametrize(
    "wire",
    [
        struct.pack("!IQ", messages.MAX_JSON + 1, 0),
        struct.pack("!IQ", 2, messages.MAX_BODY + 1),
        frame(b"[]"),
        frame(b"{"),
        frame(b"\xff\xff"),
        frame(b"[" * 100_000),
        frame(b'{"ok":true,"value":[]}'),
        frame(b'{"ok":true,"value":{"x":NaN}}'),
        frame(b'{"ok":false,"code":5,"detail":"","param":null,"log":null}'),
        frame(b'{"ok":false,"code":"internal"}'),
        frame(b'{"ok":true,"value":{}}') + b"x",
    ],
)
def test_what_is_no_reply_is_refused(wire):
    with pytest.raises(MalformedReplyError):
        ReplyReader().feed(wire)


def test_an_announced_length_allocates_nothing():
    reader = ReplyReader()
    assert reader.feed(struct.pack("!IQ", 2, messages.MAX_BODY)) is None
    assert len(reader._pending) == 12


def test_a_result_that_cannot_travel_is_refused_before_it_is_sent():
    with pytest.raises(TypeError):
        messages.pack_reply({"x": object()}, b"")
    with pytest.raises(ValueError, match="JSON"):
        messages.pack_reply({"x": "y" * (messages.MAX_JSON + 1)}, b"")


@dataclass(frozen=True, slots=True)
class Inner:
    only: int


@dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner
    kind: IntEnum | None
    counted: tuple[int, ...] = ()
    computed: int = field(init=False, default=3)


@dataclass(frozen=True, slots=True)
class Plain:
    left: Inner | None
    right: tuple[Outer, ...]


def test_dataclasses_arrive_as_they_were():
    sent = Plain(Inner(1), (Outer(Inner(2), signal.SIGTERM), Outer(Inner(3), None, (4, 5))))
    packed = messages.pack_request(("task", (sent, sent)))
    got = messages.unpack_request(packed[4:])
    assert got == ("task", (sent, sent))
    assert got[1][0] is got[1][1]


def test_a_request_arrives_as_it_was_and_the_end_of_the_front_is_an_end_of_file():
    front, child = socket.socketpair()
    with front, child:
        front.sendall(messages.pack_request(("render", (1, b"two"))))
        assert messages.unpack_request(messages.receive_request(child)) == ("render", (1, b"two"))
        front.close()
        with pytest.raises(EOFError):
            messages.receive_request(child)
