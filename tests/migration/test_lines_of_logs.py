"""A line of a log is read as the server wrote it: its target comes out byte by byte, or nothing does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcdn.migration import lines
from imgcdn.migration.survey import Survey

TARGET = b"/a%20b.jpg?w=640&q=75"
COMBINED = b'203.0.113.9 - - [21/Nov/2026:10:00:00 +0000] "%s" 200 512 "https://www.example.com/" "Mozilla/5.0 (X)"\n'


@pytest.mark.parametrize(
    ("line", "target"),
    [
        (COMBINED % (b"GET " + TARGET + b" HTTP/1.1"), TARGET),
        (COMBINED % (b"HEAD " + TARGET + b" HTTP/2.0"), TARGET),
        (COMBINED % (b"GET " + TARGET + b" HTTP/2"), TARGET),
        (COMBINED % (b"GET " + TARGET), TARGET),
        ((COMBINED % (b"GET " + TARGET + b" HTTP/1.1")).replace(b"203.0.113.9", b"2001:db8::1"), TARGET),
        (b"cdn.example.com:443 " + COMBINED % (b"GET " + TARGET + b" HTTP/1.1"), TARGET),
        (COMBINED % b"GET /a b.jpg?w=1 HTTP/1.1", b"/a b.jpg?w=1"),
        (COMBINED % rb"GET /a.jpg?txt=\x22x\x22 HTTP/1.1", b'/a.jpg?txt="x"'),
        (COMBINED % rb"GET /a.jpg?txt=\"x\" HTTP/1.1", b'/a.jpg?txt="x"'),
        (COMBINED % rb"GET /a.jpg?txt=\\x41 HTTP/1.1", rb"/a.jpg?txt=\x41"),
        (COMBINED % rb"GET /\xC3\xA4.jpg?w=1 HTTP/1.1", "/ä.jpg?w=1".encode()),
        (COMBINED % "GET /ä.jpg?w=1 HTTP/1.1".encode(), "/ä.jpg?w=1".encode()),
        (COMBINED % b"GET /\xff.jpg?w=1 HTTP/1.1", b"/\xff.jpg?w=1"),
        (COMBINED % b"GET https://x.imgix.net/a.jpg?w=1 HTTP/1.1", b"/a.jpg?w=1"),
        (COMBINED % b"GET //a.jpg?w=1 HTTP/1.1", b"//a.jpg?w=1"),
        (b"/a.jpg?w=1", b"/a.jpg?w=1"),
        (b"  /a.jpg?w=1\r\n", b"/a.jpg?w=1"),
        (b"\xef\xbb\xbf/a.jpg?w=1", b"/a.jpg?w=1"),
        (b"https://x.imgix.net/a.jpg?w=1#top", b"/a.jpg?w=1"),
        (b"http://x.imgix.net?w=1", b"/?w=1"),
        (b"https://x.imgix.net:8443/https%3A%2F%2Fe.com%2Fa.jpg?w=1", b"/https%3A%2F%2Fe.com%2Fa.jpg?w=1"),
    ],
)
def test_a_line_asks_for_a_target(line, target):
    assert lines.target_of(line) == target


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"no url at all",
        COMBINED % b"-",
        COMBINED % rb"\x16\x03\x01\x00",
        COMBINED % b"POST /a.jpg?w=1 HTTP/1.1",
        COMBINED % b"OPTIONS * HTTP/1.1",
        COMBINED % b"CONNECT example.com:443 HTTP/1.1",
        b'1.2.3.4 - - "GET /a.jpg?w=1 HTTP/1.1',
        b"https://x.imgix.net",
        b"http:///a.jpg",
        b"ftp://x/a.jpg",
        b"#Fields: date time cs-uri-stem",
        b"{",
        b"{}",
        b'["/a.jpg"]',
        b'{"url": 7, "path": null, "uri": ""}',
        b'{"url": "a.jpg"}',
        b'{"request": "-"}',
        b'{"request": "POST /a.jpg HTTP/1.1"}',
        b'{"method": "post", "path": "/a.jpg"}',
        b'{"log": "nothing"}',
        b'{"a":' * 9000 + b"1" + b"}" * 9000,
        b'{"a": ' + b"9" * 9000 + b"}",
        b"/" + b"a" * lines.LONGEST,
    ],
)
def test_a_line_that_asks_for_nothing_is_passed_over(line):
    assert lines.target_of(line) is None


@pytest.mark.parametrize(
    ("entry", "target"),
    [
        ({"url": "/a.jpg?w=1"}, b"/a.jpg?w=1"),
        ({"uri": "/a.jpg", "args": "w=1"}, b"/a.jpg?w=1"),
        ({"uri": "/a b.jpg", "request": "GET /a%20b.jpg?w=1 HTTP/2.0", "status": "200"}, b"/a%20b.jpg?w=1"),
        ({"request_uri": "/a.jpg?w=1", "request_method": "GET"}, b"/a.jpg?w=1"),
        ({"request": "GET /a.jpg?w=1 HTTP/1.1"}, b"/a.jpg?w=1"),
        ({"path": "/a.jpg", "query": "?w=1"}, b"/a.jpg?w=1"),
        ({"path": "/a.jpg", "query": "-"}, b"/a.jpg"),
        ({"cs-method": "GET", "cs-uri-stem": "/a.jpg", "cs-uri-query": "w=1"}, b"/a.jpg?w=1"),
        ({"ClientRequestMethod": "GET", "ClientRequestURI": "/a.jpg?w=1"}, b"/a.jpg?w=1"),
        ({"RequestMethod": "GET", "RequestPath": "/a.jpg?w=1"}, b"/a.jpg?w=1"),
        ({"httpRequest": {"requestMethod": "GET", "requestUrl": "https://x.com/a.jpg?w=1"}}, b"/a.jpg?w=1"),
        ({"logger": "http.log.access", "request": {"method": "GET", "host": "x", "uri": "/a.jpg?w=1"}}, b"/a.jpg?w=1"),
        ({"url": {"original": "/a.jpg?w=1"}, "http": {"request": {"method": "GET"}}}, b"/a.jpg?w=1"),
        ({"log": "/a.jpg?w=1\n", "stream": "stdout"}, b"/a.jpg?w=1"),
        ({"log": (COMBINED % b"GET /a.jpg?w=1 HTTP/1.1").decode()}, b"/a.jpg?w=1"),
        ({"log": json.dumps({"request_uri": "/a.jpg?w=1"})}, b"/a.jpg?w=1"),
        ({"event": "request", "method": "GET", "path": "/img/a.jpg?w=1&s=-", "ms": 1.5}, b"/img/a.jpg?w=1&s=-"),
        ({"url": "/ä.jpg?w=1"}, "/ä.jpg?w=1".encode()),
        ({"url": "/\ud800.jpg"}, b"/?.jpg"),
    ],
)
def test_a_json_line_asks_for_a_target_under_the_names_that_servers_use(entry, target):
    assert lines.target_of(json.dumps(entry).encode()) == target


def test_json_with_bytes_escaped_as_nginx_does_by_default_is_read():
    assert lines.target_of(rb'{"request": "GET /\xC3\xA4.jpg?txt=\x22a\x22 HTTP/1.1"}') == '/ä.jpg?txt="a"'.encode()


def test_json_that_is_no_utf_8_keeps_its_bytes():
    assert lines.target_of(b'{"url": "/\xff.jpg?w=1"}') == b"/\xff.jpg?w=1"


def test_an_example_steers_no_terminal():
    assert lines.shown(b"/\x1b[2J\xff.jpg", b"txt=\xe2\x80\xae") == "/\\x1b[2J\\xff.jpg?txt=\\x202e"


PIECES = st.sampled_from(
    [
        b'"',
        b"\\",
        b"\\x",
        b"GET ",
        b" HTTP/",
        b"{",
        b'{"url":"',
        b"?",
        b"&",
        b"s=",
        b"=",
        b"%",
        b"w",
        b"64=",
        b"/",
        b"\n",
    ]
)


@given(st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=40).map(b"".join))
def test_no_bytes_make_it_fail(data):
    survey = Survey(["token"])
    survey.read(data.split(b"\n"))
    survey.finish()
    assert survey.lines == data.count(b"\n") + 1
    assert survey.urls + survey.others + survey.blank == survey.lines
    assert survey.signatures.signed + survey.signatures.unsigned == survey.urls


@given(st.binary(max_size=60), st.binary(max_size=30))
def test_any_query_is_counted_once(query, path):
    line = b"/" + (path + b"?" + query).replace(b"\n", b"").replace(b"#", b"")
    survey = Survey()
    survey.read([line, line])
    survey.finish()
    refused = sum(survey.tally.refused.values())
    named = max((one.hits for one in survey.tally.parameters.values()), default=0)
    assert survey.urls == 2
    assert survey.plain + refused == 2 or named >= 2 or not query.strip(b"&")
