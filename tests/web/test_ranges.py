"""Parts of a picture (RFC 9110 §14): one range is served, everything doubtful is answered whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from serving import assert_problem

from imgcdn.errors import SourceNotFoundError
from imgcdn.web import ranges

ETAG = '"abc"'
SAID = "Thu, 09 Oct 2025 08:53:20 GMT"


def select(header, if_range=None, size=10):
    return ranges.select(header, if_range, ETAG, size)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=0-9", slice(0, 10)),
        ("bytes=0-", slice(0, 10)),
        ("bytes=9-", slice(9, 10)),
        ("bytes=3-5", slice(3, 6)),
        ("bytes=5-99", slice(5, 10)),
        ("bytes=5-" + "9" * 5000, slice(5, 10)),
        ("bytes=000000000000000000000003-5", slice(3, 6)),
        ("bytes=-1", slice(9, 10)),
        ("bytes=-10", slice(0, 10)),
        ("bytes=-11", slice(0, 10)),
        ("bytes=-" + "9" * 5000, slice(0, 10)),
        ("Bytes=3-5", slice(3, 6)),
        (" bytes=3-5 ", slice(3, 6)),
        ("bytes= 3-5", slice(3, 6)),
        ("bytes=,3-5 ,", slice(3, 6)),
    ],
)
def test_one_range_selects_its_bytes(header, part):
    assert select(header) == part


@pytest.mark.parametrize(
    "header", ["bytes=10-", "bytes=10-11", "bytes=99999999999999999999-", "bytes=-0", "bytes=" + "9" * 5000 + "-"]
)
def test_a_range_beyond_the_end_and_an_empty_one_cannot_be_served(header):
    assert select(header) == "unsatisfiable"


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "bytes=-", "bytes=,", "bytes=5-3", "bytes=a-b", "bytes=1-b", "bytes=--1", "bytes=1-2-3", "bytes=+1-2",
     "bytes=0x1-2", "bytes=1.0-2", "bytes=٣-٤", "bytes=0-0,-1", "bytes=0-1,2-3", "bytes=0-1,bytes=2-3", "lines=0-1", "bytes:0-1", "bytes 0-1",
     "none", "bytes=1 - 2", "\0", "bytes=0-1;q=1"],
)  # fmt: skip
def test_several_ranges_and_what_cannot_be_read_are_answered_whole(header):
    assert select(header) == "whole"


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0"])
def test_nothing_of_nothing_can_be_served(header):
    assert select(header, size=0) == "unsatisfiable"
    assert select("bytes=-5", size=0) == "whole"


@pytest.mark.parametrize("if_range", [ETAG, f" {ETAG} "])
def test_a_range_holds_where_if_range_names_these_bytes(if_range):
    assert select("bytes=0-4", if_range) == slice(0, 5)
    assert select("bytes=10-", if_range) == "unsatisfiable"


@pytest.mark.parametrize(
    "if_range",
    [SAID, '"other"', f"W/{ETAG}", "W/", '"', "", "abc", f"{ETAG}, {ETAG}", "*", "Thu, 09 Oct 2025 08:53:21 GMT", "Thu, 09 Oct 2025 08:53:19 GMT",
     "Thursday, 09-Oct-25 08:53:20 GMT", "2025-10-09", "Thu, 09 Oct 2025 08:53:20", "Thu, 99 Oct 2025 08:53:20 GMT"],
)  # fmt: skip
def test_a_range_of_other_bytes_is_answered_whole_even_beyond_the_end(if_range):
    assert select("bytes=0-4", if_range) == "whole"
    assert select("bytes=10-", if_range) == "whole"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30) | st.from_regex(r"bytes=\d{0,3}-\d{0,3}", fullmatch=True), st.integers(0, 200))
def test_whatever_is_asked_the_part_lies_within_the_picture(header, size):
    part = select(header, size=size)
    if isinstance(part, slice):
        body = bytes(size)
        assert 0 <= part.start < part.stop <= size
        assert len(body[part]) == part.stop - part.start
    else:
        assert part in {"whole", "unsatisfiable"}


def test_a_part_says_where_it_lies():
    assert ranges.content_range(slice(3, 6), 10) == b"bytes 3-5/10"


# Over HTTP


async def test_a_part_is_206_with_its_own_length_and_every_header_of_the_whole(site):
    whole, part = await site.ask(), await site.ask(range="bytes=1-3")
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
    assert (part.status_code, part.content) == (206, b"ict")
    assert part.headers["content-range"] == "bytes 1-3/7"
    assert part.headers.get_list("content-length") == ["3"]
    for name in (
        "etag",
        "cache-control",
        "vary",
        "last-modified",
        "content-type",
        "accept-ranges",
        "content-disposition",
    ):
        assert part.headers[name] == whole.headers[name]
    assert "content-range" not in whole.headers


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_part_is_a_part_however_often_it_and_the_whole_were_asked_for(site, times):
    for _ in range(times):
        assert (await site.ask()).content == b"picture"
        assert (await site.ask(range="bytes=-3")).content == b"ure"
    assert (await site.ask()).headers["content-length"] == "7"


async def test_a_range_beyond_the_end_is_416_with_the_size_and_kept_by_nobody(site):
    for _ in range(2):
        found = await site.ask(range="bytes=7-")
        assert_problem(found, 416, "range_not_satisfiable")
        assert found.headers["content-range"] == "bytes */7"
        assert found.headers["cache-control"] == "no-store"
        assert found.headers["vary"] == "Accept"


@pytest.mark.parametrize("header", ["bytes=0-1,3-4", "bytes=x", "pages=1-2"])
async def test_several_ranges_and_nonsense_are_answered_whole(site, header):
    found = await site.ask(range=header)
    assert (found.status_code, found.content) == (200, b"picture")


async def test_two_range_headers_are_answered_whole(site):
    async with site.client() as client:
        found = await client.get("/img/a.jpg", headers=[("range", "bytes=0-1"), ("range", "bytes=3-4")])
    assert (found.status_code, found.content) == (200, b"picture")


async def test_if_range_decides_between_part_and_whole(site):
    whole = await site.ask()
    etag = whole.headers["etag"]
    assert whole.headers["last-modified"] == SAID
    assert (await site.ask(range="bytes=0-1", if_range=etag)).status_code == 206
    for other in (f"W/{etag}", '"older"', "Thu, 01 Jan 1970 00:00:00 GMT", SAID):
        assert (await site.ask(range="bytes=0-1", if_range=other)).content == b"picture"


async def test_what_the_client_has_already_is_304_even_if_it_asks_for_a_part(site):
    etag = (await site.ask()).headers["etag"]
    found = await site.ask(range="bytes=0-1", if_none_match=etag)
    assert (found.status_code, found.content) == (304, b"")


async def test_head_knows_no_parts(site):
    for _ in range(2):
        found = await site.ask(method="HEAD", range="bytes=0-1")
        assert (found.status_code, found.content, found.headers["content-length"]) == (200, b"", "7")


async def test_errors_have_no_parts(make_site):
    assert (await make_site(SourceNotFoundError("no file")).ask(range="bytes=0-1")).status_code == 404
