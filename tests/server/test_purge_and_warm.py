"""POST /v1/purge and POST /v1/warm on a real server: what they take down, what they leave, and who may."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from measuring import opened
from scripted import Origin, answer, validated
from serving import CHROME, SAFARI_13, SAFARI_15, assert_problem, eventually

from imgcdn.dialects.signing import Signing

SETTINGS = """
[[mount]]
name = "web"
origin = "{url}"

[[mount]]
name = "img"
origin = "{photos}"

[[mount]]
name = "sealed"
origin = "{url}"
signed = true

[[mount]]
name = "shop"
origin = "{url}"
hosts = ["shop.example.com"]

[[mount]]
name = "any"
origin = "proxy"
allow_hosts = ["127.0.0.1"]

[[mount]]
name = "cloud"
origin = "{url}"
dialect = "cloudinary"

[[mount]]
name = "pix"
origin = "{url}"
dialect = "imgix"

[presets]
small = "w=50"
tall = "w=40&h=80"

[signing.keys]
main = "a-secret-of-this-server"

[fetch]
folder_check_s = 60
allow_private = ["127.0.0.1/32"]
allow_ports = [80, 443, {port}]

[gravity]
pull_models = false
models_dir = "/nonexistent"
"""
COUNTED = ("references", "renditions", "originals")


@pytest.fixture(scope="module")
def origin():
    made = Origin()
    yield made
    made.close()


@pytest.fixture(scope="module")
def settings(origin, photos):
    return SETTINGS.format(url=origin.url, port=origin.port, photos=photos)


@pytest.fixture(scope="module")
def server(module_serve, settings):
    return module_serve(settings=settings)


@pytest.fixture
def pictures(origin, photos):
    """Three sources below a folder of this test, with a long life."""
    body = (photos / "photo.jpg").read_bytes()

    def make(folder):
        for number in range(3):
            # A comment makes each file another one: equal bytes would share their renditions.
            comment = f"{folder}/{number}".encode()
            other = body[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + body[2:]
            origin.scripts[f"/{folder}/{number}.jpg"] = validated(other, f'"{folder}{number}"')
        return [f"/web/{folder}/{number}.jpg" for number in range(3)]

    return make


def purge(server, **what):
    answered = server.send("POST", "/v1/purge", what)
    assert answered.status_code == 200, answered.text
    assert answered.headers["cache-control"] == "no-store"
    said = answered.json()
    assert said["problems"] == []
    assert said["soft"] is what.get("soft", False)
    return tuple(said[kind] for kind in COUNTED)


def state(server, target, accept=SAFARI_15, **headers):
    found = server.get(target, accept=accept, **headers)
    assert found.status_code == 200, found.text
    return found.headers["cache-status"].split(";")[1].strip()


def heat(server, *targets):
    """Ask until they come from memory."""
    for target in targets:
        for _ in range(3):
            assert state(server, target) in {"fwd=uri-miss", "hit"}
        assert "server-timing" not in server.get(target, accept=SAFARI_15).headers


def asked(origin, target):
    return origin.asked[target.partition("?")[0].removeprefix("/web")]


# purge


def test_a_url_is_purged_in_every_format_and_its_other_sizes_stay(server, origin, pictures):
    one, two, _ = pictures("url")
    heat(server, f"{one}?w=40", f"{one}?w=60", f"{two}?w=40")
    state(server, f"{one}?w=40", SAFARI_13)
    assert purge(server, urls=[f"{one}?w=40"]) == (1, 2, 0)
    assert state(server, f"{one}?w=40") == "fwd=uri-miss", "hot answers vanish at once"
    assert state(server, f"{one}?w=40", SAFARI_13) == "fwd=uri-miss"
    assert asked(origin, one) == 2, "the origin is asked again"
    assert state(server, f"{one}?w=60") == "hit"
    assert state(server, f"{two}?w=40") == "hit"
    assert asked(origin, two) == 1


HINTS = {
    "ch=Width,Dpr": ({}, {"sec_ch_width": "333"}, {"width": "9000"}, {"sec_ch_dpr": "2"}, {"dpr": "1.2"}),
    "ch=Save-Data": ({}, {"save_data": "on"}),
    "ch=Width,Dpr,Save-Data": (
        {"save_data": "on"},
        {"sec_ch_width": "200", "save_data": "on"},
        {"sec_ch_dpr": "3", "save_data": "on"},
    ),
}


@pytest.mark.parametrize("hints", HINTS)
def test_a_url_is_purged_for_every_hint_that_browsers_give(server, origin, pictures, hints):
    one, *_ = pictures(f"hints{len(hints)}")
    target, other = f"{one}?w=100&{hints}", f"{one}?w=101"
    for headers in ({}, *HINTS[hints]):
        for accept in (SAFARI_15, SAFARI_13):
            state(server, target, accept, **headers)
            assert state(server, target, accept, **headers) == "hit"
    heat(server, other)
    different = 2 * len({str(headers) for headers in ({}, *HINTS[hints])})
    assert purge(server, urls=[target])[1] == different
    for headers in HINTS[hints]:
        for accept in (SAFARI_15, SAFARI_13):
            assert state(server, target, accept, **headers) == "fwd=uri-miss", headers
    assert state(server, other) == "hit", "another URL stays"


def test_hints_of_imgix_and_cloudinary_are_purged_too(server, pictures):
    one, *_ = pictures("theirhints")
    name = one.removeprefix("/web/")
    for target, headers in (
        (f"/pix/{name}?w=100&ch=Width,DPR,Save-Data&auto=format", {"sec_ch_dpr": "2", "save_data": "on"}),
        (f"/cloud/image/upload/w_auto,c_scale,f_auto/v1/{name}", {"sec_ch_width": "333"}),
    ):
        assert state(server, target, **headers) == "fwd=uri-miss"
        assert state(server, target, **headers) == "hit"
        assert purge(server, urls=[target])[1] >= 1
        assert state(server, target, **headers) == "fwd=uri-miss"


def test_a_url_whose_time_is_over_is_purged_and_so_is_all_beside_it(server, pictures):
    one, two, _ = pictures("over")
    signing = Signing({"main": "a-secret-of-this-server"}, time.time)
    sealed = one.replace("/web/", "/sealed/")
    lasting, over = (signing.sign(sealed, "w=40", expires_at=ends) for ends in (4_000_000_000, 1_000_000_000))
    for target in (lasting, f"{two}?w=40"):
        assert [state(server, target) for _ in range(2)] == ["fwd=uri-miss", "hit"]
    assert_problem(server.get(over), 410, "url_expired", "exp")
    assert purge(server, urls=[over, f"{two}?w=40"])[1] == 2
    assert state(server, lasting) == "fwd=uri-miss"
    assert state(server, f"{two}?w=40") == "fwd=uri-miss"
    assert_problem(server.send("POST", "/v1/warm", {"urls": [over]}), 410, "url_expired", "exp")


@pytest.mark.parametrize("front", ["https://shop.example.com", "http://SHOP.example.com:8443", "//shop.example.com"])
def test_a_whole_url_names_the_mount_by_its_host(server, pictures, front):
    one, *_ = pictures(f"host{len(front)}")
    path = one.removeprefix("/web") + "?w=40"
    for expected in ("fwd=uri-miss", "hit"):
        assert state(server, path, host="shop.example.com") == expected
    assert purge(server, urls=[front + path])[1] == 1
    assert state(server, path, host="shop.example.com") == "fwd=uri-miss"
    assert server.send("POST", "/v1/warm", {"urls": [front + path.replace("40", "44")]}).json()["failed"] == []
    assert state(server, path.replace("40", "44"), host="shop.example.com") == "hit"


def test_a_whole_url_of_another_host_names_the_mount_by_its_path(server, pictures):
    one, *_ = pictures("cdn")
    heat(server, f"{one}?w=40")
    assert purge(server, urls=[f"https://cdn.example.com{one}?w=40#top"])[1] == 1
    assert state(server, f"{one}?w=40") == "fwd=uri-miss"


def test_a_url_is_the_same_however_its_parameters_are_ordered(server, pictures):
    one, *_ = pictures("order")
    heat(server, f"{one}?w=40&h=30")
    assert purge(server, urls=[f"{one}?h=30&w=40"])[1] == 1
    assert state(server, f"{one}?w=40&h=30") == "fwd=uri-miss"


def test_a_source_is_purged_with_all_that_was_made_of_it(server, origin, pictures):
    one, two, _ = pictures("source")
    heat(server, f"{one}?w=40", f"{one}?w=60", f"{two}?w=40")
    assert purge(server, sources=[one.removeprefix("/")]) == (1, 2, 1)
    assert state(server, f"{one}?w=40") == "fwd=uri-miss"
    assert state(server, f"{one}?w=60") == "fwd=uri-miss"
    assert asked(origin, one) == 2
    assert "if-none-match" not in origin.headers["/source/0.jpg"], "nothing is left to compare with"
    assert state(server, f"{two}?w=40") == "hit"


def test_a_prefix_is_a_folder(server, origin, pictures):
    first, second = pictures("album"), pictures("albums")
    heat(server, *(f"{target}?w=40" for target in (*first, *second)))
    assert purge(server, prefixes=["web/album/"]) == (3, 3, 3)
    assert {state(server, f"{target}?w=40") for target in first} == {"fwd=uri-miss"}
    assert {asked(origin, target) for target in first} == {2}
    assert {state(server, f"{target}?w=40") for target in second} == {"hit"}


def test_a_preset_is_purged_by_its_tag(server, origin, pictures):
    one, two, three = pictures("preset")
    heat(server, f"{one}?preset=small", f"{two}/p/small", f"{three}?preset=tall", f"{one}?w=51")
    before = purge(server, tags=["preset:small"])
    assert before == (2, 2, 0)
    assert state(server, f"{one}?preset=small") == "fwd=uri-miss"
    assert state(server, f"{two}/p/small") == "fwd=uri-miss"
    assert state(server, f"{three}?preset=tall") == "hit"
    assert state(server, f"{one}?w=51") == "hit"


def test_a_preset_s_tag_finds_what_was_rendered_for_an_equal_url(server, pictures):
    one, *_ = pictures("shared")
    heat(server, f"{one}?w=50")
    heat(server, f"{one}?preset=small")
    assert purge(server, tags=["preset:small"])[1] >= 1
    assert state(server, f"{one}?w=50") == "fwd=uri-miss"


def test_a_soft_purge_serves_on_and_asks_the_origin_whether_it_changed(server, origin, pictures):
    one, two, _ = pictures("soft")
    heat(server, f"{one}?w=40", f"{one}?w=60", f"{two}?w=40")
    assert purge(server, sources=[one], soft=True) == (1, 0, 0)
    found = server.get(f"{one}?w=40", accept=SAFARI_15)
    assert (found.status_code, found.headers["cache-control"]) == (200, "public, max-age=60")
    assert "server-timing" in found.headers, "hot answers vanish at once"
    eventually(lambda: asked(origin, one) == 2, 5, "the origin is asked")
    assert origin.headers["/soft/0.jpg"]["if-none-match"] == '"soft0"'
    for width in (40, 60):
        eventually(
            lambda width=width: (
                server.get(f"{one}?w={width}", accept=SAFARI_15).headers["cache-control"] != "public, max-age=60"
            ),
            5,
            "it is fresh again",
        )
        assert state(server, f"{one}?w={width}") == "hit", "nothing is rendered anew"
    assert asked(origin, two) == 1


@pytest.mark.parametrize("kind", ["prefix", "all"])
def test_a_soft_purge_of_a_prefix_or_of_all_serves_on_and_asks_the_origins(serve, settings, origin, pictures, kind):
    server = serve(settings=settings)
    meant, beside = pictures(f"soft-{kind}"), pictures(f"softly-{kind}")
    targets = [f"{target}?w=40" for target in (*meant, *beside)]
    heat(server, *targets)
    what = {"prefixes": [f"web/soft-{kind}/"]} if kind == "prefix" else {"all": True}
    stale = targets if kind == "all" else targets[:3]
    assert purge(server, **what, soft=True) == (len(stale), 0, 0)
    for target in targets:
        found = server.get(target, accept=SAFARI_15)
        assert found.headers["cache-status"].startswith("imgcdn; hit"), "the old picture comes at once"
        assert (found.headers["cache-control"] == "public, max-age=60") == (target in stale)
    for target in targets:
        again = 2 if target in stale else 1
        eventually(lambda target=target, again=again: asked(origin, target) == again, 5, "the origin is asked")
        assert ("if-none-match" in origin.headers[target.partition("?")[0].removeprefix("/web")]) == (again == 2)
    for target in stale:
        eventually(
            lambda target=target: server.get(target, accept=SAFARI_15).headers["cache-control"] != "public, max-age=60",
            5,
            "it is fresh again",
        )
        assert state(server, target) == "hit", "nothing is rendered anew"


def test_a_soft_purge_of_a_url_counts_its_source_once(server, origin, pictures):
    one, *_ = pictures("once")
    heat(server, f"{one}?w=40")
    state(server, f"{one}?w=40", SAFARI_13)
    assert purge(server, urls=[f"{one}?w=40", f"{one}?w=40&format=png"], soft=True) == (1, 0, 0)


def test_what_changed_at_the_origin_is_shown_right_after_a_purge(server, origin, pictures, photos):
    one, *_ = pictures("changed")
    heat(server, f"{one}?w=40")
    origin.scripts["/changed/0.jpg"] = answer((photos / "p3.jpg").read_bytes())
    assert opened(server.get(f"{one}?w=40").content).size == (40, 27), "until then it is believed"
    purge(server, sources=[one])
    for _ in range(4):
        assert opened(server.get(f"{one}?w=40").content).size == (40, 20)


def test_a_purge_forgets_that_a_picture_was_not_there(server, origin, photos):
    assert server.get("/web/new/a.jpg?w=40").status_code == 404
    origin.scripts["/new/a.jpg"] = answer((photos / "photo.jpg").read_bytes())
    assert server.get("/web/new/a.jpg?w=40").status_code == 404
    purge(server, urls=["/web/new/a.jpg?w=40"])
    assert server.get("/web/new/a.jpg?w=40").status_code == 200


def test_purges_under_load_never_show_what_was_purged_and_never_fail(server, origin, photos):
    bodies = [(photos / name).read_bytes() for name in ("photo.jpg", "p3.jpg")]
    heights = (27, 20)
    for turn in range(12):
        origin.scripts["/turns.jpg"] = answer(bodies[turn % 2], delay_s=0.05)
        purge(server, sources=["web/turns.jpg"])
        for _ in range(4):
            found = server.get("/web/turns.jpg?w=40", accept=SAFARI_13)
            assert found.status_code == 200, found.text
            assert opened(found.content).height == heights[turn % 2]


def test_purges_in_a_row_leave_a_slow_origin_s_pictures_answered(server, origin, photos):
    origin.scripts["/slow.jpg"] = answer((photos / "photo.jpg").read_bytes(), delay_s=1)
    with server.client() as client, client.stream("GET", "/web/slow.jpg?w=40") as found:
        assert found.status_code == 200
    purge(server, sources=["web/slow.jpg"])
    with ThreadPoolExecutor(1) as visitor:
        waiting = visitor.submit(server.get, "/web/slow.jpg?w=40")
        until = time.monotonic() + 4
        while not waiting.done() and time.monotonic() < until:
            purge(server, sources=["web/unrelated.jpg"])
            time.sleep(0.1)
        found = waiting.result()
    assert found.status_code == 200, found.text
    assert found.headers["cache-control"] == "public, max-age=60", "it may be from before a purge"


def test_all_is_purged(serve, settings, origin, pictures):
    server = serve(settings=settings)
    targets = [f"{target}?w=40" for target in pictures("all")]
    heat(server, *targets, "/img/photo.jpg?w=40")
    assert purge(server, all=True) == (4, 4, 3)
    assert {state(server, target) for target in [*targets, "/img/photo.jpg?w=40"]} == {"fwd=uri-miss"}
    assert purge(server, all=True, soft=True) == (4, 0, 0)


def test_another_server_on_the_same_cache_forgets_too(serve, settings, origin, pictures, tmp_path):
    one, two = (serve(settings=settings, cache=tmp_path / "cache") for _ in range(2))
    target = pictures("two")[0] + "?w=40"
    heat(one, target)
    heat(two, target)
    assert asked(origin, target) == 1
    purge(one, sources=["web/two/0.jpg"])
    time.sleep(0.2)
    assert state(two, target) == "fwd=uri-miss"
    assert asked(origin, target) == 2
    assert state(one, target) == "hit"


def test_an_avif_that_was_being_written_is_not_kept_over_a_purge(server, origin, pictures):
    one, *_ = pictures("avif")
    for turn in range(3):
        assert server.get(f"{one}?w=45", accept=CHROME).headers["content-type"] == "image/webp"
        purge(server, sources=[one])
        assert server.get(f"{one}?w=45", accept=CHROME).headers["content-type"] == "image/webp", turn
        server.upgraded(f"{one}?w=45")
        purge(server, sources=[one])


# warm


def test_warm_urls_are_hits_for_every_browser(server, pictures):
    one, two, _ = pictures("warm")
    targets = [f"{one}?w=40", f"{two}?w=60&h=20&format=png"]
    said = server.send("POST", "/v1/warm", {"urls": targets}).json()
    assert said == {"warmed": 2, "pending": 0, "failed": []}
    for target in targets:
        for accept in (SAFARI_15, SAFARI_13):
            assert state(server, target, accept) == "hit"
        assert state(server, target, CHROME) == "hit"
    first = server.get(targets[0], accept=CHROME)
    assert (first.headers["content-type"], first.headers["cache-status"][:11]) == ("image/avif", "imgcdn; hit")


def test_who_does_not_wait_for_avif_is_told_how_many_are_pending(server, pictures):
    one, two, _ = pictures("pending")
    targets = [f"{one}?w=41", f"{two}?w=61&format=webp"]
    said = server.send("POST", "/v1/warm", {"urls": targets, "wait": False}).json()
    assert said == {"warmed": 2, "pending": 1, "failed": []}
    assert server.upgraded(targets[0]).headers["cache-status"].startswith("imgcdn; hit")
    assert server.send("POST", "/v1/warm", {"urls": targets, "wait": False}).json()["pending"] == 0


def test_more_renditions_than_one_request_may_order_are_refused_with_the_limit(server):
    names = [f"web/many/{number}.jpg" for number in range(501)]
    body = {"presets": ["small", "tall"], "sources": names}
    said = assert_problem(server.send("POST", "/v1/warm", body), 400, "invalid_parameter", "sources")
    assert "2 presets × 501 sources in 3 formats are 3006 renditions: expected at most 3000" in said["detail"]


def test_presets_are_warmed_for_each_source(server, pictures):
    targets = pictures("presets")
    sources = [target.removeprefix("/") for target in targets]
    said = server.send("POST", "/v1/warm", {"presets": ["small", "tall"], "sources": sources}).json()
    assert said == {"warmed": 6, "pending": 0, "failed": []}
    for target in targets:
        for preset in ("small", "tall"):
            assert state(server, f"{target}?preset={preset}") == "hit"
            assert state(server, f"{target}/p/{preset}") == "hit"


NAMES = ["100%41.jpg", "a?b.jpg", "c#d e.jpg", "Übergröße 東京+1.jpg"]


@pytest.fixture(scope="module")
def odd(module_serve, photos, tmp_path_factory):
    """A server of files whose names mean something else in a URL."""
    folder = tmp_path_factory.mktemp("odd")
    for name in NAMES:
        (folder / name).write_bytes((photos / "photo.jpg").read_bytes() + name.encode())
    return module_serve(
        folder, settings='[presets]\nsmall = "w=50"\n[gravity]\npull_models = false\nmodels_dir = "/nonexistent"\n'
    )


@pytest.mark.parametrize("name", NAMES)
def test_sources_are_warmed_and_purged_by_their_names_as_they_are(odd, name):
    assert odd.send("POST", "/v1/warm", {"presets": ["small"], "sources": [f"img/{name}"]}).json() == {
        "warmed": 1,
        "pending": 0,
        "failed": [],
    }
    url = f"/img/{quote(name)}?preset=small"
    assert state(odd, url) == "hit"
    assert purge(odd, sources=[f"img/{name}"])[:2] == (1, 3)
    assert state(odd, url) == "fwd=uri-miss"
    assert purge(odd, urls=[url])[1] == 1


def test_sources_of_every_kind_of_mount_are_warmed_as_visitors_ask_for_them(server, origin, pictures):
    one, *_ = pictures("kinds")
    name = one.removeprefix("/web/")
    proxied = f"{origin.url}/{name}?size=large&v=1"
    sources = [f"any/{proxied}", f"shop/{name}", f"sealed/{name}", f"cloud/{name}"]
    said = server.send("POST", "/v1/warm", {"presets": ["small"], "sources": sources}).json()
    assert (said["warmed"], said["failed"]) == (4, [])
    assert state(server, f"/any/{quote(proxied, safe='')}?preset=small") == "hit"
    assert state(server, f"/{name}?preset=small", host="shop.example.com") == "hit"
    signing = Signing({"main": "a-secret-of-this-server"}, time.time)
    assert state(server, signing.sign(f"/sealed/{name}", "preset=small")) == "hit"
    assert state(server, f"/cloud/image/upload/t_small/v1/{name}") == "hit"


@pytest.mark.parametrize(
    ("source", "status", "says"),
    [("nowhere/a.jpg", 404, "is of no mount"), ("web", 404, "is of no mount"), ("pix/a.jpg", 400, "presets")],
)
def test_sources_that_no_preset_can_be_of_are_told(server, source, status, says):
    answered = server.send("POST", "/v1/warm", {"presets": ["small"], "sources": [source]})
    assert answered.status_code == status
    assert says in answered.json()["detail"]


def test_what_cannot_be_warmed_is_told_and_the_rest_is_warm(server, pictures):
    one, *_ = pictures("partly")
    answered = server.send("POST", "/v1/warm", {"urls": [f"{one}?w=40", "/web/partly/none.jpg?w=40"]})
    assert answered.status_code == 200
    said = answered.json()
    assert said["warmed"] == 1
    (failed,) = said["failed"]
    assert (failed["url"], failed["code"]) == ("/web/partly/none.jpg?w=40", "source_not_found")
    assert failed["detail"]
    assert state(server, f"{one}?w=40") == "hit"


def test_an_unsigned_url_is_warmed_and_purged_as_the_ladder_answers_it(serve, settings, pictures):
    server = serve(settings=settings + "\n[ladder]\nallow_widths = [40, 80]\n")
    one, *_ = pictures("ladder")
    server.send("POST", "/v1/warm", {"urls": [f"{one}?w=41"]})
    for width in (41, 70, 80):
        assert state(server, f"{one}?w={width}") == "hit"
    heat(server, f"{one}?w=41")
    assert purge(server, urls=[f"{one}?w=41"])[1] >= 2
    assert state(server, f"{one}?w=80") == "fwd=uri-miss"


# mistakes


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/purge", {}, "body"),
        ("/v1/purge", {"soft": True}, "body"),
        ("/v1/purge", {"prefixes": ["/"]}, "prefixes"),
        ("/v1/purge", {"urls": ["web/a.jpg"]}, "urls"),
        ("/v1/purge", {"urls": ["/web/a.jpg?w=x"]}, "w"),
        ("/v1/purge", {"url": "/web/a.jpg"}, "url"),
        ("/v1/purge", {"sources": [""]}, "sources"),
        ("/v1/purge", {"all": "everything"}, "all"),
        ("/v1/warm", {}, "body"),
        ("/v1/warm", {"presets": ["small"]}, "body"),
        ("/v1/warm", {"sources": ["web/a.jpg"]}, "body"),
        ("/v1/warm", {"urls": ["https://cdn.example"]}, "urls"),
        ("/v1/warm", {"urls": ["ftp://cdn.example/web/a.jpg"]}, "urls"),
        ("/v1/purge", {"urls": ["https://[x/web/a.jpg"]}, "urls"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_done(server, path, body, param):
    heat(server, "/img/photo.jpg?w=90")
    answered = server.send("POST", path, body)
    assert answered.status_code == 400, answered.text
    said = answered.json()
    assert said["param"].startswith(param)
    assert said["detail"]
    assert state(server, "/img/photo.jpg?w=90") == "hit"


def test_a_preset_that_is_not_there_is_404(server):
    said = server.send("POST", "/v1/warm", {"presets": ["huge"], "sources": ["web/a.jpg"]})
    assert_problem(said, 404, "preset_not_found", said.json().get("param"))


@pytest.mark.parametrize("path", ["/v1/purge", "/v1/warm"])
def test_only_post_is_taken_and_only_json(server, path):
    assert server.ask("GET", path).status_code == 405
    with server.client() as client:
        assert client.post(path, content=b"all", headers={"content-type": "application/json"}).status_code == 400


# keys


def test_who_may_purge_is_who_has_a_secret_key(serve, settings, tmp_path):
    server = serve(settings=settings, host="0.0.0.0")
    for path in ("/v1/purge", "/v1/warm"):
        assert_problem(server.send("POST", path, {"all": True}), 401, "missing_key")
        with server.client(headers={"x-api-key": "imgcdn_sk_wrong"}) as client:
            assert_problem(client.post(path, json={"all": True}), 401, "missing_key")
    assert server.get("/img/photo.jpg?w=40").status_code == 200, "pictures need no key"
