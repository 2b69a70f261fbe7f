"""Every request that is no hot hit is counted, has an id and a line in the log, and none of it tells secrets."""

import asyncio

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from imgcdn import errors
from imgcdn.web.watch import target_of


async def lines(site, *targets, **headers):
    """Return what the access log says of these requests."""
    with capture_logs(processors=[merge_contextvars]) as said:
        for target in targets:
            await site.ask(target, **headers)
    return [line for line in said if line["event"] == "request"]


async def test_a_line_says_what_was_asked_and_what_came_of_it(make_site, answered):
    site = make_site(answered(cache="stored"))
    (line,) = await lines(site, "/img/a.jpg?w=1", x_request_id="abc")
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": "abc",
        "method": "GET",
        "path": "/img/a.jpg?w=1",
        "status": 200,
        "bytes": 7,
        "cache": "stored",
        "focus": "face",
    }


async def test_where_a_face_is_stays_out_of_the_log(make_site, answered):
    (line,) = await lines(make_site(answered(cache="stored", focus="face;x=0.613;y=0.288;c=0.91")), "/img/a.jpg")
    assert "0.613" not in str(line)
    assert "0.288" not in str(line)


async def test_an_errors_code_is_in_its_line_and_in_no_other(make_site):
    found = await lines(make_site(errors.SourceNotFoundError("no file")), "/img/a.jpg", "/-/healthz", "/nothing/a.jpg")
    assert [(line["status"], line.get("code")) for line in found] == [
        (404, "source_not_found"),
        (200, None),
        (404, "not_found"),
    ]
    assert "cache" not in found[0]


async def test_every_line_of_one_request_has_its_id(make_site):
    with capture_logs(processors=[merge_contextvars]) as said:
        given = await make_site(RuntimeError("a bug")).ask()
    assert {line["event"] for line in said} == {"unexpected", "failed", "request"}
    assert {line["request_id"] for line in said} == {given.headers["x-request-id"]}


async def test_hits_are_counted_and_not_logged(site):
    assert await lines(site, *["/img/a.jpg"] * 5) == []
    assert site.watch.tally.hot_full == 4
    await site.ask("/img/a.jpg", if_none_match="*")
    await site.ask("/img/a.jpg", method="HEAD")
    assert (site.watch.tally.hot_full, site.watch.tally.hot_bare) == (5, 1)
    assert site.watch.tally.requests == {("read", 200): 1}


async def test_all_of_them_are_logged_when_all_is_asked_for(make_site):
    site = make_site(access_log="all")
    found = await lines(site, *["/img/a.jpg"] * 3, "/-/healthz")
    assert [line.get("cache") for line in found] == ["disk", "memory", "memory", None]
    assert {line["log_level"] for line in found} == {"info"}
    assert site.watch.tally.hot_full == 2
    assert site.watch.tally.requests == {("read", 200): 2}, "a hit counts once"
    assert (await site.ask()).headers["x-request-id"]


async def test_a_hit_whose_body_is_read_counts_once_too(make_site, answered):
    site = make_site(answered(fingerprint="f"), access_log="all", budget=44_100)
    site.answers.read_from(lambda _fingerprint, _etag: (b"picture", None))
    found = await lines(site, *["/img/a.jpg"] * 3)
    assert [line["cache"] for line in found] == ["disk"] * 3
    assert site.watch.tally.hot_read == 2
    assert site.watch.tally.requests == {("read", 200): 1}


async def test_nothing_is_logged_when_nothing_is_asked_for(make_site):
    site = make_site(access_log="off")
    assert await lines(site, "/img/a.jpg") == []
    assert site.watch.tally.requests == {("read", 200): 1}


async def test_probes_are_for_debugging_only(site):
    (line,) = await lines(site, "/-/healthz")
    assert line["log_level"] == "debug"


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("/img/a.jpg?w=1&sig=abc&kid=k1&exp=9", "/img/a.jpg?w=1&sig=-&kid=k1&exp=9"),
        ("/ai/image/cropping?app_key=k&sign=s&sign_ver=v2", "/ai/image/cropping?app_key=-&sign=-&sign_ver=v2"),
        ("/v1/imm?AccessKeyId=k&Signature=s", "/v1/imm?AccessKeyId=-&Signature=-"),
        ("/img/a.jpg?SIG=abc", "/img/a.jpg?SIG=-"),
        ("/img/a.jpg?%73ig=abc&s=def&token=ghi", "/img/a.jpg?%73ig=-&s=-&token=-"),
        ("/img/a.jpg?w=1&design=sig", "/img/a.jpg?w=1&design=sig"),
        ("/web/https%3A//x/a.jpg%3fX-Amz-Signature=abc?w=1", "/web/https%3A//x/a.jpg%3F-?w=1"),
        ("/img/a.jpg?sig", "/img/a.jpg?sig=-"),
    ],
)
def test_secrets_of_a_query_stay_out_of_the_log(target, told):
    path, _, query = target.partition("?")
    assert target_of({"raw_path": path.encode(), "query_string": query.encode()}) == told


def test_a_target_cannot_steer_a_terminal_or_fill_the_log():
    told = target_of({"raw_path": b"/img/\x9b31m\xff" + b"a" * 9000, "query_string": b""})
    assert told.startswith("/img/\\x9b31m\\xff")
    assert told.isascii()
    assert len(told) == 2000


async def test_an_id_is_made_for_every_answer_that_has_none(site):
    ids = [
        (await site.ask(target)).headers["x-request-id"] for target in ("/img/a.jpg", "/-/healthz", "/img/a.jpg?x=1")
    ]
    assert len(set(ids)) == 3
    assert all(len(made) == 22 for made in ids)


async def test_a_sane_id_is_kept_and_another_replaced(site):
    assert (await site.ask("/-/healthz", x_request_id="team-7:a/b.c+d=e_f")).headers[
        "x-request-id"
    ] == "team-7:a/b.c+d=e_f"
    for odd in ("two words", "a" * 129, "<script>", '"'):
        assert (await site.ask("/-/healthz", x_request_id=odd)).headers["x-request-id"] != odd


async def test_a_hot_hit_repeats_a_given_id(site):
    await site.ask()
    assert (await site.ask(x_request_id="abc")).headers["x-request-id"] == "abc"
    assert "x-request-id" not in (await site.ask(x_request_id="a b")).headers
    assert "x-request-id" not in (await site.ask()).headers
    assert len(site.pipeline.asked) == 1


async def test_what_is_under_way_is_counted_until_it_has_ended(make_site, answered):
    site = make_site()
    release = asyncio.Event()

    async def slowly(*_):
        await release.wait()
        raise errors.SourceNotFoundError("no file")

    site.pipeline.answer = slowly
    asking = asyncio.create_task(site.ask())
    await asyncio.sleep(0.05)
    assert site.watch.tally.in_flight == 1
    release.set()
    await asking
    assert site.watch.tally.in_flight == 0


async def test_a_server_that_drains_refuses_what_is_new_but_says_so_to_who_asks(make_site, answered):
    site = make_site(answered(cache="stored"))
    site.watch.is_draining = True
    refused = await site.ask()
    assert (refused.status_code, refused.json()["code"]) == (503, "draining")
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["connection"] == "close"
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["vary"] == "Accept"
    assert site.pipeline.asked == []
    assert (await site.ask("/-/healthz")).status_code == 200


async def test_a_draining_server_still_answers_what_it_holds(site):
    await site.ask()
    site.watch.is_draining = True
    assert (await site.ask()).status_code == 200
