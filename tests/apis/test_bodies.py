"""Bodies of requests: what cannot be read is refused with its field, its value and what was expected."""

import json

import pytest
from fakes import digest_of
from serving import assert_problem

ANALYZE, CROPS, FOCUS, EXPLAIN = "/v1/images/analyze", "/v1/images/crops", "/v1/images/focus", "/v1/explain"
PICTURE = {"source": "img", "path": "a/b.jpg"}
JSON = {"content-type": "application/json"}
WAYS = "expected source and path, or url, or fileId"
FORM = "multipart/form-data; boundary=x"


async def send(site, body: bytes, target: str = ANALYZE, method: str = "POST", media_type: str = "application/json"):
    return await site.ask(method, target, content=body, headers={"content-type": media_type})


# JSON


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"source=img", "is not JSON"),
        (b'{"source": "img",}', "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"9" * 5000, "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"a":' * 100_000, "is not JSON"),
        (b"[]", "expected a JSON object"),
        (b"null", "expected a JSON object"),
        (b'"img"', "expected a JSON object"),
        (b"NaN", "expected a JSON object"),
    ],
)
@pytest.mark.parametrize("target", [ANALYZE, CROPS, EXPLAIN])
async def test_a_body_that_is_no_json_object_is_refused(site, target, body, expected):
    said = assert_problem(await send(site, body, target), 400, "invalid_parameter", "body")
    assert expected in said["detail"]


@pytest.mark.parametrize("depth", [10, 200, *range(880, 1010, 2), 3000])
async def test_however_deeply_json_is_nested_it_is_a_400(site, depth):
    for body in (b"[" * depth + b"]" * depth, b'{"source":' * depth + b"1" + b"}" * depth):
        assert (await send(site, body)).status_code == 400
        assert (await send(site, b'{"source":' + body + b',"path":"\\u0041"}')).status_code == 400


@pytest.mark.parametrize(
    ("target", "method", "body"),
    [
        (ANALYZE, "POST", rb'{"source":"\ud800","path":"x"}'),
        (ANALYZE, "POST", rb'{"source":"img","path":"a\udfff"}'),
        (ANALYZE, "POST", rb'{"\ud800":"img","path":"x"}'),
        (ANALYZE, "POST", b'{"source":"img","path":"\xed\xa0\x80"}'),
        (FOCUS, "PUT", rb'{"source":"img","path":"a/b.jpg","x":0,"y":0,"note":"\ud83d"}'),
        (CROPS, "POST", rb'{"source":"img","path":"a/b.jpg","hints":["\ud800"]}'),
        (EXPLAIN, "POST", rb'{"url":"/img/\ud800?w=5"}'),
        (EXPLAIN, "POST", rb'{"source":"img","path":"a/b.jpg","params":{"dl":"\ud800"}}'),
        (EXPLAIN, "POST", rb'{"source":"img","path":"a/b.jpg","params":{"\ud800":"1"}}'),
    ],
)
async def test_half_a_surrogate_pair_is_no_text_and_refused_wherever_it_stands(site, target, method, body):
    assert_problem(await send(site, body, target, method), 400, "invalid_parameter", "body")


async def test_whole_surrogate_pairs_and_every_utf_of_json_are_read(site):
    site.world.folder.put("😀.jpg", b"smile")
    for body in (rb'{"source":"img","path":"\ud83d\ude00.jpg"}', '{"source":"img","path":"😀.jpg"}'.encode("utf-16")):
        assert (await send(site, body)).json()["digest"] == f"sha256:{digest_of(b'smile')}"


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "image/jpeg"]
)
async def test_a_body_of_another_kind_is_refused_unread(site, kind):
    said = assert_problem(await send(site, b"{", media_type=kind), 415, "unsupported_media_type", "content-type")
    assert "expected application/json" in said["detail"]


async def test_json_with_a_charset_and_in_capitals_is_json(site):
    answer = await send(site, json.dumps(PICTURE).encode(), media_type="Application/JSON; charset=utf-8")
    assert answer.status_code == 200


async def test_json_that_is_too_long_is_refused_by_its_announced_and_by_its_real_length(site):
    announced = await site.ask("POST", ANALYZE, content=b"{", headers=JSON | {"content-length": "1000001"})
    assert_problem(announced, 413, "upload_too_large", "body")

    async def chunks():
        for _ in range(11):
            yield b" " * 100_000

    real = await site.ask("POST", ANALYZE, content=chunks(), headers=JSON)
    assert "content-length" not in real.request.headers
    assert_problem(real, 413, "upload_too_large", "body")
    padded = json.dumps(PICTURE).encode().ljust(1_000_000)
    assert (await send(site, padded)).status_code == 200, "what is just short enough is read"


# fields


@pytest.mark.parametrize(
    ("target", "method", "fields", "param", "expected"),
    [
        (ANALYZE, "POST", {}, "body", WAYS),
        (ANALYZE, "POST", {"source": "img"}, "body", WAYS),
        (ANALYZE, "POST", {"path": "a/b.jpg"}, "body", WAYS),
        (ANALYZE, "POST", {**PICTURE, "url": "https://x/y"}, "body", WAYS),
        (ANALYZE, "POST", {"url": "https://x/y", "fileId": "1"}, "body", WAYS),
        (ANALYZE, "POST", {"source": "", "path": "x"}, "source", "at least 1"),
        (ANALYZE, "POST", {"source": "img", "path": ""}, "path", "at least 1"),
        (ANALYZE, "POST", {"source": "img", "path": "x" * 4097}, "path", "at most 4096"),
        (ANALYZE, "POST", {"source": 5, "path": "x"}, "source", "string"),
        (ANALYZE, "POST", {"source": ["img"], "path": "x"}, "source", "string"),
        (ANALYZE, "POST", {**PICTURE, "refresh": "yes"}, "refresh", "boolean"),
        (ANALYZE, "POST", {**PICTURE, "refresh": 1}, "refresh", "boolean"),
        (FOCUS, "PUT", PICTURE, "x", "required"),
        (FOCUS, "PUT", {"x": 0.5, "y": 0.5}, "source", "required"),
        *(
            (FOCUS, "PUT", {**PICTURE, "x": 0.5, "y": 0.5, axis: value}, axis, expected)
            for axis in "xy"
            for value, expected in [
                (-0.001, "greater than or equal to 0"),
                (1.001, "less than or equal to 1"),
                (float("nan"), "finite"),
                (float("inf"), "finite"),
                (float("-inf"), "finite"),
                (10**4000, "number"),
                ("0.5", "number"),
                ("middle", "number"),
                (True, "number"),
                (None, "number"),
                ([0.5], "number"),
            ]
        ),
        (FOCUS, "PUT", {**PICTURE, "x": 0, "y": 0, "note": "x" * 1001}, "note", "at most 1000"),
        *(
            (CROPS, "POST", {**PICTURE, "aspect_ratios": ["16:9", text]}, "aspect_ratios.1", "expected a ratio")
            for text in ["", "0", "0:1", "4:0", "1:20", "20:1", "10.01", "0.09", "wide", "16:9:1", "-1:1", "nan", "1e1"]
        ),
        (CROPS, "POST", {**PICTURE, "aspect_ratios": [1.5]}, "aspect_ratios.0", "string"),
        (CROPS, "POST", {**PICTURE, "aspect_ratios": ["Auto"]}, "aspect_ratios.0", "expected a ratio"),
        (CROPS, "POST", {**PICTURE, "aspect_ratios": []}, "aspect_ratios", "at least 1"),
        (CROPS, "POST", {**PICTURE, "aspect_ratios": ["1:1"] * 21}, "aspect_ratios", "at most 20"),
        (CROPS, "POST", {**PICTURE, "aspect_ratios": "1:1"}, "aspect_ratios", "list"),
        (CROPS, "POST", {**PICTURE, "max_candidates": 0}, "max_candidates", "greater than or equal to 1"),
        (CROPS, "POST", {**PICTURE, "max_candidates": 4}, "max_candidates", "less than or equal to 3"),
        (CROPS, "POST", {**PICTURE, "max_candidates": 1.5}, "max_candidates", "integer"),
        (CROPS, "POST", {**PICTURE, "hints": ["dog"] * 11}, "hints", "at most 10"),
        (CROPS, "POST", {**PICTURE, "hints": [""]}, "hints.0", "at least 1"),
        (EXPLAIN, "POST", {}, "body", "expected url, or source, path and params"),
        (EXPLAIN, "POST", {**PICTURE, "url": "/img/a/b.jpg"}, "body", "expected url, or"),
        (EXPLAIN, "POST", {"url": "/img/a/b.jpg", "params": {"w": 5}}, "body", "expected url, or"),
        (EXPLAIN, "POST", {**PICTURE, "params": {"w": [1]}}, "params.w", "expected text, a number"),
        (EXPLAIN, "POST", {**PICTURE, "params": {"w": None}}, "params.w", "expected text, a number"),
        (EXPLAIN, "POST", {**PICTURE, "params": "w=5"}, "params", "dictionary"),
        (EXPLAIN, "POST", {"url": "/" + "x" * 8192}, "url", "at most 8192"),
        # What the grammar of URLs refuses is refused under the name of its parameter.
        (EXPLAIN, "POST", {**PICTURE, "params": {"w": "wide"}}, "w", "whole number of pixels"),
        (EXPLAIN, "POST", {**PICTURE, "params": {"w": float("nan")}}, "w", "whole number of pixels"),
        (EXPLAIN, "POST", {"url": "/img/a/b.jpg?w=0"}, "w", "whole number of pixels"),
    ],
)
async def test_a_field_that_cannot_be_used_is_named_with_what_was_expected(
    site, target, method, fields, param, expected
):
    answer = await send(site, json.dumps(fields).encode(), target, method)
    said = assert_problem(answer, 400, "invalid_parameter", param)
    assert expected in said["detail"]
    assert len(answer.text) < 1000
    assert site.world.overrides.kept == {}


@pytest.mark.parametrize(
    ("target", "method", "known"),
    [
        (ANALYZE, "POST", "source, path, url, fileId, refresh"),
        (CROPS, "POST", "aspect_ratios"),
        (EXPLAIN, "POST", "params"),
        (FOCUS, "PUT", "note"),
        (FOCUS, "DELETE", "source, path"),
    ],
)
async def test_an_unknown_field_is_named_with_the_known_ones(site, target, method, known):
    body = json.dumps({**PICTURE, "x": 0, "y": 0, "colour": 1} if method == "PUT" else {**PICTURE, "colour": 1})
    said = assert_problem(await send(site, body.encode(), target, method), 400, "unknown_parameter", "colour")
    assert known in said["detail"]


@pytest.mark.parametrize("target", [ANALYZE, FOCUS])
async def test_queries_are_checked_as_bodies_are(site, target):
    assert_problem(await site.ask("GET", target), 400, "invalid_parameter", "source")
    assert_problem(await site.ask("GET", f"{target}?source=img"), 400, "invalid_parameter", "path")
    unknown = await site.ask("GET", f"{target}?source=img&path=a/b.jpg&colour=1")
    assert_problem(unknown, 400, "unknown_parameter", "colour")


# forms


def part(name: str, data: bytes, filename: str | None = "a.jpg") -> bytes:
    named = f'form-data; name="{name}"' + ("" if filename is None else f'; filename="{filename}"')
    return b"--x\r\nContent-Disposition: " + named.encode() + b"\r\n\r\n" + data + b"\r\n"


@pytest.mark.parametrize(
    ("body", "kind", "code", "param", "expected"),
    [
        (b"", FORM, "invalid_parameter", "body", "breaks off"),
        (b"--x--\r\n", FORM, "invalid_parameter", "file", "file is missing"),
        (b"garbage", FORM, "invalid_parameter", "body", "cannot be read"),
        (b"--x\r\nfoo\r\n\r\nbar", FORM, "invalid_parameter", "body", "cannot be read"),
        (b"--x\r\n\r\nbar\r\n--x--\r\n", FORM, "invalid_parameter", "body", "cannot be read"),
        (part("file", b"first"), "multipart/form-data", "invalid_parameter", "body", "boundary"),
        (part("file", b"first")[:-4], FORM, "invalid_parameter", "body", "breaks off"),
        (part("picture", b"first") + b"--x--\r\n", FORM, "unknown_parameter", "picture", "expected file alone"),
        (part("file", b"first", None) + b"--x--\r\n", FORM, "invalid_parameter", "file", "file is text"),
        (part("file", b"") + b"--x--\r\n", FORM, "invalid_parameter", "file", "file is empty"),
        (part("file", b"1") + part("file", b"2") + b"--x--\r\n", FORM, "invalid_parameter", "file", "too many files"),
        (part("file", b"1") + part("n", b"2", None) * 2 + b"--x--\r\n", FORM, "invalid_parameter", "n", "twice"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused_and_leaves_no_file(
    site, tmp_path, body, kind, code, param, expected
):
    said = assert_problem(await send(site, body, media_type=kind), 400, code, param)
    assert expected in said["detail"]
    assert list(tmp_path.iterdir()) == []


async def test_other_fields_of_a_form_are_unknown_and_its_file_is_not_kept(site, tmp_path):
    body = part("file", b"first") + part("refresh", b"1", None) + b"--x--\r\n"
    assert_problem(await send(site, body, media_type=FORM), 400, "unknown_parameter", "refresh")
    assert list(tmp_path.iterdir()) == []
    assert not any(place.startswith("/originals/") for place in site.world.disk)


async def test_an_upload_is_taken_over_under_the_digest_of_its_bytes(site, tmp_path):
    data = bytes(range(256)) * 20_000
    answer = await site.ask("POST", ANALYZE, files={"file": ("../../etc/passwd\0", data)})
    assert answer.json()["digest"] == f"sha256:{digest_of(data)}"
    assert site.world.disk[f"/originals/{digest_of(data)}"] == data
    assert list(tmp_path.iterdir()) == []


async def test_an_upload_just_large_enough_is_read_and_a_byte_more_is_not(make_site, tmp_path):
    site = make_site(max_upload_bytes=2000)
    assert (await site.ask("POST", ANALYZE, files={"file": ("a", b"x" * 2000)})).status_code == 200
    over = await site.ask("POST", ANALYZE, files={"file": ("a", b"x" * 2001)})
    said = assert_problem(over, 413, "upload_too_large", "file")
    assert "2001 bytes: expected at most 2000" in said["detail"]
    assert list(tmp_path.iterdir()) == []


async def test_a_large_upload_is_refused_by_its_announced_length_before_a_byte_is_read(make_site):
    site = make_site(max_upload_bytes=2000)

    async def never():
        yield b"--x\r\n"
        raise AssertionError("it went on reading")

    headers = {"content-type": FORM, "content-length": "1000000"}
    assert_problem(await site.ask("POST", ANALYZE, content=never(), headers=headers), 413, "upload_too_large", "body")


async def test_a_large_upload_that_does_not_say_so_is_refused_while_it_comes(make_site, tmp_path):
    site = make_site(max_upload_bytes=2000)
    sent = 0

    async def endless():
        nonlocal sent
        yield part("file", b"")[:-2]
        while True:
            sent += 10_000
            assert sent <= 10_000, "it went on reading"
            yield b"x" * 10_000

    answer = await site.ask("POST", ANALYZE, content=endless(), headers={"content-type": FORM})
    assert_problem(answer, 413, "upload_too_large", "file")
    assert list(tmp_path.iterdir()) == []
