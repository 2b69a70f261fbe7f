"""Forms with many files: streamed to the disk, digested on the way, cut off as soon as there is a reason."""

import hashlib
import os

import pytest
from starlette.requests import Request

from imgcdn import errors
from imgcdn.apis.forms import read_files

KIND = b"multipart/form-data; boundary=x"
END = b"--x--\r\n"


def part(name, data, filename="a.jpg"):
    named = f'form-data; name="{name}"' + ("" if filename is None else f'; filename="{filename}"')
    return b"--x\r\nContent-Disposition: " + named.encode() + b"\r\nContent-Type: image/jpeg\r\n\r\n" + data + b"\r\n"


def request(body, kind=KIND, size=997, **headers):
    chunks = [body[start : start + size] for start in range(0, len(body), size)] or [b""]

    async def receive():
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    given = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": [(b"content-type", kind), *given]}, receive)


async def read(folder, body, *, most_files=3, most_file_bytes=10_000_000, most_bytes=20_000_000, **told):
    limits = {"most_files": most_files, "most_file_bytes": most_file_bytes, "most_bytes": most_bytes}
    return await read_files(request(body, **told), folder, **limits)


def contents(folder):
    return sorted(path.read_bytes() for path in folder.iterdir())


@pytest.mark.parametrize("size", [1, 7, 997, 65_536, 10_000_000])
async def test_files_and_fields_come_as_they_were_sent_however_they_are_cut(tmp_path, size):
    long = os.urandom(3_000_000 if size > 7 else 3000)
    body = (
        part("files", long, "one.jpg")
        + part("settings", b'{"a": "\xc3\xa4"}', None)
        + part("files", b"2", "../z")
        + END
    )
    form = await read(tmp_path, body, size=size)
    assert form.fields == {"settings": '{"a": "ä"}'}
    assert [(name, one.name, one.size) for name, one in form.files] == [
        ("files", "one.jpg", len(long)),
        ("files", "../z", 1),
    ]
    assert [one.digest for _, one in form.files] == [hashlib.sha256(data).hexdigest() for data in (long, b"2")]
    assert contents(tmp_path) == sorted([long, b"2"])
    form.discard()
    assert contents(tmp_path) == []


async def test_a_line_that_looks_like_a_boundary_is_a_part_of_the_file(tmp_path):
    data = b"\r\n--y\r\n--xx"[:-3] + b"\r\n-\r\n--"
    form = await read(tmp_path, part("file", data) + END, size=3)
    assert form.files[0][1].size == len(data)
    assert contents(tmp_path) == [data]


@pytest.mark.parametrize(
    ("body", "param", "expected"),
    [
        (b"", "body", "breaks off"),
        (b"garbage", "body", "cannot be read"),
        (b"--x\r\n\r\nbar\r\n--x--\r\n", "body", "no name"),
        (part("file", b"first"), "body", "breaks off"),
        (part("file", b"first")[:-4], "body", "breaks off"),
        (part("file", b"1") * 4 + END, "file", "too many files"),
        (part("n", b"1", None) * 2 + END, "n", "twice"),
        (b"".join(part(f"n{number}", b"1", None) for number in range(101)) + END, "body", "at most 100 fields"),
        (part("file", b"1") + part("n", b"\xff", None) + END, "n", "UTF-8"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused_and_leaves_no_file(tmp_path, body, param, expected):
    with pytest.raises(errors.InvalidParameterError, match=expected) as refusal:
        await read(tmp_path, body)
    assert refusal.value.param == param
    assert contents(tmp_path) == []


async def test_a_form_without_a_boundary_is_refused(tmp_path):
    with pytest.raises(errors.InvalidParameterError, match="boundary"):
        await read(tmp_path, END, kind=b"multipart/form-data")


@pytest.mark.parametrize(
    ("limits", "param"),
    [({"most_file_bytes": 100_000}, "file"), ({"most_bytes": 100_000}, "body")],
)
async def test_what_is_too_long_is_cut_off_while_it_comes(tmp_path, limits, param):
    asked = 0

    async def receive():
        nonlocal asked
        asked += 1
        assert asked < 40, "it went on reading"
        body = part("file", b"")[:-2] if asked == 1 else b"x" * 10_000
        return {"type": "http.request", "body": body, "more_body": True}

    endless = Request({"type": "http", "method": "POST", "headers": [(b"content-type", KIND)]}, receive)
    told = {"most_files": 1, "most_file_bytes": 10**9, "most_bytes": 10**9} | limits
    with pytest.raises(errors.UploadTooLargeError) as refusal:
        await read_files(endless, tmp_path, **told)
    assert refusal.value.param == param
    assert contents(tmp_path) == []


async def test_what_announces_too_much_is_refused_before_a_byte_is_read(tmp_path):
    async def receive():
        raise AssertionError("it read")

    headers = [(b"content-type", KIND), (b"content-length", b"90000000")]
    huge = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    with pytest.raises(errors.UploadTooLargeError):
        await read_files(huge, tmp_path, most_files=1, most_file_bytes=1000, most_bytes=1000)


async def test_fields_are_bounded_together(tmp_path):
    body = part("a", b"x" * 40_000, None) + part("b", b"x" * 40_000, None) + END
    with pytest.raises(errors.UploadTooLargeError, match="the fields are too long"):
        await read(tmp_path, body)
