"""config/nginx.conf as it is shipped, in a real nginx, before real servers."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fronting import SHIPPED, Nginx, fronting, status_of
from prometheus_client.parser import text_string_to_metric_families
from serving import CHROME, FIREFOX, SAFARI_13, SAFARI_15, assert_problem, eventually, send_raw

from imgcdn.dialects.mounts import RESERVED

LEAN = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n'
BRIEF = LEAN + "[http]\nmax_age_s = 1\nfallback_max_age_s = 1\n"
"""Answers that are stale after a second, and may be shown for long after it."""
RUN_OUT_S = 2.2
"""nginx counts whole seconds, the last included."""


@pytest.fixture(scope="module")
def front(program, tmp_path_factory):
    """Start nginx before servers; all are ended after the module."""
    with fronting(program("nginx"), tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="module")
def behind(module_serve, photos):
    return module_serve(photos, settings=LEAN + "[http]\nfallback_max_age_s = 1\n")


@pytest.fixture(scope="module")
def nginx(front, behind):
    return front(behind)


def counted(server, name="imgcdn_requests_total", **labels):
    """Sum a metric of a server over the series with these labels."""
    families = text_string_to_metric_families(server.get("/-/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def pictures(server):
    return sum(
        counted(server, "imgcdn_answers_total", layer=layer) for layer in ("memory", "disk", "stored", "collapsed")
    )


def test_nginx_finds_nothing_wrong_with_the_file(program, tmp_path):
    said = Nginx(program("nginx"), tmp_path, (8000,), {}).check()
    assert "syntax is ok" in said
    assert "warn" not in said


def test_three_buckets_of_accept_share_three_entries_of_the_right_formats(nginx, behind):
    target = "/img/photo.jpg?w=201"
    wanted = {
        "image/avif": (
            CHROME,
            FIREFOX,
            "image/avif,image/webp,*/*",
            "image/avif",
            "image/webp, IMAGE/AVIF",
            "text/html,image/avif ,*/*;q=0.1",
        ),
        "image/webp": (SAFARI_15, "image/webp,*/*", "image/webp", "image/webp,image/png;q=0.1"),
        "image/jpeg": (SAFARI_13, "*/*", "image/*", "image/jpeg", "image/avif-sequence", "ximage/avif", None),
    }
    for media_type, accepts in wanted.items():
        for accept in accepts:
            headers = {} if accept is None else {"accept": accept}

            def settled(headers=headers, media_type=media_type):
                """AVIF may come a little later, after a WebP of short life."""
                answer = nginx.get(target, **headers)
                assert answer.status_code == 200
                assert answer.headers["vary"] == "Accept"
                return answer.headers["content-type"] == media_type

            eventually(settled, 20, f"{accept} gets {media_type}")
    before = pictures(behind)
    for accepts in wanted.values():
        for accept in accepts:
            assert status_of(nginx.get(target, **({} if accept is None else {"accept": accept}))) == "nginx; hit"
    assert pictures(behind) == before, "nginx answered by itself"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("image/avif;q=0,*/*", "image/jpeg"),
        ("image/avif;q=0,image/webp", "image/webp"),
        ("image/avif;q=0, image/webp;q=0.0", "image/jpeg"),
        ("image/webp;q=0, */*;q=1", "image/jpeg"),
        ("image/avif;q=0.1,image/webp;q=0.9", "image/webp"),
        ("image/avif ; q=0.000", "image/jpeg"),
        ("image/png, */* ; q=0.0", "image/jpeg"),
    ],
)
def test_weighed_formats_are_judged_by_imgcdn_and_never_kept(nginx, accept, media_type):
    target = "/img/photo.jpg?w=202"
    nginx.get(target, accept=CHROME)
    for _ in range(2):
        answer = nginx.get(target, accept=accept)
        assert answer.headers["content-type"] == media_type
        assert status_of(answer) == "nginx; fwd=bypass"


def test_who_takes_avif_alone_never_gets_the_webp_that_stands_in_for_it(nginx):
    target = "/img/photo.jpg?w=209"
    assert nginx.get(target, accept=CHROME).headers["content-type"] == "image/webp"
    for accept, said in (("image/avif", "fwd=uri-miss"), ("image/png, image/avif", "hit")):
        answer = nginx.get(target, accept=accept)
        assert (answer.headers["content-type"], status_of(answer)) == ("image/avif", f"nginx; {said}")


def test_who_excludes_every_picture_is_told_so_by_imgcdn(nginx):
    nginx.get("/img/photo.jpg?w=202")
    assert_problem(nginx.get("/img/photo.jpg?w=202", accept="image/*;q=0, text/html"), 406, "not_acceptable")


def test_a_hit_is_nginxs_own(nginx, behind):
    target = "/img/photo.jpg?w=203"
    first = nginx.get(target)
    assert status_of(first) == "nginx; fwd=uri-miss"
    before = counted(behind, method="read")
    again = [nginx.get(target) for _ in range(5)]
    assert {status_of(answer) for answer in again} == {"nginx; hit"}
    assert {answer.content for answer in again} == {first.content}
    assert counted(behind, method="read") == before + 1, "only the question for the metrics"
    for name in ("etag", "cache-control", "vary", "x-content-type-options", "content-disposition", "last-modified"):
        assert {answer.headers[name] for answer in again} == {first.headers[name]}


def test_each_answer_has_an_id_of_its_own(nginx):
    ids = [nginx.get("/img/photo.jpg?w=203").headers.get_list("x-request-id") for _ in range(3)]
    assert {len(given) for given in ids} == {1}
    assert len({given[0] for given in ids}) == 3


def test_the_id_that_nginx_gives_is_in_imgcdns_log(nginx, behind):
    identity = nginx.get("/img/photo.jpg?w=204").headers["x-request-id"]
    eventually(lambda: identity in behind.said, 5)


def test_queries_are_apart_and_their_order_too(nginx):
    small, large = nginx.get("/img/photo.jpg?w=50"), nginx.get("/img/photo.jpg?w=205")
    assert len(small.content) < len(large.content)
    assert status_of(nginx.get("/img/photo.jpg?w=205&h=50")) == "nginx; fwd=uri-miss"


def test_hosts_are_apart(nginx):
    assert status_of(nginx.get("/img/photo.jpg?w=206", host="one.example")) == "nginx; fwd=uri-miss"
    assert status_of(nginx.get("/img/photo.jpg?w=206", host="other.example")) == "nginx; fwd=uri-miss"
    assert status_of(nginx.get("/img/photo.jpg?w=206", host="one.example")) == "nginx; hit"


def test_client_hints_are_apart_where_the_url_allows_them(nginx):
    for target in ("/img/photo.jpg?w=207&ch=Save-Data&format=jpeg", "/img/photo.jpg?w=208&%63h=Save-Data&format=jpeg"):
        plain, saving = nginx.get(target), nginx.get(target, save_data="on")
        assert len(saving.content) < len(plain.content)
        assert "Save-Data" in plain.headers["vary"]
    plain, saving = nginx.get("/img/photo.jpg?w=209"), nginx.get("/img/photo.jpg?w=209", save_data="on")
    assert (status_of(saving), saving.content) == ("nginx; hit", plain.content)


def test_many_who_ask_at_once_cost_imgcdn_one_request(nginx, behind):
    target = "/img/large.jpg?w=1500&format=avif"
    before = pictures(behind)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: nginx.get(target), range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert pictures(behind) == before + 1


def test_a_browser_that_has_the_picture_gets_a_304(nginx, behind):
    target = "/img/photo.jpg?w=210"
    first = nginx.get(target)
    before = pictures(behind)
    for headers in ({"if_none_match": first.headers["etag"]}, {"if_modified_since": first.headers["last-modified"]}):
        answer = nginx.get(target, **headers)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == first.headers["etag"]
        assert answer.headers["vary"] == "Accept"
    assert nginx.get(target, if_none_match='"other"').status_code == 200
    assert pictures(behind) == before


@pytest.mark.parametrize("is_first", [True, False])
def test_head_equals_get_without_a_body(nginx, is_first):
    target = f"/img/photo.jpg?w={211 + is_first}"
    if not is_first:
        nginx.get(target)
    head = nginx.ask("HEAD", target)
    got = nginx.get(target)
    assert (head.status_code, head.content) == (200, b"")
    assert status_of(got) == "nginx; hit", "HEAD fills the cache as GET does"
    for name in ("content-length", "content-type", "etag", "cache-control", "vary"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("accept", [SAFARI_13, "image/webp;q=0.9,image/avif;q=0"])
def test_a_range_is_cut_out_of_the_whole_picture(nginx, is_first, accept):
    target = f"/img/photo.jpg?w={213 + is_first}&q={60 + len(accept) % 7}"
    whole = None if is_first else nginx.get(target, accept=accept)
    part = nginx.get(target, accept=accept, range="bytes=10-29")
    whole = whole or nginx.get(target, accept=accept)
    assert part.status_code == 206
    assert part.content == whole.content[10:30]
    assert part.headers["content-range"] == f"bytes 10-29/{len(whole.content)}"
    assert nginx.get(target, accept=accept, range="bytes=99999999-").status_code == 416


def test_other_methods_are_answered_by_imgcdn_in_its_own_words(nginx):
    refused = nginx.ask("POST", "/img/photo.jpg?w=10")
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
    assert nginx.ask("OPTIONS", "/img/photo.jpg?w=10").status_code == 204


def test_errors_come_through_and_are_kept_as_briefly_as_they_say(nginx):
    for _ in range(2):
        answer = nginx.get("/img/nothing.jpg?w=10")
        assert (answer.status_code, answer.json()["code"]) == (404, "source_not_found")
        assert "Accept" in answer.headers["vary"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert status_of(answer) == "nginx; hit"


@pytest.mark.parametrize("segment", sorted(RESERVED))
def test_operations_and_apis_are_not_for_the_world(nginx, behind, segment):
    before = counted(behind, "imgcdn_requests_total")
    for target in (
        f"/{segment}",
        f"/{segment}/",
        f"/{segment}/ready",
        f"/{segment}/metrics?x=1",
        f"//{segment}/metrics",
        f"/%{ord(segment[0]):02x}{segment[1:]}/metrics",
        f"/{segment}%2Fmetrics",
        f"/x/../{segment}/metrics",
        f"/x/%2e%2e/{segment}/purge",
    ):
        for method in ("GET", "POST"):
            request = f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            assert send_raw(nginx.port, request.encode()).startswith(b"HTTP/1.1 404 "), target
    assert counted(behind, "imgcdn_requests_total") == before + 1


def test_what_runs_out_is_asked_for_again_with_its_etag(front, module_serve, photos):
    server = module_serve(photos, settings=BRIEF)
    nginx = front(server)
    target = "/img/photo.jpg?w=220"
    first = nginx.get(target)

    def renewed():
        answer = nginx.get(target)
        assert (answer.status_code, answer.content) == (200, first.content)
        return counted(server, status="304") >= 1

    eventually(renewed, 10, "imgcdn answered 304")


def test_what_ran_out_is_shown_while_it_is_renewed(front, module_serve, photos):
    nginx = front(module_serve(photos, settings=BRIEF))
    target = "/img/photo.jpg?w=221"
    nginx.get(target)
    time.sleep(RUN_OUT_S)
    assert status_of(nginx.get(target)) == "nginx; hit; detail=stale"
    eventually(lambda: status_of(nginx.get(target)) == "nginx; hit", 5)


def test_pictures_still_come_while_imgcdn_is_away(front, serve, photos):
    server = serve(photos, settings=BRIEF)
    nginx = front(server)
    target = "/img/photo.jpg?w=222"
    first = nginx.get(target, accept=CHROME)
    server.end()
    time.sleep(RUN_OUT_S)
    for _ in range(3):
        answer = nginx.get(target, accept=CHROME)
        assert (answer.status_code, answer.content) == (200, first.content)
        assert "stale" in status_of(answer)
        assert answer.headers["vary"] == "Accept"
    assert nginx.get("/img/photo.jpg?w=223").status_code == 502, "what nobody ever asked for is lacking"


def test_a_changed_source_shows_when_nginxs_copy_has_run_out(front, serve, photos, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.jpg").write_bytes((photos / "photo.jpg").read_bytes())
    nginx = front(serve(folder, settings=BRIEF))
    first = nginx.get("/img/a.jpg?w=60")
    (folder / "a.jpg").write_bytes((photos / "portrait.jpg").read_bytes())
    assert nginx.get("/img/a.jpg?w=60").content == first.content
    eventually(lambda: nginx.get("/img/a.jpg?w=60").headers["etag"] != first.headers["etag"], 10)


def test_nginxs_own_life_can_be_shorter_than_that_of_browsers(front, behind, tmp_path):
    text = SHIPPED.read_text(encoding="utf-8")
    ours = [
        "proxy_ignore_headers Cache-Control Expires;",
        "proxy_cache_valid 200 10m;",
        "proxy_cache_valid 404 410 1m;",
        "proxy_cache_use_stale updating error timeout http_500 http_502 http_503 http_504;",
        "proxy_no_cache $imgcdn_is_brief;",
    ]
    changes = {f"# {line}": line.replace("10m", "1s") for line in ours}
    assert all(old in text for old in changes)
    nginx = front(behind, changes=changes)
    first = nginx.get("/img/photo.jpg?w=224")
    assert "max-age=2592000" in first.headers["cache-control"]
    assert status_of(nginx.get("/img/photo.jpg?w=224")) == "nginx; hit"
    time.sleep(RUN_OUT_S)
    assert status_of(nginx.get("/img/photo.jpg?w=224")) == "nginx; hit; detail=stale"


def test_all_sizes_of_a_source_go_to_one_server_and_sources_to_several(front, module_serve, photos):
    servers = [module_serve(photos, settings=LEAN) for _ in range(2)]
    nginx = front(*servers)
    shares = set()
    for name in ("photo.jpg", "portrait.jpg", "cat.png", "alpha.png", "deep.png", "dot.png", "scan.tif", "cmyk.jpg"):
        before = [pictures(server) for server in servers]
        for width in range(20, 25):
            assert nginx.get(f"/img/{name}?w={width}").status_code == 200
        share = tuple(pictures(server) - was for server, was in zip(servers, before, strict=True))
        assert sorted(share) == [0, 5], name
        shares.add(share)
    assert len(shares) == 2


def test_another_server_answers_for_one_that_is_away(front, serve, module_serve, photos):
    servers = [serve(photos, settings=LEAN), serve(photos, settings=LEAN)]
    nginx = front(*servers)
    servers[0].end()
    for name in ("photo.jpg", "portrait.jpg", "cat.png", "alpha.png", "deep.png", "dot.png"):
        assert nginx.get(f"/img/{name}?w=30").status_code == 200
