"""Every error is a problem answer of RFC 9457 with its own status and code, and says nothing that is not public."""

import pytest
from serving import assert_problem
from structlog.testing import capture_logs

from imgcdn import errors
from imgcdn.dialects.mounts import Mount

KINDS = [kind for code, kind in errors.BY_CODE.items() if code != "internal"] + [errors.InternalError]


@pytest.mark.parametrize("kind", KINDS, ids=[kind.code for kind in KINDS])
async def test_every_error_of_the_family_is_answered_with_its_status_and_code(make_site, kind):
    found = await make_site(kind("what happened: expected better", param="w")).ask()
    said = assert_problem(found, kind.status, kind.code, "w")
    assert said["detail"] == "what happened: expected better"
    assert said["title"] == kind.title
    assert found.headers["vary"] == "Accept"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert found.headers.get("retry-after") == (None if kind.retry_after_s is None else str(kind.retry_after_s))
    is_lasting = kind.status in {400, 403, 404, 405, 410, 413, 415, 422}
    assert found.headers["cache-control"] == ("public, max-age=60" if is_lasting else "no-store")


@pytest.mark.parametrize("kind", KINDS, ids=[kind.code for kind in KINDS])
async def test_only_what_is_the_servers_business_is_logged(make_site, kind):
    with capture_logs() as logs:
        await make_site(kind("what happened"), access_log="off").ask(x_request_id="abc")
    if kind.status >= 500:
        (line,) = logs
        assert line["code"] == kind.code
        assert line["request_id"] == "abc"
    else:
        assert logs == []


async def test_the_unexpected_is_500_and_only_the_log_says_what(make_site):
    with capture_logs() as logs:
        found = await make_site(ZeroDivisionError("secret detail")).ask()
    assert_problem(found, 500, "internal")
    assert "secret" not in found.text
    assert any(line["event"] == "unexpected" and line["exc_info"] for line in logs)


async def test_no_param_is_named_when_none_is_to_blame(make_site):
    found = await make_site(errors.SourceNotFoundError("no file")).ask()
    assert "param" not in found.json()


async def test_before_everything_runs_the_answer_is_503(make_site):
    found = await make_site(is_started=False).ask()
    assert_problem(found, 503, "draining")
    assert found.headers["retry-after"]


async def test_head_of_an_error_has_no_body(make_site):
    found = await make_site(errors.SourceNotFoundError("no file")).ask(method="HEAD")
    assert found.status_code == 404
    assert found.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("given", ["a", "2f6c-AZ_09.:/+=", "x" * 128])
async def test_a_sane_request_id_is_kept(make_site, given):
    found = await make_site(errors.SourceNotFoundError("no file")).ask(x_request_id=given)
    assert found.json()["request_id"] == found.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "<b>", '{"a":1}', "ü"])
async def test_another_request_id_is_replaced(make_site, given):
    async with make_site(errors.SourceNotFoundError("no file")).client() as client:
        found = await client.get("/img/a.jpg", headers=[(b"x-request-id", given.encode("latin-1"))])
    assert found.json()["request_id"] != given
    assert found.json()["request_id"] == found.headers["x-request-id"]


async def test_errors_may_be_read_by_scripts_of_other_sites(make_site):
    found = await make_site(errors.SourceNotFoundError("no file"), allow_origin="https://a.example").ask()
    assert found.headers["access-control-allow-origin"] == "https://a.example"


async def test_how_long_lasting_errors_last_is_a_setting(make_site):
    found = await make_site(errors.SourceNotFoundError("no file"), not_found_max_age_s=7).ask()
    assert found.headers["cache-control"] == "public, max-age=7"


@pytest.mark.parametrize(
    ("target", "code", "param"),
    [
        ("/img/a.jpg?w=0", "invalid_parameter", "w"),
        ("/img/a.jpg?wdth=1", "unknown_parameter", "wdth"),
        ("/img/a.jpg?w=1&w=2", "conflicting_parameters", "w"),
        ("/img/a.jpg?w=%ff", "invalid_parameter", "query"),
        ("/img/%ff", "invalid_parameter", "path"),
    ],
)
async def test_a_url_that_says_nonsense_is_400_before_anything_is_asked(site, target, code, param):
    assert_problem(await site.ask(target), 400, code, param)
    assert site.pipeline.asked == []


@pytest.mark.parametrize(
    "target", ["/", "/img", "/none/a.jpg", "/v1/x", "/api/x", "/ai/x", "/-/x", "/-/healthz/x", "/v1", "/api", "/-"]
)
async def test_unknown_and_reserved_paths_are_404(site, target):
    assert_problem(await site.ask(target), 404, "not_found")
    assert site.pipeline.asked == []


async def test_a_preset_that_is_not_there_is_404(site):
    assert_problem(await site.ask("/img/a.jpg?preset=large"), 404, "preset_not_found", "preset")
    assert (await site.ask("/img/a.jpg/p/small")).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "LINK"])
async def test_other_methods_are_405_with_allow(site, method):
    found = await site.ask("/img/a.jpg?w=3", method)
    assert_problem(found, 405, "method_not_allowed")
    assert found.headers["allow"] == "GET, HEAD, OPTIONS"
    assert site.pipeline.asked == []


@pytest.mark.parametrize("target", ["/-/healthz", "/-/ready"])
async def test_operations_are_read_only(site, target):
    assert_problem(await site.ask(target, "POST"), 405, "method_not_allowed")
    assert (await site.ask(target, "HEAD")).status_code == 200


async def test_ready_says_why_not(site):
    assert (await site.ask("/-/ready")).json() == {"ready": True, "why_not": {}, "degraded": {}}
    site.degraded["faces"] = "the model is missing"
    partly = await site.ask("/-/ready")
    assert (partly.status_code, partly.json()["degraded"]) == (200, {"faces": "the model is missing"})
    site.health["render"] = "no worker is running"
    not_ready = await site.ask("/-/ready")
    assert (not_ready.status_code, not_ready.json()["ready"]) == (503, False)
    assert not_ready.headers["cache-control"] == "no-store"
    assert (await site.ask("/-/healthz")).status_code == 200


async def test_options_is_answered_without_asking_for_the_picture(site):
    found = await site.ask(method="OPTIONS")
    assert (found.status_code, found.content) == (204, b"")
    assert found.headers["access-control-allow-methods"] == "GET, HEAD"
    assert found.headers["access-control-allow-origin"] == "*"
    assert site.pipeline.asked == []


async def test_a_script_of_another_site_is_told_what_it_may_send_and_read_whatever_the_url_says(site):
    for target in ("/img/a.jpg", "/img/a.jpg?w=wide", "/none/a.jpg"):
        asked = {"origin": "https://shop.example", "access_control_request_method": "GET"}
        found = await site.ask(target, "OPTIONS", access_control_request_headers="if-none-match,x-request-id", **asked)
        assert found.status_code == 204
        allowed = found.headers["access-control-allow-headers"].lower().split(", ")
        assert {"accept", "if-none-match", "if-range", "range", "x-request-id"} <= set(allowed)
        assert found.headers["access-control-max-age"] == "86400"
    for target in ("/img/a.jpg", "/img/a.jpg?w=wide"):
        exposed = set((await site.ask(target)).headers["access-control-expose-headers"].split(", "))
        assert {"ETag", "Cache-Status", "X-Imgcdn-Focus", "X-Request-Id", "Content-Range", "Server-Timing"} <= exposed


async def test_without_an_allowed_origin_nothing_is_said_to_scripts_of_other_sites(make_site):
    site = make_site(allow_origin="")
    for found in (await site.ask(method="OPTIONS"), await site.ask(), await site.ask("/img/a.jpg?w=wide")):
        assert not [name for name in found.headers if name.startswith("access-control")]


async def test_a_401_says_what_it_asks_for(make_site):
    found = await make_site(errors.MissingKeyError("expected a key")).ask()
    assert (found.status_code, found.headers["www-authenticate"]) == (401, 'Bearer realm="imgcdn"')
    assert "www-authenticate" not in (await make_site(errors.SourceForbiddenError("no")).ask()).headers


async def test_the_first_answer_says_what_was_done_for_it(make_site, answered):
    found = await make_site(answered(cache="stored")).ask()
    assert found.headers["cache-status"] == "imgcdn; fwd=uri-miss; stored"
    assert found.headers["server-timing"] == "fetch;dur=0.2, focus;dur=41.0"


async def test_304_and_head_of_a_first_answer_are_right_too(make_site, answered):
    site = make_site(answered(cache="stored"))
    etag = '"0123456789abcdef0123456789abcdef"'
    matched = await site.ask(if_none_match=f"W/{etag}")
    assert (matched.status_code, matched.content, matched.headers["etag"]) == (304, b"", etag)
    assert "content-length" not in matched.headers
    head = await site.ask(method="HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "7")


async def test_lenient_mounts_say_what_they_ignored(make_site):
    site = make_site(mounts=(Mount("img", is_strict=False),))
    found = await site.ask("/img/a.jpg?ixlib=js&w=3&auto=format")
    assert found.headers["x-imgcdn-ignored"] == "ixlib, auto"
